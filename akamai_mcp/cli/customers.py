"""`akamai-mcp customers`: the customers that calls can act for, and whether their credentials work."""

from __future__ import annotations

import argparse
import asyncio
from functools import partial

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import current_caller
from akamai_mcp.calls.customer_list import CustomerList
from akamai_mcp.cli.own_parts import own_parts
from akamai_mcp.cli.printing.json_text import to_json
from akamai_mcp.logs import configure_logs
from akamai_mcp.openapi.schema import Json
from akamai_mcp.settings import Settings, load_own_settings


def customers(options: argparse.Namespace) -> int:
    """List the customers as a table or as JSON; return 1 if there is none, or one has a problem."""
    content = asyncio.run(_list({"check": options.check, "customer": options.customer}))
    rows = content["customers"]
    if options.json:
        print(to_json(content, indent=False))
    else:
        from akamai_mcp.cli.printing.tables import print_customers  # 15 ms: rich, for a table

        print_customers(rows, content.get("problems", ()))
    return 0 if rows and all(is_sound(row) for row in rows) else 1


def is_sound(row: Json) -> bool:
    """Whether a customer can be used, as far as it was checked."""
    return "problem" not in row and row.get("check", {}).get("state", "works") == "works"


async def _list(arguments: Json) -> Json:
    if arguments["check"]:
        async with own_parts() as parts:
            return (await parts.customer_list.show(arguments)).content
    settings = load_own_settings()
    configure_logs(settings.log_level, settings.log_format)
    return (await _unchecked(settings).show(arguments)).content


def _unchecked(settings: Settings) -> CustomerList:
    return CustomerList(CallerCustomers(settings.customers(), partial(current_caller, settings.unnamed_caller())))

"""`akamai-mcp find QUERY` and `akamai-mcp inventory export`: what the account owns, from the command line."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from akamai_mcp.cli.own_parts import own_parts
from akamai_mcp.cli.printing.json_text import to_json
from akamai_mcp.cli.printing.messages import tell
from akamai_mcp.errors import SettingsError
from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.schema import Json
from akamai_mcp.openapi.visible_text import visible

if TYPE_CHECKING:
    from akamai_mcp.inventory.service import Inventory

OFF: Final = "The inventory is off."
SWITCH_ON: Final = "Unset AKAMAI_MCP_INVENTORY, or set it to disk or memory."
# A spreadsheet takes a cell that begins so for a formula, and names come from whoever may name things in the account.
FORMULA: Final = ("=", "+", "-", "@")
BLANK: Final = ("\t", "\r")
MAX_LINE: Final = 4_000
NOTHING_READ: Final = 3  # exit status


def find(options: argparse.Namespace) -> int:
    """Print what the account owns under a query; return 1 if nothing is found, 3 if nothing could be read."""
    content = asyncio.run(_with_inventory(lambda inventory: _find(inventory, options)))
    if sys.stdout.isatty() and not options.json:
        from akamai_mcp.cli.printing.tables import print_rows  # rich takes 30 ms, and none for JSON

        print_rows(
            [brief(row) for row in content["found"]], {name: content[name] for name in ("missing", "advice") if name in content}
        )
        for line in about_lines(content.get("about", {})):
            print(line)
    else:
        print(to_json(content))
    return 0 if content["found"] else NOTHING_READ if content.get("nothingRead") else 1


def export(options: argparse.Namespace) -> int:
    """Print all that the account owns as CSV or JSON; return 1 if a list could not be read, 3 if none could."""
    content = asyncio.run(_with_inventory(lambda inventory: inventory.rows(options.kind or "", options.customer, wait=True)))
    sys.stdout.write(write_csv(content["rows"]) if options.format == "csv" else to_json(content["rows"], indent=False) + "\n")
    for line in content.get("missing", ()):
        tell(line)
    if content.get("nothingRead"):
        tell(content["advice"])
        return NOTHING_READ
    return 1 if content.get("missing") else 0


def write_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV (RFC 4180) with a column for each of their names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(map(_cell, names))
    table.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def brief(row: Json) -> Json:
    """A row as it fits a terminal: what it is, where it stands and what is live."""
    where, live = row.get("where", {}), (row.get(network) for network in ("production", "staging"))
    return {
        "kind": row["kind"],
        "name": row.get("name") or row["id"],
        "id": next(iter(row.get("ids", {}).values()), row["id"]),
        "contract": where.get("contract", ""),
        "group": where.get("group", ""),
        "production, staging": ", ".join("-" if one is None else str(one) for one in live).removeprefix("-, -"),
    }


def about_lines(about: Json) -> list[str]:
    """What a hostname leads to, a line for each thing."""
    rows = ((kind, row) for kind, listed in about.items() for row in (listed if isinstance(listed, list) else [listed]))
    return [clean(f"{kind}: {_line(row)}", MAX_LINE) for kind, row in rows]


def _line(row: Json) -> str:
    facts = (f"{name} {_cell(value)}" for name, value in row.items() if name not in {"ids", "id", "name", "names"})
    return ", ".join([str(row.get("name") or row["id"]), *facts])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = (
        ", ".join(map(str, value))
        if isinstance(value, list)
        else value
        if isinstance(value, str)
        else orjson.dumps(value).decode()
    )
    text = visible(text)
    # Spaces before it do not keep a spreadsheet from running it; a number is one, with its sign.
    runs = text.lstrip().startswith(FORMULA) or text.startswith(BLANK)
    return f"'{text}" if runs and not isinstance(value, int | float) else text


async def _find(inventory: Inventory, options: argparse.Namespace) -> Json:
    from akamai_mcp.inventory.service import FindRequest  # with all that the inventory needs

    request = FindRequest(
        query=options.query, kind=options.kind or "", customer=options.customer, limit=options.limit, refresh=options.refresh
    )
    return await inventory.find(request)


async def _with_inventory(work: Callable[[Inventory], Awaitable[Json]]) -> Json:
    async with own_parts() as parts:
        if parts.inventory is None:
            raise SettingsError(OFF, advice=SWITCH_ON)
        return await work(parts.inventory.inventory)

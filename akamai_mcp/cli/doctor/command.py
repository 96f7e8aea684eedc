"""`akamai-mcp doctor`: check whether a server with these settings would work, and say how to fix each problem."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import orjson

from akamai_mcp.cli.doctor.checks import LOCAL_CHECKS, Check, Finding, State, failure_of
from akamai_mcp.cli.doctor.grants import read_grants
from akamai_mcp.cli.doctor.runs import check_runs
from akamai_mcp.cli.doctor.service import check_service
from akamai_mcp.cli.doctor.started_server import ALONE, list_tools
from akamai_mcp.configuration_check import find_mistakes
from akamai_mcp.documents.location import locate, open_catalogue, user_cache_folder
from akamai_mcp.edgegrid.clock import MAX_SKEW
from akamai_mcp.errors import AkamaiMcpError, SettingsError
from akamai_mcp.logs import configure_logs
from akamai_mcp.openapi.schema import Json
from akamai_mcp.plugins import find_mounts, find_plugins
from akamai_mcp.settings import Settings, load_settings

MANY_TOOLS: Final = 128
CHARACTERS_A_TOKEN: Final = 4
NOTABLE_SECONDS: Final = 5
STATES: Final[dict[str, State]] = {"works": "ok", "forbidden": "warning", "unclear": "warning", "notAsked": "warning"}
EXPOSED: Final = "is open to other users"  # reported by check_permissions
NO_FILE: Final = "Correct the file, or set AKAMAI_MCP_EDGERC or AKAMAI_MCP_CUSTOMERS_FILE to another one."


def doctor(options: argparse.Namespace, checks: Sequence[Check] | None = None) -> int:
    """Run every check, or the given ones; return 1 if one fails."""
    findings = examine(EVERY_CHECK if checks is None else checks)
    if options.json:
        listed = list(findings)
        content = {"ok": _is_well(listed), "findings": [finding.as_json() for finding in listed]}
        print(orjson.dumps(content).decode())
    else:
        from akamai_mcp.cli.printing.tables import print_findings  # 15 ms: rich, for a table

        listed = print_findings(findings)
    return 0 if _is_well(listed) else 1


def _is_well(findings: Iterable[Finding]) -> bool:
    return all(finding.state != "failure" for finding in findings)


def examine(checks: Sequence[Check]) -> Iterator[Finding]:
    """Yield each finding as its check makes it; if the settings cannot be read, that is the only one."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield failure_of("settings", error)
        return
    configure_logs("error", settings.log_format)  # problems are reported as findings
    for check in checks:
        yield from _carry_out(check, settings)


def _carry_out(check: Check, settings: Settings) -> Iterator[Finding]:
    """Yield the findings of a check; an error becomes a finding, so that the other checks still run."""
    name = check.__name__.removeprefix("check_")
    try:
        yield from check(settings)
    except AkamaiMcpError as error:
        yield failure_of(name, error)
    except Exception as error:  # noqa: BLE001 - the other checks are still useful
        yield Finding(check=name, state="failure", found=type(error).__name__, advice="The check itself failed: report it.")


def check_tools(_: Settings) -> Iterator[Finding]:
    """Whether a server starts, and what its tools/list returns. Raises SettingsError."""
    tools = asyncio.run(list_tools(ALONE))
    size = sum(len(orjson.dumps(tool)) for tool in tools)
    many = len(tools) > MANY_TOOLS
    yield Finding(
        check="tools",
        state="warning" if many else "ok",
        found=f"{len(tools):,} tools, about {size // CHARACTERS_A_TOKEN:,} tokens",
        advice=f"Many clients accept at most {MANY_TOOLS}: list fewer products in AKAMAI_MCP_TOOLS." if many else "",
    )


def check_configuration(settings: Settings) -> Iterator[Finding]:
    """Check that what the configuration names exists: settings, products, rules, roles. Raises SettingsError."""
    catalogue = open_catalogue(locate(settings.specs_dir), settings.cache_dir or user_cache_folder())
    for mistake in find_mistakes(settings, catalogue, settings.customers()):
        state: State = "failure" if mistake.stops else "warning"
        yield Finding(check=mistake.subject, state=state, found=mistake.found, advice=mistake.advice)


def check_customers(settings: Settings) -> Iterator[Finding]:
    """Check each customer's credentials with one read, and the clock by the Date headers of the responses."""
    content = asyncio.run(_ask_all(settings.model_copy(update=ALONE)))
    rows = content["customers"]
    problems = [problem for problem in content.get("problems", ()) if EXPOSED not in problem]
    for problem in problems or ([] if rows else ["No customer is configured."]):
        yield Finding(check="customers", state="failure", found=problem, advice=NO_FILE)
    if not rows:
        return
    yield from map(read_row, rows)
    catalogue = open_catalogue(locate(settings.specs_dir), settings.cache_dir or user_cache_folder())
    products = frozenset(one.product for one in catalogue.products())
    yield from (found for row in rows if (found := read_grants(row, products, settings.tools)))
    if not any(row.get("default") for row in rows):
        advice = "Set AKAMAI_MCP_CUSTOMER to one of them, or set `customer` in every call."
        yield Finding(
            check="customers",
            state="warning",
            found=f"the default {content['default']!r} is not configured",
            advice=advice,
        )
    yield read_clock([check["clockSecondsAhead"] for row in rows if "clockSecondsAhead" in (check := row.get("check", {}))])


def read_row(row: Json) -> Finding:
    """Convert a customer's row to a finding."""
    name, check = f"customer {row['name']}", row.get("check", {})
    if problem := row.get("problem"):
        return Finding(check=name, state="failure", found=problem, advice="Correct the section or the table of that name.")
    state = check.get("state", "unclear")
    if state == "works" and check.get("locked"):
        return Finding(check=name, state="warning", found="the API client is locked", advice="Unlock it in Control Center.")
    if state == "works" and (ignored := row.get("ignored")):
        advice = "Remove what means nothing here, or correct its name."
        return Finding(check=name, state="warning", found=f"works; ignored: {', '.join(ignored)}", advice=advice)
    found = "; ".join(filter(None, [state, check.get("client", ""), check.get("problem", "")]))
    advice = "" if state == "works" else "See the section on customers in docs/configuration.md."
    return Finding(check=name, state=STATES.get(state, "failure"), found=found, advice=advice)


def read_clock(seconds: list[int]) -> Finding:
    """Check how far this machine's clock is off, by the response with the largest difference."""
    if not seconds:
        advice = "No response had a Date header: see the customers."
        return Finding(check="clock", state="warning", found="unknown", advice=advice)
    ahead = max(seconds, key=abs)
    state: State = "failure" if abs(ahead) > MAX_SKEW else "warning" if abs(ahead) > NOTABLE_SECONDS else "ok"
    found = f"{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} Akamai's" if ahead else "right"
    advice = "" if state == "ok" else f"Correct this machine's time: signatures more than {MAX_SKEW:.0f} s off are refused."
    return Finding(check="clock", state=state, found=found, advice=advice)


async def _ask_all(settings: Settings) -> Json:
    from akamai_mcp.parts import build_parts  # 40 ms, and none where the settings cannot be read

    parts = build_parts(settings)
    try:
        content = (await parts.customer_list.show({})).content
        # One at a time, so that the APIs of each are named, however many there are.
        asked = [parts.customer_list.show({"check": True, "customer": row["name"]}) for row in content["customers"]]
        rows = [(await one).content["customers"][0] for one in asked]
        return content | {"customers": rows}
    finally:
        await parts.aclose()


def check_plugins(settings: Settings) -> Iterator[Finding]:
    """Check that named plugins are installed and named servers have usable addresses; none is imported or asked."""
    try:
        found = [f"{plugin.name} ({plugin.version})" for plugin in find_plugins(settings.plugins)]
        found += [f"{mount.name} ({mount.url})" for mount in find_mounts(settings.mount)]
    except AkamaiMcpError as error:
        yield failure_of("plugins", error)
        return
    if found:
        yield Finding(check="plugins", state="ok", found=f"{', '.join(found)}: not bound by the rules")


EVERY_CHECK: Final[tuple[Check, ...]] = (
    *LOCAL_CHECKS,
    check_runs,
    check_plugins,
    check_configuration,
    check_service,
    check_tools,
    check_customers,
)

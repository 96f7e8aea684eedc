"""The table of limits in docs/configuration.md is what the code has, and no limit of the code is missing in it."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from akamai_mcp.documents.archive import ArchiveLimits
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.result.selection_limits import SelectionPolicy
from akamai_mcp.result.store import StorePolicy
from akamai_mcp.runs.record import RunPolicy
from akamai_mcp.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "akamai_mcp"
POLICIES = (ArchiveLimits, DownloadPolicy, FilePolicy, ProgramPolicy, RunPolicy, SelectionPolicy, StorePolicy)
# Not for what a caller sends or gets: these shorten a text, name no more than a few of many, or bound the memory of what is
# forgotten without a loss; those of the folders bound notes and descriptions of documents.
INWARD = {
    "server/fixed/finding.py": {"MAX_ROW", "MAX_DESCRIBED", "MAX_OFFSET"},
    "server/fixed/figures.py": {"MOST_LIMITS"},
    "server/input_schema.py": {"MAX_SCHEMA_BYTES", "MAX_ABOUT"},
    "server/http/refusals.py": {"MAX_ADDRESS"},
    "server/observability/metrics.py": {"MAX_CUSTOMERS", "MAX_PRODUCTS", "MAX_LIMITS"},
    "server/tools.py": {"MAX_DESCRIPTION"},
    "server/protocol.py": {"MAX_PART"},
    "access/visibility.py": {"MAX_SHOWN"},
    "programs/library/finding.py": {"MOST_FOUND", "MOST_WORDS"},
    "request/inspection/preview.py": {"MAX_BODY_TEXT"},
    "request/inspection/values.py": {"MAX_VALUES"},
    "request/serialization.py": {"MAX_DECODINGS"},
    "request/validation/check.py": {"MAX_MISMATCHES"},
    "request/validation/mismatches.py": {"MAX_LENGTH"},
    "request/validation/bounded.py": {"MAX_NAMED"},
    "request/arguments.py": {"MAX_KEY", "MAX_HINT"},
    "edgegrid/clock.py": {"MAX_SKEW"},
    "edgegrid/customers_file.py": {"MAX_OPERATOR_LINE"},
    "edgegrid/customers.py": {"MAX_NAMED"},
    "replicas/connection.py": {"MOST_AT_ONCE"},
    "replicas/versions.py": {"MAX_FIELDS"},
    "calls/invoker.py": {"MAX_REQUEST_ID"},
    "calls/describe.py": {"MAX_RELATED", "MAX_DESCRIPTION_BYTES", "MAX_DEFAULTS"},
    "calls/credential_check.py": {"MAX_WHOLE", "MAX_NAME", "MAX_PROBLEM"},
    "pipeline/limits.py": {"MAX_QUEUES"},
    "pipeline/circuit_breaker.py": {"MAX_CIRCUITS"},
    "pipeline/versions.py": {"MAX_PATHS"},
    "pipeline/transport/transport.py": {"MAX_IDLE_SECONDS"},
    "pipeline/transport/downloads.py": {"MAX_NAME", "MAX_TRIES"},
    "pipeline/responses/retry_time.py": {"MAX_TEXT"},
    "openapi/loader.py": {"MAX_CHAIN", "MAX_SLUG"},
    "openapi/parser.py": {"MAX_CLEAN", "MAX_NAME", "MAX_TAGS", "MAX_PATH"},
    "openapi/schema.py": {"MAX_PATTERN", "MAX_DESCRIPTION", "MAX_LISTED_VALUES"},
    "audit/line.py": {"MAX_REASON"},
    "access/authentication.py": {"MAX_NAME"},
    "access/tokens.py": {"MAX_WORD"},
    "catalogue/inventory/note.py": {"MAX_TEXT"},
    "catalogue/search/languages/translation.py": {"MOST_ENDING"},
    "catalogue/search/nearness/phrases.py": {"MOST_PHRASES", "MOST_PIECES"},
    "contract/difference.py": {"MAX_PLACE", "MAX_TEXT", "MAX_NAMED"},
    "contract/diff.py": {"MAX_NAMED"},
    "contract/waiting.py": {"MOST_BYTES"},
    "documents/guide.py": {"MOST_ASKS"},
    "inventory/extraction.py": {"MAX_TEXT", "MAX_SHOWN"},
    "inventory/filling.py": {"MOST_COUNTED", "MAX_REASON"},
    "inventory/matching/index.py": {"MOST_HITS", "MOST_LIKE"},
    "inventory/rows.py": {"MOST_NEXT", "MOST_BELOW", "MOST_VALUES"},
    "inventory/policy.py": {"MOST_ROWS"},
    "inventory/service.py": {"MOST_OWNED", "MOST_ASKED", "MOST_LOOKED_AT"},
    "inventory/shelf.py": {"MOST_BYTES", "MOST_LINES"},
    "programs/durable/history.py": {"MOST_ROWS"},
    "programs/service.py": {"MOST_READ"},
    "access/consent/confirmation.py": {"MAX_DECLINED"},
    "access/consent/plan_question.py": {"MAX_LINES", "MAX_PATH"},
    "programs/changes.py": {"MOST_SHOWN"},
    "programs/finders.py": {"MOST_FOUND"},
    "programs/driver.py": {"MOST_SETTLED", "MOST_SLEEPS_AHEAD"},
    "programs/interpreter.py": {"MAX_SUSPENSIONS"},
    "programs/report.py": {"MAX_TEXT", "MAX_CAUSE", "MOST_LIMITS"},
    "programs/values.py": {"MAX_DEPTH"},
    "programs/charts/chart.py": {"MAX_LABEL"},
    "access/consent/question.py": {"MAX_TEXT", "MAX_PATH", "MAX_NAME", "MAX_VALUE", "MAX_DECIDING", "MAX_READINGS"},
    "result/shaping.py": {"MAX_FAILED"},
    "result/budget.py": {"MAX_NAMED_CUTS"},
    "result/outcomes/nodes.py": {"MAX_NODES", "MAX_ITEMS"},
    "result/outcomes/progress.py": {"MAX_WANTED"},
    "result/advice/refusal.py": {"MAX_NAMED"},
    "catalogue/naming.py": {"MAX_NAME", "MAX_TOOL_KEY"},
    "catalogue/editions/path_lookup.py": {"MAX_VERSIONED"},
    "catalogue/effects.py": {"MAX_DECODINGS"},
    "catalogue/page_notes.py": {"MAX_WORD", "MAX_DROPS"},
    "catalogue/outcomes/progress.py": {"MAX_WORD", "MAX_WORDS"},
    "catalogue/search/questions.py": {"MAX_WORDS"},
    "catalogue/search/search.py": {"MOST_CANDIDATES", "MOST_NEAREST"},
    "catalogue/search/intents.py": {"MOST_INTENTS"},
    "inventory/pointing.py": {"MOST_CHARACTERS"},
    "catalogue/drafts.py": {"MAX_LINE", "MAX_ALIASES", "MAX_FIELDS"},
    "documents/check.py": {"MAX_REASONS", "MAX_REASON", "MAX_MESSAGE"},
    "documents/guide_check.py": {"MAX_SHOWN"},
    "openapi/media_choice.py": {"MAX_SHOWN"},
    "pipeline/transport/downloads.py DownloadPolicy": {"stream_over"},
    "runs/record.py RunPolicy": {"key", "keep_before"},
}


class Row(NamedTuple):
    what: str
    limit: float
    setting: str
    message: str
    where: str


def table() -> list[Row]:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8").split("\n## Limits\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [
        Row(what, amount(limit), setting.strip("`"), message, where.strip("`")) for what, limit, setting, message, where in cells
    ]


def amount(limit: str) -> float:
    return float(limit.split(maxsplit=1)[0].replace(",", ""))


ROWS = table()


def value_of(row: Row) -> Any:
    if row.setting:
        return Settings.model_fields[row.setting.removeprefix("AKAMAI_MCP_").lower()].default
    file, name = row.where.split()
    value: Any = importlib.import_module("akamai_mcp." + file.removesuffix(".py").replace("/", "."))
    owner, _, attribute = name.rpartition(".")
    return {field.name: field.default for field in fields(getattr(value, owner))}[attribute] if owner else getattr(value, name)


def file_of(policy: type) -> str:
    return policy.__module__.removeprefix("akamai_mcp.").replace(".", "/") + ".py"


def test_the_table_has_rows() -> None:
    assert len(ROWS) > 40
    assert len({row.what for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_a_limit_is_what_the_code_has(row: Row) -> None:
    assert value_of(row) == row.limit


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_a_message_stands_in_the_code(row: Row) -> None:
    assert [words for words in re.findall("`([^`]+)`", row.message) if words not in source()] == []


@cache
def source() -> str:
    """All of the package's code."""
    return "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))


def limits_in_code() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        file = path.relative_to(PACKAGE).as_posix()
        if not file.startswith(("sandbox/", "cli/")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                targets = (
                    node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
                )
                found |= {
                    f"{file} {target.id}"
                    for target in targets
                    if isinstance(target, ast.Name) and target.id.startswith(("MAX_", "MOST_"))
                }
    policies = {f"{file_of(policy)} {policy.__name__}.{field.name}" for policy in POLICIES for field in fields(policy)}
    return found | {name for name in policies if not name.endswith(".folder")}


def test_every_limit_of_the_code_is_in_the_table_or_said_to_be_inward() -> None:
    inward = {f"{file} {name}" for file, names in INWARD.items() if " " not in file for name in names}
    inward |= {f"{place}.{name}" for place, names in INWARD.items() if " " in place for name in names}
    assert limits_in_code() == inward | {row.where for row in ROWS if row.where}

"""What each command loads, read in a child process that has carried it out: none needs MCP, and few need a client of HTTP."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from akamai_mcp.cli.commands import ADDERS, build_parser
from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai

MCP = {"fastmcp", "mcp", "mcp_types"}
# What only a request needs, or a log line, or strict validation.
LATE = {"httpx", "aiohttp", "akamai", "requests", "structlog", "jsonschema", "openapi_core"}
RUN = """
import json, sys
from akamai_mcp.cli import main
status = main(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    json.dump([status, sorted(sys.modules)], file)
"""
GROUP = '{"propertyId": "1", "contractId": "ctr_C-1", "groupId": "grp_1"}'
WITH_MCP = {"serve", "demo"}
WAITING = {"sandbox"}  # until it is told to end: tests/cli/test_sandbox.py

# Each command as it is given, by its words; `{folder}` is a folder with a document of its own.
COMMANDS = {
    "operations list": ("--product", "ccu"),
    "operations search": ("purge", "--json"),
    "operations describe": ("papi/v1#get-property", "--json"),
    "call": ("papi/v1#get-property", "--json", GROUP, "--dry-run"),
    "run": ("{folder}/program.py",),
    "runs list": (),
    "runs show": ("nothing",),
    "runs go-on": ("nothing",),
    "runs stop": ("nothing",),
    "history": (),
    "find": ("*", "--kind", "zone", "--refresh"),  # or another test's inventory would do
    "inventory export": ("--kind", "zone"),
    "customers": ("--json",),
    "specs build": ("--source", "{folder}/specs", "--out", "{folder}/out", "--guide", "{folder}/guide"),
    "specs learn": ("--source", "{folder}", "--out", "{folder}/specs"),
    "specs check": ("{folder}/specs",),
    "specs sync": ("--url", "http://127.0.0.1:9/{ref}"),
    "specs diff": ("{folder}/specs", "{folder}/specs"),
    "specs drift": (),
    "audit tail": (),
    "install": ("cursor", "--config", "{folder}/mcp.json", "--dry-run"),
    "healthcheck": (),
    "doctor": ("--json",),
    "token": ("robot", "reader"),
    "completion": ("bash",),
}
# Nothing to learn; nobody there; a locked API client; no run is kept; no answer was compared.
ENDS_WITH = {
    "specs learn": 1,
    "specs sync": 1,
    "doctor": 1,
    "history": 1,
    "specs drift": 1,
    **{f"runs {verb}": 1 for verb in ("list", "show", "go-on", "stop")},
}
USED = {
    **{key: {"httpx", "aiohttp", "akamai", "requests"} for key in ("find", "inventory export")},
    "specs sync": {"httpx"},
    # Examples are compared with the schema as strict validation does.
    "specs check": {"jsonschema", "requests", "openapi_core"},
    "doctor": {"httpx", "aiohttp", "akamai", "requests", "jsonschema"},
}


def command_names(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    """The words of every command of a parser."""
    choices = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not choices:
        yield " ".join(words)
    for name, inner in (item for choice in choices for item in choice.items()):
        yield from command_names(inner, (*words, name))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(embedded_folder() / "ccu", tmp_path / "specs" / "ccu")
    for name in ("guide", "asks"):
        shutil.copytree(embedded_folder() / name, tmp_path / name)
    for name in ("endpoints.jsonl", "observed.jsonl"):
        (tmp_path / name).touch()
    line = {"at": "2026-01-01T00:00:00Z", "operation": "ccu/v3#x", "customer": "default", "decision": "allowed", "target": "/"}
    (tmp_path / "program.py").write_text("1")
    (tmp_path / "audit.jsonl").write_text(json.dumps(line) + "\n")
    return tmp_path


def words_of(name: str, folder: Path) -> tuple[str, ...]:
    return (*name.split(), *(word.replace("{folder}", str(folder)) for word in COMMANDS[name]))


def modules_of(environment: dict[str, str], folder: Path, *words: str) -> tuple[int, set[str]]:
    """(exit status, all that is loaded) of a command, which must not end with a traceback."""
    found = folder / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(found), *words],
        # Runs of other tests in this process must not be listed here.
        env=environment | {"AKAMAI_MCP_AUDIT_FILE": str(folder / "audit.jsonl"), "XDG_STATE_HOME": str(folder / "state")},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, modules = json.loads(found.read_text())
    return status, set(modules)


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_every_command_is_tried_here() -> None:
    assert set(command_names(build_parser())) == set(COMMANDS) | WITH_MCP | WAITING


@pytest.mark.parametrize("name", ADDERS)
def test_the_parser_of_one_command_is_that_of_all_commands(name: str) -> None:
    alone, beside = (command_names(build_parser(only)) for only in (name, None))
    assert [one for one in alone if one != "serve"] == [one for one in beside if one.partition(" ")[0] == name]


def test_a_call_builds_nothing_of_programs_search_or_the_clients_that_install_knows(
    folder: Path, child_environment: dict[str, str], fake: FakeAkamai
) -> None:
    _, modules = modules_of(child_environment, folder, *words_of("call", folder))
    idle = ("akamai_mcp.programs", "akamai_mcp.runs", "akamai_mcp.cli.install", "akamai_mcp.catalogue.search.search")
    assert {module for module in modules if module.startswith(idle)} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_needs_no_mcp_and_loads_nothing_that_it_does_not_use(
    name: str, folder: Path, child_environment: dict[str, str], fake: FakeAkamai
) -> None:
    status, modules = modules_of(child_environment, folder, *words_of(name, folder))
    assert status == ENDS_WITH.get(name, 0)
    assert packages(modules) & MCP == set()
    assert {module for module in modules if module.startswith("akamai_mcp.server")} == set()
    assert packages(modules) & LATE == USED.get(name, set())
    if name in {"token", "install", "specs build"}:
        assert packages(modules) & {"pydantic", "pydantic_settings"} == set()


def test_a_call_that_is_sent_and_a_check_of_customers_need_no_mcp_either(
    folder: Path, child_environment: dict[str, str], fake: FakeAkamai
) -> None:
    _, sent = modules_of(child_environment, folder, "call", "papi/v1#get-property", "--json", GROUP)
    _, checked = modules_of(child_environment, folder, "customers", "--check")
    assert {request.operation for request in fake.requests} == {
        "papi/v1#get-property",
        "identity-management/v3#get-api-client-self",
    }
    assert packages(sent | checked) & MCP == set()

"""Rooms import downwards only, and few of them know what the others are made of."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from own_source import PACKAGE, ROOT, Source, imports_of, module_of, name_of, sources

MAX_MODULES = 14  # what one can take in at a glance: docs/decisions/0043-no-folder-of-more-than-14-modules.md
MCP = {"fastmcp", "mcp", "mcp_types"}
# The signing library brings requests, and imports of it belong to one module.
ONE_PLACE = {
    "akamai": {"akamai_mcp/edgegrid/signing.py"},
    "re2": {"akamai_mcp/openapi/patterns.py"},
    "redis": {"akamai_mcp/replicas/membership.py", "akamai_mcp/replicas/connection.py"},
    "cryptography": {"akamai_mcp/replicas/encryption.py"},
    "uvicorn": {
        "akamai_mcp/sandbox/server.py",
        "akamai_mcp/server/http/connections.py",
        "akamai_mcp/server/http/server.py",
        "akamai_mcp/server/observability/metrics_port.py",
    },
    "prometheus_client": {"akamai_mcp/server/observability/metrics.py"},
    "opentelemetry": {"akamai_mcp/server/observability/traces.py"},
}

# Rooms that keep a database of their own.
OWN_DATABASES = {"akamai_mcp/inventory/shelf.py"}


def modules() -> list[Path]:
    return [source.path for source in sources()]


def import_graph(imports: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]) -> dict[str, set[str]]:
    """The modules of the package that each module imports: for its types, at the top or inside a function."""
    graph: dict[str, set[str]] = {}
    for module, found in imports.items():
        named = {name for base, taken in found for name in (base, *(f"{base}.{one}" for one in taken))}
        graph[module] = {name for name in named if name in imports and name != module}
    return graph


def own_graph() -> dict[str, set[str]]:
    return import_graph({source.module: source.imports for source in sources()})


def find_circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one import circle, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = own_graph()
    assert sum(map(len, graph.values())) > len(graph)
    assert find_circle(graph) == []


@pytest.mark.parametrize(
    "back",
    [
        "from a import b",
        "from a.b import name",
        "import a.b",
        "if TYPE_CHECKING:\n    from a.b import name",
        "def f():\n    import a.b",
    ],
)
def test_a_circle_is_found_however_it_is_imported(back: str) -> None:
    texts = {"a": "", "a.b": "from a.c import name", "a.c": back}
    graph = import_graph({name: tuple(imports_of(ast.walk(ast.parse(text)))) for name, text in texts.items()})
    assert set(find_circle(graph)) == {"a.b", "a.c"}


def test_the_import_contracts_hold() -> None:
    command = "import sys; from importlinter.cli import lint_imports_command; sys.argv = ['lint-imports', '--no-cache']; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_only_the_server_and_the_command_line_know_mcp() -> None:
    knowing = {source.name for source in sources() if MCP & source.packages}
    assert knowing
    assert {name for name in knowing if not name.startswith(("akamai_mcp/server/", "akamai_mcp/cli/"))} == set()


def test_the_server_package_is_not_imported_by_what_is_below_it() -> None:
    below = [
        path
        for path in modules()
        if not name_of(path).startswith(("akamai_mcp/server/", "akamai_mcp/cli/", "akamai_mcp/__main__"))
    ]
    assert [name_of(path) for path in below if "akamai_mcp.server" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(("package", "places"), ONE_PLACE.items())
def test_some_packages_are_imported_in_their_own_place_only(package: str, places: set[str]) -> None:
    assert {source.name for source in sources() if package in source.packages} <= places


def test_settings_are_read_only_where_the_pieces_are_put_together() -> None:
    readers = {name_of(path) for path in modules() if "akamai_mcp.settings" in path.read_text(encoding="utf-8")}
    assert {name for name in readers if not name.startswith(("akamai_mcp/server/", "akamai_mcp/cli/"))} <= {
        "akamai_mcp/configuration_check.py",
        "akamai_mcp/parts.py",
        "akamai_mcp/settings.py",
    }


def test_nothing_but_the_command_line_writes_to_standard_output() -> None:
    printing = {source.name for source in sources() if source.prints}
    assert {name for name in printing if not name.startswith("akamai_mcp/cli/")} == set()


def test_every_module_of_the_package_says_what_it_is_for() -> None:
    assert [source.name for source in sources() if not source.docstring] == []


def test_no_folder_has_more_than_14_modules() -> None:
    sizes = Counter(path.parent.relative_to(ROOT).as_posix() for path in modules())
    assert {folder: size for folder, size in sizes.items() if size > MAX_MODULES} == {}


def rooms() -> list[Path]:
    return sorted(path.parent for path in PACKAGE.rglob("*/__init__.py"))


def docstring_of(room: Path) -> str:
    return next(source.docstring for source in sources() if source.path == room / "__init__.py")


def offered(room: Path) -> set[str]:
    """What the docstring of a room says that others may take: a module, or a name of a module."""
    return set(re.findall(r"`([\w.]+)`", docstring_of(room).partition("\n\nOthers take ")[2]))


@pytest.mark.parametrize("room", rooms(), ids=name_of)
def test_a_room_says_what_it_is_for_and_what_others_take(room: Path) -> None:
    purpose, _, rest = docstring_of(room).partition("\n\nOthers take ")
    assert purpose
    assert rest
    for offer in offered(room):
        module, _, name = offer.partition(".")
        source = room / f"{module}.py"
        text = (source if source.exists() else room / "__init__.py").read_text(encoding="utf-8")
        assert re.search(rf"^(?:class|def|async def) {name or module}\b", text, re.MULTILINE) or (source.exists() and not name), (
            offer
        )


def test_others_take_only_what_a_room_offers() -> None:
    graph = own_graph()
    packages = {module_of(room / "__init__.py"): {offer.split(".")[0] for offer in offered(room)} for room in rooms()}
    taken = {
        (module, target)
        for module, targets in graph.items()
        for target in targets - packages.keys()
        if (room := target.rpartition(".")[0]) in packages and not f"{module}.".startswith(f"{room}.")
    }
    assert taken
    private = {
        (module, target) for module, target in taken if target.rpartition(".")[2] not in packages[target.rpartition(".")[0]]
    }
    assert private == set(), "take what the room offers, or name the module under `Others take` in its __init__.py"


def silent_imports(source: Source) -> list[int]:
    """The lines of imports inside functions that have no comment beside them."""
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    return [first + 1 for first, last in source.deferred if not comments & set(range(first, last + 1))]


def test_an_import_inside_a_function_states_its_cost_or_another_reason() -> None:
    deferring = [source for source in sources() if source.deferred]
    assert deferring
    assert {source.name: lines for source in deferring if (lines := silent_imports(source))} == {}, (
        "say what it costs, as tools/import_costs.py measures it, or import it at the top of the module"
    )


def test_starting_a_server_does_not_import_what_only_a_call_needs() -> None:
    late = (
        "httpx",
        "aiohttp",
        "jsonschema",
        "openapi_core",
        "requests",
        "jsonref",
        "structlog",
        "jmespath",
        "trustme",
        "redis",
        "fastmcp.client.client",
        "prometheus_client",
        "opentelemetry.sdk",
        "akamai_mcp.server.observability.middleware",
        "akamai_mcp.pipeline.timing",
        "akamai_mcp.inventory.service",
        "akamai_mcp.inventory.shelf",
        "rapidfuzz",
    )
    code = f"import sys; import akamai_mcp.server.app; print([name for name in {late!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


# What a framework calls by its name, or by a decorator.
CALLED_FROM_OUTSIDE = {
    *("auth_flow", "handle_async_request", "extract_cookies", "handle_exit", "capture_signals"),
    *("descend_resolver", "ascend_resolver", "on_call_tool", "inject", "collect", "get_tasks", "render"),
    *("intercept_tool_call", "settings_customise_sources"),
}


def test_nothing_in_the_package_is_used_by_tests_alone() -> None:
    # A tool of the project may write what the package reads.
    tools = [path.read_text(encoding="utf-8") for path in (PACKAGE.parent / "tools").glob("*.py")]
    named = Counter(re.findall(r"\w+", "\n".join([*(source.text for source in sources()), *tools])))
    defined = {name for source in sources() for name in source.defined}
    assert defined
    assert {name for name in defined if named[name] == 1} - CALLED_FROM_OUTSIDE == set()


def test_only_the_catalogue_and_the_store_of_runs_ask_a_database() -> None:
    asking = {
        name_of(path) for path in modules() if re.search(r"\"(SELECT|INSERT|CREATE|WHERE) ", path.read_text(encoding="utf-8"))
    }
    assert asking
    assert {
        name for name in asking if not name.startswith(("akamai_mcp/catalogue/", "akamai_mcp/runs/"))
    } - OWN_DATABASES == set()

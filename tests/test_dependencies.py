"""What the package imports is declared, what is declared is used, and the constraints have all of it."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from own_source import sources
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Used without an import of ours: anyio runs on one, uvicorn reads HTTP and WebSockets with the others.
NOT_IMPORTED = {"uvloop": 'backend_options={"use_uvloop"', "httptools": "httptools_impl", "websockets": 'ws="websockets-sansio"'}
# Distributions that a declared one requires at one exact version, so that a range of our own could only contradict it.
CONTAINED = {"fastmcp-slim": "fastmcp", "pydantic-core": "pydantic", "pydantic-monty-client": "pydantic-monty"}


def name_of(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


REQUIRED = {name_of(text) for text in PROJECT["dependencies"]}
EXTRAS = {name: {name_of(text) for text in texts} for name, texts in PROJECT["optional-dependencies"].items()}


def imports() -> Iterator[tuple[str, str]]:
    """(module of the package, foreign module that it imports), wherever the import stands."""
    for source in sources():
        for module, names in source.imports:
            # From a top-level package a module may be taken, which of a namespace says whose it is.
            yield from (
                (source.name, name) for name in ([module] if "." in module or not names else [f"{module}.{one}" for one in names])
            )


@cache
def foreign() -> frozenset[str]:
    """Every module of another distribution that the package imports."""
    own = sys.stdlib_module_names | {"akamai_mcp", "__future__"}
    return frozenset(module for _, module in imports() if module.partition(".")[0] not in own)


@cache
def packages() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def owners(module: str) -> frozenset[str]:
    """The distributions of a module: of a namespace that several share, those that have its file."""
    names = set(packages().get(module.partition(".")[0], ()))
    if len(names) > 1:
        files = {f"{module.replace('.', '/')}{end}" for end in ("/__init__.py", ".py")}
        names = {name for name in names if files & {str(file) for file in distribution(name).files or ()}}
    return frozenset(CONTAINED.get(name, name) for name in map(canonicalize_name, names))


def test_every_module_that_is_imported_is_of_a_distribution_that_is_declared() -> None:
    declared = REQUIRED.union(*EXTRAS.values())
    assert foreign()
    strange = {module: owners(module) for module in foreign() if not owners(module) or not owners(module) <= declared}
    assert strange == {}, "declare these distributions in pyproject.toml"


def test_every_distribution_that_is_declared_is_used() -> None:
    used = {owner for module in foreign() for owner in owners(module)}
    assert REQUIRED.union(*EXTRAS.values()) - used == NOT_IMPORTED.keys()
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "akamai_mcp").rglob("*.py"))
    assert [name for name, text in NOT_IMPORTED.items() if text not in source] == []


def test_what_only_an_extra_brings_is_not_imported_by_what_every_installation_loads() -> None:
    optional = {module for module in foreign() if not owners(module) & REQUIRED}
    importers = {name for name, module in imports() if module in optional}
    assert importers == {
        "akamai_mcp/programs/charts/drawing.py",
        "akamai_mcp/programs/interpreter.py",
        "akamai_mcp/replicas/connection.py",
        "akamai_mcp/replicas/encryption.py",
        "akamai_mcp/replicas/membership.py",
        "akamai_mcp/server/observability/metrics.py",
        "akamai_mcp/server/observability/traces.py",
    }


def test_every_range_has_an_upper_bound() -> None:
    texts = [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]
    assert [text for text in texts if not any(part.operator in {"<", "<=", "=="} for part in Requirement(text).specifier)] == []


def constraints() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)] == []
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


@pytest.mark.parametrize(
    "text", [*PROJECT["dependencies"], *(text for texts in PROJECT["optional-dependencies"].values() for text in texts)]
)
def test_the_constraints_have_a_version_of_every_dependency_in_its_range(text: str) -> None:
    requirement = Requirement(text)
    if requirement.marker is None or requirement.marker.evaluate():
        assert requirement.specifier.contains(constraints()[canonicalize_name(requirement.name)])


@pytest.mark.parametrize(("inner", "outer"), CONTAINED.items())
def test_what_is_contained_is_required_at_one_exact_version(inner: str, outer: str) -> None:
    requirements = [Requirement(text) for text in distribution(outer).requires or ()]
    found = [
        requirement for requirement in requirements if canonicalize_name(requirement.name) == inner and requirement.specifier
    ]
    assert [part.operator for requirement in found for part in requirement.specifier] == ["=="] * len(found) != []

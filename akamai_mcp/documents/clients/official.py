"""What the official documents say about the APIs that clients call: their endpoints and the names of path parameters."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from akamai_mcp.catalogue.precedence import endpoint_of
from akamai_mcp.documents.facts import Facts
from akamai_mcp.openapi.loader import find_documents, load_document, plain
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS, outline_document, read_server

MAIN_NAME: Final = "openapi.json"
_BASE_PATH: Final = re.compile(r"(?P<name>/.+?)/(?P<version>v\d+)(?=/)|(?P<bare>/-/[^/]+)")


def split_path(path: str) -> tuple[str, str, str]:
    """(base path, API name, version) of a path; the base path ends with the version, and without one it is v1."""
    match = _BASE_PATH.match(path)
    assert match is not None, path
    return match[0], match["name"] or match["bare"], match["version"] or "v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """The documented endpoints, and the path parameters of each base path by case-folded name."""

    endpoints: frozenset[str]
    parameters: Mapping[str, Mapping[str, Facts]]

    def parameter(self, base_path: str, name: str) -> Facts:
        """The name, type and values of a path parameter in an API's documents; empty if they do not have it."""
        return dict(self.parameters.get(base_path, {}).get(name.casefold(), {}))


def read_official(specs: Path) -> Official:
    """Read every official document in a folder tree."""
    endpoints: set[str] = set()
    counted: defaultdict[str, Counter[tuple[str, str, tuple[Any, ...]]]] = defaultdict(Counter)
    for file in find_documents(specs):
        if file.path.name == MAIN_NAME:
            document = load_document(file)
            endpoints.update(endpoint_of(one.method, one.path) for one in outline_document(document))
            counted[read_server(document)[0]].update(_path_parameters(document))
    return Official(endpoints=frozenset(endpoints), parameters={base: _commonest(found) for base, found in counted.items()})


def _path_parameters(document: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    for item in plain(document["paths"]).values():
        for level in (item, *(item[method] for method in PATH_ITEM_METHODS if method in item)):
            for node in level.get("parameters", ()):
                if node["in"] == "path" and isinstance(kind := node.get("schema", {}).get("type"), str):
                    yield node["name"], kind, tuple(node["schema"].get("enum", ()))


def _commonest(counted: Counter[tuple[str, str, tuple[Any, ...]]]) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for (name, kind, values), _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        found.setdefault(name.casefold(), {"name": name, "type": kind} | ({"enum": list(values)} if values else {}))
    return found

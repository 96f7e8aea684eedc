"""What people know of single APIs that the facts of clients do not show: `learning.yaml`, written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from akamai_mcp.catalogue.precedence import endpoint_of
from akamai_mcp.errors import DocumentError

NOTES_NAME: Final = "learning.yaml"
_MAPS: Final = ("products_by_module", "products_by_segment", "products_by_base_path")
_LISTS: Final = ("only_observed", "plurals")
_NAMES: Final = frozenset({*_MAPS, *_LISTS, "beginnings", "facts", "values"})
_FACTS: Final = frozenset({"query", "joined", "body", "answer"})
_BODY: Final = frozenset({"type", "members", "schema"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningNotes:
    """The notes of `specs learn`.

    `products_by_module`, `products_by_segment` and `products_by_base_path` name products that the path does not name;
    `only_observed` are endpoints (`GET /a/{b}`) that no client declares. `facts` are what is right of single endpoints:
    the schemas of query parameters, which lists are one value with commas (`joined`), the body, and the answer's media type.
    `values` are what enumerations have gained, by base path and name.
    `beginnings` are names in operationIds by base path and beginning of the path, `plurals` last segments that stay plural.
    """

    products_by_module: Mapping[str, str] = field(default_factory=dict)
    products_by_segment: Mapping[str, str] = field(default_factory=dict)
    products_by_base_path: Mapping[str, str] = field(default_factory=dict)
    only_observed: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    beginnings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    plurals: frozenset[str] = frozenset()


def read_notes(path: Path) -> LearningNotes:
    """The notes of a file, none where there is no such file. Raises DocumentError."""
    import yaml  # Only `specs learn` needs it here.

    if not path.exists():
        return LearningNotes()
    try:
        return to_notes(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DocumentError(
            f"{path.name} cannot be read: {error}", document=path.name, advice="Correct it; specs/README.md describes it."
        ) from error


def to_notes(content: Any) -> LearningNotes:
    """The notes in a parsed file. Raises ValueError naming what is wrong."""
    if not isinstance(content, Mapping) or (unknown := set(content) - _NAMES):
        raise ValueError(f"unknown keys {sorted(unknown)}" if isinstance(content, Mapping) else "it is not a mapping")
    maps = {name: _texts(name, content.get(name, {})) for name in _MAPS}
    lists = {name: _list(name, content.get(name, [])) for name in _LISTS}
    beginnings = _mapping("beginnings", content)
    return LearningNotes(
        **maps,
        plurals=frozenset(lists["plurals"]),
        only_observed=tuple(_endpoint(text) for text in lists["only_observed"]),
        facts={_shape(text): _facts(text, known) for text, known in _mapping("facts", content).items()},
        values={str(base): _values(base, known) for base, known in _mapping("values", content).items()},
        beginnings={str(base): _texts(f"beginnings of {base}", known) for base, known in beginnings.items()},
    )


def _mapping(name: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    node = content.get(name, {})
    if not isinstance(node, Mapping):
        raise ValueError(f"{name} is not a mapping")  # noqa: TRY004 - one error for every wrong note
    return node


def _shape(text: str) -> str:
    return endpoint_of(*_endpoint(text))


def _facts(name: str, node: Any) -> Mapping[str, Any]:
    body = node.get("body", {}) if isinstance(node, Mapping) else {}
    if not isinstance(node, Mapping) or not isinstance(body, Mapping) or node.keys() - _FACTS or body.keys() - _BODY:
        raise ValueError(f"the facts of {name} are not {sorted(_FACTS)}, with {sorted(_BODY)} of a body")
    return node


def _values(base: Any, node: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(node, Mapping):
        raise ValueError(f"the values of {base} are not a mapping")  # noqa: TRY004 - one error for every wrong note
    return {str(name): tuple(_list(f"the values of {name}", values)) for name, values in node.items()}


def _texts(name: str, node: Any) -> dict[str, str]:
    if not isinstance(node, Mapping) or not all(isinstance(text, str) for text in (*node, *node.values())):
        raise ValueError(f"{name} is not a mapping of texts")
    return dict(node)


def _list(name: str, node: Any) -> list[str]:
    if not isinstance(node, list) or not all(isinstance(text, str) for text in node):
        raise ValueError(f"{name} is not a list of texts")
    return node


def _endpoint(text: str) -> tuple[str, str]:
    method, _, path = text.partition(" ")
    if not method.isupper() or not path.startswith("/"):
        raise ValueError(f"{text!r} is not a method and a path")
    return method, path

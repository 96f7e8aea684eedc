"""What people know of single APIs that the facts of clients do not show: `learning.yaml`, written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from akamai_mcp.errors import DocumentError

NOTES_NAME: Final = "learning.yaml"
_MAPS: Final = ("products_by_module", "products_by_segment", "products_by_base_path")
_LISTS: Final = ("any_body", "only_observed", "plurals")
_NAMES: Final = frozenset({*_MAPS, *_LISTS, "beginnings"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningNotes:
    """The notes of `specs learn`.

    `products_by_module`, `products_by_segment` and `products_by_base_path` name products that the path does not name;
    `only_observed` are endpoints (`GET /a/{b}`) that no client declares, `any_body` paths whose body has any media type.
    `beginnings` are names in operationIds by base path and beginning of the path, `plurals` last segments that stay plural.
    """

    products_by_module: Mapping[str, str] = field(default_factory=dict)
    products_by_segment: Mapping[str, str] = field(default_factory=dict)
    products_by_base_path: Mapping[str, str] = field(default_factory=dict)
    only_observed: tuple[tuple[str, str], ...] = ()
    any_body: frozenset[str] = frozenset()
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
    beginnings = content.get("beginnings", {})
    if not isinstance(beginnings, Mapping):
        raise ValueError("beginnings is not a mapping")  # noqa: TRY004 - one error for every wrong note
    return LearningNotes(
        **maps,
        any_body=frozenset(lists["any_body"]),
        plurals=frozenset(lists["plurals"]),
        only_observed=tuple(_endpoint(text) for text in lists["only_observed"]),
        beginnings={str(base): _texts(f"beginnings of {base}", known) for base, known in beginnings.items()},
    )


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

"""JSON Patch (RFC 6902) on JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any


class PatchError(Exception):
    """A patch does not fit the value."""


def patched(value: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """The value after all operations. Raises PatchError, and then nothing has changed."""
    box = {"": deepcopy(value)}
    for operation in operations:
        try:
            _apply(box, operation)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise PatchError(f"The operation {operation.get('op')} at {operation.get('path')} does not fit.") from error
    return box[""]


def _apply(box: dict[str, Any], operation: Mapping[str, Any]) -> None:
    kind, path = operation["op"], ["", *_tokens(operation["path"])]
    if kind == "test":
        if _get(box, path) != operation["value"]:
            raise ValueError(path)
    elif kind in {"add", "replace"}:
        if kind == "replace":
            _get(box, path)
        _put(box, path, operation["value"], inserts=kind == "add")
    elif kind == "remove":
        _remove(box, path)
    elif kind in {"copy", "move"}:
        source = ["", *_tokens(operation["from"])]
        value = _get(box, source)
        if kind == "move":
            _remove(box, source)
        _put(box, path, deepcopy(value), inserts=True)
    else:
        raise ValueError(kind)


def _tokens(pointer: str) -> list[str]:
    # RFC 6901: ~1 is a slash and ~0 a tilde, read in this order.
    if pointer and not pointer.startswith("/"):
        raise ValueError(pointer)
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _get(box: Any, path: Sequence[str]) -> Any:
    for token in path:
        box = box[_index(token)] if isinstance(box, list) else box[token]
    return box


def _put(box: Any, path: Sequence[str], value: Any, *, inserts: bool) -> None:
    parent, last = _get(box, path[:-1]), path[-1]
    if not isinstance(parent, list):
        parent[last] = value
    elif not inserts:
        parent[_index(last)] = value
    else:
        at = len(parent) if last == "-" else _index(last)
        if at > len(parent):
            raise IndexError(at)
        parent.insert(at, value)


def _remove(box: Any, path: Sequence[str]) -> None:
    parent, last = _get(box, path[:-1]), path[-1]
    del parent[_index(last) if isinstance(parent, list) else last]


def _index(token: str) -> int:
    if not (token.isascii() and token.isdigit()):
        raise ValueError(token)
    return int(token)

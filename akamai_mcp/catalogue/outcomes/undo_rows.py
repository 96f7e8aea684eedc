"""The compact forms of the guide's `undo.yaml`, written out as the notes that operations get. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from akamai_mcp.errors import DocumentError

Note = Mapping[str, Any]

SECTIONS: Final = frozenset({"resources", "toggles", "never", "undo"})
ROW_KEYS: Final = frozenset({"get", "put", "patch", "post", "delete", "id", "is", "upsert", "with", "content"})
# What a row needs beside a key of it.
NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "patch": frozenset({"put"}),
    "post": frozenset({"delete", "id"}),
    "upsert": frozenset({"put", "delete"}),
    "is": frozenset({"post"}),
    "content": frozenset({"post"}),
}
ANOTHER_ID: Final = "What is made anew gets another identifier, and what refers to this one would not find it."


def read_undo_guide(content: Mapping[str, Any]) -> dict[str, Note]:
    """The note of each operation, by key. Raises DocumentError where a section or a row means nothing."""
    if unknown := set(content) - SECTIONS:
        raise _wrong(f"has unknown sections {sorted(map(str, unknown))}")
    notes: dict[str, Note] = {key: {"never": text} for key, text in (content.get("never") or {}).items()}
    for document, rows in (content.get("resources") or {}).items():
        for row in rows:
            _check(document, row)
            notes |= {f"{document}#{name}": note for name, note in _resource(document, row)}
    for document, pairs in (content.get("toggles") or {}).items():
        for one, other in pairs:
            notes |= {f"{document}#{one}": _toggle(document, other), f"{document}#{other}": _toggle(document, one)}
    return notes | (content.get("undo") or {})


def _check(document: str, row: Mapping[str, Any]) -> None:
    if unknown := set(row) - ROW_KEYS:
        raise _wrong(f"has a row of {document} with unknown keys {sorted(map(str, unknown))}")
    needed = {"get"}.union(*(names for key, names in NEEDED.items() if row.get(key)))
    if missing := needed - set(row):
        raise _wrong(f"has a row of {document} without {sorted(missing)}: {row}")


def _resource(document: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Note]]:
    read = {"call": f"{document}#{row['get']}"} | ({"with": row["with"]} if "with" in row else {})
    if "put" in row:
        put_back = {"call": f"{document}#{row['put']}", "with": {"body": {"takes": "=before"}}}
        made = [{"call": f"{document}#{row['delete']}", "absent": True}] if row.get("upsert") else []
        changing = [row[method] for method in ("put", "patch") if method in row]
        yield from ((name, {"read": read, "ways": [put_back, *made]}) for name in changing)
        if row.get("upsert"):
            yield row["delete"], {"read": read, "ways": [put_back]}
    if "delete" in row and not row.get("upsert"):
        yield row["delete"], {"never": ANOTHER_ID}
    if "post" in row:
        its_id = {row["id"]: f"=answer.{row.get('is', row['id'])}"}
        way = {"call": f"{document}#{row['delete']}", "with": its_id}
        content = {"content": row["content"]} if "content" in row else {}
        yield row["post"], {"read": read | {"with": row.get("with", {}) | its_id}, "ways": [way | content]}


def _toggle(document: str, other: str) -> Note:
    return {"ways": [{"call": f"{document}#{other}", "with": {"body": "=arg.body"}}]}


def _wrong(fault: str) -> DocumentError:
    advice = "Correct it and build again; specs/README.md names its sections and keys."
    return DocumentError(f"undo.yaml {fault}.", document="undo.yaml", advice=advice)

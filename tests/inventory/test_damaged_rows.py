"""What an earlier code, a stranger or a broken disk left in the file is left out; what is sound beside it is read."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from akamai_mcp.inventory.matching.index import Index
from akamai_mcp.inventory.policy import FILE
from akamai_mcp.inventory.records import Part, Record
from akamai_mcp.inventory.shelf import FileShelf, Write, unpack
from akamai_mcp.replicas.encryption import Keyring

RECORD = Record(kind="thing", id="1", name="n", also=("a",), holds=("192.0.2.1",), facts={"x": 1}, belongs={"group": ("2",)})
PART = Part(operation="x/v1#y", arguments={"a": 1}, read_at=5.0, records=(RECORD,))
WRITE = Write(path="/a", until=7.0)
WRONG = (None, 1, 1.5, "text", b"bytes", b"\xff\xfe")


@pytest.mark.parametrize("key", [None, b"k" * 32])
@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("parts", one) for one in ("owner", "name", "read_at", "content")),
        *(("writes", one) for one in ("account", "path", "until")),
    ],
)
async def test_a_row_with_any_wrong_column_is_left_out_and_the_others_are_read(
    tmp_path: Path, table: str, column: str, wrong: Any, key: bytes | None
) -> None:
    shelf = FileShelf(tmp_path, Keyring(key) if key else None)
    for part in (PART, Part(operation="other", arguments={}, read_at=1.0)):
        await shelf.save("owner", part)
    await shelf.note("account", WRITE)
    await shelf.note("account", Write(path="/b", until=8.0))
    shelf.close()
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute(
            f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {'read_at = 5' if table == 'parts' else 'until = 7'}", (wrong,)
        )
    file.close()
    parts, writes = await shelf.load("owner"), await shelf.writes("account")
    shelf.close()
    assert "other" in {part.operation for part in parts}
    assert "/b" in {write.path for write in writes}
    Index().put(*parts)
    assert all(isinstance(one.until, float) for one in writes)


def damaged() -> list[dict[str, Any]]:
    """The part with each of its values, and of its record's, in each wrong form."""
    whole = orjson.loads(orjson.dumps(asdict(PART)))
    wrong = (None, 1, "text", [], [1], {}, {"a": 1}, {"a": [1]}, [["x"]], True)
    parts = [{**whole, name: one} for name in whole for one in wrong]
    records = [{**whole, "records": [{**whole["records"][0], name: one}]} for name in whole["records"][0] for one in wrong]
    lost = [{name: one for name, one in whole.items() if name != gone} for gone in whole]
    return [*parts, *records, *lost, {**whole, "more": 1}, {**whole, "records": ["x"]}]


@pytest.mark.parametrize("content", [*damaged(), [], "text", None])
def test_a_part_in_another_form_is_none_or_fit_for_the_index(content: Any) -> None:
    part = unpack(zlib.compress(orjson.dumps(content)))
    if part is not None:
        index = Index()
        index.put(part)
        assert all(isinstance(one.id, str) for one in part.records)


def test_a_sound_part_is_the_same_after_a_shelf() -> None:
    assert unpack(zlib.compress(orjson.dumps(PART))) == PART

"""A program may return a chart: a picture with its rows beside it."""

from __future__ import annotations

import struct
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mcp_stage import Stage

from akamai_mcp.programs.charts.chart import MAX_POINTS, MAX_SERIES, read_chart
from akamai_mcp.programs.charts.drawing import HEIGHT, WIDTH, draw_chart, nice_ticks, short_number
from akamai_mcp.programs.events import WrongUse

ROWS = [{"hour": "00:00", "hits": 3, "bytes": 5.5}, {"hour": "01:00", "hits": -4, "bytes": 2}]
PNG = b"\x89PNG\r\n\x1a\n"


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height as the file's first chunk has them."""
    assert picture[:8] == PNG
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


async def picture_of(stage: Stage, program: str, tool: str = "akamai_query") -> tuple[dict[str, Any], list[bytes]]:
    result = await stage.client.call_tool(tool, {"program": program}, raise_on_error=False)
    return dict(result.structured_content or {}), [b64decode(block.data) for block in result.content if block.type == "image"]


@pytest.mark.parametrize("kind", ["line", "bar"])
@pytest.mark.parametrize("y", ["'hits'", "['hits', 'bytes']"])
async def test_a_chart_is_a_picture_with_its_rows_beside_it(stage: Stage, kind: str, y: str) -> None:
    content, pictures = await picture_of(stage, f"rows = {ROWS!r}\nchart(rows, 'hour', {y}, kind='{kind}')")
    assert content["body"] == ROWS
    assert content["chart"]["kind"] == kind
    assert [size_of(picture) for picture in pictures] == [(WIDTH, HEIGHT)]


async def test_a_result_that_is_no_chart_has_no_picture(stage: Stage) -> None:
    for program in ("1", "{'chart': {}, 'rows': []}", "{'chart': {'x': 'a', 'y': 'b'}, 'rows': [{'a': 1}]}", "chart"):
        _, pictures = await picture_of(stage, program)
        assert pictures == []


async def test_a_wrong_chart_is_told_with_its_line(stage: Stage) -> None:
    reply = await stage.refused("akamai_query", program="x = 1\nchart([{'a': 'b'}], 'a', 'a')")
    assert (reply.content["problem"]["line"], "no number" in reply.problem) == (2, True)


@pytest.mark.parametrize(
    "given",
    [
        {"rows": []},
        {"rows": "x"},
        {"rows": [1]},
        {"rows": ROWS * MAX_POINTS},
        {"x": "nothing"},
        {"x": 1},
        {"y": []},
        {"y": ["hits"] * (MAX_SERIES + 1)},
        {"y": [1]},
        {"y": "hour"},
        {"kind": "pie"},
        {"rows": [{"hour": 1, "hits": True}]},
        {"rows": [{"hour": 1, "hits": float("nan")}]},
        {"rows": [{"hour": 1, "hits": 10**400}]},
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_chart_needs_rows_names_and_numbers(given: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="chart: "):
        read_chart(**{"rows": ROWS, "x": "hour", "y": "hits", "kind": "line"} | given)


@given(st.lists(st.floats(-1e299, 1e299) | st.integers(-(10**30), 10**30), min_size=1, max_size=5), st.text(max_size=50))
@hypothesis_settings(max_examples=25, deadline=None)
def test_any_numbers_and_texts_are_drawn(values: list[float], label: str) -> None:
    rows = [{"x": label, "y": value} for value in values]
    for kind in ("line", "bar"):
        assert size_of(draw_chart(read_chart(rows, "x", "y", kind))) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (-3, 17, [-5, 0, 5, 10, 15, 20]), (0, 230, [0, 50, 100, 150, 200, 250])],
)
def test_an_axis_has_round_numbers_around_its_values(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (1500, "1.5 k"), (-2e9, "-2 G"), (0.25, "0.25")])
def test_a_large_number_is_written_short(number: float, text: str) -> None:
    assert short_number(number) == text

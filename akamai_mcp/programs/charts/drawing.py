"""The picture of a chart, drawn by Pillow, which is loaded for the first one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from akamai_mcp.programs.charts.chart import Chart

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

WIDTH, HEIGHT = 960, 480
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 40, 60
TICKS: Final = 5
TEXT_SIZE: Final = 13
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # told apart by colour-blind people too
INK, GRID = "#222222", "#dddddd"


def draw_chart(chart: Chart) -> bytes:
    """The chart as a PNG of 960 x 480 pixels."""
    from PIL import Image, ImageDraw, ImageFont  # 50 ms, for the first picture alone

    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(TEXT_SIZE)
    ticks = nice_ticks(*_bounds(chart))
    _draw_axes(draw, font, chart, ticks)
    for number, values in enumerate(chart.series.values()):
        points = [(_x(index, len(values)), _y(value, ticks)) for index, value in enumerate(values)]
        if chart.kind == "line" and len(points) > 1:
            draw.line(points, fill=COLORS[number], width=2)
        else:
            _draw_bars(draw, points, number, len(chart.series), _y(max(0.0, ticks[0]), ticks))
    _draw_legend(draw, font, tuple(chart.series))
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def nice_ticks(low: float, high: float) -> list[float]:
    """About five round numbers that enclose these two; the second is larger."""
    raw = (high - low) / TICKS
    unit = 10.0 ** math.floor(math.log10(raw))
    step = unit * next(factor for factor in (1, 2, 5, 10) if factor * unit >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def _bounds(chart: Chart) -> tuple[float, float]:
    values = [value for series in chart.series.values() for value in series]
    low, high = min(0.0, *values), max(0.0, *values)
    return (low, high) if high > low else (low, low + 1.0)


def _x(index: int, count: int) -> float:
    return LEFT + (index + 0.5) * (WIDTH - LEFT - RIGHT) / count


def _y(value: float, ticks: Sequence[float]) -> float:
    return HEIGHT - BOTTOM - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (HEIGHT - TOP - BOTTOM)


def _draw_axes(draw: ImageDraw.ImageDraw, font: Any, chart: Chart, ticks: Sequence[float]) -> None:
    for tick in ticks:
        at = _y(tick, ticks)
        draw.line([(LEFT, at), (WIDTH - RIGHT, at)], fill=GRID)
        draw.text((LEFT - 8, at), short_number(tick), fill=INK, font=font, anchor="rm")
    count = len(chart.labels)
    longest = max(draw.textlength(label, font=font) for label in chart.labels) + 12
    every = max(1, math.ceil(count * longest / (WIDTH - LEFT - RIGHT)))
    for index in range(0, count, every):
        draw.text((_x(index, count), HEIGHT - BOTTOM + 10), chart.labels[index], fill=INK, font=font, anchor="mt")


def _draw_bars(draw: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], number: int, series: int, base: float) -> None:
    slot = (WIDTH - LEFT - RIGHT) / len(points) * 0.8
    width = max(1.0, slot / series)
    for middle, top in points:
        left = middle - slot / 2 + number * width
        draw.rectangle([(left, min(top, base)), (left + width - 1, max(top, base))], fill=COLORS[number])


def _draw_legend(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, names: Sequence[str]) -> None:
    at = float(LEFT)
    for name, color in zip(names, COLORS, strict=False):
        draw.rectangle([(at, 14), (at + 10, 24)], fill=color)
        draw.text((at + 16, 19), name, fill=INK, font=font, anchor="lm")
        at += 36 + draw.textlength(name, font=font)


def short_number(value: float) -> str:
    """A number for an axis: 1.5 M in place of 1500000."""
    for unit, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g} {sign}"
    return f"{value:.6g}"

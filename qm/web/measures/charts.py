"""
Geometry of the charts.

Coordinates are in hundredths of the picture's width and height: it is stretched to its place while
strokes and dots keep their size, and labels are text beside it, so that it fits every width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from qm.stages.kpis import Figure

WIDE, HIGH = 100.0, 100.0
CLOCK_STEPS_S = (5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0)
STEPS = 4  # lines of the grid above the lowest
SPARK_WIDE, SPARK_HIGH = 100.0, 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """An axis of even steps."""

    low: float
    step: float
    steps: int = STEPS

    @property
    def high(self) -> float:
        """Its upper end."""
        return self.low + self.step * self.steps

    @property
    def ticks(self) -> tuple[float, ...]:
        """Values at the lines of the grid, the lowest first."""
        return tuple(self.low + self.step * i for i in range(self.steps + 1))

    def part(self, value: float) -> float:
        """Return where a value lies, 0 to 1; what is beyond an end lies at it."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One figure on a chart."""

    key: str  #: the group's value or the day
    figure: Figure
    x: float
    y: float
    low: float  #: of the interval, on the axis of values
    high: float
    sure: bool  #: has an interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through days, broken where a day has no value."""

    scale: Scale
    dots: tuple[Dot, ...]
    paths: tuple[str, ...]  #: points of each unbroken stretch
    bands: tuple[str, ...]  #: outlines of its interval
    target: float | None = None  #: its height
    keys: tuple[str, ...] = field(default=())  #: the days, whether they have a value or not


def scale_of(
    figures: Iterable[Figure],
    bounds: tuple[float, float],
    *more: float,
    rounded: Callable[[float], float] | None = None,
) -> Scale:
    """
    Return an axis of round steps that holds all values and most of their intervals.

    Args:
        figures: what is drawn.
        bounds: beyond which no value can be.
        more: other values that must fit, such as a target.
        rounded: the next round step; default 1, 2, 5, 10, ...
    """
    shown = [f for f in figures if f.value is not None]
    values = [f.value for f in shown if f.value is not None]
    ends = [x for f in shown for x in (f.low, f.high) if x is not None]
    middle = sum(values) / len(values) if values else 0.0
    reach = sorted(f.high - f.low for f in shown if f.high is not None and f.low is not None)
    usual = reach[len(reach) // 2] if reach else 0.0
    # an interval of few contacts may be as wide as the axis allows: it is cut, the values are not
    near = [x for x in ends if abs(x - middle) <= max(2 * (max(values) - min(values)), usual)]
    every = [*values, *near, *more] or [bounds[0], min(bounds[1], bounds[0] + 1.0)]
    low, high = max(bounds[0], min(every)), min(bounds[1], max(every))
    if high - low < 1e-9:
        low = max(bounds[0], low - abs(low) * 0.1 - 1e-3)
        high = min(bounds[1], high + abs(high) * 0.1 + 1e-3)
    step = (rounded or round_step)((high - low) / STEPS)
    start = math.floor(low / step + 1e-9) * step
    steps = max(1, math.ceil((high - start) / step - 1e-9))
    if start + steps * step > bounds[1] + 1e-9:  # the grid ends where values do
        start = max(bounds[0], bounds[1] - steps * step)
        step = (bounds[1] - start) / steps
    return Scale(low=start, step=step, steps=steps)


def round_step(step: float) -> float:
    """
    Return the next step of 1, 2 or 5 times a power of ten.

    >>> round_step(0.03), round_step(7), round_step(20)
    (0.05, 10.0, 20.0)
    """
    power = math.floor(math.log10(step))
    for digit in (1, 2, 5, 10):
        stepped = digit * 10.0**power
        if stepped >= step * (1 - 1e-9):
            return stepped
    raise AssertionError("unreachable")


def round_time(step: float) -> float:
    """
    Return the next step in seconds that a clock has.

    >>> round_time(3), round_time(70), round_time(4_000)
    (5.0, 120.0, 7200.0)
    """
    if step <= CLOCK_STEPS_S[0]:
        return round_step(step)
    hours = 3_600.0 * math.ceil(step / 3_600)
    return next((known for known in CLOCK_STEPS_S if known >= step), hours)


def line(
    days: Sequence[str], figures: Sequence[Figure | None], scale: Scale, target: float | None
) -> Line:
    """Return a line over ``days``; a day without a figure or a value breaks it."""
    dots: list[Dot | None] = [
        None if one is None or one.value is None else _dot(day, one, i, len(days), scale)
        for i, (day, one) in enumerate(zip(days, figures, strict=True))
    ]
    stretches = _stretches(dots)
    return Line(
        scale=scale,
        dots=tuple(dot for dot in dots if dot is not None),
        paths=tuple(_points((d.x, d.y) for d in s) for s in stretches if len(s) > 1),
        bands=tuple(
            _points([*((d.x, d.high) for d in s), *((d.x, d.low) for d in reversed(s))])
            for s in stretches
            if len(s) > 1
        ),
        target=None if target is None else _height(scale, target),
        keys=tuple(days),
    )


def dot(key: str, figure: Figure, scale: Scale) -> Dot:
    """Return a figure on a horizontal axis of values."""
    value = figure.value or 0.0
    low = value if figure.low is None else figure.low
    high = value if figure.high is None else figure.high
    return Dot(
        key=key,
        figure=figure,
        x=_round(scale.part(value) * WIDE),
        y=HIGH / 2,
        low=_round(scale.part(low) * WIDE),
        high=_round(scale.part(high) * WIDE),
        sure=figure.low is not None,
    )


def spark(figures: Sequence[Figure | None]) -> tuple[str, ...]:
    """Return the stretches of a small line without axes."""
    values = [f.value for f in figures if f is not None and f.value is not None]
    if len(values) < 2:
        return ()
    low, high = min(values), max(values)
    flat = high - low < 1e-12
    found: list[list[tuple[float, float]]] = [[]]
    for i, one in enumerate(figures):
        if one is None or one.value is None:
            found.append([])
            continue
        part = 0.5 if flat else (one.value - low) / (high - low)
        x = i / max(1, len(figures) - 1) * SPARK_WIDE
        found[-1].append((_round(x), _round((1 - part) * (SPARK_HIGH - 4) + 2)))
    return tuple(_points(stretch) for stretch in found if len(stretch) > 1)


def _dot(key: str, figure: Figure, i: int, count: int, scale: Scale) -> Dot:
    value = figure.value or 0.0
    low = value if figure.low is None else figure.low
    high = value if figure.high is None else figure.high
    return Dot(
        key=key,
        figure=figure,
        x=_round((i + 0.5) / count * WIDE),
        y=_height(scale, value),
        low=_height(scale, low),
        high=_height(scale, high),
        sure=figure.low is not None,
    )


def _stretches(dots: Sequence[Dot | None]) -> list[list[Dot]]:
    found: list[list[Dot]] = [[]]
    for one in dots:
        if one is None:
            found.append([])
        else:
            found[-1].append(one)
    return [stretch for stretch in found if stretch]


def _height(scale: Scale, value: float) -> float:
    return _round((1 - scale.part(value)) * HIGH)


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _round(value: float) -> float:
    return round(value, 2)

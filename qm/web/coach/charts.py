"""Charts of an agent's page, worked out on the server: numbers to points of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qm.io.store.agent_page import MachineCheck
from qm.io.store.evaluations import CountedScore
from qm.stages.agreement import Mean

WIDTH, HEIGHT = 640.0, 200.0  # units of the picture; the page scales it
LEFT, RIGHT, TOP, BOTTOM = 32.0, 8.0, 8.0, 24.0
STEPS = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Scores of a stretch of time that ends at ``at``."""

    at: int  #: UTC ms
    label: str
    mean: Mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One evaluation."""

    x: float
    y: float
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line of the grid, or a word under it."""

    place: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The mean over time with its interval, and the evaluations behind it."""

    dots: tuple[Dot, ...]
    line: str  #: points of a polyline; "" where no mean could be given
    band: str  #: points of a polygon
    means: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The range of one machine check."""

    x: float
    top: float
    bottom: float
    check: MachineCheck


def trend(windows: Sequence[Window], scores: Sequence[CountedScore], since: int) -> Trend:
    """
    Return the chart of an agent's scores from ``since`` (UTC ms) to the last window.

    A window whose mean is not given (too few evaluations) leaves a gap, not a guess.
    """
    until = max([window.at for window in windows], default=since + 1)
    lowest = min([score.percent for score in scores], default=100.0)
    floor = 0.0 if lowest < 40 else 40.0  # half of the picture stays empty otherwise

    def x(at: int) -> float:
        share = (at - since) / max(1, until - since)
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT), 1)

    def y(percent: float) -> float:
        share = (min(100.0, max(floor, percent)) - floor) / (100 - floor)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    known = [
        (x(w.at), y(w.mean.mean), y(w.mean.low), y(w.mean.high), w.mean.mean)
        for w in windows
        if w.mean.mean is not None and w.mean.low is not None and w.mean.high is not None
    ]
    upper = [f"{at:g},{high:g}" for at, _, _, high, _ in known]
    lower = [f"{at:g},{low:g}" for at, _, low, _, _ in reversed(known)]
    return Trend(
        dots=tuple(
            Dot(x=x(score.started_at), y=y(score.percent), percent=score.percent)
            for score in scores
            if score.started_at >= since
        ),
        line=" ".join(f"{at:g},{middle:g}" for at, middle, _, _, _ in known),
        band=" ".join((*upper, *lower)),
        means=tuple(Dot(x=at, y=middle, percent=mean) for at, middle, _, _, mean in known),
        x_ticks=tuple(Tick(place=x(window.at), label=window.label) for window in windows),
        y_ticks=tuple(Tick(place=y(step), label=f"{step}") for step in STEPS if step >= floor),
        windows=tuple(windows),
    )


def bars(checks: Sequence[MachineCheck], height: float = 72.0) -> tuple[Bar, ...]:
    """Return the ranges of machine checks side by side, the oldest left."""
    ordered = sorted(checks, key=lambda check: (check.started_at, check.call_id))
    step = WIDTH / max(20, len(ordered))

    def y(percent: float) -> float:
        return round(height - percent / 100 * height, 1)

    return tuple(
        Bar(
            x=round((place + 0.5) * step, 1),
            top=y(check.high),
            bottom=max(y(check.low), y(check.high) + 1.5),
            check=check,
        )
        for place, check in enumerate(ordered)
    )

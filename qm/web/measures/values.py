"""Figures as people say them."""

from __future__ import annotations

from qm.stages.kpis import Figure, Measure

MINUTES_FROM_S = 120.0  # up to here seconds are easier to compare
TENTHS_BELOW_S = 60.0  # an interval of a wait is often narrower than a second


def said(measure: Measure, value: float | None) -> str:
    """
    Return a value with its unit.

    >>> from qm.stages.kpis import BY_NAME
    >>> said(BY_NAME["dropout_rate"], 0.0423), said(BY_NAME["talk_s"], 245.0)
    ('4.2 %', '4:05')
    >>> said(BY_NAME["effort"], None)
    '–'
    """
    if value is None:
        return "–"
    if measure.unit == "share":
        return f"{_digits(value * 100)} %"
    if measure.unit == "percent":
        return f"{_digits(value)} %"
    if measure.unit == "seconds":
        return _seconds(value)
    return f"{value:.1f}"


def said_tick(measure: Measure, value: float, high: float) -> str:
    """
    Return a value on an axis that ends at ``high``: all of them in seconds, or all in minutes.

    >>> from qm.stages.kpis import BY_NAME
    >>> said_tick(BY_NAME["talk_s"], 60.0, 300.0), said_tick(BY_NAME["talk_s"], 60.0, 90.0)
    ('1:00', '60 s')
    """
    if measure.unit == "seconds" and high >= MINUTES_FROM_S:
        return f"{round(value) // 60}:{round(value) % 60:02}"
    return said(measure, value)


def said_between(measure: Measure, figure: Figure) -> str:
    """
    Return the interval, its unit said once; "" where there is none.

    >>> from qm.stages.kpis import BY_NAME
    >>> figure = Figure(value=0.8, numerator=8, denominator=10, n=10, low=0.49, high=0.943)
    >>> said_between(BY_NAME["csat"], figure)
    '49–94 %'
    """
    if figure.low is None or figure.high is None:
        return ""
    low, high = said(measure, figure.low), said(measure, figure.high)
    for unit in (" %", " s"):
        if low.endswith(unit) and high.endswith(unit):
            low = low.removesuffix(unit)
    return f"{low}–{high}"


def said_count(value: float) -> str:
    """
    Return a sum or a count, thousands set apart by a narrow space.

    >>> said_count(12345.0), said_count(0.25)
    ('12\u202f345', '0.2')
    """
    text = f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:.1f}"
    return text.replace(",", "\u202f")


def _digits(percent: float) -> str:
    return f"{percent:.1f}" if abs(percent) < 10 and percent != round(percent) else f"{percent:.0f}"


def _seconds(value: float) -> str:
    if abs(value) < MINUTES_FROM_S:
        tenths = f"{value:.1f}" if abs(value) < TENTHS_BELOW_S else f"{value:.0f}"
        return f"{tenths.removesuffix('.0')} s"
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

"""
Who is asked about an alert, one after the other, until somebody claims it.

A rule names its recipients in order and the seconds after which the next is asked.  When its list
is at an end everybody is asked who may see the call.
"""

from __future__ import annotations

from collections.abc import Sequence

EVERYBODY = "everybody"


def recipients(to: Sequence[str], unclaimed_s: Sequence[int]) -> tuple[str, ...]:
    """
    Return whom each step asks; the first step is the alert itself.

    >>> recipients(["lead on duty", "supervisor"], [30, 90])
    ('lead on duty', 'supervisor', 'everybody')
    >>> recipients([], [60]), recipients(["supervisor", "nurse line"], [])
    (('everybody', 'everybody'), ('supervisor',))
    """
    steps = len(unclaimed_s) + 1
    named = [*to[:steps], *[EVERYBODY] * steps]
    return tuple(named[:steps])


def step_at(waited_ms: int, unclaimed_s: Sequence[int]) -> int:
    """
    Return how often an alert is handed on that has waited for so long; 0: not yet.

    >>> [step_at(ms, [30, 90]) for ms in (0, 29_999, 30_000, 89_999, 90_000)]
    [0, 0, 1, 1, 2]
    """
    return sum(waited_ms >= seconds * 1000 for seconds in unclaimed_s)

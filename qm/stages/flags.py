"""What is known of a finished call -> why a person should look at it, the worst reason first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from qm.types import Alert, RedactedTurn, Role, Scorecard, Severity

Reason = Literal["critical", "alert", "withheld", "low_asr", "speakers", "cannot_tell"]

SEVERITY: Mapping[Reason, int] = {
    "critical": 90,
    "alert": 40,
    "withheld": 35,
    "low_asr": 30,
    "speakers": 30,
    "cannot_tell": 10,
}
"""An order, not a measure.  A "can't tell" comes last: with nine questions most calls have one."""
ALERT_SEVERITY: Mapping[Severity, int] = {Severity.URGENT: 80, Severity.WARN: 60, Severity.INFO: 40}
CANNOT_TELL_STEP = 2
"""Each further unanswered question adds this much, so that the emptiest check comes first..."""
MOST_CANNOT_TELL = 28
"""...and never before a call whose words or speakers are in doubt."""
LOW_ASR = 0.6
"""Mean word probability of a call: near this, the recogniser itself doubts two words of five."""
UNSURE_SHARE = 0.2
"""Share of the talk of unknown speakers above which "the agent said" cannot be relied on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One reason to look at a call."""

    reason: Reason
    severity: int  #: 0-100, higher first
    detail: str = ""  #: the rule or the question; "" for the others


def flags_of(
    card: Scorecard | None, alerts: Iterable[Alert], turns: Sequence[RedactedTurn]
) -> tuple[Flag, ...]:
    """
    Return why a finished call should be looked at, the worst reason first, each reason once.

    Args:
        card: the machine's check, None where there is none.
        alerts: those that people may see and that stay on the record.
        turns: of the recognition that is shown.
    """
    found = [*_of_card(card), *_of_alerts(alerts), *_of_turns(turns)]
    return tuple(sorted(found, key=lambda flag: (-flag.severity, flag.reason)))


def _of_card(card: Scorecard | None) -> list[Flag]:
    if card is None:
        return []
    found: list[Flag] = []
    proposed = [one.question for one in card.critical if one.state == "proposed"]
    if proposed:
        found.append(Flag(reason="critical", severity=SEVERITY["critical"], detail=proposed[0]))
    unsure = [a.question for a in card.answers if a.who == "M" and a.state == "cannot_tell"]
    if unsure:
        more = SEVERITY["cannot_tell"] + CANNOT_TELL_STEP * (len(unsure) - 1)
        severity = min(more, MOST_CANNOT_TELL)
        found.append(Flag(reason="cannot_tell", severity=severity, detail=unsure[0]))
    return found


def _of_alerts(alerts: Iterable[Alert]) -> list[Flag]:
    shown = [one for one in alerts if not one.silent]
    if not shown:
        return []
    worst = max(shown, key=lambda one: (ALERT_SEVERITY[one.severity], one.rule))
    return [Flag(reason="alert", severity=ALERT_SEVERITY[worst.severity], detail=worst.rule)]


def _of_turns(turns: Sequence[RedactedTurn]) -> list[Flag]:
    found: list[Flag] = []
    if any(turn.withheld for turn in turns):
        found.append(Flag(reason="withheld", severity=SEVERITY["withheld"]))
    heard = [turn for turn in turns if not turn.withheld and turn.medium == "voice"]
    talk = sum(turn.end_ms - turn.start_ms for turn in heard)
    if not talk:
        return found
    sure = sum((turn.end_ms - turn.start_ms) * turn.asr_confidence for turn in heard)
    if sure / talk < LOW_ASR:
        found.append(Flag(reason="low_asr", severity=SEVERITY["low_asr"]))
    unknown = sum(turn.end_ms - turn.start_ms for turn in heard if turn.role is Role.UNKNOWN)
    if unknown / talk > UNSURE_SHARE:
        found.append(Flag(reason="speakers", severity=SEVERITY["speakers"]))
    return found

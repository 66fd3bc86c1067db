"""Safety and conduct: questions 17 and 18.  They propose, and answer nothing."""

from __future__ import annotations

from collections.abc import Mapping

from qm.stages.forms.judged import Judged, look, not_applicable
from qm.stages.forms.said import Said

STEP_MS = 45_000
"""The step is late after this long (the live rule's window)."""

LONG_HOLD_MS = 600_000
"""A caller left on hold for more than ten minutes is worth a look."""


def safety_step(said: Said, settings: Mapping[str, object]) -> Judged:
    """Propose a look where a possible emergency got its step late, or none was heard."""
    flags = said.having(said.customer, "red_flag")
    if not flags:
        if any(said.has(t, "red_flag") == "unsure" for t in said.customer if not said.doubtful(t)):
            return look("whether an emergency was mentioned is not sure")
        return not_applicable("no possible emergency was heard")
    first = flags[0]
    moved = [
        m.start_ms
        for m in said.marks("transferred")
        if m.target == "clinical" and m.start_ms >= first.start_ms
    ]
    step_ms = round(1000 * float(str(settings.get("late_s", STEP_MS / 1000))))
    steps = [t for t in said.having(said.agent, "red_flag_response") if t.end_ms > first.start_ms]
    times = [*(t.start_ms for t in steps), *moved]
    if times:
        late_ms = max(0, min(times) - first.end_ms)
        why = f"step heard {late_ms / 1000:.0f} s after the first mention"
        return look(why, [first, *steps[:1]], proposed=late_ms > step_ms)
    after = [t for t in said.agent if t.end_ms > first.start_ms]
    if said.transferred:
        return look("the recording ends at a transfer", [first])
    if any(said.has(t, "red_flag_response") == "unsure" for t in after):
        return look("whether the step was given is not sure", [first, *after])
    return look("no step was heard in the agent's turns after it", [first, *after], proposed=True)


def conduct(said: Said, settings: Mapping[str, object]) -> Judged:
    """Point to very long holds; a finding on conduct is never proposed."""
    end_ms = said.view.clock_ms
    long = [m for m in said.marks("hold") if (m.end_ms or end_ms) - m.start_ms > LONG_HOLD_MS]
    shown = [
        earlier[-1] for m in long if (earlier := [t for t in said.turns if t.start_ms < m.start_ms])
    ]
    return look("a hold of more than ten minutes" if long else "nothing to look at", shown)

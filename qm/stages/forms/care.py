"""Care and respect: questions 8 to 11 of the default form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from qm.stages.forms.judged import Judged, answered, cannot_tell, not_applicable
from qm.stages.forms.said import Heard, Said
from qm.types import Mark, RedactedTurn, Role

ANSWER_TURNS = 2
"""An answer to distress comes in either of the agent's next two turns."""

NOTICE_COVERS_MS = 120_000
"""One notice covers two minutes; check in at least so often."""

LONG_SILENCE_MS = 30_000
CUT_IN_MS = 1_000
TAKEN_MS = 300
CUT_OFFS = 3
"""Three or more real cut-offs count; fewer are taken for "yes"."""

LOST_SHARE = 0.02
"""Packet loss above which overlaps are not trusted."""

_REPORTED = re.compile(
    r"(?:letter|insurance|insurer|plan|policy|they|doctor|nurse|note)"
    r" (?:says?|said|states?|told|wrote)|it says|according to|quote|la carta dice"
    r"|dicen que|dice que",
    re.I,
)


def distress(said: Said, settings: Mapping[str, object]) -> Judged:
    """
    Answer whether each moment of distress was answered within the agent's next two turns.

    Doubt matters only where it could change the answer: what is unsure is taken both ways, and
    "can't tell" is the answer where the two differ.
    """
    turns = [t for t in said.customer if not said.doubtful(t) and said.next_agent(t, 1)]
    if said.badly_heard(said.customer):
        return cannot_tell("more than a fifth of the caller's turns was not heard well")
    sure = said.having(turns, "distress_cue")
    unsure = [t for t in turns if said.has(t, "distress_cue") == "unsure"]
    if not sure and not unsure:
        return not_applicable("no moment of distress was heard")
    windows = {t.index: said.next_agent(t, ANSWER_TURNS) for t in [*sure, *unsure]}
    shown = [x for t in [*sure, *unsure] for x in (t, *windows[t.index])]
    if not sure:
        return cannot_tell("whether the caller showed distress is not sure", shown)
    if said.interpreted:
        return cannot_tell("through an interpreter", shown)
    levels = [_strength(said, windows[t.index]) for t in sure]
    maybe = [_strength(said, windows[t.index]) for t in unsure]
    options = {
        _share([level[side] for level in [*levels, *more]])
        for side in (0, 1)
        for more in ([], maybe)
    }
    if len(options) > 1:
        return cannot_tell("a moment of distress or its answer is not sure", shown)
    why = f"{len(sure)} moments of distress, each with the agent's next two turns"
    return answered(options.pop(), why, [x for t in sure for x in (t, *windows[t.index])])


def _strength(said: Said, window: tuple[RedactedTurn, ...]) -> tuple[int, int]:
    """Return the least and the most that the window can be: 0 nothing, 1 a set phrase, 2 real."""
    strong = [said.has(t, "empathy_strong", "red_flag_response") for t in window]
    weak = [said.has(t, "empathy_weak") for t in window]

    def level(counts: tuple[Heard, ...]) -> int:
        return 2 if any(s in counts for s in strong) else int(any(w in counts for w in weak))

    return level(("yes",)), level(("yes", "unsure"))


def _share(levels: list[int]) -> str:
    if all(level == 2 for level in levels):
        return "all"
    return "some" if any(levels) else "none"


def respectful(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer how many turns of the agent blamed, brushed off or refused coldly."""
    if not said.agent:
        return cannot_tell("no turn of the agent was heard")
    sure = [t for t in said.having(said.agent, "negative_language") if not _reported(said, t)]
    unsure = [
        t
        for t in said.agent
        if t not in sure and (said.has(t, "negative_language") != "no") and not said.doubtful(t)
    ]
    low, high = _lapses(len(sure)), _lapses(len(sure) + len(unsure))
    if low != high:
        return cannot_tell("a turn may be negative or reported speech", [*sure, *unsure])
    if said.badly_heard(said.agent):
        return cannot_tell("more than a fifth of the agent's turns was not heard well")
    shown = [t for turn in sure for t in (_before(said, turn), turn) if t is not None]
    return answered(low, f"{len(sure)} turns of {len(said.agent)} are negative", shown)


def _lapses(count: int) -> str:
    return ("none", "one", "more")[min(count, 2)]


def _reported(said: Said, turn: RedactedTurn) -> bool:
    """Return whether the words may be somebody else's: quoted, or heard across the line."""
    if _REPORTED.search(turn.text):
        return True
    return any(t.start_ms <= turn.start_ms and t.end_ms >= turn.end_ms for t in said.customer)


def _before(said: Said, turn: RedactedTurn) -> RedactedTurn | None:
    earlier = [t for t in said.turns if t.start_ms < turn.start_ms and t.role != turn.role]
    return earlier[-1] if earlier else None


def let_finish(said: Said, settings: Mapping[str, object]) -> Judged:
    """Suggest whether the agent cut the caller off three times or more."""
    if said.interpreted:
        return not_applicable("through an interpreter")
    if "mixed" in said.view.meta.channels:
        return cannot_tell("one line for both voices")
    facts = said.view.facts
    if facts and facts.duration_ms and facts.lost_ms > LOST_SHARE * facts.duration_ms:
        return cannot_tell("too much audio was lost to trust overlaps")
    cut: list[RedactedTurn] = []
    for turn in said.agent:
        for other in said.customer:
            together_ms = min(turn.end_ms, other.end_ms) - turn.start_ms
            if turn.start_ms - other.start_ms >= TAKEN_MS and together_ms > CUT_IN_MS:
                cut += [other, turn]
                break
    count = len(cut) // 2
    why = f"{count} overlaps of more than 1 s begun by the agent"
    return answered("no" if count >= CUT_OFFS else "yes", why, cut, "fact")


def hold_notice(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether holds and long silences were announced, and kept short."""
    waits = _waits(said)
    if not waits:
        unheard = [
            m for m in said.marks("gap", "capture_off") if _length(said, m) > LONG_SILENCE_MS
        ]
        if unheard:
            return cannot_tell("audio is missing for longer than a silence worth a notice")
        return not_applicable("no hold and no long silence")
    noticed, long, shown = [], False, []
    for start_ms, end_ms, asked in waits:
        before = [
            t
            for t in said.agent
            if t.start_ms < start_ms and start_ms - t.end_ms <= NOTICE_COVERS_MS
        ]
        heard = [said.has(t, "hold_notice") for t in before[-3:]]
        if "yes" not in heard and (asked or "unsure" in heard):
            return cannot_tell("whether the wait was announced is not sure", before[-3:])
        noticed.append("yes" in heard)
        long = long or end_ms - start_ms > NOTICE_COVERS_MS
        shown += before[-1:]
    why = f"{sum(noticed)} of {len(waits)} waits announced" + (
        ", one over two minutes" if long else ""
    )
    if all(noticed) and not long:
        return answered("yes", why, shown, "fact")
    return answered("part" if any(noticed) else "no", why, shown, "fact")


def reply_wait(said: Said, settings: Mapping[str, object]) -> Judged:
    """Answer whether the agent said so when a reply took longer (text channels, by times alone)."""
    over_ms = round(1000 * float(str(settings["over_s"])))
    missed: list[RedactedTurn] = []
    waits = 0
    for before, after in pairwise(said.turns):
        if before.role != Role.CUSTOMER or after.role != Role.AGENT:
            continue
        if after.start_ms - before.end_ms <= over_ms:
            continue
        waits += 1
        earlier = [t for t in said.agent if t.start_ms < before.start_ms][-1:]
        heard = [said.has(t, "hold_notice") for t in earlier]
        if "unsure" in heard:
            return cannot_tell("whether the wait was announced is not sure", [*earlier, after])
        if "yes" not in heard:
            missed += [before, after]
    if not waits:
        return not_applicable("no reply took so long")
    why = f"{waits} long waits, {len(missed) // 2} without a word before"
    return answered("no" if missed else "yes", why, missed, "fact")


def _waits(said: Said) -> list[tuple[int, int, bool]]:
    """Return start and end of holds and long silences, and whether a question came before."""
    waits = [(m.start_ms, m.start_ms + _length(said, m), False) for m in said.marks("hold")]
    facts = said.view.facts
    for silence in facts.silences if facts else ():
        if silence.end_ms - silence.start_ms <= LONG_SILENCE_MS:
            continue
        earlier = [t for t in said.turns if t.end_ms <= silence.start_ms]
        if not earlier or earlier[-1].role != Role.AGENT:
            continue
        if said.has(earlier[-1], "closing") == "yes":
            continue
        waits.append((silence.start_ms, silence.end_ms, earlier[-1].text.rstrip().endswith("?")))
    return waits


def _length(said: Said, mark: Mark) -> int:
    return (said.view.clock_ms if mark.end_ms is None else mark.end_ms) - mark.start_ms

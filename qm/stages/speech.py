"""
Speech probabilities of one channel -> where utterances begin and end.

An utterance ends after a pause.  A short one waits longer for its end: a remark cut into pieces is
recognised worse than a whole one.  One that goes on and on is cut where it is quietest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

WINDOW_MS = 32
"""What one probability stands for: the detector's 512 samples at 16 kHz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointParams:
    """
    When somebody begins and ends to speak.

    The probabilities are lower than usual: voices on a narrow-band line often stay below 0.5.
    """

    begin_prob: float = 0.3  #: speech begins at or above this
    stay_prob: float = 0.2  #: and goes on at or above this
    pause_ms: int = 500  #: silence that ends an utterance
    short_ms: int = 3_000  #: an utterance below this ...
    short_pause_ms: int = 700  #: ... goes on, if speech does within this
    longest_ms: int = 12_000  #: an utterance is cut here, padding included
    pad_ms: int = 200  #: of what is not speech, kept on each side: consonants are quiet
    speech_ms: int = 150  #: less speech than this is a click


DEFAULT = EndpointParams()


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """One utterance, and the call time at which that was known.  Holds no content."""

    start_ms: int
    end_ms: int
    decided_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """Where one channel stands.  Holds no content."""

    windows: int = 0  #: judged so far
    released_ms: int = 0  #: end of the last utterance: no later one begins before it
    start_ms: int | None = None  #: of the open utterance, padding included; None between two
    probs: tuple[float, ...] = ()  #: of the open utterance, from its first speech or its cut on
    speech: int = 0  #: windows of speech among them
    quiet: int = 0  #: windows since the last speech

    @property
    def now_ms(self) -> int:
        return self.windows * WINDOW_MS

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON can hold it."""
        return asdict(self)

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> EndpointState:
        """Return the state that ``to_dict`` saved."""
        return EndpointState(**{**saved, "probs": tuple(saved["probs"])})


def advance(
    state: EndpointState, speech_probs: Iterable[float], params: EndpointParams = DEFAULT
) -> tuple[EndpointState, tuple[Boundary, ...]]:
    """
    Judge the next windows.

    Any cutting of a channel's windows into calls gives the same utterances.

    Args:
        state: as returned last; a fresh one at the start of a channel.
        speech_probs: one for each window of 32 ms.
        params: thresholds.

    Returns:
        The new state, and the utterances whose end is now known, in order.

    >>> quiet, speech = [0.0] * 30, [0.9] * 100
    >>> state, found = advance(EndpointState(), [*quiet, *speech, *quiet])
    >>> found
    (Boundary(start_ms=760, end_ms=4360, decided_ms=4672),)
    """
    found: list[Boundary] = []
    for prob in speech_probs:
        state, boundary = _step(state, float(prob), params)
        if boundary is not None:
            found.append(boundary)
    return state, tuple(found)


def flush(state: EndpointState, params: EndpointParams = DEFAULT) -> tuple[Boundary, ...]:
    """Return the utterance that the end of the audio ends, if one is open."""
    _, boundary = _close(state, params)
    return () if boundary is None else (boundary,)


def keep_from_ms(state: EndpointState, params: EndpointParams = DEFAULT) -> int:
    """Return the time before which no later utterance can begin: older audio may go."""
    if state.start_ms is not None:
        return state.start_ms
    return max(state.released_ms, state.now_ms - params.pad_ms, 0)


def _step(
    state: EndpointState, prob: float, params: EndpointParams
) -> tuple[EndpointState, Boundary | None]:
    start_ms = state.start_ms
    if start_ms is None:
        start_ms = max(state.released_ms, state.now_ms - params.pad_ms)
        state = replace(state, windows=state.windows + 1)
        if prob < params.begin_prob:
            return state, None
        return replace(state, start_ms=start_ms, probs=(prob,), speech=1, quiet=0), None

    state = _heard(replace(state, windows=state.windows + 1), prob, params)
    silence_ms = state.quiet * WINDOW_MS
    short = state.now_ms - silence_ms - start_ms < params.short_ms
    if silence_ms >= (params.short_pause_ms if short else params.pause_ms):
        return _close(state, params)
    if state.now_ms - start_ms + WINDOW_MS > params.longest_ms:
        return _cut(state, params)
    return state, None


def _heard(state: EndpointState, prob: float, params: EndpointParams) -> EndpointState:
    """Add a window to the open utterance."""
    talking = prob >= (params.begin_prob if state.quiet else params.stay_prob)
    return replace(
        state,
        probs=(*state.probs, prob),
        speech=state.speech + talking,
        quiet=0 if talking else state.quiet + 1,
    )


def _close(state: EndpointState, params: EndpointParams) -> tuple[EndpointState, Boundary | None]:
    """End the open utterance at its last speech; a click leaves no trace."""
    idle = replace(state, start_ms=None, probs=(), speech=0, quiet=0)
    if state.start_ms is None:
        return idle, None
    # What touches the utterance before may be the end of a word that a cut went through.
    touching = state.start_ms == state.released_ms > 0
    if state.speech * WINDOW_MS < params.speech_ms and not touching:
        return idle, None
    end_ms = min(state.now_ms, state.now_ms - state.quiet * WINDOW_MS + params.pad_ms)
    boundary = Boundary(start_ms=state.start_ms, end_ms=end_ms, decided_ms=state.now_ms)
    return replace(idle, released_ms=end_ms), boundary


def _cut(state: EndpointState, params: EndpointParams) -> tuple[EndpointState, Boundary | None]:
    """End the open utterance at its quietest window; what came after begins the next one."""
    count = len(state.probs)
    # Neighbours count too: one odd window inside a word is no pause.  Not before the middle, so
    # that no piece is short; of equals the last.
    around = [sum(state.probs[max(0, i - 1) : i + 2]) for i in range(count - 1)]
    cut = min(range(count // 2, count - 1), key=lambda i: (around[i], -i))
    cut_ms = state.now_ms - (count - cut) * WINDOW_MS + WINDOW_MS // 2
    boundary = Boundary(start_ms=state.start_ms or 0, end_ms=cut_ms, decided_ms=state.now_ms)

    rest = replace(state, released_ms=cut_ms, start_ms=cut_ms, probs=(), speech=0, quiet=0)
    for prob in state.probs[cut:]:
        rest = _heard(rest, prob, params)
    if rest.speech == 0:  # only the pause itself is left
        rest = replace(rest, start_ms=None, probs=(), quiet=0)
    return rest, boundary

"""
The end of a call in the worker: the second pass of mono calls, and the redacted copy.

Diarization of a whole call takes as long as a third of the call on one core; it runs on a thread
of its own while the calls that are live go on.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from structlog import get_logger

from qm import calls
from qm.calls import CallState, Step
from qm.engines.base import Diarizer
from qm.runtime.drive import Runtime
from qm.runtime.finalpass import Stretch, utterances_by_speaker
from qm.types import CallId
from qm.worker.keeping import Keeper
from qm.worker.live import LiveCall

log = get_logger()


class Finishing:
    """Calls that are over and not yet put away."""

    def __init__(
        self, keeper: Keeper, runtime: Runtime, diarizer: Callable[[], Diarizer] | None
    ) -> None:
        self._keeper = keeper
        self._runtime = runtime
        self._diarizer = diarizer
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="qm-final-pass")
        self._running: dict[Future[list[Stretch]], CallState] = {}
        self._given_up: set[CallId] = set()

    def finish(self, call_id: CallId, live: LiveCall, state: CallState) -> bool:
        """
        Put a closed call away, or begin its second pass.

        Returns:
            Whether the call is done with.

        Raises:
            Fenced: the partition has a newer owner.
        """
        if self._wants_final_pass(state):
            self._keeper.save(call_id, live, state)
            self.begin(state)
            return False
        self._keeper.put_away(call_id, live, state)
        self._given_up.discard(call_id)
        return True

    def begin(self, state: CallState) -> None:
        """Begin the second pass of a closed mono call."""
        diarizer = self._diarizer
        under_way = {s.meta.call_id for s in self._running.values()}
        if diarizer is None or state.meta.call_id in under_way:
            return
        audio = self._keeper.working_copy(state)
        future = self._pool.submit(lambda: utterances_by_speaker(state, audio, diarizer()))
        self._running[future] = state

    def ready(self) -> list[Step]:
        """Return the calls whose second pass may go on; redaction and labels come next."""
        steps: list[Step] = []
        for future in [f for f in self._running if f.done()]:
            state = self._running.pop(future)
            error = future.exception()
            if error is not None:
                log.error("final_pass_failed", call_id=state.meta.call_id, exc_info=error)
            if error is not None or not future.result():
                self._given_up.add(state.meta.call_id)  # its live turns are what there is
                steps.append(Step(state=state, events=(calls.last_word(state),)))
            else:
                steps.append(calls.final_pass(state, future.result(), self._runtime.params))
        return steps

    def close(self) -> None:
        """Stop; what was under way is begun again by whoever owns the call next."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wants_final_pass(self, state: CallState) -> bool:
        mixed = state.meta.channels == ("mixed",) and state.pass_ == 0
        possible = self._diarizer is not None and bool(state.spoken)
        return mixed and possible and state.meta.call_id not in self._given_up

"""
The state of one call: feed it, do the work it is due, apply the results, take its events.

No I/O, no clock and no model: everything that happens follows from the records, in their order,
and from the results of the engines, in whatever order they come.  That is what makes a call that
was interrupted give the same turns, alerts and scorecard as one that was not.

    state = start(meta)
    fed = feed(state, record, params)        # audio in
    due(fed.state, params)                   # -> Work for the engines
    apply(fed.state, work, outcome, params)  # -> Step(state, events)
    end(state, ...)                          # nothing more comes
"""

from qm.calls.apply import apply
from qm.calls.closing import last_word
from qm.calls.ending import end, final_pass, reopened
from qm.calls.hearing import feed, note, start
from qm.calls.muting import mute_plan, muting
from qm.calls.saved import restore, save
from qm.calls.state import CallParams, CallState, Step
from qm.calls.work import due

__all__ = [
    "CallParams", "CallState", "Step", "apply", "due", "end", "feed", "final_pass", "last_word",
    "mute_plan", "muting", "note", "reopened", "restore", "save", "start",
]  # fmt: skip

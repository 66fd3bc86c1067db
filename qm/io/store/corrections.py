"""Turns without words that redaction missed: in every recognition, in search, on their topic."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from qm.io import tables as t
from qm.io.store import feed, outbox
from qm.io.store.calls import turns
from qm.io.store.documents import decode
from qm.io.store.erasing import forget_words
from qm.io.store.results import turn_values
from qm.io.store.scopes import Scope
from qm.io.topics import TURNS
from qm.io.wire import decode_event, encode_event
from qm.types import RedactedTurn

Header = tuple[str, str]


def all_turns(conn: Connection, scope: Scope, call_id: str) -> tuple[RedactedTurn, ...]:
    """Return the turns of every recognition of a call that ``scope`` sees."""
    u = t.turns.c
    passes = select(u["pass"]).where(u.call_id == call_id).distinct().order_by(u["pass"])
    found: list[RedactedTurn] = []
    for pass_ in conn.execute(passes).scalars().all():
        found.extend(turns(conn, scope, call_id, pass_))
    return tuple(found)


def correct(conn: Connection, changed: Sequence[RedactedTurn], now: int) -> None:
    """
    Put turns whose redaction was corrected in the place of what was there.

    Topics get a revision of each; what waits to be sent with the old words is never sent.  After
    the commit run ``Database.scrub``.

    Args:
        conn: within a write.
        changed: turns of one call, each with a higher ``redaction_version``.
        now: UTC ms.
    """
    if not changed:
        return
    u, c = t.turns.c, t.calls.c
    call_id = changed[0].call_id
    call = conn.execute(select(c.team, c.agent_id).where(c.call_id == call_id)).one()
    _unsend(conn, changed)
    for turn in changed:
        key = (u.call_id == call_id, u["pass"] == turn.pass_, u.turn_index == turn.index)
        conn.execute(update(t.turns).where(*key).values(**turn_values(turn)))
        outbox.append(conn, encode_event(turn), now)
    feed.append(
        conn,
        [
            feed.FeedRow(
                seq=0, at=now, kind="turn", call_id=call_id, team=call.team,
                agent_id=call.agent_id, ref=f"{turn.pass_}:{turn.index}",
            )
            for turn in changed
        ],
    )  # fmt: skip
    forget_words(conn)


def _unsend(conn: Connection, changed: Sequence[RedactedTurn]) -> None:
    """Delete records that wait to be sent with the words as they were."""
    o, keys = t.outbox.c, {(turn.pass_, turn.index) for turn in changed}
    waits = (o.topic == TURNS, o.key == changed[0].call_id)
    for row in conn.execute(select(o.seq, o.key, o.value, o.headers).where(*waits)).all():
        headers = [(name, value.encode()) for name, value in decode(row.headers, list[Header])]
        event = decode_event(TURNS, row.key.encode(), row.value, headers)
        if isinstance(event, RedactedTurn) and (event.pass_, event.index) in keys:
            conn.execute(delete(t.outbox).where(o.seq == row.seq))

"""A finished call with clips, for tests of clips, playlists, consents and shares."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from qm.io.store.clips import NewClip, cut_clip
from qm.io.store.scopes import Scope
from qm.io.store.typed import settle_typed, waiting_typed
from qm.io.vault import Vault
from tests.io.store.samples import NOW, closed, meta, roster, saved, scope, turn

VAULT = Vault(current="k1", keys={"k1": bytes(32)})
COACH = scope(("coach", "*"), user_id="cora")
OTHER = scope(("coach", "B"), user_id="otto")
DAY = 86_400_000
SOON = NOW + 90 * DAY


def agent(agent_id: str) -> Scope:
    return scope(("agent", "*"), agent_id=agent_id, user_id=f"user-{agent_id}")


def finished(conn: Connection, call_id: str = "c1", **changes: Any) -> None:
    """Put a finished call of agent a1 (team A) in the store."""
    roster(conn)
    given = meta(call_id, **changes)
    saved(conn, turn(0, call_id), turn(1, call_id), closed(call_id), call=given)


def cut(conn: Connection, call_id: str = "c1", **changes: Any) -> str:
    """Cut a good example from a call and return its id."""
    given: dict[str, Any] = {
        "kind": "good", "start_ms": 0, "end_ms": 7_000, "expires_at": SOON, "title": "Calm reply",
        "tags": "empathy, new hires", "why": "names the feeling first",
    }  # fmt: skip
    made = cut_clip(conn, VAULT, COACH, NewClip(call_id=call_id, **given | changes), NOW)
    assert made is not None
    return made


def check_texts(conn: Connection) -> None:
    """Do what the worker does, without finding anything to take out."""
    for one in waiting_typed(conn, VAULT, 100):
        settle_typed(conn, one.typed_id, one.text)

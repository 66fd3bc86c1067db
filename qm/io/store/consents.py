"""Whether an agent agrees that others hear a clip of theirs.  Asked, answered, taken back."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, select, update

from qm.io import tables as t
from qm.io.store.clips import Clip, clips_of, find_clip
from qm.io.store.scopes import Scope
from qm.io.store.upsert import insert_new

Answer = Literal["given", "refused", "revoked"]


def ask_consent(conn: Connection, scope: Scope, clip_id: str, now: int) -> Clip | None:
    """
    Ask the agent who is heard in a good example; once: who has answered is not asked again.

    Returns:
        The clip as it stands now; None: there is none to ask about.
    """
    clip = find_clip(conn, scope, clip_id, now)
    if clip is None or clip.kind != "good" or not clip.agent_id:
        return None
    row = {
        "clip_id": clip_id,
        "agent_id": clip.agent_id,
        "asked_by": scope.user_id,
        "asked_at": now,
        "state": "asked",
        "answered_at": None,
    }
    insert_new(conn, t.consents, [row])
    return find_clip(conn, scope, clip_id, now)


def answer_consent(conn: Connection, agent_id: str, clip_id: str, answer: Answer, now: int) -> bool:
    """Write down what the agent says; they may say otherwise at any time.  False: not asked."""
    c = t.consents.c
    mine = (c.clip_id == clip_id, c.agent_id == agent_id, c.agent_id != "")
    changed = conn.execute(
        update(t.consents).where(*mine).values(state=answer, answered_at=now)
    ).rowcount
    return changed == 1


def consents_of(conn: Connection, agent_id: str, now: int) -> tuple[Clip, ...]:
    """Return the clips of an agent about which they were asked, the open questions first."""
    c = t.consents.c
    mine = select(c.clip_id).where(c.agent_id == agent_id, c.agent_id != "")
    ids = set(conn.execute(mine).scalars())
    found = clips_of(conn, ids, t.clips.c.agent_id == agent_id, now).values()
    return tuple(sorted(found, key=lambda clip: (clip.consent != "asked", -clip.made_at)))

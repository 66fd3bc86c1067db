"""What a reviewer has answered and noted so far: kept here over reloads and browsers, not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from qm.io import tables as t
from qm.io.store.documents import decode, encode
from qm.io.store.typed import Typed, delete_typed, read_typed
from qm.io.store.upsert import upsert

Audience = Literal["agent", "private"]
AnswerState = Literal["answered", "not_applicable", "not_judged"]
ChangeReason = Literal["", "heard_wrong", "wrong_speaker", "context", "policy", "guidance", "other"]
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftAnswer:
    """A person's answer to one question, as it stands."""

    state: AnswerState
    chosen: tuple[str, ...] = ()
    number: float | None = None
    first: str = ""  #: their first answer, before the machine's was shown; as ``said`` gives it
    reason: ChangeReason = ""  #: why it is not the machine's

    @property
    def said(self) -> str:
        """The answer as one text: options joined by a blank, a number, or the state."""
        if self.state != "answered":
            return self.state
        return " ".join(self.chosen) or ("" if self.number is None else f"{self.number:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that a person has answered on one task."""

    answers: Mapping[str, DraftAnswer] = field(default_factory=dict)
    heard: tuple[Stretch, ...] = ()  #: stretches of the recording that were played, ms, in order
    begun_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something a reviewer wrote about a moment, or about the call."""

    typed_id: str
    review_id: str
    author: str
    audience: Audience
    at_ms: int | None
    made_at: int
    typed: Typed | None  #: None: its words are gone


def find_draft(conn: Connection, review_id: str, user_id: str) -> Draft | None:
    """Return what a person has answered; None before the first answer."""
    d = t.review_drafts.c
    query = select(t.review_drafts).where(d.review_id == review_id, d.user_id == user_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        return None
    return Draft(
        answers=decode(row.answers, dict[str, DraftAnswer]),
        heard=decode(row.heard, tuple[Stretch, ...]),
        begun_at=row.begun_at,
    )


def save_draft(conn: Connection, review_id: str, user_id: str, draft: Draft, now: int) -> None:
    """Keep a draft in place of the one before."""
    row = {
        "review_id": review_id,
        "user_id": user_id,
        "answers": encode(dict(draft.answers)),
        "heard": encode(draft.heard),
        "begun_at": draft.begun_at,
        "saved_at": now,
    }
    upsert(conn, t.review_drafts, row)


def joined(stretches: Sequence[Stretch], gap_ms: int = 400) -> tuple[Stretch, ...]:
    """
    Return stretches in order, those that touch or nearly touch as one.

    >>> joined([(5_000, 6_000), (0, 1_000), (1_200, 2_000)])
    ((0, 2000), (5000, 6000))
    """
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1] + gap_ms:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return tuple(found)


def heard_share(stretches: Sequence[Stretch], duration_ms: int) -> float:
    """
    Return the share of a recording that was played, in [0, 1].

    >>> heard_share([(0, 3_000), (2_000, 5_000)], 10_000)
    0.5
    """
    heard = sum(min(end, duration_ms) - start for start, end in joined(stretches))
    return round(min(1.0, max(0, heard) / duration_ms), 3) if duration_ms > 0 else 0.0


def add_note(
    conn: Connection, typed_id: str, review_id: str, audience: Audience, at_ms: int | None, now: int
) -> None:
    """Note what was typed, on the call and in the name of whom the task says."""
    r = t.reviews.c
    review = conn.execute(select(r.call_id, r.claimed_by).where(r.review_id == review_id)).one()
    conn.execute(
        insert(t.review_notes).values(
            typed_id=typed_id,
            call_id=review.call_id,
            review_id=review_id,
            author=review.claimed_by,
            audience=audience,
            at_ms=at_ms,
            made_at=now,
        )
    )


def drop_note(conn: Connection, review_id: str, typed_id: str, author: str) -> bool:
    """Remove a note of one's own with its words; return whether there was one."""
    n = t.review_notes.c
    same = (n.review_id == review_id, n.typed_id == typed_id, n.author == author)
    gone = conn.execute(delete(t.review_notes).where(*same)).rowcount == 1
    if gone:
        delete_typed(conn, [typed_id])
    return gone


def notes_of_review(conn: Connection, review_id: str) -> tuple[Note, ...]:
    """Return the notes of a task, by their place in the call."""
    n = t.review_notes.c
    query = select(t.review_notes).where(n.review_id == review_id)
    rows = conn.execute(query.order_by(n.at_ms, n.made_at, n.typed_id)).all()
    texts = read_typed(conn, [row.typed_id for row in rows])
    return tuple(
        Note(
            typed_id=row.typed_id,
            review_id=row.review_id,
            author=row.author,
            audience=row.audience,
            at_ms=row.at_ms,
            made_at=row.made_at,
            typed=texts.get(row.typed_id),
        )
        for row in rows
    )

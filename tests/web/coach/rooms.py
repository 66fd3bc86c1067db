"""Calls, clips and evaluations in the small contact center, for tests of the coach's pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qm.io.store.clips import NewClip, cut_clip
from qm.io.store.consents import answer_consent, ask_consent
from qm.io.store.evaluations import Evaluation, GivenAnswer, new_evaluation_id, submit
from qm.io.store.playlists import add_clip, make_playlist
from qm.io.store.reviews import NewReview, ReviewKind, add_review
from qm.io.store.scopes import Grant, Scope
from qm.io.store.shares import NewShare, share
from qm.io.store.typed import settle_typed, waiting_typed
from tests.web.site import MINUTE, NOW, Site, save_closed, save_recording

DAY = 1_440 * MINUTE


def coach(site: Site, name: str = "cora") -> Scope:
    """Return the scope of the coach of scheduling."""
    grants = frozenset({Grant(role="coach", team="scheduling")})
    return Scope(user_id=site.users[name], grants=grants)


def check_texts(site: Site) -> int:
    """Do what the worker does, without finding anything to take out."""
    with site.deps.database.write() as conn:
        waiting = waiting_typed(conn, site.deps.vault, 1_000)
        for one in waiting:
            settle_typed(conn, one.typed_id, one.text)
    return len(waiting)


def heard_call(site: Site, call_id: str = "c1", **changes: Any) -> str:
    """Save a finished call with a recording."""
    save_closed(site, call_id, **changes)
    save_recording(site, call_id)
    return call_id


def clip_of(site: Site, call_id: str = "c1", title: str = "Owns the delay", **more: Any) -> str:
    """Cut the third turn of a call, and check its texts."""
    given: dict[str, Any] = {
        "kind": "good", "start_ms": 11_900, "end_ms": 16_600, "tags": "empathy, huddle",
        "expires_at": NOW + 90 * DAY, "why": "Says sorry for the delay before asking anything.",
    }  # fmt: skip
    with site.deps.database.write() as conn:
        new = NewClip(call_id=call_id, title=title, **given | more)
        clip_id = cut_clip(conn, site.deps.vault, coach(site), new, NOW)
    assert clip_id
    check_texts(site)
    return clip_id


def agree(site: Site, clip_id: str, agent_id: str = "a1") -> None:
    """Ask the agent who is heard, and let them say yes."""
    with site.deps.database.write() as conn:
        assert ask_consent(conn, coach(site), clip_id, NOW)
        assert answer_consent(conn, agent_id, clip_id, "given", NOW)


def give(site: Site, agent_id: str, **what: str) -> None:
    """Share a clip or a playlist."""
    with site.deps.database.write() as conn:
        new = NewShare(agent_id=agent_id, **what)
        assert share(conn, site.deps.vault, coach(site), new, NOW) == "shared"
    check_texts(site)


def playlist_of(site: Site, *clips: str, title: str = "Monday huddle") -> str:
    """Make a playlist of clips."""
    with site.deps.database.write() as conn:
        playlist_id = make_playlist(conn, site.deps.vault, coach(site), title, NOW)
        for clip_id in clips:
            assert add_clip(conn, coach(site), playlist_id, clip_id, NOW)
    check_texts(site)
    return playlist_id


def evaluated(
    site: Site, call_id: str, percent: float = 82.0, kind: ReviewKind = "sample", at: int = NOW
) -> str:
    """Let Rita submit an evaluation of a call; return its id."""
    with site.deps.database.write() as conn:
        new = NewReview(call_id=call_id, kind=kind, due_at=NOW)
        review_id = add_review(conn, new, NOW)
        one = Evaluation(
            evaluation_id=new_evaluation_id(), call_id=call_id, review_id=review_id, kind=kind,
            reviewer=site.users["rita"], form="patient-access@1", pass_=0, blind=kind != "flag",
            percent=percent, earned=percent / 5, possible=20.0, band="met", findings=(),
            not_judged=0, heard_share=0.92, begun_at=at, submitted_at=at,
            answers=(
                GivenAnswer(question="opening", state="answered", answer="yes", points=4,
                            max_points=4, first="yes", machine="yes"),
                GivenAnswer(question="next-step", state="answered", answer="no",
                            points=max(0.0, percent / 100 * 12 - 2), max_points=12, first="no"),
                GivenAnswer(question="right-person", state="not_judged", max_points=20),
            ),
        )  # fmt: skip
        submit(conn, one)
        from sqlalchemy import update

        from qm.io import tables as t

        done = update(t.reviews).where(t.reviews.c.review_id == review_id)
        conn.execute(done.values(state="submitted", closed_by=site.users["rita"], closed_at=at))
    return one.evaluation_id


def in_team(site: Site, **changes: Any) -> Site:
    """Return the site with other policy."""
    return replace(site, deps=replace(site.deps, **changes))

"""Calls to review on the small contact center of ``tests.web.site``, with the form that ships."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qm.io.store import flags, reviews
from qm.io.store.reviews import NewReview, ReviewKind
from qm.stages.flags import Flag, Reason
from qm.stages.forms import parse_form
from qm.types import Answer, CallId, CriticalFinding, Evidence, Role, Scorecard
from tests.web.site import NOW, Site, save_closed, save_recording

FORMS = tuple(
    parse_form(path.read_text())
    for path in sorted((Path(__file__).parents[3] / "configs" / "forms").glob("*.toml"))
)
FORM = next(form for form in FORMS if form.name == "patient-access")
DAY_MS = 86_400_000
TODAY = "2026-11-23"
MONTH = "2026-11"


def with_forms(site: Site) -> Site:
    """Return the center with the forms that ship."""
    return replace(site, deps=replace(site.deps, scoring=FORMS))


def machine(call_id: str, **said: str) -> Scorecard:
    """Return a machine check: the answers named, "can't tell" for one, a proposed finding."""
    at = Evidence(role=Role.AGENT, start_ms=12_000, end_ms=15_900, turn_index=2)
    answers = tuple(
        Answer(
            question=q.question, state="answered", answer=option, points=q.points(option),
            max_points=q.weight, who=q.who, source="label", evidence=(at,),
            why="found in the agent's second turn",
        )
        if (option := (said or {"opening": "yes", "identity": "yes", "distress": "some"}).get(
            q.question.replace("-", "_"), ""))
        else Answer(
            question=q.question, state="cannot_tell" if q.who == "M" else "person_only",
            answer=None, points=None, max_points=q.weight, who=q.who, source="none",
            why="only weak spans" if q.who == "M" else "",
        )
        for q in FORM.questions
    )  # fmt: skip
    finding = CriticalFinding(
        question="right-person", state="proposed", evidence=(at,),
        why="first disclosure before two identifiers",
    )  # fmt: skip
    return Scorecard(
        call_id=CallId(call_id), form=FORM.key, answers=answers, critical=(finding,),
        percent=80.0, percent_low=40.0, percent_high=90.0, coverage=0.5,
    )  # fmt: skip


def call(site: Site, call_id: str, *, sound: bool = False, **changes: Any) -> None:
    """Save a finished call with the machine's check on the form that ships."""
    save_closed(site, call_id, machine(call_id), **changes)
    with site.deps.database.write() as conn:
        from qm.io.store.results import write_result

        write_result(conn, machine(call_id), NOW + 1, None)
    if sound:
        save_recording(site, call_id)


def task(site: Site, call_id: str, kind: ReviewKind = "flag", **changes: Any) -> str:
    """Queue a review of a call."""
    reason: Reason = changes.pop("reason", "critical")
    new = NewReview(
        call_id=call_id, kind=kind, due_at=NOW + 3 * DAY_MS, day=TODAY,
        reason=reason if kind == "flag" else "", severity=90 if kind == "flag" else 0,
        month=MONTH if kind == "sample" else "",
    )  # fmt: skip
    with site.deps.database.write() as conn:
        if kind == "flag":
            found = (Flag(reason=reason, severity=90), Flag(reason="low_asr", severity=30))
            flags.set_flags(conn, call_id, found, "0:0", NOW)
        return reviews.add_review(conn, replace(new, **changes), NOW)


def left_out(site: Site, call_id: str, severity: int = 40) -> None:
    """Flag a call that there is no room for."""
    with site.deps.database.write() as conn:
        flags.set_flags(conn, call_id, (Flag(reason="alert", severity=severity),), "0:0", NOW)


def started(hours_ago: float) -> datetime:
    """Return the start of an earlier call."""
    return datetime.fromtimestamp(NOW / 1000 - 3600 * hours_ago, UTC)

"""Looks through finished calls: flags them, draws the sample, and queues what there is room for."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from structlog import get_logger

from qm.errors import ConfigError
from qm.io.store import alerts, calls, flags, reviews
from qm.io.store.reviews import NewReview
from qm.io.store.scopes import WHOLE_SITE
from qm.jobs.job import JobDeps
from qm.stages.flags import flags_of
from qm.stages.forms import Form, form_for, parse_form
from qm.stages.rules import parse_rules
from qm.stages.sampling import (
    Drawable,
    Month,
    Plan,
    draw,
    fit_flags,
    room_for_sample,
    share,
)
from qm.types import Alert

log = get_logger()

DAY_MS = 86_400_000
FLAG_KEPT_MS = 14 * DAY_MS
"""Older flags are history: what nobody had room for in two weeks is only counted in measures."""
AT_A_TIME = 25
"""Calls in one transaction: on SQLite the worker waits while it lasts."""


def review(deps: JobDeps, now: int) -> None:
    """Flag what has finished, draw the day's sample, fill the rest of the day by severity."""
    settings = deps.settings
    forms = read_forms(settings.configs_dir)
    quiet = read_quiet_rules(settings.configs_dir, settings.rules_files)
    while looked_through := look_through(deps, forms, quiet, now):
        log.info("review_looked_through", count=looked_through)
    with deps.database.write() as conn:
        reviews.lapse(conn, now - settings.review_due_days * DAY_MS, now)
        drawn = draw_sample(conn, settings.review_plan, forms, ZoneInfo(settings.zone), now)
        queued = fill(conn, settings.review_plan, ZoneInfo(settings.zone), now)
    if drawn or queued:
        log.info("review_queued", count=drawn + queued)


@lru_cache(maxsize=1)
def read_forms(configs: Path) -> tuple[Form, ...]:
    """
    Read all forms of a folder of configurations, once.

    Raises:
        ConfigError: a file cannot be read, or says something impossible.
    """
    try:
        texts = [path.read_text() for path in sorted((configs / "forms").glob("*.toml"))]
    except OSError:
        raise ConfigError("configs: a form cannot be read") from None
    return tuple(parse_form(text) for text in texts)


@lru_cache(maxsize=1)
def read_quiet_rules(configs: Path, files: tuple[str, ...]) -> frozenset[str]:
    """
    Read which rules flag nothing for reviewers: those for compliance alone, those off the record.

    Raises:
        ConfigError: a file cannot be read, or says something impossible.
    """
    try:
        texts = [(configs / "rules" / name).read_text() for name in files]
    except OSError:
        raise ConfigError("configs: a rule file cannot be read") from None
    rules = [rule for text in texts for rule in parse_rules(text)]
    return frozenset(r.name for r in rules if r.to == ("compliance",) or not r.on_record)


def look_through(deps: JobDeps, forms: tuple[Form, ...], quiet: frozenset[str], now: int) -> int:
    """Flag some calls that have finished; return how many were looked through."""
    with deps.database.write() as conn:
        found = flags.not_looked_at(conn, AT_A_TIME)
        for call in found:
            scoreable = form_for(forms, call.queue, call.direction, call.medium) is not None
            reasons = flags_of(
                calls.scorecard(conn, WHOLE_SITE, call.call_id),
                _for_reviewers(conn, call.call_id, quiet),
                calls.turns(conn, WHOLE_SITE, call.call_id),
            )
            kept = reasons if scoreable else ()
            flags.set_flags(conn, call.call_id, kept, call.seen, now)
            if call.practice and scoreable:
                _queue_practice(conn, call.call_id, now, deps.settings.review_plan)
    return len(found)


def draw_sample(
    conn: Connection, plan: Plan, forms: tuple[Form, ...], zone: ZoneInfo, now: int
) -> int:
    """Draw the sample of the day before, or of today where it is drawn at once."""
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
    day = today if plan.at_once else today - timedelta(days=1)
    month = month_of(day)
    since, until = bounds(day, zone)
    offered = [
        Drawable(call_id=c.call_id, agent_id=c.agent_id)
        for c in flags.drawable(conn, since, until)
        if form_for(forms, c.queue, c.direction, c.medium) is not None
    ]
    if not offered:
        return 0
    count = flags.day_count(conn, today.isoformat(), now)
    drawn = {
        agent_id: [datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).day for at in starts]
        for agent_id, starts in flags.drawn_days(conn, month.name).items()
    }
    room = room_for_sample(plan.per_day, count.sampled, count.flags_taken)
    chosen = draw(offered, drawn, plan.per_month, month, room)
    due_at = now + plan.due_days * DAY_MS
    for call in chosen:
        reviews.withdraw(conn, call.call_id, "flag", now)
        new = NewReview(
            call_id=call.call_id,
            kind="sample",
            month=month.name,
            day=today.isoformat(),
            due_at=due_at,
        )
        reviews.add_review(conn, new, now)
        if share(f"second {call.call_id}") < plan.second_share:
            second = NewReview(
                call_id=call.call_id, kind="second", day=today.isoformat(), due_at=due_at
            )
            reviews.add_review(conn, second, now)
    return len(chosen)


def fill(conn: Connection, plan: Plan, zone: ZoneInfo, now: int) -> int:
    """Queue the most severe flagged calls that fit into today; return how many are new."""
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date().isoformat()
    count = flags.day_count(conn, today, now)
    waiting = {one.call_id for one in count.flags_waiting}
    offered = (*count.flags_waiting, *flags.flagged_not_queued(conn, now - FLAG_KEPT_MS))
    fitting = fit_flags(offered, plan.per_day, count.sampled, count.flags_taken)
    chosen = {one.call_id for one in fitting}
    for call_id in sorted(waiting - chosen):
        reviews.withdraw(conn, call_id, "flag", now)
    reasons = flags.flags_of_calls(conn, chosen - waiting)
    for one in fitting:
        if one.call_id in reasons:
            new = NewReview(
                call_id=one.call_id,
                kind="flag",
                reason=reasons[one.call_id][0].reason,
                severity=one.severity,
                day=today,
                due_at=now + plan.due_days * DAY_MS,
            )
            reviews.add_review(conn, new, now)
    return len(reasons)


def month_of(day: date) -> Month:
    """
    Return where in its month a day stands.

    >>> month_of(date(2026, 2, 3))
    Month(name='2026-02', day=3, days=28)
    """
    return Month(name=f"{day:%Y-%m}", day=day.day, days=monthrange(day.year, day.month)[1])


def bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return the first instant of a local day and of the next, in UTC ms."""
    first, following = (
        datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + timedelta(1))
    )
    return int(first.timestamp() * 1000), int(following.timestamp() * 1000)


def _for_reviewers(conn: Connection, call_id: str, quiet: frozenset[str]) -> list[Alert]:
    raised = alerts.alerts_of(conn, WHOLE_SITE, call_id)
    return [row.alert for row in raised if row.alert.rule not in quiet]


def _queue_practice(conn: Connection, call_id: str, now: int, plan: Plan) -> None:
    """Whoever decides about a candidate scores the call first: it waits for a person, once."""
    known = reviews.reviews_of_call(conn, WHOLE_SITE, call_id)
    if not any(one.kind == "practice" for one in known):
        due_at = now + plan.due_days * DAY_MS
        reviews.add_review(conn, NewReview(call_id=call_id, kind="practice", due_at=due_at), now)

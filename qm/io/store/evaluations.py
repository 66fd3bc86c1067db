"""
What people submitted: beside the machine's check, never over it, and never changed.

Averages and agreement rest on the blind random sample alone: flagged calls are an agent's worst,
and answers given beside the machine's say little about the machine.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, insert, or_, select

from qm.io import tables as t
from qm.io.store.calls import CallRow
from qm.io.store.documents import decode, encode
from qm.io.store.reviews import ReviewKind
from qm.io.store.scopes import Scope, visible
from qm.io.store.upsert import in_chunks
from qm.stages.agreement import Mean, mean

How = Literal["own", "accepted", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """A submitted answer to one question, beside what the machine said."""

    question: str
    state: Literal["answered", "not_applicable", "not_judged"]
    answer: str = ""  #: option ids joined by a blank
    number: float | None = None
    points: float | None = None
    max_points: float = 0.0
    first: str = ""  #: before the machine's answer was shown; "" where it was never hidden
    machine: str = ""  #: option, not_applicable, cannot_tell; "" where it was not asked
    how: How = "own"
    reason: str = ""

    @property
    def said(self) -> str:
        """The answer as one text, as :attr:`first` and :attr:`machine` are."""
        if self.state != "answered":
            return self.state
        return self.answer or ("" if self.number is None else f"{self.number:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One person's evaluation of one call."""

    evaluation_id: str
    call_id: str
    review_id: str
    kind: ReviewKind
    reviewer: str  #: user id
    form: str  #: "name@version"
    pass_: int
    blind: bool
    percent: float | None
    earned: float
    possible: float
    band: str
    findings: tuple[str, ...]
    not_judged: int
    heard_share: float
    begun_at: int
    submitted_at: int
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedScore:
    """An evaluation that counts in averages: one a sampled call."""

    evaluation_id: str
    call_id: str
    agent_id: str
    team: str
    queue: str
    language: str
    medium: str
    disposition: str
    started_at: int
    form: str
    percent: float
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionMean:
    """How an agent does on one question: points reached of those that could be, in percent."""

    question: str
    mean: Mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """An agent's averages over the blind random sample."""

    percent: Mean
    questions: tuple[QuestionMean, ...]
    scores: tuple[CountedScore, ...]  #: the evaluations behind them, by start of the call


def new_evaluation_id() -> str:
    """Return an id for an evaluation."""
    return f"e{secrets.token_hex(10)}"


def submit(conn: Connection, evaluation: Evaluation) -> None:
    """
    Write an evaluation, for good.

    Raises:
        StoreRefused: its task has one already (when the block ends).
    """
    row = {
        name: getattr(evaluation, name)
        for name in Evaluation.__dataclass_fields__
        if name not in ("answers", "pass_", "findings")
    }
    row |= {"pass": evaluation.pass_, "findings": encode(evaluation.findings)}
    conn.execute(insert(t.evaluations).values(**row))
    for place, answer in enumerate(evaluation.answers):
        values = {name: getattr(answer, name) for name in GivenAnswer.__dataclass_fields__}
        given = values | {"evaluation_id": evaluation.evaluation_id, "place": place}
        conn.execute(insert(t.evaluation_answers).values(**given))


def find_evaluation(conn: Connection, scope: Scope, evaluation_id: str) -> Evaluation | None:
    """Return an evaluation; None: there is none, or its call is not for this person."""
    query = _select(scope).where(t.evaluations.c.evaluation_id == evaluation_id)
    return next(iter(_with_answers(conn, query)), None)


def evaluations_of_call(conn: Connection, scope: Scope, call_id: str) -> tuple[Evaluation, ...]:
    """Return all evaluations of a call, the oldest first."""
    c = t.evaluations.c
    query = _select(scope).where(c.call_id == call_id)
    return _with_answers(conn, query.order_by(c.submitted_at, c.evaluation_id))


def evaluations_by(conn: Connection, scope: Scope, limit: int = 20) -> tuple[Evaluation, ...]:
    """Return what this person submitted, the newest first, without the answers."""
    c = t.evaluations.c
    query = _select(scope).where(c.reviewer == scope.user_id)
    rows = conn.execute(query.order_by(c.submitted_at.desc()).limit(limit)).mappings()
    return tuple(_row(row, ()) for row in rows)


def counted(
    conn: Connection,
    scope: Scope,
    *,
    agent_id: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> tuple[CountedScore, ...]:
    """
    Return what counts in averages: the sample, one evaluation a call, by start of the call.

    Left out: flagged calls, practice calls, second reviews, evaluations without a percent, and
    calls whose agent sees it differently as long as nobody else has looked.  Afterwards the newer
    evaluation counts instead of the first.

    Args:
        conn: within a read.
        scope: who asks.
        agent_id: of one agent only.
        since: calls that began at or after, UTC ms.
        until: calls that began before.
    """
    e, c, r = t.evaluations.c, t.calls.c, t.reviews.c
    disputed = (
        exists()
        .where(r.call_id == e.call_id, r.kind == "dispute", r.state == "open")
        .correlate(t.evaluations)
    )
    query = (
        select(
            e.evaluation_id, e.call_id, e.kind, e.form, e.percent, e.findings, e.submitted_at,
            c.agent_id, c.team, c.queue, c.language, c.medium, c.disposition, c.started_at,
        )
        .join(t.calls, c.call_id == e.call_id)
        .where(visible(scope), e.kind.in_(["sample", "dispute"]), ~disputed)
        .where(c.practice.is_(False))
        .order_by(c.started_at, c.call_id, e.submitted_at)
    )  # fmt: skip
    if agent_id is not None:
        query = query.where(c.agent_id == agent_id)
    if since is not None:
        query = query.where(c.started_at >= since)
    if until is not None:
        query = query.where(c.started_at < until)
    last: dict[str, Any] = {}
    sampled: set[str] = set()
    for row in conn.execute(query):
        last[row.call_id] = row  # the newest of a call comes last
        if row.kind == "sample":
            sampled.add(row.call_id)
    return tuple(
        _counted(row)
        for call_id, row in last.items()
        if call_id in sampled and row.percent is not None
    )


def averages_of_agent(
    conn: Connection, scope: Scope, agent_id: str, since: int, until: int
) -> Averages:
    """Return an agent's averages over calls that began in [since, until), UTC ms."""
    return averages(conn, counted(conn, scope, agent_id=agent_id, since=since, until=until))


def averages(conn: Connection, scores: Sequence[CountedScore]) -> Averages:
    """Return the averages of some evaluations: of the percent, and of each question's points."""
    shares: dict[str, list[float]] = defaultdict(list)
    places: dict[str, int] = {}
    a = t.evaluation_answers.c
    for some in in_chunks([score.evaluation_id for score in scores]):
        query = select(a.question, a.place, a.points, a.max_points).where(
            a.evaluation_id.in_(some), a.state == "answered", a.max_points > 0
        )
        for row in conn.execute(query.order_by(a.place)):
            places.setdefault(row.question, row.place)
            shares[row.question].append(100 * (row.points or 0.0) / row.max_points)
    return Averages(
        percent=mean([score.percent for score in scores]),
        questions=tuple(
            QuestionMean(question=question, mean=mean(shares[question]))
            for question in sorted(shares, key=lambda question: places[question])
        ),
        scores=tuple(scores),
    )


def machine_pairs(
    conn: Connection, scope: Scope, form: str, since: int, until: int
) -> Mapping[str, list[tuple[str, str]]]:
    """
    Return question -> (machine, person) on the blind random sample, submitted in [since, until).

    What the machine could not tell, or the person could not judge, is no pair; the person's answer
    is the one given before the machine's was shown.
    """
    a = t.evaluation_answers.c
    query = _sampled(scope, form, since, until, ("sample",)).where(
        a.machine.not_in(["", "cannot_tell"]), a.first.not_in(["", "not_judged"])
    )
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in conn.execute(query):
        pairs[row.question].append((row.machine, row.first))
    return pairs


def abstained(
    conn: Connection, scope: Scope, form: str, since: int, until: int
) -> Mapping[str, int]:
    """Return question -> how often the machine could not tell, on the same sample."""
    a = t.evaluation_answers.c
    query = _sampled(scope, form, since, until, ("sample",)).where(a.machine == "cannot_tell")
    found: dict[str, int] = defaultdict(int)
    for row in conn.execute(query):
        found[row.question] += 1
    return found


def person_pairs(
    conn: Connection, scope: Scope, form: str, since: int, until: int
) -> Mapping[str, list[tuple[str, str]]]:
    """Return question -> what two people said who reviewed the same call blind."""
    a = t.evaluation_answers.c
    query = _sampled(scope, form, since, until, ("sample", "second")).where(
        a.first.not_in(["", "not_judged"])
    )
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in conn.execute(query.order_by(t.evaluations.c.submitted_at)):
        said[row.question, row.call_id].append(row.first)
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (question, _), answers in said.items():
        if len(answers) > 1:
            pairs[question].append((answers[0], answers[1]))
    return pairs


def forms_reviewed(conn: Connection, scope: Scope) -> tuple[str, ...]:
    """Return the forms that the blind sample was reviewed on, the most used first."""
    e = t.evaluations.c
    query = (
        select(e.form, func.count().label("n"))
        .join(t.calls, t.calls.c.call_id == e.call_id)
        .where(visible(scope), e.kind == "sample")
        .group_by(e.form)
        .order_by(func.count().desc(), e.form)
    )
    return tuple(row.form for row in conn.execute(query))


def hidden_checks(conn: Connection, scope: Scope, call_ids: Collection[str]) -> frozenset[str]:
    """
    Return of which calls this person must not see the machine's check yet.

    Practice calls: until they have scored the call themselves; their own agents until somebody
    has.  Calls that wait for a blind review: reviewers, until they have submitted theirs.
    """
    c, e, r = t.calls.c, t.evaluations.c, t.reviews.c
    scored = exists().where(e.call_id == c.call_id)
    if scope.roles != {"agent"}:
        scored = scored.where(e.reviewer == scope.user_id)
    waits = exists().where(r.call_id == c.call_id, r.blind.is_(True), r.state == "open")
    hidden: ColumnElement[bool] = c.practice.is_(True)
    if "reviewer" in scope.roles:
        hidden = or_(hidden, waits.correlate(t.calls))
    found: set[str] = set()
    for some in in_chunks(sorted(call_ids)):
        query = select(c.call_id).where(
            c.call_id.in_(some), and_(hidden, ~scored.correlate(t.calls))
        )
        found.update(conn.execute(query).scalars())
    return frozenset(found)


def without_hidden(conn: Connection, scope: Scope, rows: Sequence[CallRow]) -> tuple[CallRow, ...]:
    """Return calls of a list without the machine's check where this person must not see it yet."""
    hidden = hidden_checks(conn, scope, [row.call_id for row in rows])
    return tuple(_without_check(row) if row.call_id in hidden else row for row in rows)


def _without_check(row: CallRow) -> CallRow:
    return replace(
        row,
        percent=None,
        percent_low=None,
        percent_high=None,
        coverage=None,
        not_scoreable="",
        resolution=None,
    )


def _sampled(scope: Scope, form: str, since: int, until: int, kinds: Sequence[str]) -> Select[Any]:
    e, a = t.evaluations.c, t.evaluation_answers.c
    return (
        select(a.question, a.first, a.machine, e.call_id)
        .join(t.evaluations, e.evaluation_id == a.evaluation_id)
        .join(t.calls, t.calls.c.call_id == e.call_id)
        .where(visible(scope), e.form == form, e.blind.is_(True), e.kind.in_(kinds))
        .where(e.submitted_at >= since, e.submitted_at < until, t.calls.c.practice.is_(False))
    )


def _select(scope: Scope) -> Select[Any]:
    join = t.calls.c.call_id == t.evaluations.c.call_id
    return select(t.evaluations).join(t.calls, join).where(visible(scope))


def _with_answers(conn: Connection, query: Select[Any]) -> tuple[Evaluation, ...]:
    rows = conn.execute(query).mappings().all()
    a = t.evaluation_answers.c
    names = GivenAnswer.__dataclass_fields__
    given: dict[str, list[GivenAnswer]] = defaultdict(list)
    ids = [row["evaluation_id"] for row in rows]
    for some in in_chunks(ids):
        answers = select(t.evaluation_answers).where(a.evaluation_id.in_(some)).order_by(a.place)
        for one in conn.execute(answers).mappings():
            given[one["evaluation_id"]].append(GivenAnswer(**{n: one[n] for n in names}))
    return tuple(_row(row, given[row["evaluation_id"]]) for row in rows)


def _row(row: Any, answers: Sequence[GivenAnswer]) -> Evaluation:
    names = Evaluation.__dataclass_fields__.keys() - {"answers", "pass_", "findings"}
    return Evaluation(
        **{name: row[name] for name in names},
        pass_=row["pass"],
        findings=decode(row["findings"], tuple[str, ...]),
        answers=tuple(answers),
    )


def _counted(row: Any) -> CountedScore:
    names = CountedScore.__dataclass_fields__.keys() - {"findings"}
    findings = len(decode(row.findings, tuple[str, ...]))
    return CountedScore(**{name: getattr(row, name) for name in names}, findings=findings)

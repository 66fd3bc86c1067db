"""The text of a form file -> a form."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from qm.errors import ConfigError
from qm.fields import Fields
from qm.stages.forms.model import (
    FULL,
    AskedIf,
    Band,
    FailPolicy,
    Form,
    Limits,
    Meant,
    NumberRange,
    Option,
    Question,
    QuestionKind,
    Section,
    Source,
)
from qm.stages.forms.sources import problem
from qm.types import CallMeta

SCHEMA = 1
POLICIES: tuple[FailPolicy, ...] = ("flag_only", "zero_form", "zero_section")
KINDS: tuple[QuestionKind, ...] = ("single", "multi", "numeric", "text", "date")


def parse_form(text: str) -> Form:
    """
    Read a form.

    Raises:
        ConfigError: names the form, the question and the field that is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError(f"form: not TOML: {wrong}") from None
    row = Fields(document, f"form {document.get('name', '?')}")
    if row.whole("schema") != SCHEMA:
        raise row.wrong("schema", f"must be {SCHEMA}")
    form = Form(
        name=row.text("name"),
        version=row.whole("version"),
        title=row.text("title"),
        language=row.text("language", "en"),
        head=row.texts("head", ()),
        meant=_meant(row),
        limits=_limits(row),
        fail_policy=row.choice("critical_policy", POLICIES, "flag_only"),
        points=row.number("points", FULL),
        sections=tuple(_section(t, row) for t in row.tables("sections")),
        questions=tuple(_question(t, row) for t in row.tables("questions")),
        bands=tuple(sorted((_band(t, row) for t in row.tables("bands")), key=lambda b: -b.least)),
        not_met=row.text("not_met", "Not met"),
    )
    row.done()
    _check(form, row)
    return form


def _meant(row: Fields) -> Meant:
    part = Fields(row.table("for"), f"{row.where}: for")
    meant = Meant(
        queues=part.texts("queues", ("*",)),
        except_queues=part.texts("except_queues", ()),
        directions=part.choices("directions", ("inbound", "outbound"), ("inbound", "outbound")),
        media=part.choices("media", ("voice", "chat", "email", "sms", "social"), ("voice",)),
    )
    part.done()
    return meant


def _limits(row: Fields) -> Limits:
    part = Fields(row.table("not_scoreable"), f"{row.where}: not_scoreable")
    limits = Limits(
        least_points=part.number("least_points", 50.0),
        least_talk_ms=part.ms("least_talk_s", 30_000),
        most_lost_share=part.number("most_lost_share", 0.2),
        dispositions=part.texts("dispositions", ()),
    )
    part.done()
    return limits


def _section(table: Mapping[str, Any], form: Fields) -> Section:
    row = Fields(table, f"{form.where}: section {table.get('id', '?')}")
    section = Section(section=row.text("id"), title=row.text("title"))
    row.done()
    return section


def _band(table: Mapping[str, Any], form: Fields) -> Band:
    row = Fields(table, f"{form.where}: band {table.get('id', '?')}")
    band = Band(band=row.text("id"), title=row.text("title"), least=row.number("from"))
    row.done()
    return band


def _question(table: Mapping[str, Any], form: Fields) -> Question:
    row = Fields(table, f"{form.where}: question {table.get('id', '?')}")
    options = tuple(_option(t, row) for t in row.tables("options"))
    question = Question(
        question=row.text("id"),
        number=row.whole("number"),
        section=row.text("section"),
        text=row.text("text"),
        kind=row.choice("type", KINDS, "single"),
        weight=row.number("weight", 0.0),
        who=row.choice("who", ("M", "S", "P")),
        guidance=row.text("guidance"),
        options=options,
        ranges=tuple(_range(t, row) for t in row.tables("ranges")),
        not_applicable=row.texts("not_applicable", ()),
        cannot_tell=row.texts("cannot_tell", ()),
        critical=row.flag("critical", False),
        bonus=row.flag("bonus", False),
        required=row.flag("required", True),
        asked_if=_asked_if(row),
        source=_source(row, options),
    )
    row.done()
    _check_points(question, row)
    return question


def _option(table: Mapping[str, Any], question: Fields) -> Option:
    row = Fields(table, f"{question.where}: option {table.get('id', '?')}")
    option = Option(
        option=row.text("id"),
        text=row.text("text"),
        points=row.number("points", 0.0),
        fails=row.choice("fails", ("", "default", *POLICIES), ""),
    )
    row.done()
    return option


def _range(table: Mapping[str, Any], question: Fields) -> NumberRange:
    row = Fields(table, f"{question.where}: ranges")
    found = NumberRange(low=row.number("from"), high=row.number("to"), points=row.number("points"))
    row.done()
    if found.low > found.high:
        raise row.wrong("from", "must not be over to")
    return found


def _asked_if(question: Fields) -> AskedIf | None:
    if not question.has("asked_if"):
        return None
    row = Fields(question.table("asked_if"), f"{question.where}: asked_if")
    found = AskedIf(
        question=row.text("question", ""), meta=row.text("meta", ""), values=row.texts("is")
    )
    row.done()
    if bool(found.question) == bool(found.meta):
        raise row.wrong("question", "needs question or meta, one of them")
    if found.meta and found.meta not in CallMeta.__slots__:
        raise row.wrong("meta", "no such field")
    return found


def _source(question: Fields, options: Sequence[Option]) -> Source | None:
    if not question.has("machine"):
        return None
    settings = dict(question.table("machine"))
    name = str(settings.pop("source", ""))
    if wrong := problem(name, settings, frozenset(o.option for o in options)):
        raise question.wrong("machine", wrong)
    return Source(name=name, settings=settings)


def _check_points(question: Question, row: Fields) -> None:
    if question.kind in ("single", "multi") and not question.options:
        raise row.wrong("options", "needs one or more")
    if question.kind == "numeric" and question.weight and not question.ranges:
        raise row.wrong("ranges", "needs one or more")
    if question.kind in ("text", "date") and question.weight:
        raise row.wrong("weight", f"a {question.kind} cannot be scored")
    names = [o.option for o in question.options]
    if len(set(names)) < len(names):
        raise row.wrong("options", "an id is used twice")
    if question.critical and question.weight:
        raise row.wrong("weight", "a critical question has no points")
    points = [o.points for o in question.options] or [r.points for r in question.ranges]
    multi = question.kind == "multi"
    most = min(sum(points), question.weight) if multi else max(points, default=0.0)
    if most != question.weight:
        raise row.wrong("weight", "is not what the best answer earns")
    if any(p < 0 for p in points):
        raise row.wrong("options", "points must be 0 or more")


def _check(form: Form, row: Fields) -> None:
    total = sum(q.weight for q in form.questions if not q.bonus)
    if round(total, 6) != form.points:
        raise row.wrong("questions", f"weights sum to {total:g}, not {form.points:g}")
    if not form.limits.least_points <= form.points <= FULL:
        raise row.wrong("points", "must be from the least points to 100")
    for what, names in (
        ("question", [q.question for q in form.questions]),
        ("number", [str(q.number) for q in form.questions]),
        ("section", [s.section for s in form.sections]),
    ):
        if twice := [n for n, count in Counter(names).items() if count > 1]:
            raise row.wrong("questions", f"{what} used twice: {', '.join(twice)}")
    sections = {s.section for s in form.sections}
    seen: set[str] = set()
    for question in form.questions:
        if question.section not in sections:
            raise row.wrong("questions", f"{question.question}: no section {question.section}")
        asked_if = question.asked_if
        if asked_if and asked_if.question and asked_if.question not in seen:
            raise row.wrong("questions", f"{question.question}: asked_if needs an earlier question")
        seen.add(question.question)

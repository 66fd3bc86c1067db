"""
The text of a rule file -> rules.

A file has ``[lists]`` (phrases and values) and ``[conditions]``, both used as ``"@name"``, and
``[[rules]]``.  What each key means: ``configs/rules/README.md`` and ``model.py``; times are written
in seconds and end in ``_s``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qm.errors import ConfigError
from qm.fields import Fields
from qm.stages.rules.model import (
    DAY_MS,
    All,
    AnyOf,
    Case,
    Condition,
    EndIs,
    FactIs,
    ForeignIs,
    MarkIs,
    MetaIs,
    NoneBefore,
    Not,
    OutcomeIs,
    Rule,
    SilenceIs,
    Then,
    Times,
    TurnIs,
    Without,
)
from qm.stages.rules.phrases import Phrases, compile_near, compile_phrases
from qm.types import CallFacts, CallMeta, CallOutcome, MarkKind, Role, Severity

SCHEMA = 1
MAX_DEPTH = 12
"""Nesting of conditions; deeper is a named condition that uses itself."""

MARKS: tuple[MarkKind, ...] = ("hold", "capture_off", "transferred", "gap")
OUTCOMES = tuple(f for f in CallOutcome.__slots__ if f != "call_id")
FACTS = tuple(f for f in CallFacts.__slots__ if f not in ("call_id", "silences"))


def parse_rules(text: str) -> tuple[Rule, ...]:
    """
    Read a rule file.

    Raises:
        ConfigError: names the rule and the field that is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError(f"rules: not TOML: {wrong}") from None
    top = Fields(document, "rules file")
    if top.whole("schema") != SCHEMA:
        raise top.wrong("schema", f"must be {SCHEMA}")
    lists = top.table("lists")
    named = top.table("conditions")
    tables = top.tables("rules")
    top.done()
    reader = _Reader(lists, named)
    rules = tuple(reader.rule(t) for t in tables)
    names = [r.name for r in rules]
    if twice := {n for n in names if names.count(n) > 1}:
        raise ConfigError(f"rules: more than one rule is named {', '.join(sorted(twice))}")
    for name in named:
        reader.condition(f"@{name}", f"condition {name}")
    return rules


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads conditions; knows the file's lists and named conditions."""

    lists: Mapping[str, Any]
    named: Mapping[str, Any]
    read: dict[str, Condition] = field(default_factory=dict)  #: named conditions, one object each

    def rule(self, table: Mapping[str, Any]) -> Rule:
        name = table.get("name")
        if not isinstance(name, str) or not name:
            raise ConfigError("rules: a rule has no name")
        row = Fields(table, f"rule {name}")
        row.text("name")
        severity = row.text("severity", "warn")
        rule = Rule(
            name=name,
            version=row.whole("version"),
            title=row.text("title"),
            when=row.choice("when", ("live", "after")),
            act=row.text("act", ""),
            to=row.texts("to", ()),
            cases=tuple(
                self._case(t, f"rule {name}: cases[{i}]", severity)
                for i, t in enumerate(row.tables("cases"))
            ),
            scope=self._part(row, "only"),
            closes=self._part(row, "closes"),
            starts=row.choice("starts", ("silent", "on"), "silent"),
            cooldown_ms=row.ms("cooldown_s", DAY_MS),
            doubt=row.choice("doubt", ("hold", "raise"), "hold"),
            budget=row.number("budget_per_100_calls", None),
            demotes=row.flag("demotes", True),
            unclaimed_s=tuple(row.wholes("unclaimed_s", ())),
            on_record=row.flag("on_record", True),
            needs_evidence=row.flag("needs_evidence", True),
        )
        row.done()
        if rule.when == "live" and not rule.act:
            raise row.wrong("act", "a live alert asks for an act")
        if not rule.cases:
            raise row.wrong("cases", "needs one or more")
        return rule

    def _case(self, table: Mapping[str, Any], where: str, severity: str) -> Case:
        rest = dict(table)
        chosen = rest.pop("severity", severity)
        if chosen not in list(Severity):
            raise ConfigError(f"{where}: severity: one of {', '.join(Severity)}")
        condition = self.condition(rest, where)
        if isinstance(condition, MetaIs | FactIs | OutcomeIs):
            raise ConfigError(f"{where}: points to no moment; add what shows it, in all")
        return Case(condition=condition, severity=Severity(chosen))

    # ---------------------------------------------------------------------------- conditions

    def condition(self, given: Any, where: str, depth: int = 0) -> Condition:
        """Read a condition: a table, or "@name" of one."""
        if depth > MAX_DEPTH:
            raise ConfigError(f"{where}: nested too deep")
        if isinstance(given, str) and given.startswith("@"):
            if given[1:] not in self.named:
                raise ConfigError(f"{where}: no condition {given}")
            if given not in self.read:
                place = f"condition {given[1:]}"
                self.read[given] = self.condition(self.named[given[1:]], place, depth + 1)
            return self.read[given]
        if not isinstance(given, dict):
            raise ConfigError(f"{where}: must be a table or the @name of a condition")
        row = Fields(given, where)
        for key, read in _KINDS.items():
            if key in given:
                condition = read(self, row, depth)
                row.done()
                return condition
        raise ConfigError(f"{where}: not a condition: {', '.join(sorted(given)) or 'empty'}")

    def _part(self, row: Fields, key: str, depth: int = 0) -> Condition | None:
        given = row.any(key, None)
        return None if given is None else self.condition(given, f"{row.where}: {key}", depth + 1)

    def _needed(self, row: Fields, key: str, depth: int) -> Condition:
        condition = self._part(row, key, depth)
        if condition is None:
            raise row.wrong(key, "is missing")
        if isinstance(condition, Not):
            raise row.wrong(key, "not stands only inside all")
        return condition

    def _parts(self, row: Fields, key: str, depth: int) -> tuple[Condition, ...]:
        given = row.any(key)
        if not isinstance(given, list) or not given:
            raise row.wrong(key, "must be a list of conditions")
        return tuple(
            self.condition(g, f"{row.where}: {key}[{i}]", depth + 1) for i, g in enumerate(given)
        )

    def all_of(self, row: Fields, depth: int) -> All:
        parts = self._parts(row, "all", depth)
        if all(isinstance(p, Not) for p in parts):
            raise row.wrong("all", "needs a part that is not a not")
        return All(parts=parts)

    def any_of(self, row: Fields, depth: int) -> AnyOf:
        parts = self._parts(row, "any", depth)
        if any(isinstance(p, Not) for p in parts):
            raise row.wrong("any", "not stands only inside all")
        return AnyOf(parts=parts)

    def negated(self, row: Fields, depth: int) -> Not:
        return Not(part=self._needed(row, "not", depth))

    def in_time(self, row: Fields, depth: int) -> Condition:
        """Read ``first`` with ``then``, ``without`` or ``none_before``."""
        first = self._needed(row, "first", depth)
        if row.has("then"):
            return Then(
                first=first,
                then=self._needed(row, "then", depth),
                least_ms=row.ms("least_s", 0),
                within_ms=row.ms("within_s", None),
                unless=self._part(row, "unless", depth),
            )
        if row.has("none_before"):
            return NoneBefore(
                first=first,
                step=self._needed(row, "none_before", depth),
                back_ms=row.ms("back_s", None),
            )
        if not row.has("without"):
            raise row.wrong("first", "needs then, without or none_before")
        turns = row.whole("within_turns", None)
        if turns is not None and row.has("within_s"):
            raise row.wrong("within_turns", "not together with within_s")
        return Without(
            first=first,
            step=self._needed(row, "without", depth),
            within_ms=row.ms("within_s", None),
            within_turns=turns,
            before_ms=row.ms("before_s", 0),
            floor_ms=row.ms("floor_s", 0),
            cut_by=self._part(row, "cut_by", depth),
            judge_at_end=row.flag("judge_at_end", True),
        )

    def times(self, row: Fields, depth: int) -> Times:
        count = row.whole("times")
        if count < 2:
            raise row.wrong("times", "must be 2 or more")
        of = self._needed(row, "of", depth)
        return Times(count=count, of=of, within_ms=row.ms("within_s", None))

    # -------------------------------------------------------------------------------- leaves

    def turn(self, row: Fields, depth: int) -> TurnIs:
        role = row.choice("role", ("any", *Role))
        return TurnIs(
            role=None if role == "any" else Role(role),
            labels=row.texts("label", ()),
            sure=row.flag("sure", False),
            words=self._near(row) or self._phrases(row, "words"),
            not_words=self._phrases(row, "not_words"),
            switched=row.flag("switched_language", False),
            least_words=row.whole("least_words", 0),
            first_ms=row.ms("in_first_s", None),
            last_ms=row.ms("in_last_s", None),
        )

    def _phrases(self, row: Fields, key: str) -> Phrases | None:
        values = self._values(row, key)
        try:
            return compile_phrases([str(v) for v in values]) if values else None
        except ValueError as wrong:
            raise row.wrong(key, str(wrong)) from None

    def _near(self, row: Fields) -> Phrases | None:
        terms = self._values(row, "near")
        words = row.whole("within_words", 8)
        if terms and row.has("words"):
            raise row.wrong("near", "not together with words")
        try:
            return compile_near([str(t) for t in terms], words) if terms else None
        except ValueError as wrong:
            raise row.wrong("near", str(wrong)) from None

    def _values(self, row: Fields, key: str) -> tuple[Any, ...]:
        """Return a value, a list of them, or the lists they name by "@name"."""
        given = row.any(key, ())
        values: list[Any] = []
        for value in given if isinstance(given, list | tuple) else (given,):
            if isinstance(value, str) and value.startswith("@"):
                found = self.lists.get(value[1:])
                if not isinstance(found, list):
                    raise row.wrong(key, f"no list {value}")
                values += found
            else:
                values.append(value)
        return tuple(values)

    def mark(self, row: Fields, depth: int) -> MarkIs:
        kind = row.choice("mark", MARKS)
        return MarkIs(
            kind=kind,
            target=row.text("target", ""),
            over_ms=row.ms("over_s", None),
            total_ms=row.ms("total_over_s", None),
            ends=row.flag("ends", False),
        )

    def silence(self, row: Fields, depth: int) -> SilenceIs:
        after = row.text("after", "")
        return SilenceIs(
            over_ms=row.ms("silence_over_s"),
            after=Role(row.choice("after", tuple(Role))) if after else None,
            unless_labels=row.texts("unless_label", ()),
            unless_question=row.flag("unless_question", False),
        )

    def foreign(self, row: Fields, depth: int) -> ForeignIs:
        return ForeignIs(turns=row.whole("foreign_turns"), speech_ms=row.ms("foreign_s"))

    def meta(self, row: Fields, depth: int) -> MetaIs:
        name = row.choice("meta", tuple(f for f in CallMeta.__slots__ if f != "started_at"))
        negated = row.has("is_not")
        values = self._some(row, "is_not" if negated else "is")
        return MetaIs(name=name, values=tuple(str(v) for v in values), negated=negated)

    def fact(self, row: Fields, depth: int) -> FactIs:
        name = row.choice("fact", FACTS)
        over, under = row.number("over", None), row.number("under", None)
        if over is None and under is None:
            raise row.wrong("fact", "needs over or under")
        return FactIs(name=name, role=row.text("of", ""), over=over, under=under)

    def outcome(self, row: Fields, depth: int) -> OutcomeIs:
        return OutcomeIs(name=row.choice("outcome", OUTCOMES), values=self._some(row))

    def _some(self, row: Fields, key: str = "is") -> tuple[Any, ...]:
        values = self._values(row, key)
        if not values:
            raise row.wrong(key, "needs one value or more")
        return values

    def end(self, row: Fields, depth: int) -> EndIs:
        if not row.flag("end"):
            raise row.wrong("end", "must be true")
        return EndIs()


_KINDS: Mapping[str, Callable[[_Reader, Fields, int], Condition]] = {
    "all": _Reader.all_of,
    "any": _Reader.any_of,
    "not": _Reader.negated,
    "first": _Reader.in_time,
    "times": _Reader.times,
    "role": _Reader.turn,
    "mark": _Reader.mark,
    "silence_over_s": _Reader.silence,
    "foreign_turns": _Reader.foreign,
    "meta": _Reader.meta,
    "fact": _Reader.fact,
    "outcome": _Reader.outcome,
    "end": _Reader.end,
}
"""The key that says what kind of condition a table is."""

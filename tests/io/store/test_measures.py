"""
One afternoon worked by hand: every measure of the contracts' table, with its numbers.

Contacts of 2 March (seconds after nine): k1 answered after 15 s and done; k2 answered after 40 s,
on hold, transferred; k3 left after 60 s; k4 left after 4 s (short); k5 moved to a callback; k6
outbound.  Each call is written out beside its contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select

from qm.io import tables as t
from qm.io.database import Database
from qm.io.store import events
from qm.io.store.contacts import forget_contacts
from qm.io.store.erasing import erase_calls, erase_contacts
from qm.io.store.figures import catch_up, figures, is_behind
from qm.io.store.measured import Wanted
from qm.io.store.measures import behind, values_of
from qm.io.store.people import RosterRow, import_roster
from qm.io.store.scopes import WHOLE_SITE, Scope
from qm.stages.kpis import Figure, Preset
from qm.types import ContactEvent, Event, Role
from tests.io.store.samples import (
    NOW,
    closed,
    labelled,
    meta,
    outcome,
    roster,
    saved,
    scope,
    scorecard,
    turn,
)
from tests.stages.kpis.told import NINE, at

PRESET = Preset(name="default", title="Default")


def told(contact: str, *given: ContactEvent) -> list[ContactEvent]:
    return [replace(one, contact_id=contact, event_id=f"{contact}-{one.event_id}") for one in given]


EVENTS = [
    *told("k1", at(0, "offered", queue="billing", customer_ref="c1"), at(5, "queued"),
          at(20, "answered", "a1"), at(140, "ended"),
          at(170, "wrapup_done", "a1", disposition="refund"), at(900, "survey", score=5)),
    *told("k2", at(0, "offered", queue="billing", customer_ref="c2"), at(0, "queued"),
          at(40, "answered", "a1"), at(60, "hold"), at(90, "resume"),
          at(100, "transferred", "a1"), at(101, "queued", queue="nurse"),
          at(150, "answered", "a2"), at(250, "ended"), at(260, "wrapup_done", "a2"),
          at(990, "survey", score=2)),
    *told("k3", at(0, "queued", queue="nurse"), at(60, "abandoned")),
    *told("k4", at(0, "queued", queue="nurse"), at(4, "abandoned")),
    *told("k5", at(0, "queued", queue="nurse"), at(30, "callback"), at(31, "abandoned")),
    *told("k6", at(0, "offered", queue="billing", direction="outbound"), at(9, "answered", "a1"),
          at(69, "ended")),
    *told("k7", at(2 * 86_400, "queued", queue="billing", customer_ref="c1"),
          at(2 * 86_400 + 5, "abandoned")),  # short, and a repeat of k1
    *told("k8", at(20 * 86_400, "queued", queue="billing"), at(20 * 86_400 + 20, "abandoned")),
]  # fmt: skip


def call(conn: Connection, name: str, contact: str, *given: Event, **changes: Any) -> None:
    """Save a closed call of a contact."""
    about = meta(name, contact_id=contact, started_at=NINE + timedelta(seconds=20), **changes)
    saved(conn, *given, closed(name), call=about)


def talked(name: str, *turns: tuple[str, str]) -> list[Event]:
    """Return turns from ("agent" or "customer", labels joined by blanks)."""
    found: list[Event] = []
    for i, (role, labels) in enumerate(turns):
        found.append(turn(i, name, role=Role(role)))
        found.append(labelled(i, name, **dict.fromkeys(labels.split(), 0.9)))
    return found


DISTRESS = (
    ("agent", "greeting"), ("customer", "distress_cue"), ("agent", "empathy_strong"),
    ("customer", "distress_cue"), ("agent", "empathy_weak negative_language"), ("customer", ""),
    ("agent", "specific_instructions"),
)  # fmt: skip
VAGUE = (("agent", "specific_instructions"), ("customer", ""), ("agent", "vague_instructions"))


@pytest.fixture
def afternoon(database: Database) -> Database:
    with database.write() as conn:
        roster(conn)
        events.insert(conn, EVENTS, NOW)
        call(
            conn, "d1", "k1", *talked("d1", *DISTRESS), outcome("d1"), scorecard("d1", percent=80.0)
        )
        call(conn, "d2", "k2", *talked("d2", *VAGUE), outcome("d2", "follow_up"),
             scorecard("d2", percent=60.0), agent_id="a2", queue="nurse")  # fmt: skip
        call(conn, "d3", "k7", outcome("d3", "unresolved"), customer_ref="c1", language="es",
             agent_id="", )  # fmt: skip
        call(conn, "d4", "k-chat", turn(0, "d4", role=Role.CUSTOMER),
             turn(1, "d4", role=Role.AGENT), medium="chat", queue="chat")  # fmt: skip
        call(conn, "p1", "k-practice", *talked("p1", *VAGUE), outcome("p1"), scorecard("p1"),
             practice=True)  # fmt: skip
    catch_up(database, NOW)
    return database


def counted(
    database: Database, by: Sequence[str] = (), who: Scope = WHOLE_SITE, **more: Any
) -> dict[Any, Figure]:
    wanted = Wanted(scope=who, preset=PRESET, by=tuple(by), **more)
    with database.read() as conn:
        rows = figures(conn, wanted, ZoneInfo("UTC"))
    return {(*row.group.values(), row.measure.name): row.figure for row in rows}


BY_HAND = {
    # waits 15 s and 40 s; k6 is outbound
    "average_response_time_s": (55, 2),
    # the second message came 4 s after the first
    "first_response_time_s": (4, 1),
    # k1 in time, k2 not, k3 and k8 left; k4 and k7 were short, k5 is a callback
    "service_level": (1, 4),
    "dropout_rate": (2, 4),
    # k1 120 + 30; k2 30 talk + 30 hold + 100 talk + 10; k6 60
    "average_handle_time_s": (150 + 170 + 60, 3),
    "talk_s": (120 + 130 + 60, 3),
    "hold_s": (30, 3),
    "wrapup_s": (40, 3),
    "transfer_rate": (1, 3),
    # c1 came back on the third day, c2 did not; twenty days later both windows have passed
    "fcr_repeat": (1, 2),
    # d1 resolved, d2 to be followed up; d3 is a repeat
    "fcr_label": (1, 2),
    "fcr_label_or_follow_up": (2, 2),
    "csat": (1, 2),
    "survey_response_rate": (2, 3),
    "empathy_answered_share": (1, 2),
    "empathy_formula_share": (1, 2),
    # d1 four agent turns, d2 two, d4 one
    "negative_language_per_100": (100, 7),
    "specific_instructions_share": (1, 2),
    "effort": (6, 3),
    "quality_score": (140, 2),
    "quality_score_people": (0, 0),
}


def test_every_measure_by_hand(afternoon: Database) -> None:
    found = counted(afternoon)
    by_hand = {name: (round(one.numerator, 6), one.n) for (name,), one in found.items()}
    assert by_hand == BY_HAND


GROUPS = [
    ("queue", "billing", "average_response_time_s", (55, 2)),
    ("queue", "nurse", "dropout_rate", (1, 1)),
    ("disposition", "refund", "average_handle_time_s", (150, 1)),
    ("disposition", "refund", "quality_score", (80, 1)),
    ("team", "A", "average_handle_time_s", (150 + 60 + 60, 3)),  # each leg's own team
    ("team", "B", "average_handle_time_s", (110, 1)),
    ("agent", "a1", "hold_s", (30, 3)),
    ("agent", "a2", "quality_score", (60, 1)),
    ("agent", "a1", "negative_language_per_100", (100, 5)),
    ("language", "es", "effort", (2, 1)),
    ("channel", "chat", "first_response_time_s", (4, 1)),
    ("hour", "09", "dropout_rate", (2, 4)),
    ("day", "2026-03-22", "dropout_rate", (1, 1)),
]


@pytest.mark.parametrize(("by", "value", "measure", "expected"), GROUPS)
def test_groups_by_hand(
    afternoon: Database, by: str, value: str, measure: str, expected: tuple[float, int]
) -> None:
    found = counted(afternoon, [by])[value, measure]
    assert (found.numerator, found.n) == pytest.approx(expected)


def test_practice_calls_count_nowhere(afternoon: Database) -> None:
    with afternoon.write() as conn:
        events.insert(conn, told("k-practice", *EVENTS[:5]), NOW)
    catch_up(afternoon, NOW)
    assert {n: counted(afternoon)[(n,)].n for n in BY_HAND} == {
        n: n_ for n, (_, n_) in BY_HAND.items()
    }


def test_who_sees_one_team_gets_that_teams_figures(afternoon: Database) -> None:
    of_b = counted(afternoon, who=scope(("supervisor", "B")))
    assert (of_b[("quality_score",)].value, of_b[("quality_score",)].n) == (60, 1)
    assert of_b[("average_response_time_s",)].n == 0  # k2 was answered by team A first
    assert counted(afternoon, ["agent"], who=scope(("supervisor", "B"))).keys() == {
        ("a2", name) for name in BY_HAND if ("a2", name) in counted(afternoon, ["agent"])
    }


def test_only_the_blind_sample_is_a_quality_score_by_people(afternoon: Database) -> None:
    with afternoon.write() as conn:
        for i, (kind, blind, percent) in enumerate(
            [("sample", True, 90.0), ("sample", False, 10.0), ("flag", True, 20.0)]
        ):
            evaluated(conn, f"r{i}", kind, blind, percent)
    found = counted(afternoon, ["agent"])["a1", "quality_score_people"]
    assert (found.value, found.n) == (90.0, 1)
    assert counted(afternoon)[("quality_score",)].value == 70.0


def evaluated(conn: Connection, name: str, kind: str, blind: bool, percent: float) -> None:
    """Store what a person gave to call d1."""
    texts = {c.name: "" for c in t.reviews.c if not c.nullable} | {
        "review_id": name, "call_id": "d1", "kind": kind, "severity": 0, "blind": blind,
        "made_at": 0, "due_at": 0,
    }  # fmt: skip
    conn.execute(insert(t.reviews).values(**texts))
    values = {c.name: "" for c in t.evaluations.c if not c.nullable} | {
        "evaluation_id": f"e{name}", "review_id": name, "call_id": "d1", "kind": kind, "pass": 0,
        "blind": blind, "percent": percent, "earned": 1.0, "possible": 1.0, "not_judged": 0,
        "heard_share": 1.0, "begun_at": 0, "submitted_at": 0,
    }  # fmt: skip
    conn.execute(insert(t.evaluations).values(**values))


def test_the_contacts_behind_a_figure(afternoon: Database) -> None:
    wanted = Wanted(scope=WHOLE_SITE, preset=PRESET, only={"queue": "billing"})
    with afternoon.read() as conn:
        rows = behind(conn, wanted, "service_level")
        nobody = behind(conn, replace(wanted, scope=scope(("admin", "*"))), "service_level")
    assert [(r.contact_id, r.call_id, r.total) for r in rows] == [
        ("k8", "", 0.0), ("k1", "d1", 1.0), ("k2", "d2", 0.0),
    ]  # fmt: skip
    assert nobody == ()


def test_the_calls_behind_a_behaviour(afternoon: Database) -> None:
    with afternoon.read() as conn:
        rows = behind(conn, Wanted(scope=WHOLE_SITE, preset=PRESET), "empathy_answered_share")
    assert [(r.call_id, r.n, r.total) for r in rows] == [("d1", 2, 1.0)]


def test_a_roster_that_comes_late_puts_teams_right(afternoon: Database) -> None:
    with afternoon.write() as conn:
        import_roster(conn, [RosterRow(agent_id="a1", name="Ann", team="C")])
    catch_up(afternoon, NOW)
    assert counted(afternoon, ["team"])["C", "average_handle_time_s"].n == 3


def test_what_is_forgotten_counts_no_more(afternoon: Database) -> None:
    with afternoon.write() as conn:
        assert forget_contacts(conn, ["k1", "k2", "none"]) == 2
    assert counted(afternoon)[("dropout_rate",)].n == 2


def test_presets_change_what_counts(afternoon: Database) -> None:
    changed = Preset(name="p", title="P", service_level_s=40, short_abandon_s=0, fcr_window_days=1)
    wanted = Wanted(scope=WHOLE_SITE, preset=changed)
    with afternoon.read() as conn:
        rows = figures(conn, wanted, ZoneInfo("UTC"))
    found = {row.measure.name: (row.figure.numerator, row.figure.n) for row in rows}
    assert found["service_level"] == (2, 6)
    assert found["dropout_rate"] == (4, 6)
    assert found["fcr_repeat"] == (2, 2)


def test_what_is_new_is_known_until_it_is_counted(afternoon: Database) -> None:
    with afternoon.write() as conn:
        assert not is_behind(conn)
        events.insert(conn, told("k9", at(0, "queued")), NOW)
        assert is_behind(conn)
    catch_up(afternoon, NOW)
    with afternoon.write() as conn:
        assert not is_behind(conn)
        call(conn, "d9", "k9", *talked("d9", *VAGUE))
    later = NOW + 3_600_000
    with afternoon.write() as conn:
        saved(conn, closed("d9", held=True), call=meta("d9", contact_id="k9"))
        conn.execute(t.calls.update().where(t.calls.c.call_id == "d9").values(updated_at=later))
        assert is_behind(conn)
    catch_up(afternoon, later)
    with afternoon.read() as conn:
        assert not is_behind(conn)


def test_the_values_to_choose_from(afternoon: Database) -> None:
    wanted = Wanted(scope=WHOLE_SITE, preset=PRESET)
    with afternoon.read() as conn:
        found = {name: values_of(conn, wanted, name) for name in ("queue", "team", "language")}
    assert found == {
        "queue": ("billing", "chat", "nurse"), "team": ("A", "B"), "language": ("en", "es"),
    }  # fmt: skip


def test_an_erased_customer_leaves_no_contact_behind(afternoon: Database) -> None:
    with afternoon.write() as conn:
        erase_calls(conn, ["d1", "d3"], NOW)
        erase_contacts(conn, "c1", NOW)
    catch_up(afternoon, NOW)
    with afternoon.read() as conn:
        left = [
            conn.execute(select(table.c.contact_id).where(table.c.contact_id.in_(["k1", "k7"])))
            for table in (t.contacts, t.legs, t.events, t.contact_changes)
        ]
    assert [rows.all() for rows in left] == [[], [], [], []]

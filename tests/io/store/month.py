"""
A made month of contact events, and its measures counted a second time, naively.

The second count shares no code with the product: it reads the events as dictionaries, one contact
after the other, and follows the contracts' table line by line.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
FIRST = datetime(2026, 3, 1, tzinfo=ZONE)  # clocks go forward on the 8th
DAYS = 31
QUEUES = ("scheduling", "billing", "nurse")
Told = dict[str, Any]


def month(seed: int, contacts: int) -> list[Told]:
    """Return events as an import file holds them: shuffled, some late, some twice."""
    chance = random.Random(seed)
    told = [event for n in range(contacts) for event in _contact(chance, n)]
    told += chance.sample(told, len(told) // 20)  # delivered twice
    chance.shuffle(told)
    return told


def _contact(chance: random.Random, n: int) -> Iterator[Told]:
    at = FIRST + timedelta(seconds=chance.randrange(DAYS * 86_400))
    if n % 40 == 0:  # over midnight
        day = FIRST + timedelta(days=1 + n // 40 % (DAYS - 1))
        at = day - timedelta(seconds=chance.randrange(1, 200))
    if n % 40 == 1:  # around the hour that is missing on the 8th
        at = datetime(2026, 3, 8, 6, 30, tzinfo=ZoneInfo("UTC")) + timedelta(
            seconds=chance.randrange(3_600)
        )
    clock = at.astimezone(ZoneInfo("UTC"))
    number = 0

    def event(kind: str, after: float, **more: Any) -> Told:
        nonlocal clock, number
        clock += timedelta(milliseconds=round(after * 1000))
        number += 1
        return {
            "event_id": f"e{n}-{number}",
            "contact_id": f"k{n}",
            "at": clock,
            "kind": kind,
            **more,
        }

    queue, agent = chance.choice(QUEUES), f"a{chance.randrange(8)}"
    about = {"channel": "voice", "language": chance.choice(["en", "es"])}
    if chance.random() < 0.9:
        about["customer_ref"] = f"c{chance.randrange(150)}"
    if chance.random() < 0.1:
        about["direction"] = "outbound"
    if chance.random() < 0.95:
        yield event("offered", 0, **about, queue=queue)
        about = {k: v for k, v in about.items() if k == "direction"}
    if chance.random() < 0.9:
        yield event("queued", chance.uniform(0, 20), queue=queue, **about)
    fate = chance.random()
    if fate < 0.08:
        yield event("abandoned", chance.uniform(0, 12))
        return
    if fate < 0.15:
        yield event("abandoned", chance.uniform(10, 200))
        return
    if fate < 0.18:
        yield event("callback", chance.uniform(10, 60))
        yield event("abandoned" if chance.random() < 0.5 else "ended", chance.uniform(1, 10))
        return
    yield event("answered", chance.choice([chance.uniform(0, 40), 30.0]), agent=agent, queue=queue)
    yield from _talk(chance, event)
    if chance.random() < 0.15:
        yield event("transferred", chance.uniform(5, 90), agent=agent, target="other")
        agent = f"b{chance.randrange(4)}"
        yield event("queued", 1, queue="nurse")
        yield event("answered", chance.uniform(0, 90), agent=agent, queue="nurse")
        yield from _talk(chance, event)
    if chance.random() < 0.02:
        return  # its end never came
    yield event("ended", chance.uniform(5, 300))
    if chance.random() < 0.85:
        reason = chance.choice([{}, {"disposition": "refill"}, {"disposition": "reschedule"}])
        yield event("wrapup_done", chance.uniform(1, 120), agent=agent, **reason)
    if chance.random() < 0.3:
        yield event("survey", chance.uniform(60, 90_000), score=chance.randrange(1, 6))


def _talk(chance: random.Random, event: Any) -> Iterator[Told]:
    for _ in range(chance.choice([0, 0, 1, 2])):
        yield event("hold", chance.uniform(5, 100))
        if chance.random() < 0.8:
            yield event("resume", chance.uniform(5, 100))


# ---------------------------------------------------------------------------- counted again


def naive(
    told: list[Told], by: str = "", as_of: datetime | None = None
) -> dict[Any, Mapping[str, Any]]:
    """Return (numerator, denominator, values) by group and measure, of the measures of events."""
    by_contact: dict[str, dict[str, Told]] = defaultdict(dict)
    for event in told:
        by_contact[event["contact_id"]][event["event_id"]] = event
    contacts = [_became(sorted(c.values(), key=lambda e: e["at"])) for c in by_contact.values()]
    as_of = as_of or max(event["at"] for event in told)
    found: dict[Any, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in contacts:
        if one["end"] is None or one["end"] > as_of:
            continue
        if by != "agent":
            for name, value in _values(one, contacts, as_of):
                found[one.get(by, "")][name].append(value)
        if by == "agent":
            for leg in one["legs"]:
                for name, value in _times(leg["talk"], leg["hold"], leg["wrapup"]):
                    found[leg["agent"]][name].append(value)
    return found


def _became(events: list[Told]) -> Told:
    def first(name: str) -> Any:
        return next((e[name] for e in events if e.get(name)), "")

    when = {k: [e["at"] for e in events if e["kind"] == k] for k in {e["kind"] for e in events}}
    start = events[0]["at"]
    local = start.astimezone(ZONE)
    answered = when.get("answered", [None])[0]
    gone = when.get("abandoned", [None])[0]
    until = answered or (gone if "callback" not in when else None)
    before = {k: [at for at in v if until and at <= until] for k, v in when.items()}
    waiting = before.get("queued") or before.get("offered") or [None]
    known = waiting[0] is not None and until is not None
    return {
        "queue": first("queue"), "language": first("language"), "channel": first("channel"),
        "disposition": next((e["disposition"] for e in events[::-1] if e.get("disposition")), ""),
        "customer": first("customer_ref"), "start": start, "day": local.date().isoformat(),
        "hour": f"{local.hour:02}", "inbound": first("direction") != "outbound",
        "answered": answered is not None,
        "abandoned": gone is not None and answered is None and "callback" not in when,
        "end": when["ended"][0] if "ended" in when else gone,
        "wait": (until - waiting[0]).total_seconds() if known else None,
        "transferred": "transferred" in when, "legs": list(_legs(events)),
        "scores": [e["score"] for e in events if e["kind"] == "survey"],
    }  # fmt: skip


def _legs(events: list[Told]) -> Iterator[Told]:
    for i, event in enumerate(events):
        if event["kind"] != "answered":
            continue
        rest = events[i + 1 :]
        end = next((e for e in rest if e["kind"] in ("transferred", "ended")), None)
        if end is None:
            continue
        hold, held = 0.0, None
        for e in rest[: rest.index(end) + 1]:
            if e["kind"] == "hold" and held is None:
                held = e["at"]
            elif e["kind"] in ("resume", "transferred", "ended") and held is not None:
                hold += (e["at"] - held).total_seconds()
                held = None
        wrapup = next((e["at"] for e in rest if e["kind"] == "wrapup_done"), None)
        last = end["kind"] == "ended" and wrapup is not None
        yield {
            "agent": event["agent"], "hold": hold,
            "talk": (end["at"] - event["at"]).total_seconds() - hold,
            "wrapup": (wrapup - end["at"]).total_seconds() if last and wrapup else 0.0,
        }  # fmt: skip


def _values(one: Told, contacts: list[Told], as_of: datetime) -> Iterator[tuple[str, float]]:
    short = one["abandoned"] and one["wait"] is not None and one["wait"] < 10
    if one["answered"]:
        yield from _times(*(sum(leg[x] for leg in one["legs"]) for x in ("talk", "hold", "wrapup")))
        yield "transfer_rate", float(one["transferred"])
        yield "survey_response_rate", float(bool(one["scores"]))
    for score in one["scores"]:
        yield "csat", float(score >= 4)
    if not one["inbound"]:
        return
    if one["answered"] and one["wait"] is not None:
        yield "average_response_time_s", one["wait"]
        yield "service_level", float(one["wait"] <= 30)
    if one["abandoned"] and not short:
        yield "service_level", 0.0
        yield "dropout_rate", 1.0
    if one["answered"]:
        yield "dropout_rate", 0.0
    week = timedelta(days=7)
    if one["answered"] and one["customer"] and one["end"] + week <= as_of:
        back = any(
            o["customer"] == one["customer"] and o["inbound"]
            and one["end"] < o["start"] <= one["end"] + week
            and (o["disposition"] == one["disposition"] or not o["disposition"]
                 or not one["disposition"])
            for o in contacts
        )  # fmt: skip
        yield "fcr_repeat", float(not back)


def _times(talk: float, hold: float, wrapup: float) -> Iterator[tuple[str, float]]:
    yield "average_handle_time_s", talk + hold + wrapup
    yield "talk_s", talk
    yield "hold_s", hold
    yield "wrapup_s", wrapup


def interval(name: str, values: list[float]) -> tuple[float, float] | None:
    """Return the 95 % interval by SciPy."""
    from scipy import stats

    n, total = len(values), math.fsum(values)
    if n < 2:
        return None
    if name.endswith("_s"):
        mean = total / n
        error = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1) / n)
        reach = stats.t.ppf(0.975, n - 1) * error
        return mean - reach, mean + reach
    known = stats.binomtest(round(total), n).proportion_ci(method="wilson")
    return known.low, known.high

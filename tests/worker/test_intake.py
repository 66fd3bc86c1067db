"""Records -> calls: what fits is fed, what does not is put aside with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from qm.io import wire
from qm.io.kafka import Place, Received
from qm.io.topics import AUDIO, DEAD
from qm.io.wire import Outgoing, SealingKey
from qm.scheduler import DEFAULT_LIMITS
from qm.settings import Settings
from qm.types import CallId
from qm.worker.intake import Intake
from qm.worker.live import Desk
from tests.e2e.scripted_worker import scripted
from tests.e2e.scripts import scripted_call

KEY = SealingKey("2026-03", bytes(range(32)))
PLACE = Place(AUDIO, 3)


@dataclass
class Shelf:
    """In the place of the keeper and the sink: nothing is known, and all is noted."""

    counted: list[tuple[int, str]] = field(default_factory=list)
    sent: list[Outgoing] = field(default_factory=list)

    def find(self, call_id: CallId) -> None:
        return None

    def is_erased(self, call_id: CallId) -> bool:
        return False

    def count_dead_letter(self, place: Place, offset: int, reason: str) -> None:
        assert place == PLACE
        self.counted.append((offset, reason))

    def send(self, record: Outgoing) -> None:
        self.sent.append(record)


@pytest.fixture
def desk() -> Any:
    made = Desk(scripted(Settings(), DEFAULT_LIMITS).runtime)
    yield made
    made.runtime.close()


def delivered(offset: int, record: Outgoing) -> Received:
    return Received(
        topic=record.topic, partition=PLACE.partition, offset=offset, timestamp_ms=0,
        key=record.key, value=record.value, headers=record.headers,
    )  # fmt: skip


def take(desk: Desk, records: list[Outgoing], keys: dict[str, bytes] | None = None) -> Shelf:
    shelf = Shelf()
    intake = Intake(desk, shelf, shelf, keys)  # type: ignore[arg-type]
    for offset, record in enumerate(records):
        intake.take(delivered(offset, record))
    return shelf


def some(seal: SealingKey | None = None) -> list[Outgoing]:
    return [wire.encode_call_record(record, seal) for record in scripted_call("call-1")[:9]]


def test_a_call_is_begun_and_fed(desk: Desk) -> None:
    shelf = take(desk, some())
    assert not shelf.counted
    assert [c.heard_ms for c in desk.state(CallId("call-1")).channels] == [800, 800]
    assert desk.live[CallId("call-1")].next_offset == 9


def test_records_that_their_producer_encrypted_are_opened_with_its_key(desk: Desk) -> None:
    sealed = some(KEY)
    assert ("key_id", b"2026-03") in sealed[1].headers
    shelf = take(desk, sealed, {KEY.key_id: KEY.key})
    assert not shelf.counted
    assert [c.heard_ms for c in desk.state(CallId("call-1")).channels] == [800, 800]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [({}, "unknown_key"), ({KEY.key_id: bytes(32)}, "not_authentic")],
)
def test_without_the_right_key_they_are_put_aside(
    desk: Desk, keys: dict[str, bytes], reason: str
) -> None:
    shelf = take(desk, some(KEY), keys)
    assert shelf.counted == [(offset, reason) for offset in range(9)]
    assert not desk.live


def test_what_is_put_aside_goes_out_as_a_place_and_a_reason_only(desk: Desk) -> None:
    (first, *_) = some()
    broken = first._replace(value=b'{"spoken": "words"')
    shelf = take(desk, [broken])
    (letter,) = shelf.sent
    assert (letter.topic, shelf.counted) == (DEAD, [(0, "bad_json")])
    assert b"spoken" not in letter.value


def test_a_call_whose_start_never_came_is_not_made_up(desk: Desk) -> None:
    shelf = take(desk, some()[1:])
    assert {reason for _, reason in shelf.counted} == {"no_start"}


def test_records_that_the_broker_dropped_are_counted_once_for_the_hole(desk: Desk) -> None:
    shelf = Shelf()
    Intake(desk, shelf, shelf).note_trimmed(PLACE, 100, 250)  # type: ignore[arg-type]
    assert shelf.counted == [(100, "trimmed")]
    assert not shelf.sent

"""Reading in a group: what is delivered, committed, paused, and who is told when it moves."""

import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from kafka import KafkaAdminClient

from qm.errors import StreamError
from qm.io.kafka import Listener, Place, Sink, Source
from qm.io.wire import Outgoing
from tests.brokers import apache_kafka, broker, tansu  # noqa: F401

pytestmark = pytest.mark.timeout(120)


def send(broker, topic, values, key=b"k"):  # noqa: F811
    with Sink(broker.options) as sink:
        for value in values:
            sink.send(Outgoing(topic, key, value, (("n", value),)))


def numbers(start, end):
    return [b"%d" % n for n in range(start, end)]


def read(source, count, timeout_s=30.0):
    """Poll until ``count`` records are there."""
    records, deadline = [], time.monotonic() + timeout_s
    while len(records) < count and time.monotonic() < deadline:
        records += source.poll(0.1)
    return records


def poll_until(source, condition, timeout_s=30.0):
    """Poll until ``condition`` holds; return what came meanwhile."""
    records, deadline = [], time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        records += source.poll(0.05)
    assert condition()
    return records


def test_records_come_with_key_headers_order_and_time(broker):  # noqa: F811
    topic = broker.topic()
    before = time.time() * 1000
    send(broker, topic, numbers(0, 300))
    with Source(broker.options, topic, [topic]) as source:
        records = read(source, 300)
        assert [r.value for r in records] == numbers(0, 300)
        assert [r.offset for r in records] == list(range(300))
        assert {r.key for r in records} == {b"k"}
        assert records[5].headers == (("n", b"5"),)
        assert all(before - 1000 < r.timestamp_ms < time.time() * 1000 + 1000 for r in records)
        place = records[0].place
        assert place == Place(topic, 0)
        assert source.position(place) == source.highwater(place) == 300
        assert source.lag_s(int(time.time() * 1000)) == {place: 0.0}


def test_nothing_that_was_said_shows_in_the_repr_of_a_record(tansu):  # noqa: F811
    topic = tansu.topic()
    send(tansu, topic, [b"spoken words"])
    with Source(tansu.options, topic, [topic]) as source:
        (record,) = read(source, 1)
    assert "spoken" not in repr(record)


def test_a_second_reader_goes_on_where_the_first_committed(broker):  # noqa: F811
    topic = broker.topic()
    place = Place(topic, 0)
    send(broker, topic, numbers(0, 20))
    with Source(broker.options, topic, [topic]) as source:
        read(source, 20)
        assert source.committed(place) is None
        assert source.commit({place: 12})
        assert source.committed(place) == 12
    with Source(broker.options, topic, [topic]) as source:
        assert [r.offset for r in read(source, 8)] == list(range(12, 20))


def test_assigned_may_seek_and_revoked_may_commit(broker):  # noqa: F811
    topic = broker.topic()
    place = Place(topic, 0)
    send(broker, topic, numbers(0, 20))
    told = []

    def assigned(places):
        told.append(("assigned", places, threading.current_thread()))
        source.seek(place, 5)

    def revoked(places):
        told.append(("revoked", places, threading.current_thread()))
        assert source.commit({place: 17})

    listener = Listener(assigned=assigned, revoked=revoked)
    with Source(broker.options, topic, [topic], listener) as source:
        assert read(source, 15)[0].offset == 5
        assert source.assignment == {place}
    assert source.assignment == frozenset()
    here = threading.current_thread()
    assert told == [("assigned", {place}, here), ("revoked", {place}, here)]
    with Source(broker.options, topic, [topic]) as source:
        assert read(source, 1)[0].offset == 17


def test_a_paused_partition_delivers_nothing_and_stays_ours(broker):  # noqa: F811
    # longer than the time between polls that the group allows
    options = replace(broker.options, max_poll_interval_ms=3000)
    topic = broker.topic()
    place = Place(topic, 0)
    moves = []
    listener = Listener(revoked=moves.append, lost=moves.append)
    with Source(options, topic, [topic], listener) as source:
        poll_until(source, lambda: source.assignment)
        source.pause([place])
        send(broker, topic, numbers(0, 40))
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline:
            assert source.poll(0.2) == []
        assert not moves
        source.resume([place])
        assert len(read(source, 40)) == 40


def test_a_pause_holds_when_the_group_changes(broker):  # noqa: F811
    topic = broker.topic(partitions=2)
    places = [Place(topic, 0), Place(topic, 1)]
    with Source(broker.options, topic, [topic]) as first:
        poll_until(first, lambda: len(first.assignment) == 2)
        first.pause(places)
        second = Source(broker.options, topic, [topic])
        joined = threading.Thread(target=lambda: poll_until(second, lambda: second.assignment))
        joined.start()
        poll_until(first, lambda: len(first.assignment) == 1)
        joined.join()
        (kept,) = first.assignment
        send(broker, topic, numbers(0, 10), key=None)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            assert first.poll(0.1) == []
        assert first.paused == {kept}
        second.close()


def test_a_pause_that_is_lifted_while_the_group_changes_is_lifted(broker):  # noqa: F811
    topic = broker.topic(partitions=2)
    places = [Place(topic, 0), Place(topic, 1)]
    with Source(broker.options, topic, [topic]) as first:
        poll_until(first, lambda: len(first.assignment) == 2)
        first.pause(places)
        second = Source(broker.options, topic, [topic])
        joined = threading.Thread(target=lambda: poll_until(second, lambda: second.assignment))
        joined.start()
        deadline = time.monotonic() + 30
        while first.assignment and time.monotonic() < deadline:
            first.poll(0.001)  # so that it returns between giving back and getting anew
        assert not first.assignment
        first.resume(places)
        poll_until(first, lambda: len(first.assignment) == 1)
        joined.join()
        for n in range(20):
            send(broker, topic, [b"%d" % n], key=b"call-%d" % n)
        assert read(first, 1)
        second.close()


def test_a_leaver_hands_over_at_once_and_nothing_is_lost_or_read_twice(broker):  # noqa: F811
    topic = broker.topic(partitions=4)
    seen, stop = [], threading.Event()
    options = broker.options

    def work(name, leave_after):
        records = []

        def revoked(places):
            done = {p: source.position(p) for p in places}
            source.commit({p: offset for p, offset in done.items() if offset is not None})

        with Source(options, topic, [topic], Listener(revoked=revoked)) as source:
            while not stop.is_set() and len(records) < leave_after:
                records += source.poll(0.1)
        seen.extend((name, r.place, r.offset) for r in records)

    workers = [threading.Thread(target=work, args=("stays", 10**9))]
    workers.append(threading.Thread(target=work, args=("leaves", 30)))
    for worker in workers:
        worker.start()
    with Sink(options) as sink:
        for n in range(400):
            sink.send(Outgoing(topic, b"call-%d" % (n % 40), b"%d" % n, ()))
            time.sleep(0.01)
    time.sleep(4)
    stop.set()
    for worker in workers:
        worker.join()
    places = [(place, offset) for _, place, offset in seen]
    assert len(places) == len(set(places)) == 400
    assert {name for name, *_ in seen} == {"stays", "leaves"}


def test_who_does_not_poll_for_too_long_has_lost_its_partitions(broker):  # noqa: F811
    options = replace(broker.options, max_poll_interval_ms=2000)
    topic = broker.topic()
    place = Place(topic, 0)
    told = []
    listener = Listener(
        assigned=lambda places: told.append(("assigned", places)),
        revoked=lambda places: told.append(("revoked", places)),
        lost=lambda places: told.append(("lost", places)),
    )
    send(broker, topic, numbers(0, 3))
    with Source(options, topic, [topic], listener) as source:
        read(source, 3)
        time.sleep(4)
        assert source.commit({place: 3}) is False
        poll_until(source, lambda: len(told) == 3)
        assert told == [("assigned", {place}), ("lost", {place}), ("assigned", {place})]


def test_what_a_listener_raises_is_raised_by_the_poll(tansu):  # noqa: F811
    topic = tansu.topic()

    def assigned(places):
        raise StreamError("no database")

    source = Source(tansu.options, topic, [topic], Listener(assigned=assigned))
    with pytest.raises(StreamError, match="no database"):
        poll_until(source, lambda: False, timeout_s=10)
    source.close()


def test_a_partition_of_somebody_else_cannot_be_sought(tansu):  # noqa: F811
    topic = tansu.topic()
    with (
        Source(tansu.options, topic, [topic]) as source,
        pytest.raises(StreamError, match="not assigned"),
    ):
        source.seek(Place(topic, 0), 3)


def test_lag_is_how_long_records_wait_in_kafka(tansu):  # noqa: F811
    topic = tansu.topic()
    place = Place(topic, 0)
    send(tansu, topic, [b"%2000d" % n for n in range(900)])  # more than one fetch brings
    with Source(tansu.options, topic, [topic]) as source:
        first = read(source, 1)
        assert len(first) < 900
        later_ms = first[-1].timestamp_ms + 5000
        assert source.lag_s(later_ms) == {place: 5.0}


def test_a_position_beyond_the_end_of_a_lost_log_can_be_seen(tansu):  # noqa: F811
    topic = tansu.topic()
    place = Place(topic, 0)
    send(tansu, topic, numbers(0, 10))
    listener = Listener(assigned=lambda places: source.seek(place, 10_000))
    with Source(tansu.options, topic, [topic], listener) as source:
        poll_until(source, lambda: source.highwater(place) is not None, timeout_s=20)
        assert source.position(place) > source.highwater(place)


def test_no_broker_is_said_plainly(tansu):  # noqa: F811
    options = replace(tansu.options, bootstrap_servers="127.0.0.1:1", connect_timeout_ms=500)
    with pytest.raises(StreamError, match="cannot be read"):
        Source(options, "readers", ["any"])


READER = """
import sys
from pathlib import Path
from qm.io.kafka import KafkaOptions, Source
servers, topic, session_ms = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = KafkaOptions(bootstrap_servers=servers, session_timeout_ms=session_ms)
with Source(options, topic, [topic]) as source:
    while True:
        for record in source.poll(0.1):
            print(record.partition, record.offset, flush=True)
            source.commit({record.place: record.offset + 1})
"""


def test_a_member_that_is_killed_is_replaced_and_nothing_is_lost(broker):  # noqa: F811
    topic = broker.topic(partitions=4)
    options = broker.options
    command = [sys.executable, "-c", READER, options.bootstrap_servers, topic]
    command.append(str(options.session_timeout_ms))
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    seen = []
    stop = threading.Event()

    def survive():
        with Source(options, topic, [topic]) as source:
            while not stop.is_set():
                records = source.poll(0.1)
                seen.extend((r.partition, r.offset) for r in records)
                source.commit({r.place: r.offset + 1 for r in records})

    survivor = threading.Thread(target=survive)
    survivor.start()
    killed_at = None
    with Sink(options) as sink:
        for n in range(600):
            sink.send(Outgoing(topic, b"call-%d" % (n % 40), b"x", ()))
            time.sleep(0.02)
            if n == 300:
                victim.kill()
                killed_at = n
    by_victim = [tuple(map(int, line.split())) for line in victim.communicate()[0].splitlines()]
    deadline = time.monotonic() + 4 * options.session_timeout_ms / 1000
    while len({*seen, *by_victim}) < 600 and time.monotonic() < deadline:
        time.sleep(0.1)
    stop.set()
    survivor.join()
    assert killed_at and by_victim, "the killed member had work"
    assert len({*seen, *by_victim}) == 600
    # again only what had not been committed yet: a poll's worth of each member at each change
    assert len(seen) + len(by_victim) - 600 < 30


def test_a_partition_paused_right_after_a_poll_goes_on_when_resumed(broker):  # noqa: F811
    name = broker.topic()
    with Sink(broker.options) as sink:
        for number in range(500):
            sink.send(Outgoing(name, b"k", b"%d" % number, ()))
        sink.flush(30)
    with Source(broker.options, f"g-{name}", [name]) as source:
        received = []
        deadline = time.monotonic() + 60
        while len(received) < 500 and time.monotonic() < deadline:
            batch = source.poll(0.2)
            received += [r.offset for r in batch]
            if batch:
                source.pause(source.assignment)
                received += [r.offset for r in source.poll(0.1)]
                source.resume(source.assignment)

    assert received == list(range(500))


@pytest.mark.kafka
def test_a_join_that_outlasts_a_poll_is_taken_up_by_the_next_one(apache_kafka):  # noqa: F811
    # a topic that grows makes its readers join anew, here with polls shorter than any answer
    topic = apache_kafka.topic()
    admin = KafkaAdminClient(**apache_kafka.options.connection())
    with Source(apache_kafka.options, topic, [topic]) as source:
        poll_until(source, lambda: source.assignment)
        for partitions in (2, 3):
            admin.create_partitions({topic: partitions})
            deadline = time.monotonic() + 20  # the topics are looked at every 5 s
            while len(source.assignment) < partitions and time.monotonic() < deadline:
                source.poll(0)
                time.sleep(0.01)  # the thread that polls must not starve the client's own
            assert len(source.assignment) == partitions
    admin.close()

"""Recordings played as calls: what is sent, when, and what happens to what cannot be played."""

import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from qm.errors import DecodeError, StreamError
from qm.ingest import replay as module
from qm.ingest.replay import Outlet, Pace, Planned, replay, workers_behind
from qm.io.kafka import RecordRefused, Sink, Source, unread
from qm.io.opus import decode_packets, packets
from qm.io.topics import AUDIO
from qm.io.wire import SealingKey, decode_call_record
from qm.stages.audio import decode
from qm.types import AudioRecord, CallEnd, CallStart
from tests.brokers import apache_kafka, broker, tansu  # noqa: F401

FAST = Pace(speed=None)

LATE_S = 2.0
"""A busy machine may send late; how late it sends is a benchmark's business, not a test's."""


class Log:
    """Takes records as a sink does, and notes when."""

    def __init__(self, failures=()):
        self.records, self.times = [], []
        self.failures = list(failures)
        self.flushed = False

    def send(self, record):
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        self.records.append(decode_call_record(*record, keys={"k": bytes(32)}))
        self.times.append(time.monotonic())

    def flush(self, timeout_s):
        self.flushed = True

    def calls(self):
        """Return the records of each call, in order."""
        calls = defaultdict(list)
        for record in self.records:
            call_id = record.meta.call_id if isinstance(record, CallStart) else record.call_id
            calls[call_id].append(record)
        return list(calls.values())


def tone(seconds, rate=8000, channels=2, hz=300.0):
    moments = np.arange(int(seconds * rate)) / rate
    waves = [0.3 * np.sin(2 * np.pi * hz * (n + 1) * moments) for n in range(channels)]
    return (np.stack(waves, axis=1) * 32767).astype(np.int16)


@pytest.fixture
def recording(tmp_path):
    def make(seconds=1.0, rate=8000, channels=2, suffix="wav"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.{suffix}"
        soundfile.write(path, tone(seconds, rate, channels), rate)
        return path

    return make


def test_a_call_is_a_start_both_channels_in_200_ms_records_and_an_end(recording):
    log = Log()
    planned = Planned(number=1, path=recording(1.1), agent_id="a-1", queue="billing")
    assert replay(Outlet(sink=log), [planned], FAST)
    (call,) = log.calls()
    start, *audio, end = call
    assert start.meta.channels == ("agent", "customer")
    assert (start.meta.agent_id, start.meta.queue) == ("a-1", "billing")
    assert abs((datetime.now(UTC) - start.meta.started_at).total_seconds()) < 60
    assert [(a.channel, a.seq, a.offset_ms) for a in audio] == [
        (channel, seq, seq * 200) for seq in range(6) for channel in ("agent", "customer")
    ]
    assert {(a.codec, a.rate_hz) for a in audio} == {("mulaw", 8000)}
    assert [len(a.payload) for a in audio] == [1600] * 10 + [960] * 2  # filled up to 40 ms
    assert isinstance(end, CallEnd) and end.duration_ms == 1100
    assert log.flushed


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("codec", ["mulaw", "alaw", "pcm_s16le"])
def test_what_is_heard_is_what_was_recorded(recording, rate, codec):
    log = Log()
    path = recording(2.0, rate, suffix="flac")
    assert replay(Outlet(sink=log, codec=codec), [Planned(number=1, path=path)], FAST)
    for n, channel in enumerate(("agent", "customer")):
        records = [r for r in log.records if isinstance(r, AudioRecord) and r.channel == channel]
        heard = np.concatenate([decode(r.codec, r.payload) for r in records]).astype(float)
        sent_rate = records[0].rate_hz
        assert sent_rate == (8000 if codec != "pcm_s16le" else rate)
        assert len(heard) == pytest.approx(2.0 * sent_rate, abs=sent_rate * 0.04 + 1)
        wanted = tone(2.0, sent_rate)[: len(heard), n].astype(float)
        middle = slice(sent_rate // 2, 3 * sent_rate // 2)
        assert np.corrcoef(heard[middle], wanted[middle])[0, 1] > 0.99


def test_opus_is_encoded_across_records(recording):
    log = Log()
    path = recording(2.1, 48_000)
    assert replay(Outlet(sink=log, codec="opus"), [Planned(number=1, path=path)], FAST)
    records = [r for r in log.records if isinstance(r, AudioRecord) and r.channel == "agent"]
    assert [len(list(packets(r.payload))) for r in records] == [10] * 10 + [6]
    before = [b"", *(r.payload for r in records)]
    heard = np.concatenate(
        [decode_packets(r.payload, b, r.rate_hz) for r, b in zip(records, before, strict=False)]
    ).astype(float)
    assert len(heard) == 16_000 * 2.12
    spectrum = np.abs(np.fft.rfft(heard[16_000:24_000]))
    assert np.argmax(spectrum) * 2 == 300  # the tone; half a second resolves 2 Hz
    loudness = np.sqrt(np.mean(heard[8000:24_000].reshape(-1, 1600) ** 2, axis=1))
    assert loudness.min() > 0.9 * loudness.max()


def test_one_channel_is_a_mixed_line(recording):
    log = Log()
    assert replay(Outlet(sink=log), [Planned(number=1, path=recording(0.5, channels=1))], FAST)
    assert log.records[0].meta.channels == ("mixed",)
    assert {r.channel for r in log.records if isinstance(r, AudioRecord)} == {"mixed"}


def test_an_imported_call_keeps_its_date(recording):
    log, at = Log(), datetime(2025, 11, 17, 13, 12, 5, tzinfo=UTC)
    replay(Outlet(sink=log), [Planned(number=1, path=recording(0.3), started_at=at)], FAST)
    assert log.records[0].meta.started_at == at
    assert (datetime.now(UTC) - log.records[1].sent_at).total_seconds() < 60


def test_every_playing_is_a_new_call(recording):
    log, told = Log(), []
    plan = [Planned(number=n, path=recording(0.4)) for n in (1, 2)] * 3
    assert replay(Outlet(sink=log, report=told.append), plan, FAST)
    assert len(log.calls()) == 6
    started = [p.call_id for p in told if p.kind == "started"]
    assert len(set(started)) == 6
    assert sorted(p.number for p in told if p.kind == "ended") == [1, 1, 1, 2, 2, 2]


def test_live_calls_keep_the_time_of_speech_and_start_one_after_the_other(recording):
    log = Log()
    plan = [Planned(number=n, path=recording(1.6)) for n in range(5)]
    began = time.monotonic()
    assert replay(Outlet(sink=log), plan, Pace(speed=1.0, stagger_s=0.1))
    assert time.monotonic() - began == pytest.approx(2.0, abs=0.5)
    starts = [t for r, t in zip(log.records, log.times, strict=True) if isinstance(r, CallStart)]
    assert np.diff(starts) == pytest.approx([0.1] * 4, abs=0.09)
    for call in log.calls():
        at = {id(r): t for r, t in zip(log.records, log.times, strict=True)}
        first = at[id(call[0])]
        for record in call[1:-1]:
            # complete when its last sample has been spoken, and never before
            due = (record.offset_ms + 200) / 1000
            assert due - 0.01 <= at[id(record)] - first <= due + LATE_S


def test_a_moment_of_delay_does_not_make_the_rest_late(recording):
    log = Log()
    send = log.send

    def slow_once(record):
        if len(log.records) == 3:
            time.sleep(0.5)
        send(record)

    log.send = slow_once
    began = time.monotonic()
    replay(Outlet(sink=log), [Planned(number=1, path=recording(1.6))], Pace())
    assert time.monotonic() - began == pytest.approx(1.6, abs=LATE_S)


def test_speed_makes_it_faster(recording):
    began = time.monotonic()
    replay(Outlet(sink=Log()), [Planned(number=1, path=recording(4.0))], Pace(speed=8.0))
    assert time.monotonic() - began == pytest.approx(0.5, abs=0.3)


def test_only_so_many_calls_at_once(recording):
    log, now, most = Log(), set(), []

    def report(progress):
        (now.add if progress.kind == "started" else now.discard)(progress.call_id)
        most.append(len(now))

    plan = [Planned(number=n, path=recording(0.6)) for n in range(5)]
    outlet = Outlet(sink=log, report=report)
    assert replay(outlet, plan, Pace(speed=4.0, stagger_s=0.0, at_once=2))
    assert max(most) == 2 and len(log.calls()) == 5


def test_a_loop_goes_on_until_it_is_stopped_and_then_ends_every_call(recording):
    log, told, stop = Log(), [], threading.Event()
    plan = [Planned(number=n, path=recording(0.8)) for n in (1, 2)]

    def report(progress):
        told.append(progress)
        if len(told) > 15:
            stop.set()

    pace = Pace(speed=8.0, stagger_s=0.0, at_once=2, loop=True)
    assert not replay(Outlet(sink=log, report=report), plan, pace, stop)
    calls = log.calls()
    assert len(calls) > 5
    assert all(isinstance(call[-1], CallEnd) for call in calls)
    cut = [p for p in told if p.kind == "cut"]
    assert {p.call_id for p in cut} == {
        call[0].meta.call_id for call in calls if call[-1].duration_ms < 800
    }


def test_a_recording_that_cannot_be_read_is_reported_and_the_others_are_played(recording, tmp_path):
    broken = tmp_path / "maria-lopez.wav"
    broken.write_bytes(b"RIFF no audio")
    told = []
    plan = [Planned(number=n, path=p) for n, p in enumerate([recording(0.3), broken, recording()])]
    log = Log()
    assert not replay(Outlet(sink=log, report=told.append), plan, FAST)
    assert len(log.calls()) == 2
    (failed,) = [p for p in told if p.kind == "failed"]
    assert failed.number == 1
    assert "maria" not in repr(failed) and "maria" not in repr(plan[1])


def test_a_loop_of_nothing_but_bad_files_ends(tmp_path):
    plan = [Planned(number=n, path=tmp_path / "none.wav") for n in range(3)]
    assert not replay(Outlet(sink=Log()), plan, Pace(loop=True, stagger_s=0.0))


def test_metadata_that_cannot_be_sent_is_found_before_anything_is_played():
    Planned(number=1, path=Path("x")).check()
    with pytest.raises(DecodeError, match="bad_field:customer_ref"):
        Planned(number=1, path=Path("x"), customer_ref="555 0100").check()


def test_nothing_is_lost_while_the_broker_is_away(recording, monkeypatch):
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    log = Log(failures=[None, None, StreamError("away"), StreamError("away"), None])
    assert replay(Outlet(sink=log), [Planned(number=1, path=recording(1.0))], FAST)
    (call,) = log.calls()
    assert [r.seq for r in call[1:-1] if r.channel == "agent"] == [0, 1, 2, 3, 4]


def test_a_broker_that_refuses_or_stays_away_ends_it(recording, monkeypatch):
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    plan = [Planned(number=1, path=recording(1.0))]
    with pytest.raises(RecordRefused):
        replay(Outlet(sink=Log(failures=[RecordRefused("no")])), plan, FAST)
    with pytest.raises(StreamError):
        replay(Outlet(sink=Log(failures=[StreamError("away")] * 1000)), plan, FAST)


def test_an_import_waits_for_the_workers_between_calls(recording, monkeypatch):
    monkeypatch.setattr(module, "PRESSURE_S", 0.05)
    log, asked = Log(), []

    def behind():
        asked.append(len(log.calls()))
        return len(asked) % 3 != 0

    plan = [Planned(number=n, path=recording(0.4)) for n in range(3)]
    assert replay(Outlet(sink=log, wait=behind), plan, Pace(speed=None, at_once=1))
    assert asked == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_values_can_be_encrypted(recording):
    log = Log()
    outlet = Outlet(sink=log, seal=SealingKey("k", bytes(32)))
    assert replay(outlet, [Planned(number=1, path=recording(0.5))], FAST)
    assert len(log.records) == 8


def test_calls_arrive_on_the_topic_in_order(recording, broker):  # noqa: F811
    topic = broker.topic(AUDIO, partitions=3)
    plan = [Planned(number=n, path=recording(2.0)) for n in range(6)]
    with Sink(broker.options) as sink:
        assert replay(Outlet(sink=sink), plan, FAST)
        written = sink.acknowledged
        total = sum(end - first for first, end in written.values())
        assert total == 6 * (1 + 20 + 1)
        assert unread(broker.options, "readers", written) == total
        log = Log()
        with Source(broker.options, "readers", [topic]) as source:
            deadline = time.monotonic() + 30
            while len(log.records) < total and time.monotonic() < deadline:
                for r in source.poll(0.2):
                    log.send((r.topic, r.key, r.value, r.headers))
            source.commit({place: source.position(place) for place in written})
        assert unread(broker.options, "readers", written) == 0
    for call in log.calls():
        assert isinstance(call[0], CallStart) and isinstance(call[-1], CallEnd)
        assert [(r.seq, r.channel) for r in call[1:-1]] == [
            (seq, channel) for seq in range(10) for channel in ("agent", "customer")
        ]


def test_workers_are_behind_while_they_have_not_committed_enough(tansu, recording, monkeypatch):  # noqa: F811
    monkeypatch.setattr(module, "MOST_UNREAD", 20)
    tansu.topic(AUDIO)
    with Sink(tansu.options) as sink:
        behind = workers_behind(sink, tansu.options, "readers")
        assert not behind()
        assert replay(Outlet(sink=sink), [Planned(number=1, path=recording(2.0))], FAST)
        assert behind()
        with Source(tansu.options, "readers", [AUDIO]) as source:
            while not (records := source.poll(0.2)):
                pass
            assert source.commit({records[0].place: 5})
        assert not behind()

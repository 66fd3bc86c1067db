"""Records that cannot be used end as a reference with a reason; everybody else goes on."""

import json
from dataclasses import replace

import pytest

from qm.io import wire
from qm.io.broker import EmbeddedBroker
from qm.io.kafka import Sink
from qm.types import AudioRecord, CallEnd
from tests.e2e.scripts import VALUES, scripted_call
from tests.e2e.site import site

pytestmark = pytest.mark.slow

MARKER = b"payload-that-nobody-may-copy"


def changed(record, **headers):
    """Return a record with other headers; None takes one away."""
    sent = wire.encode_call_record(record)
    kept = [(k, headers.get(k, v)) for k, v in sent.headers if headers.get(k, v) is not None]
    return sent._replace(headers=tuple(kept))


def broken(good):
    """Return broken records by the reason they must be refused for."""
    audio = next(r for r in good if isinstance(r, AudioRecord))
    end = next(r for r in good if isinstance(r, CallEnd))
    sent = wire.encode_call_record(audio)
    other = replace(audio, call_id="never-started", payload=MARKER * 10)
    return {
        "version": changed(audio, v=b"99"),
        "empty": sent._replace(value=b""),
        "too_large": sent._replace(value=MARKER * 40_000),
        "codec": changed(audio, codec=b"mp3"),
        "missing": changed(audio, seq=None),
        "no_start": wire.encode_call_record(other),
        "end without start": wire.encode_call_record(replace(end, call_id="never-started-2")),
        "seq_back": wire.encode_call_record(replace(audio, seq=0, offset_ms=0)),
    }


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("malformed")
    good = scripted_call("call-good")
    half = len(good) // 2
    with EmbeddedBroker() as broker:
        extra = {"TEST_VALUES": json.dumps(VALUES)}
        with site(broker.options(), folder, extra=extra) as one:
            one.start()
            one.send(good[:half])
            with Sink(replace(broker.options(), client_id="hostile")) as sink:
                for record in broken(good).values():
                    sink.send(record)
                sink.flush(30)
            one.send(good[half:])
            one.wait_closed(1)
            letters = list(one.read_topic("qm.dead.v1"))
            counted = one.query("select count(*) from dead_letters")[0][0]
            turns = one.query("select count(*) from turns where call_id = 'call-good'")[0][0]
            complete = one.query("select complete from calls where call_id = 'call-good'")[0][0]
            alive = one.worker.poll() is None
            return letters, counted, turns, complete, alive, one.log()


def test_each_ends_as_a_dead_letter(outcome):
    letters, counted, *_ = outcome

    assert len(letters) == 8
    assert counted == 8


@pytest.mark.parametrize("reason", [b"no_start", b"seq_back", b"codec", b"version"])
def test_the_reason_is_said(outcome, reason):
    assert any(reason in letter for letter in outcome[0])


def test_no_payload_is_in_a_letter_or_a_log(outcome):
    assert not any(MARKER in letter for letter in outcome[0])
    assert MARKER.decode() not in outcome[5]


def test_the_worker_lives_and_the_call_is_whole(outcome):
    _, _, turns, complete, alive, _ = outcome

    assert alive
    assert complete
    assert turns == 9

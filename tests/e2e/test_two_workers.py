"""Two workers share the calls of a group; when one goes, the other goes on with its calls."""

import json
import time
import urllib.request

import pytest

from qm.io.broker import EmbeddedBroker, free_port
from qm.types import AudioRecord
from tests.e2e.pairs import postgres_url, production, secured_kafka  # noqa: F401
from tests.e2e.scripts import VALUES, scripted_call
from tests.e2e.site import interleaved, site

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.postgres]

CALLS = 8


def eight_calls():
    return interleaved([scripted_call(f"call-{i}", shift_ms=137 * i) for i in range(CALLS)])


def extra():
    return {"TEST_VALUES": json.dumps(VALUES)}


def seconds_heard(port):
    """Return how much audio the worker with this metrics port has taken."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    (found,) = [line.split()[1] for line in lines if line.startswith("qm_audio_seconds_total")]
    return float(found)


def turns_sent(one):
    """Return the place of every turn that was published, the newest text of each."""
    sent = {}
    for record in one.read_topic("qm.turns.v1"):
        value = json.loads(record.rpartition(b"\n")[2])
        if value["type"] == "turn":
            sent[value["call_id"], value["pass"], value["index"]] = value["text"]
    return sent


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return what one worker that nothing happens to makes of the calls."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with EmbeddedBroker() as running, site(running.options(), folder, extra=extra()) as one:
        one.start()
        one.send(eight_calls())
        one.wait_closed(CALLS)
        return one.results()


@pytest.fixture
def two(production, tmp_path):  # noqa: F811
    """Start two workers and wait until each has its partitions."""
    with site(**production.site(tmp_path / "site", extra=extra())) as one:
        ports = {}
        for name in ("first", "second"):
            ports[name] = free_port()
            one.start(name, QM_WORKER_METRICS_PORT=str(ports[name]))
        one.send([r for r in scripted_call("warm-up") if not isinstance(r, AudioRecord)])
        one.wait_closed(1)
        yield one, ports


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_when_one_of_two_goes_the_other_goes_on_with_its_calls(two, undisturbed, end):
    one, ports = two
    records = eight_calls()
    one.send(records[: len(records) // 2])
    deadline = time.monotonic() + 60
    while not all(seconds_heard(port) > 20 for port in ports.values()):
        assert time.monotonic() < deadline, "the workers do not share the calls"
        time.sleep(0.1)
    (one.stop if end == "stopped" else one.kill)("second")
    one.send(records[len(records) // 2 :])
    one.wait_closed(CALLS + 1)
    kept = [line for line in one.results().splitlines() if "warm-up" not in line]
    stored = one.query("select call_id, pass, turn_index, text from turns")
    sent = turns_sent(one)

    assert kept == undisturbed.splitlines()
    assert sent == {(call, pass_, index): text for call, pass_, index, text in stored}


def test_two_workers_together_make_what_one_makes(two, undisturbed):
    one, ports = two
    one.send(eight_calls())
    one.wait_closed(CALLS + 1)
    kept = [line for line in one.results().splitlines() if "warm-up" not in line]

    assert kept == undisturbed.splitlines()
    assert all(seconds_heard(port) > 20 for port in ports.values())

"""A worker that is killed goes on as if nothing had happened: byte for byte."""

import json
import time

import pytest

from qm.io.broker import EmbeddedBroker
from tests.brokers import apache_kafka, tansu  # noqa: F401
from tests.databases import postgres_url  # noqa: F401
from tests.e2e.scripts import VALUES, scripted_call
from tests.e2e.site import interleaved, site

pytestmark = pytest.mark.slow

CALLS = 8


@pytest.fixture
def broker():
    with EmbeddedBroker() as running:
        yield running


def eight_calls():
    return interleaved([scripted_call(f"call-{i}", shift_ms=137 * i) for i in range(CALLS)])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return what comes out of the eight calls when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with EmbeddedBroker() as running, site(running.options(), folder, extra=extra()) as one:
        one.start()
        one.send(eight_calls())
        one.wait_closed(CALLS)
        return one.results()


def extra():
    return {"TEST_VALUES": json.dumps(VALUES)}


def test_killed_in_the_middle_of_eight_live_calls(broker, undisturbed, tmp_path):
    folder = tmp_path / "killed"
    folder.mkdir()
    records = eight_calls()
    with site(broker.options(), folder, extra=extra()) as one:
        one.start()
        for third in range(3):
            one.send(records[third * len(records) // 4 : (third + 1) * len(records) // 4])
            time.sleep(1.0 + 0.4 * third)
            one.kill()
            one.start()
        one.send(records[3 * len(records) // 4 :])
        one.wait_closed(CALLS)
        disturbed = one.results()

    assert len(disturbed) > 10_000
    assert disturbed == undisturbed


def test_stopped_and_started_again_it_hands_over_its_calls(broker, undisturbed, tmp_path):
    folder = tmp_path / "stopped"
    folder.mkdir()
    records = eight_calls()
    with site(broker.options(), folder, extra=extra()) as one:
        one.start()
        one.send(records[: len(records) // 2])
        time.sleep(2.0)
        one.stop()
        one.start()
        one.send(records[len(records) // 2 :])
        one.wait_closed(CALLS)
        disturbed = one.results()

    assert disturbed == undisturbed


def test_records_sent_twice_change_nothing(broker, undisturbed, tmp_path):
    folder = tmp_path / "twice"
    folder.mkdir()
    doubled = [r for record in eight_calls() for r in (record, record)]
    with site(broker.options(), folder, extra=extra()) as one:
        one.start()
        one.send(doubled)
        one.wait_closed(CALLS)
        disturbed = one.results()

    assert disturbed == undisturbed

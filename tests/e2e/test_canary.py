"""Forty identifiers go in as sound; none is anywhere but in the audio topic."""

import json
import re

import pytest

from qm.io.broker import EmbeddedBroker
from tests.e2e.scripts import track
from tests.e2e.site import call_records, interleaved, site

pytestmark = pytest.mark.slow

NAMES = [
    *("marigold tavares", "ignatius plum", "ottoline bray", "casimir dunn", "xanthe molloy"),
    *("leopold vance", "perpetua hale", "thaddeus crowe", "wilhelmina fox", "balthazar reed"),
]
PHONES = [f"212 555 01{n:02d}" for n in range(40, 50)]
NUMBERS = [f"mrn 77{n}4{n}19" for n in range(10)]
OTHERS = [f"member kx{n}rq{n}8841" for n in range(10)]
CANARIES = {
    **dict.fromkeys(NAMES, "NAME"),
    **dict.fromkeys(PHONES, "PHONE"),
    **dict.fromkeys(NUMBERS, "MRN"),
    **dict.fromkeys(OTHERS, "HEALTH_PLAN_ID"),
}
TOPICS = ["qm.turns.v1", "qm.scores.v1", "qm.alerts.v1", "qm.scorecards.v1", "qm.dead.v1",
          "qm.events.v1", "qm.messages.v1"]  # fmt: skip
PER_CALL = 5
LENGTH_MS = 38_000


def canary_calls():
    """Return eight calls in which the caller says five identifiers each."""
    values = list(CANARIES)
    calls = []
    for number in range(len(values) // PER_CALL):
        own = values[number * PER_CALL : (number + 1) * PER_CALL]
        caller = [(3_000 + 7_000 * i, f"it is {value} thanks") for i, value in enumerate(own)]
        agent = [(500, "good morning"), (36_000, "bye")]
        tracks = {"agent": track(agent, LENGTH_MS), "customer": track(caller, LENGTH_MS)}
        calls.append(call_records(f"canary-{number}", tracks))
    return interleaved(calls)


def forms(value):
    """Return the ways in which an identifier must not be seen."""
    words = value.split()
    yield value.encode()
    yield "".join(words).encode()
    yield from (w.encode() for w in words if len(w) > 4 and w != "member")
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 6:
        yield digits.encode()


def sinks(one, folder):
    """Yield every place where something may have ended up, as a name and its bytes."""
    for topic in TOPICS:
        for number, record in enumerate(one.read_topic(topic, idle_s=1.0)):
            yield f"{topic} {number}", record
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.name), path.read_bytes()


@pytest.fixture(scope="module", params=["working", "failing"])
def swept(request, tmp_path_factory):
    """Run the calls with a redactor that works, and with one that fails; then look everywhere."""
    folder = tmp_path_factory.mktemp(f"canary-{request.param}")
    extra = {"TEST_VALUES": json.dumps(CANARIES), "QM_WORKER_METRICS_PORT": "0"}
    if request.param == "failing":
        extra["TEST_REDACTOR"] = "failing"
    with EmbeddedBroker() as broker, site(broker.options(), folder, extra=extra) as one:
        one.start()
        one.send(canary_calls())
        one.wait_closed(8)
        found = [
            (place, value)
            for place, content in sinks(one, folder)
            for value in CANARIES
            if any(form in content for form in forms(value))
        ]
        texts = [row[0] for row in one.query("select text from turns where role = 'customer'")]
        raw = sum(len(r) for r in one.read_topic("qm.audio.v1", idle_s=1.0))
        held = [row[0] for row in one.query("select held from calls")]
        return request.param, found, texts, raw, held


def test_no_identifier_is_in_any_topic_table_file_or_log(swept):
    _, found, _, raw, _ = swept

    assert raw > 1_000_000  # they were there to be found
    assert found == []


def test_what_could_be_redacted_is_shown_and_what_could_not_is_withheld(swept):
    mode, _, texts, _, held = swept

    assert len(texts) >= 8
    if mode == "working":
        assert sum(t.count("[NAME]") for t in texts) == 10
        assert all("thanks" in t for t in texts)
        assert not any(held)
    else:
        assert set(texts) == {"[withheld]"} or all("withheld" in t for t in texts)
        assert all(held)

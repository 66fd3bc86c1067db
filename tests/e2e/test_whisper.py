"""With real models: a killed worker loses nothing, doubles nothing, and hears the same words."""

import pytest
import soundfile
from jiwer import wer

from qm.io.broker import EmbeddedBroker
from tests.e2e.site import REPOSITORY, call_records, interleaved, site

pytestmark = [pytest.mark.slow, pytest.mark.needs_models]

SAMPLES = ("sample-07", "sample-10")
SECONDS = 45


def two_calls():
    calls = []
    for name in SAMPLES:
        samples, rate = soundfile.read(
            REPOSITORY / "streams" / "samples" / f"{name}.opus", dtype="int16"
        )
        assert rate == 8000
        piece = samples[: SECONDS * rate]
        calls.append(call_records(name, {"agent": piece[:, 0], "customer": piece[:, 1]}))
    return interleaved(calls)


def heard(folder, *, kill):
    folder.mkdir()
    records = two_calls()
    with EmbeddedBroker() as broker, site(broker.options(), folder, module="qm") as one:
        one.start()
        one.send(records[: len(records) // 2], speed=4 if kill else None)
        if kill:
            one.kill()
            one.start()
        one.send(records[len(records) // 2 :])
        one.wait_closed(len(SAMPLES), timeout_s=400)
        return one.query(
            'select call_id, "pass", turn_index, role, text from turns order by 1, 2, 3'
        )


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return the turns of an undisturbed and of a killed run."""
    folder = tmp_path_factory.mktemp("whisper")
    return heard(folder / "undisturbed", kill=False), heard(folder / "killed", kill=True)


def test_a_kill_loses_no_turn_and_doubles_none(both):
    undisturbed, killed = both

    assert len(undisturbed) > 10
    assert [row[:4] for row in killed] == [row[:4] for row in undisturbed]


def test_the_words_are_the_same_within_one_per_cent(both):
    undisturbed, killed = both
    words = " ".join(row[4] for row in undisturbed)

    assert len(words.split()) > 100
    assert wer(words, " ".join(row[4] for row in killed)) <= 0.01

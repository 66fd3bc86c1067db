"""The sample calls are what their README promises, and their maker does what it says."""

import csv
import importlib.util
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "streams" / "samples"
SHARED = ROOT / ".." / "shared" / "data"
SCRIPTS = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(SAMPLES.glob("scripts/*.json"))}
TRUTHS = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(SAMPLES.glob("sample-*.json"))}
ORDINARY = ("sample-07", "sample-08", "sample-10")

spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make.py")
assert spec is not None and spec.loader is not None
make = importlib.util.module_from_spec(spec)
sys.modules["make_samples"] = make  # dataclasses look their module up
spec.loader.exec_module(make)

SCHEMA = Draft202012Validator(json.loads((SAMPLES / "script.schema.json").read_text("utf-8")))


def faults(script: dict[str, Any]) -> Iterator[str]:
    """Where a script breaks the schema, or its outcome or order contradicts its turns."""
    yield from (error.json_path for error in SCHEMA.iter_errors(script))
    carried = {label for turn in script["turns"] for label in turn["labels"]}
    if script["outcome"]["escalation_requested"] != ("escalation_request" in carried):
        yield "escalation"
    if bool(script["outcome"]["red_flag"]) != ("red_flag" in carried):
        yield "red flag"
    if any(a["role"] == b["role"] for a, b in pairwise(script["turns"])):
        yield "order"


def turns_with(call_id: str, label: str) -> list[dict[str, Any]]:
    return [turn for turn in TRUTHS[call_id]["turns"] if label in turn["labels"]]


def sound(call_id: str) -> np.ndarray:
    audio, rate = soundfile.read(SAMPLES / f"{call_id}.opus", always_2d=True)
    assert rate == make.RATE_HZ
    return audio


def db(value: float) -> float:
    return 20 * float(np.log10(value))


# The scripts


@pytest.mark.parametrize("call_id", SCRIPTS)
def test_a_script_keeps_the_rules_of_writing(call_id: str) -> None:
    assert SCRIPTS[call_id]["call_id"] == call_id
    assert list(faults(SCRIPTS[call_id])) == []


@pytest.mark.parametrize(
    ("role", "text", "labels", "fault"),
    [
        ("agent", "Your room is 12.", [], "$.turns[20]"),
        ("agent", "Hi [NAME|Ann.", [], "$.turns[20]"),
        ("agent", "Hi [WHO|Ann].", [], "$.turns[20]"),
        ("agent", "Hi.", ["anger"], "$.turns[20]"),
        ("agent", "Hi.", ["red_flag_response", "greeting"], None),
        ("customer", "Hi.", [], "order"),
        ("customer", "My chest hurts.", ["red_flag"], "red flag"),
    ],
)
def test_a_broken_turn_is_found(role: str, text: str, labels: list[str], fault: str) -> None:
    script = SCRIPTS["sample-07"]
    turns = [*script["turns"], {"role": role, "text": text, "labels": labels}]
    found = list(faults({**script, "turns": turns}))
    assert (fault in found) if fault else (found == [])


def test_there_are_ten_calls_and_one_is_spanish() -> None:
    assert len(SCRIPTS) == 10
    assert [i for i, script in SCRIPTS.items() if script["language"] == "es"] == ["sample-06"]


def test_every_english_call_has_two_voices_of_its_own() -> None:
    voices = [v for s in SCRIPTS.values() for v in s["voices"].values()]
    assert len(voices) == len(set(voices))


@pytest.mark.needs_shared
def test_no_sentence_is_taken_from_the_development_calls() -> None:
    if not SHARED.exists():
        pytest.skip("the development data is not beside the repository")

    def sentences(script: dict[str, Any]) -> set[str]:
        texts = (make.read_marks(turn["text"])[0].lower() for turn in script["turns"])
        every = (s.strip() for text in texts for s in re.split(r"[.?!]", text))
        return {s for s in every if len(s.split()) >= 6}

    ours = set().union(*map(sentences, SCRIPTS.values()))
    paths = [*SHARED.glob("calls/scripts/*.json"), *SHARED.glob("dialogues/*.json")]
    theirs = set().union(*(sentences(json.loads(p.read_text("utf-8"))) for p in paths))
    assert ours & theirs == set()


# What each call is for


def test_sample_03_asks_twice_for_a_supervisor_and_is_offered_none() -> None:
    first, second = turns_with("sample-03", "escalation_request")
    assert second["start_ms"] - first["end_ms"] >= 20_000
    assert TRUTHS["sample-03"]["turns"][-1]["end_ms"] - first["end_ms"] >= 90_000
    assert turns_with("sample-03", "transfer_offer") == []


def test_sample_04_answers_chest_pain_late_though_the_agent_had_the_floor() -> None:
    flag = turns_with("sample-04", "red_flag")[0]
    step = turns_with("sample-04", "red_flag_response")[0]
    between = [
        t["end_ms"] - t["start_ms"]
        for t in TRUTHS["sample-04"]["turns"]
        if t["role"] == "agent" and flag["end_ms"] <= t["start_ms"] < step["start_ms"]
    ]
    assert step["start_ms"] - flag["end_ms"] >= 50_000
    assert sum(between) >= 10_000
    assert turns_with("sample-04", "hold_notice") == []


def test_sample_05_discloses_before_it_verifies() -> None:
    disclosed = turns_with("sample-05", "disclosure")[0]
    assert disclosed["end_ms"] < turns_with("sample-05", "verification")[0]["start_ms"]


def test_sample_09_is_insulting_twice_within_two_minutes() -> None:
    first, second, *_ = turns_with("sample-09", "abuse")
    assert second["end_ms"] - first["end_ms"] <= 120_000


@pytest.mark.parametrize("call_id", ORDINARY)
def test_an_ordinary_call_has_nothing_to_alert_on(call_id: str) -> None:
    carried = {label for turn in TRUTHS[call_id]["turns"] for label in turn["labels"]}
    worth = {"red_flag", "escalation_request", "abuse", "anger", "negative_language"}
    assert carried & (worth | {"missed_empathy", "vague_instructions", "distress_cue"}) == set()
    disclosed = turns_with(call_id, "disclosure")[0]
    assert turns_with(call_id, "verification")[0]["end_ms"] < disclosed["start_ms"]


def test_sample_08_is_silent_for_half_a_minute_after_a_notice() -> None:
    turns = TRUTHS["sample-08"]["turns"]
    gap_ms, at = max((b["start_ms"] - a["end_ms"], i) for i, (a, b) in enumerate(pairwise(turns)))
    assert 24_000 <= gap_ms <= 28_000
    assert "hold_notice" in turns[at - 1]["labels"]


# Truth and sound


@pytest.mark.parametrize("call_id", TRUTHS)
def test_the_truth_says_what_the_script_says(call_id: str) -> None:
    truth, script = TRUTHS[call_id], SCRIPTS[call_id.removesuffix("-mono")]
    assert truth["outcome"] == script["outcome"]
    for told, written in zip(truth["turns"], script["turns"], strict=True):
        marks = re.findall(r"\[([A-Z0-9_]+)\|([^\[\]]+)\]", written["text"])
        assert [(p["label"], told["text"][p["start"] : p["end"]]) for p in told["phi"]] == marks
        assert told["text"] == re.sub(r"\[[A-Z0-9_]+\||\]", "", written["text"])
        assert (told["role"], told["labels"]) == (written["role"], written["labels"])


@pytest.mark.parametrize("call_id", TRUTHS)
def test_one_side_never_talks_over_itself(call_id: str) -> None:
    for role in make.ROLES:
        times = [
            (t["start_ms"], t["end_ms"]) for t in TRUTHS[call_id]["turns"] if t["role"] == role
        ]
        assert all(a < b for a, b in times)
        assert all(end <= start for (_, end), (start, _) in pairwise(times))


@pytest.mark.parametrize("call_id", TRUTHS)
def test_the_sound_is_a_telephone_call_of_the_promised_length(call_id: str) -> None:
    audio, truth = sound(call_id), TRUTHS[call_id]
    assert audio.shape == (truth["duration_ms"] * 8, len(truth["channels"]))
    assert 60_000 <= truth["duration_ms"] <= 150_000
    assert np.abs(audio).max() < 1
    spectrum = np.abs(np.fft.rfft(audio[:, 0])) ** 2
    hz = np.fft.rfftfreq(len(audio), 1 / make.RATE_HZ)
    assert spectrum[(hz < 200) | (hz > 3_600)].sum() < 0.01 * spectrum.sum()


@pytest.mark.parametrize("call_id", SCRIPTS)
def test_a_turn_sounds_on_its_side_from_its_first_to_its_last_moment(call_id: str) -> None:
    audio, truth = sound(call_id), TRUTHS[call_id]
    for side, role in enumerate(make.ROLES):
        line = truth["line"][role]
        heard = np.zeros(len(audio), dtype=bool)
        for turn in (t for t in truth["turns"] if t["role"] == role):
            window = slice(turn["start_ms"] * 8, turn["end_ms"] * 8)
            heard[window] = True
            for edge in (audio[window, side][:800], audio[window, side][-800:]):
                assert db(np.abs(edge).max()) > line["level_dbfs"] - line["snr_db"] + 10
        assert abs(db(make.active_rms(audio[heard, side])) - line["level_dbfs"]) < 1.5
        quiet = audio[~np.convolve(heard, np.ones(1_601), "same").astype(bool), side]
        assert abs(db(quiet.std()) - (line["level_dbfs"] - line["snr_db"])) < 1.5
        assert 25 <= line["snr_db"] <= 35


def test_the_folder_stays_small() -> None:
    assert sum(p.stat().st_size for p in SAMPLES.rglob("*") if p.is_file()) < 10_000_000


# What is said about them


def test_the_manifest_names_every_call_with_an_aware_time() -> None:
    rows = list(csv.DictReader((SAMPLES / "manifest.csv").open(encoding="utf-8")))
    assert [Path(row["path"]).stem for row in rows] == list(SCRIPTS)
    for row in rows:
        script = SCRIPTS[Path(row["path"]).stem]
        assert [row[k] for k in ("queue", "direction", "language")] == [
            script[k] for k in ("queue", "direction", "language")
        ]
        assert datetime.fromisoformat(row["started_at"]).utcoffset() is not None
        assert row["authenticated"] in ("", "ivr", "portal", "earlier_leg")
        assert re.fullmatch(r"c-[0-9a-f]{6}", row["customer_ref"])
    assert len({row["customer_ref"] for row in rows}) == len(rows)


def test_the_demonstration_and_the_manifest_agree() -> None:
    calls = tomllib.loads((SAMPLES / "calls.toml").read_text("utf-8"))["calls"]
    rows = {
        row["path"]: row
        for row in csv.DictReader((SAMPLES / "manifest.csv").open(encoding="utf-8"))
    }
    assert {call["file"] for call in calls} == set(rows)
    for call in calls:
        row, script = rows[call["file"]], SCRIPTS[call["id"]]
        shared = set(row) & set(call)
        assert {k: call[k] for k in shared} == {k: row[k] for k in shared}
        assert call["agent_name"].split()[0] == script["agent"]["name"]
    raised = {call["id"]: call["alerts"] for call in calls if call["alerts"]}
    assert sorted(raised) == ["sample-03", "sample-04", "sample-09"]


# The maker


def test_marks_are_taken_out_and_their_places_kept() -> None:
    text, (name, date) = make.read_marks("I'm [NAME|Zoë Ny], born [DATE|May first].")
    assert text == "I'm Zoë Ny, born May first."
    assert [(text[s.start : s.end], s.label) for s in (name, date)] == [
        ("Zoë Ny", "NAME"),
        ("May first", "DATE"),
    ]


@pytest.mark.parametrize(
    ("second", "start_ms"),
    [
        ({"role": "customer"}, 1_850),
        ({"role": "customer", "gap_ms": 0}, 1_500),
        ({"role": "customer", "overlap_ms": 400}, 1_100),
        ({"role": "agent", "overlap_ms": 400}, 1_500),
    ],
)
def test_a_turn_follows_pauses_or_interrupts(second: dict[str, Any], start_ms: int) -> None:
    placed = make.place([{"role": "agent"}, second], [1_000, 700], 500)
    assert (placed[1].start_ms, placed[1].end_ms) == (start_ms, start_ms + 700)


@given(
    st.lists(
        st.tuples(
            st.fixed_dictionaries(
                {"role": st.sampled_from(["agent", "customer"]), "overlap_ms": st.integers(0, 900)}
            ),
            st.integers(1, 5_000),
        ),
        min_size=1,
    )
)
def test_placing_keeps_lengths_and_never_doubles_a_voice(turns: list[Any]) -> None:
    placed = make.place([turn for turn, _ in turns], [ms for _, ms in turns], 500)
    assert [t.end_ms - t.start_ms for t in placed] == [ms for _, ms in turns]
    for role in make.ROLES:
        side = [t for t in placed if t.role == role]
        assert all(a.end_ms <= b.start_ms for a, b in pairwise(side))


@pytest.mark.parametrize(
    ("hz", "low", "high"), [(100, 0, 0.03), (1_000, 0.95, 1.05), (3_900, 0, 0.03)]
)
def test_the_band_passes_speech_and_stops_the_rest(hz: int, low: float, high: float) -> None:
    tone = np.sin(2 * np.pi * hz * np.arange(8_000) / 8_000)
    heard = make.telephone_band(tone)[1_000:7_000]
    assert low <= heard.std() / tone.std() <= high


def test_the_band_moves_nothing_in_time() -> None:
    click = np.zeros(2_000)
    click[1_000] = 1
    assert np.argmax(np.abs(make.telephone_band(click))) == 1_000


@given(st.floats(-0.88, 0.88))
def test_mu_law_is_right_to_a_few_percent(value: float) -> None:
    heard = make.mu_law(np.full((10, 1), value))[0, 0] / 32_767
    assert abs(heard - value) <= 0.035 * abs(value) + 0.0005


def test_mu_law_uses_no_more_than_eight_bits() -> None:
    ramp = np.linspace(-1, 1, 60_000)[:, None]
    assert len(np.unique(make.mu_law(ramp))) <= 256


def test_silence_is_cut_from_both_ends_only() -> None:
    tone = np.sin(np.arange(2_400))
    pause = np.zeros(4_800)
    kept = make.trim(np.concatenate([pause, tone, pause, tone, pause]))
    assert len(kept) == 2 * len(tone) + len(pause)
    with pytest.raises(ValueError, match="without sound"):
        make.trim(pause)


def test_a_call_renders_the_same_bytes_twice_with_each_turn_in_its_place() -> None:
    def speak(text: str, voice: str, speed: float) -> np.ndarray:
        return np.sin(np.arange(2_400 * len(text.split()) / speed) / 5)  # a hum of 800 Hz

    script = {**SCRIPTS["sample-07"], "turns": SCRIPTS["sample-07"]["turns"][:3]}
    (first, truth), (second, again) = make.render(script, speak), make.render(script, speak)
    assert truth == again
    assert make.opus(make.mu_law(first)) == make.opus(make.mu_law(second))
    loud = np.abs(first[:, 1]) > 10 * np.median(np.abs(first[:, 1]))
    turn = truth["turns"][1]
    assert abs(np.flatnonzero(loud)[0] - turn["start_ms"] * 8) <= 40
    assert abs(np.flatnonzero(loud)[-1] - turn["end_ms"] * 8) <= 40

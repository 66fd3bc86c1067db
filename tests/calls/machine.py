"""A call machine with scripted engines: what is said is a pure function of where it is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from qm import calls
from qm.calls import CallParams, CallState, Step
from qm.engines.base import AsrResult, PhiResult, SpeechResult, Work
from qm.stages.facts import backchannel
from qm.types import (
    AudioRecord,
    CallEnd,
    CallId,
    CallMeta,
    CallOutcome,
    Event,
    Label,
    ModelRef,
    PhiSpan,
    Verdict,
    Word,
)

CALL = CallId("call-1")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RATE = 8000
RECORD_MS = 200
TALK_TRACKS = {
    "agent": [(400, 2400), (6000, 9000), (15000, 16500)],
    "customer": [(3200, 5200), (10000, 13000)],
}
TALK_LENGTH_MS = 18_000
SECRET = "zanzibar"


def meta(*channels, **more):
    """Return metadata of a call with these channels."""
    return CallMeta(
        call_id=CALL,
        contact_id="contact-1",
        started_at=START,
        channels=channels or ("agent", "customer"),
        **({"language": "en"} | more),
    )


def nothing_known(view):
    """Judge a call as one of which nothing can be told."""
    unknown = Verdict(value=None)
    return CallOutcome(
        call_id=view.meta.call_id,
        resolution=unknown,
        identity=unknown,
        escalation_requested=Verdict(value=False),
        red_flag=unknown,
        effort=unknown,
        satisfaction=unknown,
    )


def pcm(codec, rate_hz, payload, before):
    """Decode what the tests encode: plain samples."""
    return np.frombuffer(payload, "<i2").copy()


PARAMS = CallParams(
    decode=pcm,
    label=lambda role, probs: (
        Label(label="greeting", label_prob=float(probs[0]), on=bool(probs[0] > 0.5)),
    ),
    judge=nothing_known,
    labels_model=ModelRef(name="scripted", version="1"),
    backchannel=backchannel,
)


def speech(*spans_ms, length_ms):
    """Return samples that are loud within the spans and silent elsewhere."""
    samples = np.zeros(length_ms * RATE // 1000, np.int16)
    for begin, end in spans_ms:
        samples[begin * RATE // 1000 : end * RATE // 1000] = 8000
    return samples


def records(tracks, length_ms):
    """Cut tracks (channel -> spans) into records, channels in turn, as a gateway sends them."""
    made = []
    sounds = {c: speech(*spans, length_ms=length_ms) for c, spans in tracks.items()}
    size = RATE * RECORD_MS // 1000
    for seq in range(length_ms // RECORD_MS):
        for channel, samples in sounds.items():
            made.append(
                AudioRecord(
                    call_id=CALL,
                    channel=channel,
                    seq=seq,
                    offset_ms=seq * RECORD_MS,
                    sent_at=START,
                    codec="pcm_s16le",
                    rate_hz=RATE,
                    payload=samples[seq * size : (seq + 1) * size].astype("<i2").tobytes(),
                )
            )
    return made


def end_record(length_ms):
    """Return the end record of a call."""
    return CallEnd(call_id=CALL, duration_ms=length_ms, sent_at=START)


def answer(work: Work):
    """Answer as scripted engines would: the same question always gets the same answer."""
    request = work.request
    match work.stage:
        case "speech":
            loud = np.abs(request.samples.reshape(-1, 512)).mean(axis=1) > 0.05
            return SpeechResult(
                speech_probs=loud.astype(np.float32), memory=request.memory[:1] + b"m"
            )
        case "asr":
            said = [work.key.replace("-", "x"), SECRET, "today"]
            words = tuple(
                Word(start_ms=200 + 150 * i, end_ms=320 + 150 * i, text=w, word_prob=0.9)
                for i, w in enumerate(said)
            )
            return AsrResult(words=words, language=request.language or "en", language_prob=0.99)
        case "phi":
            at = request.turn.text.find(SECRET)
            spans = ()
            if at >= 0:
                name = f"[NAME_{request.memory.count(b'1') + 1}]"
                spans = (
                    PhiSpan(
                        start=at,
                        end=at + len(SECRET),
                        entity="NAME",
                        placeholder=name,
                    ),
                )
            return PhiResult(spans=spans, memory=request.memory + b"1")
        case "labels":
            return np.array([(len(request.text) % 10) / 10], np.float32)


@dataclass
class Machine:
    """Feeds a call and lets the test decide in which order answers come."""

    state: CallState
    params: CallParams = PARAMS
    events: list[Event] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    answers: object = staticmethod(answer)

    def took(self, step: Step):
        """Keep a step."""
        self.state = step.state
        self.events += step.events
        if step.rejected:
            self.rejected.append(step.rejected)

    def feed(self, record):
        """Feed a record."""
        if isinstance(record, CallEnd):
            self.took(calls.end(self.state, self.params, duration_ms=record.duration_ms))
        else:
            self.took(calls.feed(self.state, record, self.params))

    def work(self, choose=lambda works: works[0]):
        """Answer one piece of work; return whether there was any."""
        works = calls.due(self.state, self.params)
        if not works:
            return False
        chosen = choose(works)
        self.took(calls.apply(self.state, chosen, self.answers(chosen), self.params))
        return True

    def drain(self, choose=lambda works: works[0]):
        """Answer until nothing is due."""
        while self.work(choose):
            pass

    def run(self, everything, choose=lambda works: works[0]):
        """Feed all records, answering after each."""
        for record in everything:
            self.feed(record)
            self.drain(choose)
        return self

    def saved_and_restored(self):
        """Go on from the bytes of the state."""
        self.state = calls.restore(calls.save(self.state))


def begun(*channels, params=PARAMS, **more):
    """Return the machine of a call of which nothing has been heard."""
    return Machine(state=calls.start(meta(*channels, **more)), params=params)

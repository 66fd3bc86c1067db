"""Audio files -> calls: `qm process`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from qm import calls
from qm.calls import CallState, Step
from qm.engines.base import Diarizer
from qm.errors import InputError
from qm.io.audiofile import AudioFile, read_audio, write_flac
from qm.offline.callfile import Heard, call_json, first_releases
from qm.runtime.drive import Runtime
from qm.runtime.finalpass import utterances_by_speaker
from qm.stages.redaction import mute
from qm.types import (
    MAX_CALL_ID,
    AudioRecord,
    CallId,
    CallMeta,
    Channel,
    Event,
    RedactedUtterance,
)

Layout = Literal["channels", "mono"]

RECORD_MS = 200
"""As on the wire, so that a call hears the same here as in the worker."""

AHEAD_MS = 20_000
"""Audio fed ahead of the models: enough for full batches, little enough for any memory."""

AT_ONCE = 6
"""Calls heard at the same time: more fill the batches no better."""

OPAQUE = re.compile(rf"[A-Za-z0-9_-]{{1,{MAX_CALL_ID}}}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """One call to process."""

    position: int  #: among the inputs, from 1: what errors name, for file names may be names
    stem: str = field(repr=False)
    audio: AudioFile = field(repr=False)
    meta: CallMeta
    layout: Layout


@dataclass(slots=True, kw_only=True, eq=False)
class _Run:
    source: Source
    frames: Iterator[AudioRecord]
    events: list[Event]
    final: CallState | None = None
    awaiting: bool = False


def open_source(
    path: Path, position: int, layout: Layout | None, meta: Mapping[str, Any]
) -> Source:
    """
    Read an input.

    Args:
        path: the audio file.
        position: among the inputs, from 1.
        layout: by default channels where there are two.
        meta: any field of ``CallMeta``; ``channels`` says which side is on which channel.

    Raises:
        InputError: unreadable audio, an id that is not opaque, a wrong field.
    """
    audio = read_audio(path)
    layout = layout or ("channels" if audio.channels == 2 else "mono")
    if layout == "channels" and audio.channels != 2:
        raise InputError("layout channels needs two channels")
    call_id = str(meta.get("call_id", path.stem))
    if not OPAQUE.fullmatch(call_id):
        raise InputError("call_id must be opaque: letters, digits, - and _, at most 64")
    sides: tuple[Channel, ...] = ("mixed",)
    if layout == "channels":
        sides = tuple(meta.get("channels", ("agent", "customer")))
    known = {"agent_id", "queue", "direction", "language", "customer_ref", "authenticated",
             "disposition", "practice"}  # fmt: skip
    given = {k: v for k, v in meta.items() if k in known and v is not None}
    if isinstance(meta.get("agent"), str):
        given["agent_id"] = meta["agent"]
    started = meta.get("started_at")
    return Source(
        position=position,
        stem=path.stem,
        audio=audio,
        layout=layout,
        meta=CallMeta(
            call_id=CallId(call_id),
            contact_id=str(meta.get("contact_id", call_id)),
            started_at=datetime.fromisoformat(started) if started else datetime.now(UTC),
            channels=sides,
            **given,
        ),
    )


class Processor:
    """Hears several calls at once, so that their utterances share batches."""

    def __init__(
        self,
        runtime: Runtime,
        diarizer: Callable[[], Diarizer] | None,
        versions: Mapping[str, str],
        *,
        live: bool = False,
    ) -> None:
        self._runtime = runtime
        self._diarizer = diarizer
        self._versions = versions
        self._live = live
        self._runs: dict[CallId, _Run] = {}

    def process(self, sources: Iterator[Source]) -> Iterator[tuple[Source, Heard, AudioFile]]:
        """
        Yield each call as it is done, with its muted audio.

        Args:
            sources: calls with different ids; read as room becomes free.
        """
        more = True
        while more or self._runs:
            while more and len(self._runs) < AT_ONCE:
                source = next(sources, None)
                more = source is not None
                if source is not None:
                    self._begin(source)
            self._feed()
            for step in self._runtime.poll(timeout_s=0.5):
                self._took(step)
            for call_id, run in list(self._runs.items()):
                if run.final is not None:
                    yield self._finished(run, run.final)
                    del self._runs[call_id]
                    self._runtime.drop(call_id)

    def _begin(self, source: Source) -> None:
        state = calls.start(source.meta)
        self._runs[source.meta.call_id] = _Run(source=source, frames=_records(source), events=[])
        self._runtime.put(Step(state=state))

    def _feed(self) -> None:
        for call_id, run in self._runs.items():
            state = self._runtime.calls[call_id]
            while state.unheard_ms < AHEAD_MS and state.duration_ms is None:
                record = next(run.frames, None)
                if record is None:
                    step = calls.end(
                        state, self._runtime.params, duration_ms=run.source.audio.duration_ms
                    )
                else:
                    step = calls.feed(state, record, self._runtime.params)
                state = self._runtime.put(step).state
                self._took(step)

    def _took(self, step: Step) -> None:
        run = self._runs[step.state.meta.call_id]
        run.events += step.events
        if not step.state.closed or run.final is not None:
            return
        mixed = step.state.meta.channels == ("mixed",)
        if mixed and step.state.pass_ == 0 and not self._live and self._diarizer:
            parts = utterances_by_speaker(step.state, _mono(run.source.audio), self._diarizer())
            if parts:
                self._took(
                    self._runtime.put(calls.final_pass(step.state, parts, self._runtime.params))
                )
                return
        run.final = step.state

    def _finished(self, run: _Run, state: CallState) -> tuple[Source, Heard, AudioFile]:
        heard = Heard(
            call_id=state.meta.call_id,
            duration_ms=run.source.audio.duration_ms,
            language=state.language or "und",
            layout=run.source.layout,
            events=tuple(run.events),
            versions=self._versions,
        )
        plan = calls.muting(state)
        if self._live:
            plan = calls.mute_plan(_released(run.events), state.meta.channels)
        columns = [
            mute(
                run.source.audio.samples[:, i],
                run.source.audio.rate_hz,
                plan[state.meta.channels[min(i, len(state.meta.channels) - 1)]],
            )
            for i in range(run.source.audio.channels)
        ]
        audio = replace(run.source.audio, samples=np.stack(columns, axis=1))
        return run.source, heard, audio


def write(out: Path, source: Source, heard: Heard, audio: AudioFile, *, live: bool) -> None:
    """Write ``call.json`` and ``redacted.flac`` into the input's own folder."""
    folder = out / source.stem
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(call_json(heard, live=live), indent=1, ensure_ascii=False)
    (folder / "call.json").write_text(text)
    write_flac(folder / "redacted.flac", audio)


def _records(source: Source) -> Iterator[AudioRecord]:
    audio, meta = source.audio, source.meta
    columns = [audio.samples[:, i] for i in range(audio.channels)]
    if source.layout == "mono":
        columns = [_mono(audio).samples[:, 0]]
    size = audio.rate_hz * RECORD_MS // 1000
    for seq, begin in enumerate(range(0, len(columns[0]), size)):
        for channel, column in zip(meta.channels, columns, strict=True):
            yield AudioRecord(
                call_id=meta.call_id,
                channel=channel,
                seq=seq,
                offset_ms=begin * 1000 // audio.rate_hz,
                sent_at=meta.started_at,
                codec="pcm_s16le",
                rate_hz=audio.rate_hz,
                payload=column[begin : begin + size].astype("<i2").tobytes(),
            )


def _mono(audio: AudioFile) -> AudioFile:
    mixed = audio.samples.astype(np.int32).sum(axis=1)
    return replace(audio, samples=np.clip(mixed, -32768, 32767).astype(np.int16)[:, None])


def _released(events: Sequence[Event]) -> list[RedactedUtterance]:
    return [
        RedactedUtterance(
            utterance=turn.index,
            role=turn.role,
            speaker=turn.speaker,
            language=turn.language,
            words=turn.words,
            withheld=turn.withheld,
        )
        for turn in first_releases(events)
    ]

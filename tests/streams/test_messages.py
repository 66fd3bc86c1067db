"""The sample messages can be imported, cover every channel, and nothing marked is left of them."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path

import pytest

from qm.calls import conversation
from qm.engines.base import PhiRequest
from qm.ingest.messages import read_messages
from qm.runtime.load import load_redactor
from qm.settings import load
from qm.types import TextMessage

SAMPLES = Path(__file__).resolve().parents[2] / "streams" / "samples"
LINES = (SAMPLES / "messages.jsonl").read_bytes().splitlines()
TRUTH = json.loads((SAMPLES / "messages-truth.json").read_text("utf-8"))
MESSAGES = tuple(read_messages(LINES, b"k"))


def conversations() -> dict[str, list[TextMessage]]:
    good = [m for m in MESSAGES if isinstance(m, TextMessage)]
    grouped = groupby(good, key=lambda m: m.conversation_id)
    return {name: list(found) for name, found in grouped}


def test_every_line_is_a_message_and_the_last_of_each_conversation_closes_it() -> None:
    assert all(isinstance(m, TextMessage) for m in MESSAGES)
    talks = conversations()
    assert {m[0].channel for m in talks.values()} == {"chat", "email", "sms", "social"}
    assert all([m.final for m in found] == [False] * (len(found) - 1) + [True]
               for found in talks.values())  # fmt: skip
    assert talks.keys() == TRUTH.keys()


def test_what_is_marked_stands_in_the_messages() -> None:
    for name, marks in TRUTH.items():
        whole = " ".join(line.decode() for line in LINES if name.encode() in line)
        for _, value in marks:
            assert value in json.loads(f'"{whole.replace(chr(34), " ").replace(chr(92), "")}"')


@pytest.mark.needs_models
def test_no_marked_identifier_is_left() -> None:
    redactor = load_redactor(load({}))
    left = []
    for name, messages in conversations().items():
        state = conversation.begin(messages[0])
        for message in messages:
            state, pieces = conversation.take(state, message)
            for piece in pieces:
                found = [
                    redactor.find(PhiRequest(turn=piece.turn, memory=state.memory))
                    for _ in piece.languages
                ]
                state, _ = conversation.place(state, piece, found)
        shown = re.sub(r"\[[A-Z_]+\d*\]", " ", " ".join(t.text for t in state.turns)).lower()
        assert not any(t.withheld for t in state.turns)
        left += [(name, value) for _, value in TRUTH[name] if re.search(
            rf"(?<!\w){re.escape(value.lower())}(?!\w)", shown)]  # fmt: skip
    assert left == []

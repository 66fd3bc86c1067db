"""The agent is known by what agents say; in doubt nobody is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qm.stages.roles import roles
from qm.types import Role, Word

Talk = list[tuple[int, str]]


def found(talk: Talk, language: str = "en") -> list[Role]:
    """Return the roles of the voices, by number."""
    stretches = [
        (speaker, [Word(start_ms=0, end_ms=1, text=w) for w in text.split()])
        for speaker, text in talk
    ]
    said = roles(stretches, language)
    return [said[s] for s in sorted(said)]


A, C, U, IVR, INT = Role.AGENT, Role.CUSTOMER, Role.UNKNOWN, Role.IVR, Role.INTERPRETER

INBOUND: Talk = [
    (0, "Thank you for calling Lakeside Clinic, how can I help you?"),
    (1, "Hi, I'm calling about my appointment on Tuesday."),
]


@pytest.mark.parametrize(
    ("what", "talk", "expected"),
    [
        ("the agent greets first", INBOUND, [A, C]),
        ("voices are only numbers", [(1 - s, t) for s, t in INBOUND], [C, A]),
        ("capitals and typographic signs do not matter", [
            (0, "THANK YOU FOR CALLING. What’s your date of birth?"), (1, "Hello? It’s for my son"),
        ], [A, C]),
        ("the agent calls", [
            (0, "Hello?"),
            (1, "Hi, this is Dana calling from the clinic. May I speak with your mother?"),
            (0, "She is asleep. Is it my test?"),
        ], [C, A]),
        ("a machine answers first", [
            (0, "Your call is important to us. Para español oprima dos. Press one for billing."),
            (1, INBOUND[0][1]), (2, INBOUND[1][1]),
        ], [IVR, A, C]),
        ("an interpreter joins", [
            *INBOUND, (2, "Hello, this is the Vietnamese interpreter, number four four."),
        ], [A, C, INT]),
        ("a third voice that says little stays unknown", [*INBOUND, (2, "Okay.")], [A, C, U]),
        ("one voice alone is nobody", INBOUND[:1], [U]),
        ("small talk names nobody", [(0, "Hello."), (1, "Hello, can you hear me?")], [U, U]),
    ],
)  # fmt: skip
def test_english(what: str, talk: Talk, expected: list[Role]) -> None:
    assert found(talk) == expected, what


def test_spanish() -> None:
    talk = [
        (0, "Gracias por llamar a la clínica, ¿en qué le puedo ayudar?"),
        (1, "Llamo para cambiar mi cita."),
    ]
    assert found(talk, "es") == [A, C]


def test_a_language_without_phrases_names_nobody() -> None:
    assert found(INBOUND, "vi") == [U, U]


def test_silence_has_no_roles() -> None:
    assert found([]) == []


@pytest.mark.needs_shared
def test_written_calls_are_rarely_wrong_and_mostly_known(shared: Path) -> None:
    """Over the spoken dialogues: a wrong name costs more than none."""
    right = wrong = calls = 0
    for path in sorted((shared / "data/dialogues/spoken").glob("*.json")):
        call = json.loads(path.read_text())
        calls += 1
        talk = [(int(t["role"] != "agent"), t["text"]) for t in call["turns"]]
        agent = found(talk, call["language"])[0]
        right += agent is A
        wrong += agent is C
    assert wrong / calls <= 0.04
    assert right / calls >= 0.75

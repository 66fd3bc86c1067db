"""A written conversation: turns, what is quoted, late names, languages, rules, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.calls import CallParams
from qm.calls import conversation as talk
from qm.calls.conversation import Conversation
from qm.calls.saved import restore_conversation, save_conversation
from qm.engines.base import PhiResult, PhiRevision
from qm.runtime.decoding import decode
from qm.stages.facts import backchannel
from qm.stages.forms import parse_form
from qm.stages.rules import parse_rules
from qm.types import (
    Alert,
    CallClosed,
    CallFacts,
    CallOutcome,
    Event,
    Label,
    ModelRef,
    PhiSpan,
    Role,
    Scorecard,
    TextMessage,
    Verdict,
)

CONFIGS = Path(__file__).parents[2] / "configs"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTHING = Verdict(value=None)


def judge(view) -> CallOutcome:
    return CallOutcome(
        call_id=view.meta.call_id,
        resolution=NOTHING,
        identity=NOTHING,
        escalation_requested=Verdict(value=False),
        red_flag=NOTHING,
        effort=NOTHING,
        satisfaction=NOTHING,
    )


def label(role, probs):
    name = "escalation_request" if role is Role.CUSTOMER else "greeting"
    return (
        Label(
            label=name,
            label_prob=float(probs[0]),
            on=bool(probs[0] > 0.5),
            alert=bool(probs[0] > 0.5),
        ),
    )


PARAMS = CallParams(
    decode=decode,
    label=label,
    judge=judge,
    labels_model=ModelRef(name="m", version="1"),
    backchannel=backchannel,
    rules=parse_rules((CONFIGS / "rules" / "default.toml").read_text()),
    rules_on=frozenset({"supervisor-asked"}),
    forms=tuple(
        parse_form((CONFIGS / "forms" / f"{name}.toml").read_text())
        for name in ("patient-access", "chat", "email", "sms", "social")
    ),
)


def message(text: str, *, minutes: float = 0, role: str = "customer", **more) -> TextMessage:
    fields = {
        "message_id": f"m{minutes}",
        "conversation_id": "c1",
        "at": AT + timedelta(minutes=minutes),
        "channel": "chat",
        "direction": "in" if role == "customer" else "out",
        "role": role,
        "queue": "billing",
        "agent": "a1" if role == "agent" else "",
    }
    content = {} if "html" in more else {"text": text}
    return TextMessage(**(fields | content | more))


def finds(text: str, *values: str) -> PhiResult:
    spans = [
        PhiSpan(start=at, end=at + len(v), entity="NAME", placeholder="[NAME_1]")
        for v in values
        if (at := text.find(v)) >= 0
    ]
    return PhiResult(spans=tuple(spans), memory=b"m")


def heard(messages: Sequence[TextMessage], *secrets: str) -> tuple[Conversation, list[Event]]:
    """Take messages in with a redactor that knows ``secrets``."""
    state = talk.begin(messages[0])
    events: list[Event] = []
    for one in messages:
        state, pieces = talk.take(state, one)
        for piece in pieces:
            found = [finds(piece.turn.text, *secrets) for _ in piece.languages]
            state, turns = talk.place(state, piece, found)
            events += turns
            if talk.label_request(state, piece.turn.utterance, 4):
                probs = np.array([0.9 if "supervisor" in (one.text or "") else 0.1])
                state, labels = talk.label(state, piece.turn.utterance, probs, PARAMS)
                events += labels
    return state, events


def texts(state: Conversation) -> list[str]:
    return [t.text for t in state.turns]


HELLO = message("Hello, I have a question about my bill, Maria here")
REPLY = message("Hi, this is Kim from billing, how can I help?", minutes=2, role="agent")


def test_each_message_is_a_turn_at_its_time_with_its_medium() -> None:
    state, _ = heard([HELLO, REPLY], "Maria")
    assert texts(state) == [
        "Hello, I have a question about my bill, [NAME_1] here",
        "Hi, this is Kim from billing, how can I help?",
    ]
    assert [(t.role, t.start_ms, t.medium, t.language) for t in state.turns] == [
        (Role.CUSTOMER, 0, "chat", "en"),
        (Role.AGENT, 120_000, "chat", "en"),
    ]
    assert (state.meta.agent_id, state.meta.language, state.meta.channels) == ("a1", "en", ())


def test_what_is_quoted_is_shown_apart_and_is_nobodys_word() -> None:
    text = "Yes please, that is fine.\nThanks,\nMaria\n\nOn Monday Kim wrote:\n> Dear Maria, sure?"
    state, _ = heard([message(text, channel="email", subject="My bill")], "Maria")
    assert texts(state) == [
        "Subject: My bill Yes please, that is fine. Thanks, [NAME_1]",
        "Dear [NAME_1] sure?",
    ]
    assert [t.on_hold for t in state.turns] == [False, True]
    assert talk.label_request(state, 1, 4) is None
    assert 1 not in state.labels


def test_attachments_are_named_by_their_kind() -> None:
    state, _ = heard([message("here it is", attachments=("labs_kowalski.pdf",))])
    assert texts(state) == ["here it is Attachment: [FILE_PDF]"]


def test_an_automatic_reply_is_nobodys() -> None:
    auto = message("This is an automated response.", minutes=1, role="agent", agent="")
    state, _ = heard([HELLO, auto, REPLY])
    assert [t.role for t in state.turns] == [Role.CUSTOMER, Role.IVR, Role.AGENT]
    assert list(state.labels) == [0, 2]


def test_a_name_that_is_signed_later_goes_from_earlier_turns_too() -> None:
    first = message("Hello, I am sorry, Lakshmi is what they call me", channel="email")
    second = message("Please call me.\nThanks,\nLakshmi", minutes=5, channel="email")
    state, events = heard([first, second])
    assert "Lakshmi" not in " ".join(texts(state))
    assert [(e.index, e.revision, e.redaction_version) for e in events if hasattr(e, "index")] == [
        (0, 0, 0), (1, 0, 0), (0, 1, 1),
    ]  # fmt: skip


def test_what_the_redactor_finds_late_goes_too() -> None:
    state, _ = heard([HELLO])
    state, (piece,) = talk.take(state, REPLY)
    late = PhiRevision(utterance=0, spans=finds(state.spoken[0].text, "Maria").spans)
    found = PhiResult(spans=(), memory=b"", revisions=(late,))
    state, changed = talk.place(state, piece, [found])
    assert [t.index for t in changed] == [1, 0]
    assert "Maria" not in texts(state)[0]


def test_where_the_redactor_fails_the_message_is_withheld() -> None:
    state, (piece,) = talk.take(talk.begin(HELLO), HELLO)
    state, (turn,) = talk.place(state, piece, None)
    assert (turn.withheld, turn.text) == (True, "[withheld]")
    assert talk.label_request(state, 0, 4) is None


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Hello, can you help me with my bill?", ("en",)),
        ("Hola, ¿me puede ayudar con mi factura por favor?", ("es",)),
        ("Bonjour, je voudrais changer mon rendez-vous avec le docteur", ()),
        ("你好,我想改一下预约的时间", ()),
        ("ok", ("en", "es")),
        ("555-0100", ("en", "es")),
        ("I have una pregunta about mi factura que tengo from the clinic", ("en", "es")),
    ],
)
def test_a_first_message_is_redacted_in_every_language_it_may_be(text, languages) -> None:
    _state, (piece,) = talk.take(talk.begin(HELLO), message(text))
    assert tuple(sorted(piece.languages)) == languages


def test_a_short_one_later_is_read_as_the_conversation_is() -> None:
    state, _ = heard([HELLO])
    _, (piece,) = talk.take(state, message("ok", minutes=1))
    assert piece.languages == ("en",)


def test_another_language_in_between_is_withheld_and_the_rest_is_not() -> None:
    state, _ = heard([HELLO, message("je ne comprends pas, vous avez quoi pour moi?", minutes=1)])
    assert [t.withheld for t in state.turns] == [False, True]


def test_a_language_that_is_not_validated_is_not_scored_and_says_so() -> None:
    hola = message("Hola, necesito ayuda con mi factura por favor, gracias")
    buenas = message("Hola, con mucho gusto le ayudo con eso", minutes=1, role="agent")
    state, _ = heard([hola, buenas])
    _, events = talk.close(state, PARAMS, "ended")
    (card,) = (e for e in events if isinstance(e, Scorecard))
    assert (card.form, card.not_scoreable, card.percent) == (
        "chat@1",
        "language not validated",
        None,
    )


@pytest.mark.parametrize("channel", ["chat", "email", "sms", "social"])
def test_at_the_end_there_are_facts_an_outcome_and_the_channels_own_form(channel) -> None:
    messages = [
        message(m.text, minutes=i * 3, role=m.role, channel=channel)
        for i, m in enumerate([HELLO, REPLY, HELLO, REPLY])
    ]
    state, _ = heard(messages)
    state, events = talk.close(state, PARAMS, "inactive")
    by_type = {type(e): e for e in events}
    facts, card, last = by_type[CallFacts], by_type[Scorecard], by_type[CallClosed]
    assert facts.mean_response_ms == {"agent": 180_000 - 1, "customer": 180_000 - 1}
    assert (facts.longest_silence_ms, facts.silences, facts.talk_ms["agent"]) == (0, (), 0)
    assert card.form == f"{channel}@1"
    assert card.not_scoreable == ""
    assert (last.reason, last.duration_ms, last.complete) == ("inactive", 540_001, True)
    assert CallOutcome in by_type
    assert state.closed


def test_rules_look_at_each_message_and_as_time_goes_by() -> None:
    asks = message("Let me speak with your supervisor please, that is enough", minutes=1)
    state, _ = heard([HELLO, asks])
    state, alerts = talk.look(state, state.last_ms, PARAMS)
    assert alerts == ()
    state, alerts = talk.look(state, state.last_ms + 95_000, PARAMS)
    assert [a.rule for a in alerts if not a.silent] == ["supervisor-asked"]
    again, alerts = talk.look(state, state.last_ms + 99_000, PARAMS)
    assert alerts == ()
    assert isinstance(next(iter(again.alerts.values())), Alert)


def test_hours_between_messages_are_no_silence() -> None:
    state, _ = heard([HELLO, REPLY, message("and another one", minutes=600)])
    state, alerts = talk.look(state, state.last_ms + 600_000, PARAMS)
    _, events = talk.close(state, PARAMS, "ended")
    raised = [e for e in (*alerts, *events) if isinstance(e, Alert)]
    assert not {a.rule for a in raised} & {"left-waiting", "long-silence-without-notice"}


def test_a_colleague_who_takes_over_ends_the_agents_part() -> None:
    state, _ = heard([HELLO, REPLY, message("Kai here", minutes=4, role="agent", agent="a2")])
    assert [(m.kind, m.start_ms) for m in state.marks] == [("transferred", 240_000)]
    assert state.meta.agent_id == "a1"


def test_a_closed_conversation_goes_on_with_the_next_message() -> None:
    state, _ = heard([HELLO, REPLY])
    state, _ = talk.close(state, PARAMS, "inactive")
    state, _ = talk.take(state, message("one more thing", minutes=60))
    assert not state.closed


def test_a_very_long_message_is_cut() -> None:
    _state, (piece,) = talk.take(talk.begin(HELLO), message("word " * 9_000))
    assert piece.turn.text.endswith(talk.CUT)
    assert len(piece.turn.words) == talk.MOST_WORDS + 1


def test_the_state_is_the_same_after_it_was_saved_and_shows_nothing() -> None:
    state, _ = heard([HELLO, REPLY], "Maria")
    assert restore_conversation(save_conversation(state)) == state
    assert "Maria" not in repr(state)


@given(st.lists(st.tuples(st.text(), st.integers(-50, 50), st.booleans()), min_size=1, max_size=5))
def test_any_messages_in_any_order_give_one_turn_each_at_least(found) -> None:
    messages = [
        message(text, minutes=at, role="agent" if agent else "customer", channel="email")
        for text, at, agent in found
    ]
    state, _ = heard(messages)
    assert len(state.turns) == len(state.spoken) == len(state.found) >= len(messages)
    assert [t.index for t in state.turns] == list(range(len(state.turns)))
    talk.close(state, PARAMS, "ended")

"""One value of each type that goes over the wire: for tests, and what ``streams/golden`` shows."""

from datetime import UTC, datetime

from qm.io.wire import (
    Outgoing,
    dead_letter,
    encode_call_record,
    encode_contact_event,
    encode_event,
    encode_message,
)
from qm.types import (
    Alert,
    Answer,
    AudioRecord,
    CallClosed,
    CallEnd,
    CallFacts,
    CallId,
    CallMeta,
    CallOutcome,
    CallStart,
    ContactEvent,
    CriticalFinding,
    Evidence,
    Label,
    ModelRef,
    RedactedTurn,
    RedactedWord,
    Redaction,
    Role,
    Scorecard,
    Severity,
    SpeechSpan,
    TextMessage,
    TurnLabels,
    Verdict,
)

CALL = CallId("call-1")
AT = datetime(2026, 3, 2, 14, 5, 0, 200_000, tzinfo=UTC)
PLACE = Evidence(role=Role.AGENT, start_ms=600, end_ms=2900, turn_index=3)

START = CallStart(
    meta=CallMeta(
        call_id=CALL,
        started_at=AT,
        contact_id="contact-1",
        channels=("agent", "customer"),
        agent_id="a.014",
        queue="Scheduling",
        language="en",
        customer_ref="5b1f0c77",
    )
)
AUDIO = AudioRecord(
    call_id=CALL,
    channel="customer",
    seq=1,
    offset_ms=200,
    sent_at=AT,
    codec="mulaw",
    rate_hz=8000,
    payload=bytes([0xFF, 0x7F]) * 800,
)
END = CallEnd(call_id=CALL, duration_ms=91_400, sent_at=AT)
CONTACT_EVENT = ContactEvent(
    event_id="event-1",
    contact_id="contact-1",
    at=AT,
    kind="transferred",
    queue="Scheduling",
    agent="a.014",
    channel="voice",
    language="en",
    customer_ref="5b1f0c77",
    target="clinical",
    call_id="call-1",
)
MESSAGE = TextMessage(
    message_id="message-1",
    conversation_id="conversation-1",
    at=AT,
    channel="chat",
    direction="in",
    role="customer",
    queue="Scheduling",
    author="9c2e41aa",
    text="Can I move my visit to next week?",
    language="en",
)

EVENTS = {
    "turn": RedactedTurn(
        call_id=CALL,
        pass_=0,
        index=3,
        role=Role.AGENT,
        speaker=0,
        start_ms=600,
        end_ms=2900,
        text="Thank you [NAME_1]",
        words=(
            RedactedWord(start_ms=600, end_ms=900, text="Thank", word_prob=0.98),
            RedactedWord(start_ms=900, end_ms=1100, text="you", word_prob=0.99),
            RedactedWord(
                start_ms=2300, end_ms=2900, text="[NAME_1]", word_prob=0.75, entity="NAME"
            ),
        ),
        redactions=(Redaction(entity="NAME", start=10, end=18, start_ms=2300, end_ms=2900),),
        asr_confidence=0.985,
    ),
    "labels": TurnLabels(
        call_id=CALL,
        pass_=0,
        turn_index=3,
        labels=(
            Label(label="greeting", label_prob=0.97, on=True, alert=True),
            Label(label="negative_language", label_prob=0.01),
        ),
        model=ModelRef(name="turn-labels", version="1"),
    ),
    "facts": CallFacts(
        call_id=CALL,
        duration_ms=91_400,
        talk_ms={"agent": 40_000, "customer": 31_000},
        turns={"agent": 9, "customer": 8},
        words={"agent": 120, "customer": 88},
        words_per_minute={"agent": 180.0, "customer": 170.5},
        overlap_ms=900,
        non_talk_ms=21_300,
        longest_silence_ms=6200,
        silences=(SpeechSpan(start_ms=30_000, end_ms=36_200),),
        interruptions={"agent": 1},
        hold_ms=0,
        holds=0,
        lost_ms=0,
        mean_response_ms={"agent": 700, "customer": 450},
        redacted_words=6,
        withheld_turns=0,
    ),
    "outcome": CallOutcome(
        call_id=CALL,
        resolution=Verdict(value="resolved", verdict_prob=0.88),
        identity=Verdict(value="verified_before_disclosure", verdict_prob=0.9),
        escalation_requested=Verdict(value=False, verdict_prob=0.99),
        red_flag=Verdict(value=None, verdict_prob=0.99),
        effort=Verdict(value=2),
        satisfaction=Verdict(value=4),
    ),
    "alert": Alert(
        alert_id="3f2a9d",
        call_id=CALL,
        rule="supervisor-asked",
        rule_version=1,
        severity=Severity.URGENT,
        at_ms=71_000,
        evidence=(PLACE,),
        act="join or call back",
    ),
    "scorecard": Scorecard(
        call_id=CALL,
        form="patient-access@1",
        answers=(
            Answer(
                question="identity-verified",
                state="answered",
                answer="yes",
                points=20.0,
                max_points=20.0,
                who="M",
                source="rule",
                evidence=(PLACE,),
                why="two identifiers before the first disclosure",
            ),
        ),
        critical=(CriticalFinding(question="right-person", state="proposed", evidence=(PLACE,)),),
        percent=82.5,
        percent_low=78.0,
        percent_high=86.0,
        coverage=0.92,
        pass_=1,
    ),
    "closed": CallClosed(
        call_id=CALL, duration_ms=91_400, complete=True, reason="ended", held=False
    ),
}

RECORDS: dict[str, Outgoing] = {
    "call-start": encode_call_record(START),
    "audio": encode_call_record(AUDIO),
    "call-end": encode_call_record(END),
    "contact-event": encode_contact_event(CONTACT_EVENT),
    "text-message": encode_message(MESSAGE),
    **{name: encode_event(event) for name, event in EVENTS.items()},
    "dead": dead_letter("qm.audio.v1", 3, 17, "bad_header:seq", b"call-1"),
}
"""By the name of the record in ``streams/topics.toml``."""

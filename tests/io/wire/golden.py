"""
Writes ``streams/golden``: ``python -m tests.io.wire.golden``.

The files freeze the wire format for producers and readers in other languages.  Fields may be added;
anything else is a breaking change of the topic, and then this is not what is wanted.
"""

import base64
import json
from pathlib import Path

import msgspec

from qm.io.wire import (
    Outgoing,
    decode_call_record,
    decode_contact_event,
    decode_dead_letter,
    decode_event,
    decode_message,
)
from tests.io.wire.examples import RECORDS

FOLDER = Path(__file__).parents[3] / "streams" / "golden"


def decode(record: Outgoing) -> object:
    """Return the value of a record of any topic."""
    topic, key, value, headers = record
    match topic:
        case "qm.audio.v1":
            return decode_call_record(topic, key, value, headers)
        case "qm.events.v1":
            return decode_contact_event(topic, key, value)
        case "qm.messages.v1":
            return decode_message(topic, key, value, headers)
        case "qm.dead.v1":
            return decode_dead_letter(topic, value)
    return decode_event(topic, key, value, headers)


def describe(record: Outgoing) -> dict[str, object]:
    """Return a record and what is read from it, as JSON."""
    topic, key, value, headers = record
    try:
        text = {"value": value.decode()}
    except UnicodeDecodeError:
        text = {"value_base64": base64.b64encode(value).decode()}
    return {
        "topic": topic,
        "key": (key or b"").decode(),
        "headers": {name: header.decode() for name, header in headers},
        **text,
        "decoded": fields(decode(record)),
    }


def fields(value: object) -> dict[str, object]:
    """Return the fields of a value by the names they have on the wire."""
    plain = json.loads(json.dumps(msgspec.to_builtins(value)))
    return {name.removesuffix("_"): field for name, field in plain.items()}


def keeps(now: object, once: object) -> bool:
    """Return whether all that was said once is still said: fields may only be added."""
    match now, once:
        case dict(), dict():
            return all(name in now and keeps(now[name], once[name]) for name in once)
        case list(), list():
            return len(now) == len(once) and all(map(keeps, now, once))
    return now == once


def read(path: Path) -> tuple[Outgoing, object]:
    """Return the record of a golden file and what must be read from it."""
    body = json.loads(path.read_text(encoding="utf-8"))
    base64_value = body.get("value_base64")
    value = base64.b64decode(base64_value) if base64_value else body["value"].encode()
    headers = tuple((name, text.encode()) for name, text in body["headers"].items())
    return Outgoing(body["topic"], body["key"].encode(), value, headers), body["decoded"]


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, record in RECORDS.items():
        text = json.dumps(describe(record), indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

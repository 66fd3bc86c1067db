"""
JSON schemas of everything on the wire, generated from the types.

``python -m qm.io.schemas streams/schemas`` writes them; a test fails while they are stale.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import typing
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from qm.io.wire import RESULTS, DeadLetter
from qm.io.wire.envelope import LANGUAGE, OPAQUE, PLAIN
from qm.io.wire.jsons import VERSION
from qm.stages.audio import RATES_HZ
from qm.types import CallMeta, Channel, Codec, ContactEvent, TextMessage

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_NUMBER: Final = {"type": "string", "pattern": "^[0-9]{1,15}$"}
_INSTANT: Final = {"type": "string", "format": "date-time"}
_OPAQUE_FIELDS: Final = frozenset(
    {"call_id", "contact_id", "event_id", "message_id", "conversation_id"}
)
_MAYBE_OPAQUE_FIELDS: Final = frozenset({"customer_ref", "author"})
_PLAIN_FIELDS: Final = frozenset({"agent_id", "agent", "queue", "disposition", "reason"})


def schemas() -> dict[str, Schema]:
    """Return every schema by the name of its record in ``streams/topics.toml``."""
    made = {
        "call-start": _object(CallMeta),
        "audio": _audio_headers(),
        "call-end": _call_end(),
        "contact-event": _object(ContactEvent, "contact_event"),
        "text-message": _object(TextMessage, "text_message"),
        **{name: _object(kind, name) for name, (kind, _) in RESULTS.items()},
        "dead": _object(DeadLetter, "dead"),
    }
    return {name: {"$schema": DIALECT, "$id": f"{name}.json"} | made[name] for name in made}


def write_schemas(folder: Path) -> None:
    """Write the schemas, one file a record, and remove those of records that are no more."""
    texts = {f"{name}.json": _text(schema) for name, schema in schemas().items()}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def stale_schemas(folder: Path) -> list[str]:
    """Return the names of files that are missing, too many or not as the types are now."""
    wanted = {f"{name}.json": _text(schema) for name, schema in schemas().items()}
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _object(kind: type, name: str | None = None) -> Schema:
    """Return the schema of one type's record; ``name`` is its ``type`` field, if it has one."""
    _, parts = msgspec.json.schema_components([kind])
    for part in parts.values():
        part.pop("description", None)  # docstrings speak of the code
    schema = parts.pop(kind.__name__)
    properties: Schema = {
        field.removesuffix("_"): _stricter(kind, field, body)
        for field, body in schema["properties"].items()
    }
    required = [field.removesuffix("_") for field in schema["required"]]
    if name is not None:
        properties = {"v": {"const": VERSION}, "type": {"const": name}} | properties
        required = ["v", "type", *required]
    made: Schema = {"title": name or kind.__name__, "type": "object"}
    made |= {"properties": properties, "required": required}
    return made | ({"$defs": dict(sorted(parts.items()))} if parts else {})


def _stricter(kind: type, field: str, body: Mapping[str, Any]) -> Schema:
    """Return a field's schema with the checks that the reader makes beyond its type."""
    hint = typing.get_type_hints(kind)[field]
    if hint is datetime:
        return dict(_INSTANT)
    if dataclasses.is_dataclass(kind) and body.get("type") == "string":
        if field in _OPAQUE_FIELDS and "default" not in body:
            return {**body, "pattern": f"^{OPAQUE}$"}
        if field in _MAYBE_OPAQUE_FIELDS or field in _OPAQUE_FIELDS:
            return {**body, "pattern": f"^({OPAQUE})?$"}
        if field in _PLAIN_FIELDS and kind in (CallMeta, ContactEvent, TextMessage):
            return {**body, "pattern": f"^{PLAIN}$"}
        if field == "language" and kind in (ContactEvent, TextMessage):
            return {**body, "pattern": f"^({LANGUAGE})?$"}
    return dict(body)


def _audio_headers() -> Schema:
    """Return the schema of an audio record's headers; its value is the encoded audio."""
    properties: Schema = {
        "v": {"const": str(VERSION)},
        "kind": {"const": "audio"},
        "channel": {"enum": list(typing.get_args(Channel))},
        "seq": _NUMBER,
        "offset_ms": _NUMBER,
        "sent_at": _INSTANT,
        "rate": {"enum": [str(rate_hz) for rate_hz in RATES_HZ], "description": "Hz"},
        "codec": {"enum": list(typing.get_args(Codec))},
        "enc": {"const": "aes-256-gcm"},
        "key_id": {"type": "string", "minLength": 1},
    }
    return {
        "title": "headers of an audio record",
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in ("enc", "key_id")],
        "dependentRequired": {"enc": ["key_id"]},
    }


def _call_end() -> Schema:
    return {
        "title": "call end",
        "type": "object",
        "properties": {"duration_ms": {"type": "integer", "minimum": 0}},
        "required": ["duration_ms"],
    }


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))

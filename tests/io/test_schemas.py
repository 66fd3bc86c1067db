"""``streams/``: the topics, the schemas and the golden records say what the code does."""

import dataclasses
import json
from pathlib import Path

import jsonschema
import pytest

from qm.io.schemas import schemas, stale_schemas, write_schemas
from qm.io.topics import load_topics
from qm.io.wire import MAX_BYTES, RESULTS
from tests.io.wire.examples import RECORDS
from tests.io.wire.golden import decode, fields, keeps, read

STREAMS = Path(__file__).parents[2] / "streams"
TOPICS = load_topics(STREAMS / "topics.toml")
GOLDEN = sorted((STREAMS / "golden").glob("*.json"))


def test_the_schemas_are_those_of_the_types():
    stale = stale_schemas(STREAMS / "schemas")
    assert not stale, "run: python -m qm.io.schemas streams/schemas"


def test_a_schema_that_is_stale_or_left_over_is_found_and_mended(tmp_path):
    write_schemas(tmp_path)
    assert stale_schemas(tmp_path) == []
    (tmp_path / "gone.json").write_text("{}")
    (tmp_path / "turn.json").write_text("{}")
    assert stale_schemas(tmp_path) == ["gone.json", "turn.json"]
    write_schemas(tmp_path)
    assert stale_schemas(tmp_path) == []


@pytest.mark.parametrize("name", schemas())
def test_every_schema_is_one_and_fits_its_example(name):
    schema = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    record = RECORDS[name]
    if name == "audio":
        body = {header: value.decode() for header, value in record.headers}
    else:
        body = json.loads(record.value)
    jsonschema.validate(body, schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("turn", {"pass": "live"}),
        ("turn", {"role": "doctor"}),
        ("turn", {"call_id": "Maria Lopez"}),
        ("alert", {"v": 2}),
        ("scorecard", {"type": "turn"}),
        ("contact-event", {"contact_id": "Maria Lopez"}),
        ("contact-event", {"kind": "vanished"}),
        ("call-start", {"queue": "a\nb"}),
    ],
)
def test_a_schema_refuses_what_the_reader_refuses(name, change):
    body = json.loads(RECORDS[name].value) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, schemas()[name], cls=jsonschema.Draft202012Validator)


def test_the_sizes_that_the_code_keeps_are_those_of_the_topics():
    assert {topic.name: topic.largest_bytes for topic in TOPICS} == MAX_BYTES


def test_every_record_belongs_to_one_topic_and_has_schema_and_golden_file():
    carried = [record for topic in TOPICS for record in topic.records]
    assert len(carried) == len(set(carried))
    assert set(carried) == set(schemas()) == set(RECORDS) == {path.stem for path in GOLDEN}
    homes = {record: topic.name for topic in TOPICS for record in topic.records}
    assert all(homes[name] == topic for name, (_, topic) in RESULTS.items())
    assert all(homes[name] == record.topic for name, record in RECORDS.items())


def test_raw_topics_are_kept_three_days_at_most():
    raw = [topic for topic in TOPICS if topic.phi == "yes"]
    assert raw and all(topic.retention_hours <= 72 for topic in raw)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_record_is_still_written_and_read_the_same(path):
    record, decoded = read(path)
    assert keeps(fields(decode(record)), decoded)
    now = RECORDS[path.stem]
    assert (now.topic, now.key, now.headers) == (record.topic, record.key, record.headers)
    if path.stem == "audio":
        assert now.value == record.value
    else:
        assert keeps(json.loads(now.value), json.loads(record.value))


def test_every_result_type_is_on_a_topic():
    assert all(dataclasses.is_dataclass(kind) for kind, _ in RESULTS.values())

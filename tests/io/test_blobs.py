"""Sealed objects come back whole or in parts, and nothing altered, cut or moved ever does."""

from __future__ import annotations

import os
from pathlib import Path

import obstore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qm.errors import ConfigError, StoreError
from qm.io.blobs import FRAME_BYTES, BlobMissing, Blobs, CallBlobs, open_blobs
from qm.io.vault import SealBroken

KEY = bytes(range(32))
LONG = os.urandom(2 * FRAME_BYTES + 1234)


@pytest.fixture(params=["file", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return open_blobs("memory:///" if request.param == "memory" else f"file://{tmp_path}/a%20b")


@pytest.fixture
def call(blobs: Blobs) -> CallBlobs:
    return blobs.of_call("c1", KEY)


def raw(call: CallBlobs, path: str) -> bytes:
    return bytes(obstore.get(call.blobs.store, path).bytes())


@pytest.mark.parametrize("size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, len(LONG)])
def test_a_whole_object_comes_back(call: CallBlobs, size: int) -> None:
    call.put("redacted", LONG[:size])
    assert call.size("redacted") == size
    assert call.get("redacted") == LONG[:size]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(LONG) + 10), st.integers(0, len(LONG) + 10))
def test_any_stretch_of_it_comes_back(start: int, end: int) -> None:
    call = open_blobs("memory:///").of_call("c1", KEY)
    call.put("redacted", LONG)
    assert call.get_range("redacted", start, end) == LONG[start:end]


def test_a_newer_object_takes_the_place_of_the_older(call: CallBlobs) -> None:
    call.put("redacted", LONG)
    call.put("redacted", b"short")
    assert call.get("redacted") == b"short"


def test_chunks_come_back_by_name_and_the_same_name_replaces(call: CallBlobs) -> None:
    call.append_chunk("work", "agent-8000-000000200", b"two")
    call.append_chunk("work", "agent-8000-000000000", b"one")
    call.append_chunk("work", "agent-8000-000000200", b"two again")
    assert list(call.read_chunks("work")) == [
        ("agent-8000-000000000", b"one"),
        ("agent-8000-000000200", b"two again"),
    ]


def test_kinds_and_calls_do_not_mix(blobs: Blobs) -> None:
    one, other = blobs.of_call("c1", KEY), blobs.of_call("c11", KEY)
    one.append_chunk("work", "n", b"one")
    other.append_chunk("work", "n", b"other")
    one.put("workshop", b"whole")
    assert list(one.read_chunks("work")) == [("n", b"one")]
    one.delete("work")
    assert list(one.read_chunks("work")) == []
    assert one.get("workshop") == b"whole"
    assert list(other.read_chunks("work")) == [("n", b"other")]


def test_deleting_a_call_deletes_all_of_it_and_nothing_else(blobs: Blobs) -> None:
    one, other = blobs.of_call("c1", KEY), blobs.of_call("c2", KEY)
    for call in (one, other):
        call.put("redacted", b"whole")
        call.append_chunk("work", "n", b"chunk")
    assert blobs.delete_call("c1") == 2
    assert blobs.delete_call("c1") == 0
    assert other.get("redacted") == b"whole"
    with pytest.raises(BlobMissing):
        one.get("redacted")
    one.delete("redacted")  # again: not a failure


def test_nothing_readable_is_stored(call: CallBlobs) -> None:
    words = b"the caller says her name is Maria"
    path = call.put("redacted", words)
    call.append_chunk("work", "n", words)
    stored = raw(call, path) + raw(call, f"{path.rsplit('/', 1)[0]}/work.chunks/n")
    assert b"Maria" not in stored


def altered(blob: bytes, at: int) -> bytes:
    return blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]


FRAME = FRAME_BYTES + 28
TAMPERED = {
    "the kind of object": lambda b: altered(b, 0),
    "the object's id": lambda b: altered(b, 5),
    "the size": lambda b: altered(b, 27),
    "a nonce": lambda b: altered(b, 30),
    "the content": lambda b: altered(b, 1000),
    "the last byte": lambda b: altered(b, len(b) - 1),
    "cut in a frame": lambda b: b[:-1],
    "cut at a frame": lambda b: b[: 28 + 2 * FRAME],
    "two frames swapped": lambda b: b[:28] + b[28 + FRAME : 28 + 2 * FRAME] + b[28 : 28 + FRAME],
    "only a header": lambda b: b[:28],
    "half a header": lambda b: b[:10],
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_tampered_object_is_never_served(call: CallBlobs, tamper) -> None:  # type: ignore[no-untyped-def]
    path = call.put("redacted", LONG)
    obstore.put(call.blobs.store, path, tamper(raw(call, path)))
    with pytest.raises((SealBroken, StoreError)):
        call.get("redacted")


def test_an_object_in_the_place_of_another_does_not_open(blobs: Blobs) -> None:
    one, other = blobs.of_call("c1", KEY), blobs.of_call("c2", KEY)
    path, place = one.put("original", LONG), one.put("redacted", b"muted")
    obstore.put(blobs.store, place, raw(one, path))
    with pytest.raises(SealBroken):
        one.get("redacted")
    obstore.put(blobs.store, other.put("redacted", b""), raw(one, place))
    with pytest.raises(SealBroken):
        other.get("redacted")
    with pytest.raises(SealBroken):
        blobs.of_call("c1", bytes(32)).get("redacted")


def test_what_is_not_there_is_told_apart_from_failing(call: CallBlobs) -> None:
    for read in (call.get, call.size):
        with pytest.raises(BlobMissing) as caught:
            read("redacted")
        assert not caught.value.retriable


def test_files_are_in_a_folder_of_their_owner(tmp_path: Path) -> None:
    call = open_blobs(f"file://{tmp_path}/objects").of_call("c1", KEY)
    call.put("redacted", b"x")
    assert (tmp_path / "objects").stat().st_mode & 0o777 == 0o700


def test_a_failing_store_is_a_retriable_error_that_names_nothing(tmp_path: Path) -> None:
    call = open_blobs(f"file://{tmp_path}/objects").of_call("secretive-id", KEY)
    path = call.put("redacted", b"x")
    folder = (tmp_path / "objects" / path).parent
    (folder / "work.chunks").write_bytes(b"a file where a folder must be")
    with pytest.raises(StoreError) as caught:
        call.append_chunk("work", "n", b"y")
    assert caught.value.retriable
    assert "secretive" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a/b", "..", "a.b", "é", "x" * 65])
def test_odd_names_are_refused(blobs: Blobs, name: str) -> None:
    call = blobs.of_call("c1", KEY)
    for act in (
        lambda: blobs.of_call(name, KEY),
        lambda: call.put(name, b""),
        lambda: call.append_chunk("work", name, b""),
        lambda: blobs.delete_call(name),
    ):
        with pytest.raises(ValueError, match="letters"):
            act()


@pytest.mark.parametrize("url", ["gopher://x", "s3://", "file:///proc/none", ""])
def test_a_store_that_cannot_be_opened_is_a_mistake_in_the_settings(url: str) -> None:
    with pytest.raises(ConfigError, match="objects_url"):
        open_blobs(url)


def test_no_key_is_in_a_repr(call: CallBlobs) -> None:
    assert "key=" not in repr(call)

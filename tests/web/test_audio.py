"""Recordings by range, and by nobody who may not hear them."""

from __future__ import annotations

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from qm.io.store import audit, keys
from qm.web.audio import MOST_BYTES, parse_range
from tests.web.site import Site, save_closed, save_recording


@pytest.fixture
def recorded(site: Site) -> tuple[Site, bytes]:
    save_closed(site, "c1")
    return site, save_recording(site, "c1", seconds=12)


def test_the_whole_recording(recorded: tuple[Site, bytes]) -> None:
    site, data = recorded
    answer = site.client("rita").get("/calls/c1/audio")
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "audio/flac"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("wanted", "start", "end"), [("bytes=0-", 0, None), ("bytes=100-199", 100, 200),
                                 ("bytes=-50", -50, None), ("bytes=70000-", 70_000, None)]
)  # fmt: skip
def test_stretches_of_it(
    recorded: tuple[Site, bytes], wanted: str, start: int, end: int | None
) -> None:
    site, data = recorded
    answer = site.client("rita").get("/calls/c1/audio", headers={"Range": wanted})
    assert answer.status_code == 206 and answer.content == data[start:end]
    assert answer.headers["content-range"].endswith(f"/{len(data)}")


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=5-2", "bytes=0-1,4-5", "lines=1-2",
                                    "bytes=-", "bytes=-0"])  # fmt: skip
def test_what_is_no_stretch_of_it_is_refused(recorded: tuple[Site, bytes], wanted: str) -> None:
    client = recorded[0].client("rita")
    assert client.get("/calls/c1/audio", headers={"Range": wanted}).status_code == 416


def test_every_stretch_that_is_played_is_written_down(recorded: tuple[Site, bytes]) -> None:
    site, _ = recorded
    client = site.client("rita")
    for wanted in ("bytes=0-99", "bytes=100-199"):
        client.get("/calls/c1/audio", headers={"Range": wanted})
    with site.deps.database.read() as conn:
        rows = audit.search(conn, audit.AuditFilter(action="play", object_id="c1"))
    assert [row.entry.user_id for row in rows] == [site.users["rita"]] * 2


def test_an_erased_call_cannot_be_heard(recorded: tuple[Site, bytes]) -> None:
    site, _ = recorded
    with site.deps.database.write() as conn:
        keys.delete_call_key(conn, "c1")
    assert site.client("rita").get("/calls/c1/audio").status_code == 404


def test_a_recording_that_is_gone_is_a_failure_that_says_nothing(
    recorded: tuple[Site, bytes],
) -> None:
    site, _ = recorded
    site.deps.blobs.delete_call("c1")
    answer = site.client("rita").get("/api/v1/calls/c1/audio")
    assert answer.status_code == 503 and answer.json()["reason"] == "store"


def test_the_outline_has_a_line_for_each_side(recorded: tuple[Site, bytes]) -> None:
    body = recorded[0].client("rita").get("/calls/c1/peaks").json()
    assert body["duration_ms"] == 12_000 and [len(c) for c in body["channels"]] == [400, 400]


def test_the_agent_may_hear_their_own_call(recorded: tuple[Site, bytes]) -> None:
    assert recorded[0].client("maria").get("/calls/c1/audio").status_code == 200


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_stretch_is_never_outside_and_never_large(first: int, last: int, size: int) -> None:
    try:
        stretch = parse_range(f"bytes={first}-{last}", size)
    except HTTPException as refused:
        assert refused.status_code == 416 and (first >= size or last < first)
        return
    assert 0 <= stretch.start == first < stretch.end <= min(size, last + 1)
    assert stretch.end - stretch.start <= MOST_BYTES

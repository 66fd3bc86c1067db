"""The audit trail as compliance reads it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from tests.web.site import NOW, Site, post, save_closed


@pytest.fixture
def used(site: Site) -> Site:
    save_closed(site, "c1")
    save_closed(site, "c2")
    site.client("rita").get("/calls/c1")
    site.client("maria").get("/calls/c2")
    site.client("ada").get("/calls/c2")
    return site


def seen(page: str) -> list[tuple[str, str]]:
    found = []
    for row in re.findall(r"<tr role=\"row\">(.*?)</tr>", page, re.S)[1:]:
        cells = [re.sub("<[^>]*>", "", c).strip() for c in re.findall(r"<td.*?</td>", row, re.S)]
        found.append((cells[2], cells[3]))
    return found


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ({}, ("Colin Compliance", "Searched")),
        ({"action": "view", "object_id": "c1"}, ("Rita Reviewer", "Viewed")),
        ({"object_id": "c2"}, ("Ada Administrator", "Was refused")),
    ],
)
def test_who_opened_a_call_is_one_search(
    used: Site, wanted: dict[str, str], first: tuple[str, str]
) -> None:
    assert seen(post(used.client("colin"), "/audit", **wanted).text)[0] == first


def test_by_person_and_day(used: Site) -> None:
    client = used.client("colin")
    rows = seen(post(client, "/audit", user=used.users["maria"], day="2026-11-23").text)
    assert rows == [("Maria Lopez", "Viewed")]
    assert seen(post(client, "/audit", day="2026-11-22").text) == []


def test_searching_is_by_post_and_is_itself_written_down(used: Site) -> None:
    client = used.client("colin")
    assert client.get("/audit?object_id=c1").text.count("/calls/c2") >= 1  # the query is nothing
    post(client, "/audit", object_id="c1")
    assert seen(client.get("/audit").text)[1] == ("Colin Compliance", "Searched")


def test_what_is_no_day_is_refused(used: Site) -> None:
    assert post(used.client("colin"), "/audit", day="soon").status_code == 422


def test_pages_of_a_hundred(site: Site) -> None:
    client = site.client("colin")
    for _ in range(105):
        client.get("/rules")
    page = post(client, "/audit").text
    assert len(seen(page)) == 100
    before = re.search(r'name="before" value="(\d+)"', page)
    assert before
    rest = seen(post(client, "/audit", before=before[1]).text)
    assert 0 < len(rest) < 10


def test_a_whole_chain_is_said_to_be_whole(used: Site) -> None:
    assert "The chain of records is whole" in post(used.client("colin"), "/audit/verify").text


def test_a_row_that_was_altered_is_named(used: Site) -> None:
    with used.deps.database.write() as conn:
        conn.execute(text("UPDATE audit SET user_id = 'somebody' WHERE seq = 2"))
    page = post(used.client("colin"), "/audit/verify").text
    assert "The chain breaks at number 2." in page and "altered" in page


def test_what_is_typed_into_the_search_cannot_become_markup(used: Site) -> None:
    page = post(used.client("colin"), "/audit", object_id='"><script>x</script>').text
    assert "<script>x" not in page
    assert NOW

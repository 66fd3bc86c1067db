"""Alert rules: on, silent, and what they have done."""

from __future__ import annotations

import pytest

from qm.io.store import audit, rules
from tests.web.site import Site, alert, post, save_closed, save_live


def is_on(site: Site, rule: str) -> bool:
    with site.deps.database.read() as conn:
        return rule in rules.rules_on(conn)


@pytest.mark.parametrize("who", ["sam", "ada"])
def test_supervisors_and_administrators_turn_rules_on_and_silent(site: Site, who: str) -> None:
    client = site.client(who)
    assert post(client, "/rules/vague-ending", state="on").status_code == 303
    assert is_on(site, "vague-ending")
    post(client, "/rules/vague-ending", state="silent")
    assert not is_on(site, "vague-ending")


def test_the_change_names_its_author_and_is_written_down(site: Site) -> None:
    client = site.client("sam")
    post(client, "/rules/vague-ending", state="on")
    assert "Sam Supervisor" in client.get("/rules").text.split("rule-vague-ending")[1]
    with site.deps.database.read() as conn:
        entry = audit.search(conn, audit.AuditFilter(action="change"))[0].entry
    assert (entry.kind, entry.object_id) == ("rule", "vague-ending")


def test_compliance_reads_and_does_not_change(site: Site) -> None:
    client = site.client("colin")
    assert "Turn on" not in client.get("/rules").text
    assert post(client, "/rules/vague-ending", state="on").status_code == 403


@pytest.mark.parametrize(("path", "state", "status"), [
    ("/rules/no-such-rule", "on", 404), ("/rules/vague-ending", "loud", 422),
])  # fmt: skip
def test_what_there_is_not_is_refused(site: Site, path: str, state: str, status: int) -> None:
    assert post(site.client("sam"), path, state=state).status_code == status


def test_counts_are_shown_with_the_budget(site: Site) -> None:
    save_live(site, "c1", 2, alert("c1"))
    save_live(site, "c2", 2, alert("c2", silent=True))
    save_closed(site, "c3")
    save_closed(site, "c4")
    page = site.client("sam").get("/rules").text.split('id="rule-supervisor-asked"')[1]
    figures = page.split("</article>")[0].split("<dd>")[1:]
    assert [f.split("</dd>")[0] for f in figures] == ["1", "1", "50.0", "0 / 0", "–"]
    assert "budget 0.5 false" in page


def test_without_calls_there_is_no_rate(site: Site) -> None:
    assert "<dd>–</dd>" in site.client("sam").get("/rules").text


def test_rules_of_after_the_call_stand_apart(site: Site) -> None:
    page = site.client("sam").get("/rules").text
    assert page.index("While the call is live") < page.index("Asked for a supervisor")
    assert page.index("After the call") < page.index("Vague ending")


def test_a_page_asks_for_one_rule_and_gets_one(site: Site) -> None:
    client = site.client("sam")
    client.headers["HX-Request"] = "true"
    piece = post(client, "/rules/vague-ending", state="on").text
    assert piece.strip().startswith("<article") and "Make silent" in piece

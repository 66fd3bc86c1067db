"""Findings, holds, erasures, restricted customers: page and API do the same, and write it down."""

from __future__ import annotations

from qm.io.references import opaque_reference
from qm.io.store import audit, calls, erasures, holds
from qm.io.store.audit import AuditFilter
from qm.io.store.scopes import WHOLE_SITE
from tests.web.site import Site, alert, post, save_closed

ID = "possible-disclosure-c1"
NUMBER = "555-0100"


def reference(site: Site) -> str:
    return opaque_reference(site.deps.customer_key, NUMBER)


def acts(site: Site, action: str) -> list[audit.Entry]:
    with site.deps.database.read() as conn:
        return [row.entry for row in audit.search(conn, AuditFilter(action=action))]


def found(site: Site) -> None:
    save_closed(site, "c1", alert("c1", "possible-disclosure"), customer_ref=reference(site))


def test_a_finding_waits_for_compliance_and_is_closed_by_what_it_was(site: Site) -> None:
    found(site)
    client = site.client("colin")
    assert "Possible disclosure, to be checked" in client.get("/privacy").text
    path = f"/privacy/findings/{ID}/decide"
    assert post(client, path, outcome="permitted").status_code == 303
    page = client.get("/privacy").text
    assert "Nothing to check" in page and "Permitted disclosure" in page
    assert post(client, path, outcome="permitted").status_code == 409
    (entry,) = [one for one in acts(site, "decide") if one.kind == "call"]
    assert (entry.object_id, entry.detail["outcome"]) == ("c1", "permitted")


def test_an_incident_has_a_number_and_holds_its_call(site: Site) -> None:
    found(site)
    client = site.client("colin")
    path = f"/privacy/findings/{ID}/decide"
    assert post(client, path, outcome="incident").status_code == 422
    assert post(client, path, outcome="incident", incident="INC-7").status_code == 303
    with site.deps.database.read() as conn:
        assert holds.holding(conn).of("c1", "", "") == "INC-7"


def test_an_ordinary_alert_is_no_finding(site: Site) -> None:
    save_closed(site, "c1", alert("c1", "vague-ending"))
    client = site.client("colin")
    path = "/privacy/findings/vague-ending-c1/decide"
    assert post(client, path, outcome="permitted").status_code == 404


def test_a_customer_is_held_by_number_and_the_number_is_not_kept(site: Site) -> None:
    found(site)
    client = site.client("colin")
    sent = post(client, "/privacy/holds", kind="customer", object=NUMBER, matter="M-1")
    assert sent.status_code == 303
    page = client.get("/privacy/holds").text
    assert "M-1" in page and NUMBER not in page and reference(site) not in page
    with site.deps.database.read() as conn:
        (hold,) = holds.list_holds(conn)
        assert holds.holding(conn).of("c1", reference(site), "") == "M-1"
    assert post(client, f"/privacy/holds/{hold.hold_id}/lift").status_code == 303
    assert post(client, f"/privacy/holds/{hold.hold_id}/lift").status_code == 404
    assert "lifted by Colin Compliance" in client.get("/privacy/holds").text


def test_a_matter_is_a_number_and_no_story(site: Site) -> None:
    sent = {"kind": "call", "object": "c1", "matter": "she said that; he <said>"}
    assert post(site.client("colin"), "/privacy/holds", **sent).status_code == 422


def test_an_erasure_is_asked_for_by_number_or_by_opaque_reference(site: Site) -> None:
    found(site)
    client = site.client("colin")
    assert post(client, "/privacy/erasures", customer=NUMBER).status_code == 303
    assert post(client, "/privacy/erasures", customer=reference(site)).status_code == 303
    with site.deps.database.read() as conn:
        (asked,) = erasures.list_erasures(conn)
    assert asked.customer_ref == reference(site)
    assert "Waiting" in client.get("/privacy/erasures").text
    assert not [one for one in acts(site, "ask_erasure") if NUMBER in str(one)]


def test_a_restricted_customers_calls_are_gone_for_others(site: Site) -> None:
    found(site)
    client = site.client("colin")
    assert (
        post(client, "/privacy/restricted", customer=NUMBER, access_group="vip").status_code == 303
    )
    assert site.client("sam").get("/calls/c1").status_code == 404
    (one,) = client.get("/api/v1/restricted-customers").json()
    path = f"/privacy/restricted/{one['customer_hash']}/release"
    assert post(client, path).status_code == 303
    assert site.client("sam").get("/calls/c1").status_code == 200


def test_who_opened_any_call_of_a_customer_is_one_search(site: Site) -> None:
    found(site)
    save_closed(site, "c2")
    site.client("rita").get("/calls/c1")
    site.client("sam").get("/calls/c2")
    page = post(site.client("colin"), "/audit", customer=NUMBER).text
    table = page.split("<tbody")[1]
    assert "Rita Reviewer" in table and "Sam Supervisor" not in table


def test_the_api_does_what_the_pages_do(site: Site) -> None:
    found(site)
    client = site.client("colin")
    csrf = {"X-CSRF-Token": client.get("/api/v1/me").json()["csrf"]}

    def send(path: str, **body: str) -> int:
        return client.post(f"/api/v1/{path}", json=body, headers=csrf).status_code

    assert [one["alert"]["alert_id"] for one in client.get("/api/v1/findings").json()] == [ID]
    assert send(f"findings/{ID}/decide", outcome="not_a_disclosure") == 204
    assert send("holds", kind="call", object="c1", matter="M-1") == 200
    assert client.get("/api/v1/holds").json()[0]["matter"] == "M-1"
    assert send("erasures", customer=NUMBER) == 200
    assert client.get("/api/v1/erasures").json()[0]["done_at"] is None
    site.client("rita").get("/calls/c1")
    sent = client.post("/api/v1/audit/customer", json={"customer": NUMBER}, headers=csrf)
    assert site.users["rita"] in {row["user_id"] for row in sent.json()}
    with site.deps.database.read() as conn:
        assert calls.call_row(conn, WHOLE_SITE, "c1") is not None


def test_a_pause_of_the_recording_shows_on_the_call(site: Site) -> None:
    from qm.io import tables as t

    save_closed(site, "c1")
    with site.deps.database.write() as conn:
        mark = '[{"kind":"capture_off","start_ms":1000,"end_ms":9000}]'
        conn.execute(t.calls.update().values(marks=mark))
    assert "Recording was off 1 time" in site.client("sam").get("/calls/c1").text

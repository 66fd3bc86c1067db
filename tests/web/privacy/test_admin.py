"""People, roles, groups, queues: each change counts at once and is written down."""

from __future__ import annotations

import re

from qm.io.store import audit, groups, queues, users
from qm.io.store.audit import AuditFilter
from tests.web.site import Site, post, save_closed, sign_in


def parts(site: Site, who: str) -> list[str]:
    page = site.client(who).get("/admin").text
    return re.findall(r'<a href="([^"]+)"', page.split('class="sections"')[1].split("</nav>")[0])


def test_the_landing_page_leads_where_the_roles_may_go(site: Site) -> None:
    assert parts(site, "sam") == ["/admin", "/rules"]
    assert parts(site, "ada") == ["/admin", "/admin/people", "/admin/groups", "/admin/queues",
                                  "/rules"]  # fmt: skip
    assert {"/privacy", "/privacy/holds", "/audit"} <= set(parts(site, "colin"))
    assert "qm jobs" in site.client("ada").get("/admin").text


def test_a_person_is_added_and_must_choose_a_password(site: Site) -> None:
    client = site.client("ada")
    page = post(client, "/admin/people", name="nina", shown_as="Nina", grants="reviewer:*").text
    password = re.search(r'class="secret">([^<]+)<', page)
    assert password
    stranger = site.client()
    assert sign_in(stranger, "nina", password[1]).status_code == 303
    assert stranger.get("/calls").headers["location"].startswith("/account")
    assert post(client, "/admin/people", name="nina", grants="reviewer:*").status_code == 409


def test_a_change_of_roles_counts_from_the_next_request_and_is_written_down(site: Site) -> None:
    save_closed(site, "c1")
    rita = site.client("rita")
    assert rita.get("/calls/c1").status_code == 200
    path = f"/admin/people/{site.users['rita']}/roles"
    assert post(site.client("ada"), path, grants="admin:*").status_code == 303
    assert rita.get("/calls/c1").status_code == 403
    with site.deps.database.read() as conn:
        (row,) = audit.search(conn, AuditFilter(action="grant"))
    assert row.entry.detail == {"before": "reviewer:*", "after": "admin:*"}


def test_who_is_let_in_no_more_is_out_at_once(site: Site) -> None:
    rita, ada = site.client("rita"), site.client("ada")
    path = f"/admin/people/{site.users['rita']}/allowed"
    assert post(ada, path, allowed="false").status_code == 303
    assert rita.get("/calls").headers["location"].startswith("/sign-in")
    assert post(ada, path, allowed="true").status_code == 303


def test_a_new_password_ends_sessions_and_takes_the_second_factor(site: Site) -> None:
    user_id = site.users["rita"]
    with site.deps.database.write() as conn:
        users.set_totp(conn, user_id, "A" * 32, site.deps.vault)
    rita = site.client("rita")
    assert post(site.client("ada"), f"/admin/people/{user_id}/reset").status_code == 200
    assert rita.get("/calls").headers["location"].startswith("/sign-in")
    with site.deps.database.read() as conn:
        user = users.find_user(conn, user_id)
    assert user is not None and user.must_change and not user.has_totp


def test_an_administrator_cannot_lock_everybody_out(site: Site) -> None:
    ada, own = site.client("ada"), site.users["ada"]
    assert post(ada, f"/admin/people/{own}/roles", grants="reviewer:*").status_code == 409
    assert post(ada, f"/admin/people/{own}/allowed", allowed="false").status_code == 409


def test_groups_that_rules_name_are_there_to_be_filled(site: Site) -> None:
    client = site.client("ada")
    assert "lead on duty" in client.get("/admin/groups").text
    sent = {"name": "lead on duty", "members": site.users["sue"]}
    assert post(client, "/admin/groups", **sent).status_code == 303
    with site.deps.database.read() as conn:
        assert groups.list_groups(conn) == {"lead on duty": {site.users["sue"]}}
    assert post(client, "/admin/groups", name="x", members="nobody").status_code == 422


def test_a_queue_keeps_what_other_parts_have_set(site: Site) -> None:
    with site.deps.database.write() as conn:
        queues.save_queue(conn, queues.Queue(queue="Billing", settings={"zone": "x"}))
    form = {"queue": "Billing", "retention_days": "90", "minimum_days": "", "restricted": "true",
            "access_group": "crisis"}  # fmt: skip
    assert post(site.client("ada"), "/admin/queues", **form).status_code == 303
    with site.deps.database.read() as conn:
        (queue,) = queues.list_queues(conn)
    assert queue.settings == {
        "zone": "x", "retention_days": 90, "restricted": True, "access_group": "crisis",
    }  # fmt: skip
    page = site.client("colin").get("/admin/queues").text
    assert 'value="90"' in page and "Restricted" in page

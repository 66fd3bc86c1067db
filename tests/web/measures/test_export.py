"""Files and the API say the same as the page, with every column explained."""

from __future__ import annotations

import csv
import io
from collections import defaultdict

import pyarrow.parquet as pq
import pytest

from qm.stages.kpis import MEASURES
from qm.web.measures.export import COLUMNS
from tests.web.measures.made import fill
from tests.web.site import Site

NAMES = [name for name, _, _ in COLUMNS]


@pytest.fixture
def full(site: Site) -> Site:
    fill(site, contacts=200)
    return site


def figures(site: Site, query: str = "", who: str = "sam") -> dict[str, dict[str, object]]:
    told = site.client(who).get(f"/api/v1/measures/figures?{query}").json()
    return {one["measure"]: one for one in told["figures"]}


def test_a_csv_adds_up_to_the_figures(full: Site) -> None:
    answer = full.client("sam").get("/measures/export.csv")
    assert answer.headers["content-disposition"].endswith('measures-2026-10-27-2026-11-23.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == NAMES
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        sums[row["measure"]][0] += float(row["numerator"])
        sums[row["measure"]][1] += float(row["denominator"])
    for name, one in figures(full).items():
        assert sums[name] == pytest.approx([one["numerator"], one["denominator"]])


def test_parquet_has_the_same_rows_and_says_what_each_column_means(full: Site) -> None:
    client = full.client("sam")
    table = pq.read_table(io.BytesIO(client.get("/measures/export.parquet").content))
    assert table.column_names == NAMES
    assert all(field.metadata[b"description"] for field in table.schema)
    text = client.get("/api/v1/measures/export.csv").text
    assert table.num_rows == len(text.splitlines()) - 1
    assert {"a1", "Maria Lopez"}.isdisjoint(text.split(","))


def test_an_export_is_audited_as_one(full: Site) -> None:
    full.client("sam").get("/measures/export.csv")
    rows = full.client("colin").get("/api/v1/audit").json()
    assert ("export", "measures") in {(row["action"], row["kind"]) for row in rows}


def test_a_queue_that_looks_like_a_formula_stays_a_text(site: Site) -> None:
    from tests.web.measures.made import save

    save(site, "d1", days=0, score=80.0, queue="=1+1")
    assert "'=1+1" in site.client("sam").get("/measures/export.csv").text


def test_the_api_lists_measures_with_their_thresholds(full: Site) -> None:
    told = full.client("sam").get("/api/v1/measures").json()
    assert [one["measure"] for one in told["measures"]] == [one.name for one in MEASURES]
    assert (told["service_level_s"], told["short_abandon_s"], told["fcr_window_days"]) == (
        30,
        10,
        7,
    )
    by_agent = {one["measure"] for one in told["measures"] if "agent" in one["by"]}
    assert by_agent == {one.name for one in MEASURES if one.topic == "behaviour"}


def test_the_api_gives_figures_by_group_and_by_agent_no_outcomes(full: Site) -> None:
    client = full.client("sam")
    told = client.get("/api/v1/measures/figures?by=queue,day&measure=dropout_rate").json()
    assert {tuple(one["group"]) for one in told["figures"]} == {("queue", "day")}
    assert sum(one["n"] for one in told["figures"]) == figures(full)["dropout_rate"]["n"]
    names = {one.name for one in MEASURES if one.topic == "behaviour"}
    assert set(figures(full, "by=agent")) == names


def test_the_api_shows_what_is_behind_a_figure(full: Site) -> None:
    rows = full.client("sam").get("/api/v1/measures/behind?measure=talk_s").json()
    assert len(rows) == 20 and rows == sorted(rows, key=lambda row: -row["at"])
    assert any(row["call_id"] for row in rows)


@pytest.mark.parametrize(
    "path",
    ["figures?by=name", "figures?measure=magic", "figures?until=soon"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(site: Site, path: str) -> None:
    assert site.client("sam").get(f"/api/v1/measures/{path}").status_code == 422


def test_there_is_nothing_behind_an_outcome_of_an_agent(site: Site) -> None:
    path = "/api/v1/measures/behind?measure=talk_s&by=agent"
    assert site.client("sam").get(path).status_code == 404


def test_one_teams_supervisor_gets_one_teams_figures(full: Site) -> None:
    whole, own = figures(full), figures(full, who="sue")
    assert "dropout_rate" not in own
    assert 0 < own["quality_score"]["n"] < whole["quality_score"]["n"]  # type: ignore[operator]

"""Measures for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel, Field

from qm.io.store.figures import figures
from qm.io.store.measures import last_seen
from qm.stages.kpis import BY_NAME, DIMENSIONS
from qm.web.api import router as parent
from qm.web.auth import Deps, Reach
from qm.web.measures.asked import (
    Asked,
    Filters,
    Name,
    behind_of,
    count_new,
    dimensions_of,
    on_day,
    open_measures,
    stretch,
    wanted,
)
from qm.web.measures.export import csv_answer, parquet_answer
from qm.web.measures.practice import ramps

router = APIRouter(prefix=parent.prefix, responses=parent.responses)


_ONE = f"({'|'.join(DIMENSIONS)})"
BY = f"^({_ONE}(,{_ONE})*)?$"


class FiguresAsked(Filters):
    """Which figures."""

    by: str = Field("", pattern=BY, description="Dimensions, with commas between.")
    measure: list[Name] = Field([], description="Names; default all.")


class MeasureShape(BaseModel):
    """What a measure is."""

    measure: str
    kind: str
    unit: str
    topic: str
    by: list[str] = Field(description="By what pages compare it.")
    target: float | None


class MeasureList(BaseModel):
    """All measures, and the thresholds that they are counted with."""

    preset: str
    service_level_s: int
    short_abandon_s: int
    fcr_window_days: int
    measures: list[MeasureShape]


class FigureShape(BaseModel):
    """A figure of a group; as ``qm kpi`` prints it."""

    group: dict[str, str]
    measure: str
    value: float | None
    numerator: float
    denominator: int
    n: int
    low: float | None = Field(description="95 % interval; null where n < 2.")
    high: float | None


class FigureList(BaseModel):
    """Figures, and what they are of."""

    first: str = Field(description="First local day.")
    last: str = Field(description="Last local day, inclusive.")
    zone: str
    preset: str
    last_event: int | None = Field(description="UTC ms of the last contact event that is known.")
    figures: list[FigureShape]


class BehindShape(BaseModel):
    """A contact or call behind a figure.  Instants are UTC ms."""

    at: int
    contact_id: str
    call_id: str = Field(description='"" where there is none that this person may open.')
    queue: str
    n: int = Field(description="What it adds to the denominator.")
    adds: float = Field(description="What it adds to the numerator.")


class PracticeShape(BaseModel):
    """A practice call; the machine's check is null until this person may see it."""

    call_id: str
    started_at: int
    percent: float | None
    percent_low: float | None
    percent_high: float | None
    people: list[float]
    hidden: bool


class RampShape(BaseModel):
    """The practice calls of one person by one form, and the team's range."""

    agent_id: str
    name: str = Field(description='"" for a candidate.')
    form: str
    team: str
    team_low: float | None = Field(description="One in ten real calls of the team is below.")
    team_middle: float | None
    team_high: float | None
    team_calls: int
    calls: list[PracticeShape]


@router.get("/measures")
def list_measures(deps: Deps) -> MeasureList:
    """Return what measures there are."""
    preset = deps.preset
    return MeasureList(
        preset=preset.name,
        service_level_s=preset.service_level_s,
        short_abandon_s=preset.short_abandon_s,
        fcr_window_days=preset.fcr_window_days,
        measures=[
            MeasureShape(
                measure=one.name,
                kind=one.kind,
                unit=one.unit,
                topic=one.topic,
                by=[*dimensions_of(one), "day"],
                target=preset.targets.get(one.name),
            )
            for one in BY_NAME.values()
        ],
    )


@router.get("/measures/figures")
def list_figures(deps: Deps, scope: Reach, asked: Annotated[FiguresAsked, Query()]) -> FigureList:
    """Return figures by group; by agent only what agents do, never outcomes or times."""
    by = tuple(dict.fromkeys(name for name in asked.by.split(",") if name))
    chosen = [
        one
        for one in open_measures(scope, asked)
        if (not asked.measure or one.name in asked.measure)
        and set(by) <= {*dimensions_of(one), "day"}
    ]
    count_new(deps)
    with deps.database.read() as conn:
        rows = figures(conn, wanted(asked, deps, scope, by), deps.zone, chosen) if chosen else ()
        last = last_seen(conn)
    days = stretch(asked, deps)
    return FigureList(
        first=days.first.isoformat(),
        last=days.last.isoformat(),
        zone=deps.zone.key,
        preset=deps.preset.name,
        last_event=last,
        figures=[
            FigureShape(
                group=row.group,
                measure=row.measure.name,
                value=row.figure.value,
                numerator=row.figure.numerator,
                denominator=row.figure.denominator,
                n=row.figure.n,
                low=row.figure.low,
                high=row.figure.high,
            )
            for row in rows
        ],
    )


@router.get("/measures/behind")
def list_behind(deps: Deps, scope: Reach, asked: Annotated[Asked, Query()]) -> list[BehindShape]:
    """Return the newest contacts or calls behind a figure: of ``group`` of ``by``, and of a day."""
    measure = BY_NAME[asked.measure]
    if measure not in open_measures(scope, asked) or asked.by not in dimensions_of(measure):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    given = wanted(asked, deps, scope)
    given = on_day(given, asked.at, deps) if asked.at else given
    if asked.group is not None:
        given = given.narrowed(asked.by, asked.group, deps.zone)
    count_new(deps)
    with deps.database.read() as conn:
        rows = behind_of(conn, given, scope, measure)
    return [
        BehindShape(
            at=row.at,
            contact_id=row.contact_id,
            call_id=row.call_id,
            queue=row.queue,
            n=row.n,
            adds=row.total * measure.scale,
        )
        for row in rows
    ]


@router.get("/measures/export.csv", response_class=Response)
def export_csv(deps: Deps, scope: Reach, asked: Annotated[Filters, Query()]) -> Response:
    """Return the figures by day, queue, language and channel as CSV."""
    return csv_answer(deps, scope, asked)


@router.get("/measures/export.parquet", response_class=Response)
def export_parquet(deps: Deps, scope: Reach, asked: Annotated[Filters, Query()]) -> Response:
    """Return the same as Parquet, with the meaning of each column."""
    return parquet_answer(deps, scope, asked)


@router.get("/measures/practice")
def list_practice(deps: Deps, scope: Reach) -> list[RampShape]:
    """Return the practice calls of candidates and trainees."""
    with deps.database.read() as conn:
        shown = ramps(conn, scope, deps.now())
    return [
        RampShape(
            agent_id=one.agent_id,
            name=one.name,
            form=one.form,
            team=one.team,
            team_low=one.range.low if one.range else None,
            team_middle=one.range.middle if one.range else None,
            team_high=one.range.high if one.range else None,
            team_calls=one.compared,
            calls=[
                PracticeShape(
                    call_id=dot.call.call_id,
                    started_at=dot.call.started_at,
                    percent=dot.call.percent,
                    percent_low=dot.call.percent_low,
                    percent_high=dot.call.percent_high,
                    people=[percent for _, percent in dot.call.people],
                    hidden=dot.hidden,
                )
                for dot in one.dots
            ],
        )
        for one in shown
    ]

"""The shapes that the coach's part of the REST API takes and answers in.  Instants are UTC ms."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from qm.io.store.agent_page import Evaluated, MachineCheck
from qm.io.store.clips import Clip
from qm.io.store.evaluations import Averages
from qm.io.store.playlists import Playlist
from qm.io.store.search import Hit
from qm.io.store.shares import Share
from qm.io.store.typed import Typed
from qm.types import RedactedTurn
from qm.web.api_models import CallShape, TurnShape, call_shape, turn_shape
from qm.web.coach.cut import Texts
from qm.web.transcript import NOT_FOR_AGENTS


class TypedShape(BaseModel):
    """What somebody typed; its text once it has been checked for identifiers."""

    state: Literal["waiting", "ready", "withheld"]
    text: str = Field(repr=False)


class HitShape(BaseModel):
    """A turn that was found, with the turns around it."""

    call: CallShape
    turn: TurnShape
    before: list[TurnShape]
    after: list[TurnShape]


class FoundShape(BaseModel):
    """A page of what was found."""

    hits: list[HitShape]
    total: int = Field(description="Counted to 1001.")
    page: int


class CutBody(Texts):
    """A span of a call to keep."""

    call_id: str = Field(max_length=64)
    start_ms: int = Field(ge=0, le=86_400_000)
    end_ms: int = Field(ge=0, le=86_400_000)


class ClipShape(BaseModel):
    """A clip: a span of a call's redacted recording."""

    clip_id: str
    call_id: str
    agent_id: str
    agent_name: str
    team: str
    queue: str
    kind: Literal["good", "improve"]
    start_ms: int
    end_ms: int
    title: TypedShape
    tags: list[str]
    why: TypedShape | None
    made_by: str
    made_at: int
    expires_at: int
    consent: Literal["", "asked", "given", "refused", "revoked"]


class MadeShape(BaseModel):
    """The id of something new."""

    id: str


class DoneShape(BaseModel):
    """It was done."""

    done: bool = True


class TitleBody(BaseModel):
    """A title."""

    title: str = Field(min_length=1, max_length=120, repr=False)


class ClipBody(BaseModel):
    """A clip of a playlist, and where it goes: to the end, one place, or out."""

    clip_id: str = Field(max_length=32)
    to: Literal["end", "up", "down", "out"] = "end"


class ShareBody(BaseModel):
    """Whom to share with: ``agent:ID`` or ``team:NAME``."""

    to: str = Field(max_length=80, pattern=r"^(agent|team):.+$")
    note: str = Field("", max_length=500, repr=False)


class ShareResults(BaseModel):
    """How often each result came about."""

    shared: int = 0
    already: int = 0
    needs_consent: int = 0
    only_own: int = 0


class PlaylistShape(BaseModel):
    """Clips in an order."""

    playlist_id: str
    title: TypedShape
    made_by: str
    made_at: int
    clips: list[ClipShape]


class ShareShape(BaseModel):
    """Something that an agent is to hear."""

    share_id: str
    agent_id: str
    playlist_id: str | None
    title: TypedShape | None
    note: TypedShape | None
    shared_by: str
    shared_at: int
    acknowledged_at: int | None
    clips: list[ClipShape]
    heard: list[str]


class HeardBody(BaseModel):
    """The clip that was played to its end."""

    clip_id: str = Field(max_length=32)


class ConsentBody(BaseModel):
    """What the agent says."""

    answer: Literal["given", "refused", "revoked"]


class DifferBody(BaseModel):
    """Which question is seen differently, and why."""

    question: str = Field(max_length=64)
    why: str = Field(min_length=1, max_length=1_000, repr=False)


class MeanShape(BaseModel):
    """A mean with its 95 % interval; only n where there are too few."""

    n: int
    mean: float | None
    low: float | None
    high: float | None


class EvaluatedShape(BaseModel):
    """A person's evaluation, in a list."""

    evaluation_id: str
    call_id: str
    kind: str
    form: str
    percent: float | None
    started_at: int
    submitted_at: int
    acknowledged_at: int | None
    contest: Literal["", "open", "answered"]


class CheckShape(BaseModel):
    """The machine's check of a call: a range, and the share of points it could judge."""

    call_id: str
    started_at: int
    low: float
    high: float
    coverage: float


class LookShape(BaseModel):
    """Somebody opened or played a call or a clip of it."""

    user_id: str
    call_id: str
    clip: bool
    at: int


class AgentShape(BaseModel):
    """The page of an agent: people's scores of the last 90 days, machine checks apart."""

    agent_id: str
    name: str
    team: str
    score: MeanShape
    questions: dict[str, MeanShape]
    evaluations: list[EvaluatedShape]
    machine_checks: list[CheckShape]
    looks: list[LookShape] = Field(description="Own page only.")


class AnswerShape(BaseModel):
    """One answer of an evaluation."""

    question: str
    state: str
    answer: str
    points: float | None
    max_points: float
    contested: bool


class EvaluationShape(BaseModel):
    """A person's evaluation of an own call."""

    evaluation_id: str
    call_id: str
    kind: str
    form: str
    percent: float | None
    submitted_at: int
    acknowledged_at: int | None
    answers: list[AnswerShape]


def typed_shape(typed: Typed) -> TypedShape:
    """Return the shape of a typed text."""
    return TypedShape(state=typed.state, text=typed.text)


def clip_shape(clip: Clip) -> ClipShape:
    """Return the shape of a clip."""
    plain = {
        name: getattr(clip, name)
        for name in ClipShape.model_fields
        if name not in ("title", "tags", "why")
    }
    why = typed_shape(clip.why) if clip.why else None
    return ClipShape(**plain, title=typed_shape(clip.title), tags=list(clip.tag_list), why=why)


def playlist_shape(playlist: Playlist) -> PlaylistShape:
    """Return the shape of a playlist."""
    return PlaylistShape(
        playlist_id=playlist.playlist_id,
        title=typed_shape(playlist.title),
        made_by=playlist.made_by,
        made_at=playlist.made_at,
        clips=[clip_shape(clip) for clip in playlist.clips],
    )


def share_shape(share: Share) -> ShareShape:
    """Return the shape of something that was shared."""
    return ShareShape(
        share_id=share.share_id,
        agent_id=share.agent_id,
        playlist_id=share.playlist_id,
        title=typed_shape(share.title) if share.title else None,
        note=typed_shape(share.note) if share.note else None,
        shared_by=share.shared_by,
        shared_at=share.shared_at,
        acknowledged_at=share.acknowledged_at,
        clips=[clip_shape(clip) for clip in share.clips],
        heard=sorted(share.heard),
    )


def hit_shape(hit: Hit) -> HitShape:
    """Return the shape of a hit; possible disclosures are for compliance alone."""

    def plain(turn: RedactedTurn) -> TurnShape:
        return turn_shape(turn, None, NOT_FOR_AGENTS)

    return HitShape(
        call=call_shape(hit.call),
        turn=turn_shape(hit.turn, hit.labels, NOT_FOR_AGENTS),
        before=[plain(turn) for turn in hit.before],
        after=[plain(turn) for turn in hit.after],
    )


def mean_shapes(averages: Averages) -> tuple[MeanShape, dict[str, MeanShape]]:
    """Return the shapes of an agent's mean and of each question's."""

    def shape(mean: object) -> MeanShape:
        return MeanShape.model_validate(mean, from_attributes=True)

    return shape(averages.percent), {q.question: shape(q.mean) for q in averages.questions}


def evaluated_shape(one: Evaluated) -> EvaluatedShape:
    """Return the shape of an evaluation in a list."""
    return EvaluatedShape.model_validate(one, from_attributes=True)


def check_shape(check: MachineCheck) -> CheckShape:
    """Return the shape of a machine check."""
    return CheckShape.model_validate(check, from_attributes=True)

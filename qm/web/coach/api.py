"""The coach's part of the REST API: what the pages do, for programs."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import Connection

from qm.io.store.agent_page import acknowledge_evaluation, looks_at
from qm.io.store.clips import change_clip, find_clip, list_clips, remove_clip
from qm.io.store.consents import answer_consent, ask_consent
from qm.io.store.playlists import (
    add_clip,
    find_playlist,
    list_playlists,
    make_playlist,
    move_clip,
    remove_playlist,
    rename_playlist,
)
from qm.io.store.scopes import Scope
from qm.io.store.shares import (
    acknowledge_share,
    note_heard,
    shares_of_agent,
    withdraw_share,
)
from qm.stages.clips import Span
from qm.web.api import REFUSALS
from qm.web.auth import Current, Deps, Reach
from qm.web.coach import shapes as s
from qm.web.coach.agent import WINDOW_MS, agent_context, agent_in_reach
from qm.web.coach.asked import Asked
from qm.web.coach.clips import share_with
from qm.web.coach.cut import Texts, cut
from qm.web.coach.found import find
from qm.web.coach.mine import evaluation_context, own_evaluation, see_differently
from qm.web.coach.sound import clip_answer
from qm.web.deps import WebDeps
from qm.web.messages import catalogue

router = APIRouter(prefix="/api/v1", responses=REFUSALS)


def _must(done: object) -> s.DoneShape:
    if not done:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return s.DoneShape()


@router.post("/turns/search")
def search_turns(deps: Deps, scope: Reach, session: Current, asked: Asked) -> s.FoundShape:
    """Search what was said.  The audit trail keeps a keyed hash of the words."""
    hits, total = find(deps, scope, asked, session.user.user_id)
    return s.FoundShape(hits=[s.hit_shape(hit) for hit in hits], total=total, page=asked.page)


@router.get("/clips")
def list_all_clips(deps: Deps, scope: Reach) -> list[s.ClipShape]:
    """Return the clips of the own teams' calls, newest first."""
    with deps.database.read() as conn:
        return [s.clip_shape(clip) for clip in list_clips(conn, scope, deps.now())]


@router.post("/clips")
def make_clip(deps: Deps, scope: Reach, body: s.CutBody) -> s.MadeShape:
    """Cut a clip from 1 s to 3 min of a finished call."""
    span = Span(start_ms=body.start_ms, end_ms=body.end_ms)
    with deps.database.write() as conn:
        clip_id, why = cut(conn, deps, scope, body.call_id, span, body)
    if not clip_id:
        missing = why in (None, "no_sound")
        raise HTTPException(HTTPStatus.NOT_FOUND if missing else HTTPStatus.UNPROCESSABLE_ENTITY)
    return s.MadeShape(id=clip_id)


@router.get("/clips/{clip_id}")
def show_clip(deps: Deps, scope: Reach, clip_id: str) -> s.ClipShape:
    """Return one clip."""
    with deps.database.read() as conn:
        clip = find_clip(conn, scope, clip_id, deps.now())
    if clip is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return s.clip_shape(clip)


@router.post("/clips/{clip_id}")
def change(deps: Deps, scope: Reach, clip_id: str, body: Texts) -> s.DoneShape:
    """Say something else of a clip."""
    with deps.database.write() as conn:
        return _must(change_clip(conn, deps.vault, scope, clip_id, body.stored(), deps.now()))


@router.post("/clips/{clip_id}/remove")
def remove(deps: Deps, scope: Reach, clip_id: str) -> s.DoneShape:
    """Remove a clip."""
    with deps.database.write() as conn:
        return _must(remove_clip(conn, scope, clip_id, deps.now()))


@router.post("/clips/{clip_id}/consent")
def ask(deps: Deps, scope: Reach, clip_id: str) -> s.DoneShape:
    """Ask the agent who is heard whether others may hear a good example."""
    with deps.database.write() as conn:
        return _must(ask_consent(conn, scope, clip_id, deps.now()))


@router.post("/clips/{clip_id}/share")
def share_clip(deps: Deps, scope: Reach, clip_id: str, body: s.ShareBody) -> s.ShareResults:
    """Give a clip to an agent or a team to hear."""
    return s.ShareResults(**share_with(deps, scope, body.to, body.note, clip_id=clip_id))


@router.get("/clips/{clip_id}/audio", response_class=Response)
def play(request: Request, deps: Deps, scope: Reach, clip_id: str) -> Response:
    """Return a range of a clip's sound, for playback."""
    return clip_answer(request, deps, scope, clip_id)


@router.get("/playlists")
def list_all_playlists(deps: Deps, scope: Reach) -> list[s.PlaylistShape]:
    """Return playlists, newest first."""
    with deps.database.read() as conn:
        return [s.playlist_shape(one) for one in list_playlists(conn, scope, deps.now())]


@router.post("/playlists")
def make(deps: Deps, scope: Reach, body: s.TitleBody) -> s.MadeShape:
    """Make an empty playlist."""
    with deps.database.write() as conn:
        return s.MadeShape(id=make_playlist(conn, deps.vault, scope, body.title, deps.now()))


@router.get("/playlists/{playlist_id}")
def show_playlist(deps: Deps, scope: Reach, playlist_id: str) -> s.PlaylistShape:
    """Return one playlist."""
    with deps.database.read() as conn:
        playlist = find_playlist(conn, scope, playlist_id, deps.now())
    if playlist is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return s.playlist_shape(playlist)


@router.post("/playlists/{playlist_id}")
def rename(deps: Deps, scope: Reach, playlist_id: str, body: s.TitleBody) -> s.DoneShape:
    """Give an own playlist another title."""
    with deps.database.write() as conn:
        title, now = body.title, deps.now()
        return _must(rename_playlist(conn, deps.vault, scope, playlist_id, title, now))


@router.post("/playlists/{playlist_id}/clips")
def order(deps: Deps, scope: Reach, playlist_id: str, body: s.ClipBody) -> s.DoneShape:
    """Put a clip at the end, move it, or take it out."""
    with deps.database.write() as conn:
        if body.to == "end":
            return _must(add_clip(conn, scope, playlist_id, body.clip_id, deps.now()))
        return _must(move_clip(conn, scope, playlist_id, body.clip_id, body.to, deps.now()))


@router.post("/playlists/{playlist_id}/remove")
def remove_list(deps: Deps, scope: Reach, playlist_id: str) -> s.DoneShape:
    """Remove an own playlist; its clips stay."""
    with deps.database.write() as conn:
        return _must(remove_playlist(conn, scope, playlist_id))


@router.post("/playlists/{playlist_id}/share")
def share_playlist(deps: Deps, scope: Reach, playlist_id: str, body: s.ShareBody) -> s.ShareResults:
    """Give a playlist to an agent or a team to hear."""
    results = share_with(deps, scope, body.to, body.note, playlist_id=playlist_id)
    return s.ShareResults(**results)


@router.post("/shares/{share_id}/withdraw")
def withdraw(deps: Deps, scope: Reach, share_id: str) -> s.DoneShape:
    """Take something back that was shared."""
    with deps.database.write() as conn:
        return _must(withdraw_share(conn, scope, share_id, deps.now()))


@router.get("/agents/{agent_id}")
def show_agent(deps: Deps, scope: Reach, agent_id: str) -> s.AgentShape:
    """Return the page of an agent of the own teams."""
    with deps.database.read() as conn:
        return _agent(conn, deps, scope, agent_id, [])


@router.get("/mine")
def show_mine(deps: Deps, scope: Reach, session: Current) -> s.AgentShape:
    """Return the own page."""
    with deps.database.read() as conn:
        since, me = deps.now() - WINDOW_MS, session.user.user_id
        looks = looks_at(conn, scope, scope.agent_id, since, but=[me])
        shown = [s.LookShape.model_validate(one, from_attributes=True) for one in looks]
        return _agent(conn, deps, scope, scope.agent_id, shown)


@router.get("/mine/shares")
def list_shares(deps: Deps, scope: Reach) -> list[s.ShareShape]:
    """Return what one is to hear, newest first."""
    with deps.database.read() as conn:
        return [s.share_shape(one) for one in shares_of_agent(conn, scope.agent_id, deps.now())]


@router.post("/mine/shares/{share_id}/heard")
def heard(deps: Deps, scope: Reach, share_id: str, body: s.HeardBody) -> s.DoneShape:
    """Write down that a clip was played to its end."""
    with deps.database.write() as conn:
        return _must(note_heard(conn, scope.agent_id, share_id, body.clip_id, deps.now()))


@router.post("/mine/shares/{share_id}/acknowledge")
def acknowledge(deps: Deps, scope: Reach, share_id: str) -> s.DoneShape:
    """Acknowledge something that was shared."""
    with deps.database.write() as conn:
        return _must(acknowledge_share(conn, scope.agent_id, share_id, deps.now()))


@router.post("/mine/clips/{clip_id}/consent")
def consent(deps: Deps, scope: Reach, clip_id: str, body: s.ConsentBody) -> s.DoneShape:
    """Say whether others may hear a clip."""
    with deps.database.write() as conn:
        return _must(answer_consent(conn, scope.agent_id, clip_id, body.answer, deps.now()))


@router.get("/mine/evaluations/{evaluation_id}")
def show_evaluation(deps: Deps, scope: Reach, evaluation_id: str) -> s.EvaluationShape:
    """Return what a person said of one's call."""
    with deps.database.read() as conn:
        evaluation = own_evaluation(conn, scope, evaluation_id)
        more = evaluation_context(conn, deps, scope, evaluation, catalogue("en"))
    listed, contested = more["listed"], more["contested"]
    return s.EvaluationShape(
        evaluation_id=evaluation_id,
        call_id=evaluation.call_id,
        kind=evaluation.kind,
        form=evaluation.form,
        percent=evaluation.percent,
        submitted_at=evaluation.submitted_at,
        acknowledged_at=listed.acknowledged_at if listed else None,
        answers=[
            s.AnswerShape(
                question=one.question,
                state=one.state,
                answer=one.said,
                points=one.points,
                max_points=one.max_points,
                contested=one.question in contested,
            )
            for one in evaluation.answers
        ],
    )


@router.post("/mine/evaluations/{evaluation_id}/acknowledge")
def acknowledge_score(deps: Deps, scope: Reach, evaluation_id: str) -> s.DoneShape:
    """Write down that one has read an evaluation."""
    with deps.database.write() as conn:
        return _must(acknowledge_evaluation(conn, scope, evaluation_id, deps.now()))


@router.post("/mine/evaluations/{evaluation_id}/differ")
def differ(deps: Deps, scope: Reach, evaluation_id: str, body: s.DifferBody) -> s.MadeShape:
    """See one question differently; returns the id of the review by somebody else."""
    return s.MadeShape(id=see_differently(deps, scope, evaluation_id, body.question, body.why))


def _agent(
    conn: Connection, deps: WebDeps, scope: Scope, agent_id: str, looks: list[s.LookShape]
) -> s.AgentShape:
    agent = agent_in_reach(conn, deps, scope, agent_id)
    context = agent_context(conn, deps, scope, agent, catalogue("en"))
    score, questions = s.mean_shapes(context["averages"])
    return s.AgentShape(
        agent_id=agent.agent_id,
        name=agent.name,
        team=agent.team,
        score=score,
        questions=questions,
        evaluations=[s.evaluated_shape(one) for one in context["evaluations"]],
        machine_checks=[s.check_shape(one) for one in context["checks"]],
        looks=looks,
    )

"""The start page: the first place that the person's roles open."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from qm.web.auth import Current
from qm.web.frame import places

router = APIRouter(include_in_schema=False)


@router.get("/")
def show_home(session: Current) -> Response:
    """Go to the live board, the calls, the rules: whatever comes first."""
    opened = places(session, "/")
    return RedirectResponse(opened[0].path if opened else "/account", HTTPStatus.SEE_OTHER)

"""The web application, put together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from fastapi import APIRouter, Depends, FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qm import __version__
from qm.web import (
    account,
    alerts,
    api,
    audio,
    audit,
    board,
    call,
    calls,
    coach,
    health,
    home,
    inbox,
    live,
    problems,
    rules,
    signin,
)
from qm.web.access import check_routes
from qm.web.auth import guard
from qm.web.deps import WebDeps
from qm.web.health import REQUEST_SECONDS, REQUESTS
from qm.web.live import Hub
from qm.web.measures import api as measures_api
from qm.web.measures import export as measures_export
from qm.web.measures import page as measures_page
from qm.web.measures import practice as measures_practice
from qm.web.privacy import admin as privacy_admin
from qm.web.privacy import api as privacy_api
from qm.web.privacy import pages as privacy_pages
from qm.web.review import api as review_api
from qm.web.review import filling as review_filling
from qm.web.review import missed as review_missed
from qm.web.review import page as review_page
from qm.web.review import queue as review_queue
from qm.web.review import results as review_results
from qm.web.security import Shield

log = structlog.get_logger()
STATIC = Path(__file__).parent / "static"

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    home.router,
    signin.router,
    account.router,
    board.router,
    live.router,
    alerts.router,
    calls.router,
    call.router,
    audio.router,
    review_queue.router,
    review_results.router,
    review_filling.router,
    review_missed.router,
    review_page.router,
    review_api.router,
    measures_page.router,
    measures_practice.router,
    measures_export.router,
    measures_api.router,
    *coach.ROUTERS,
    rules.router,
    audit.router,
    api.router,
    inbox.router,
    privacy_admin.router,
    privacy_pages.router,
    privacy_api.router,
)


def create_app(deps: WebDeps) -> FastAPI:
    """
    Return the application.

    Serve it with ``server.server``, or with any ASGI server that sends no ``Server`` banner.

    Raises:
        ConfigError: a route and the access table do not agree.
    """
    check_routes(ROUTERS)
    app = FastAPI(
        title="qm",
        version=__version__,
        summary="Quality monitor for healthcare contact centers",
        openapi_url=None,  # served by the API itself, behind the gate
        docs_url=None,  # its pages load scripts from other hosts
        redoc_url=None,
        dependencies=[Depends(guard)],
        lifespan=_lifespan,
    )
    app.state.deps = deps
    app.state.hub = Hub(deps)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app)
    app.add_middleware(_Measured)
    app.add_middleware(Shield, secure=deps.secure_cookies)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    following = asyncio.create_task(app.state.hub.run())
    following.add_done_callback(_say_why)
    yield
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following


def _say_why(following: asyncio.Task[None]) -> None:
    """Log a hub that stopped by a defect: ``/readyz`` fails from then on, and pages say so."""
    if not following.cancelled() and (failure := following.exception()):
        log.error("hub_stopped", exc_info=failure)


class _Measured:
    """Counts and times answers by route template, never by address: addresses hold ids."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            REQUESTS.labels(route, f"{status // 100}xx").inc()
            REQUEST_SECONDS.labels(route).observe(time.perf_counter() - began)

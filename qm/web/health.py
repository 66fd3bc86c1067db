"""Whether the process lives, whether it can serve, and its numbers."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from qm.errors import StoreError
from qm.io.store import feed
from qm.web.auth import Deps
from qm.web.security import is_loopback

router = APIRouter(include_in_schema=False)

HUB_LATE_S = 5.0  # the hub looks at the feed five times a second

REQUESTS = Counter("qm_web_requests", "Answers, by route and status class.", ["route", "status"])
REQUEST_SECONDS = Histogram(
    "qm_web_request_seconds",
    "Time to answer, by route.",
    ["route"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
STREAMS = Gauge("qm_web_streams", "Browsers on the live stream.")
STREAMS_DROPPED = Counter("qm_web_streams_dropped", "Streams closed by us, by reason.", ["reason"])
ALERT_SHOWN_SECONDS = Histogram(
    "qm_web_alert_to_screen_seconds",
    "From the broker's time stamp of an alert's last record to the first browser that showed it.",
    buckets=(0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 30),
)


@router.get("/livez")
def alive() -> Response:
    """Answer at all."""
    return Response("alive\n", media_type="text/plain")


@router.get("/readyz")
def ready(request: Request, deps: Deps) -> Response:
    """Answer 200 where the database can be read and the live feed is being followed."""
    try:
        with deps.database.read() as conn:
            feed.last_seq(conn)
    except StoreError:
        return _not_ready("database")
    if request.app.state.hub.behind_s() > HUB_LATE_S:
        return _not_ready("live feed")
    return Response("ready\n", media_type="text/plain")


@router.get("/metrics")
def metrics(request: Request, deps: Deps) -> Response:
    """Return the process's numbers to this machine, or to whoever holds the token."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    known = bool(deps.metrics_token) and hmac.compare_digest(
        token.encode(), deps.metrics_token.encode()
    )
    local = request.client is not None and is_loopback(request.client.host)
    if not known and not (local and not deps.metrics_token and not deps.secure_cookies):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _not_ready(what: str) -> Response:
    return Response(f"not ready: {what}\n", HTTPStatus.SERVICE_UNAVAILABLE, media_type="text/plain")

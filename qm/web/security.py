"""What every answer carries, and which requests are not even looked at."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WAVEFORM_STYLE = "sha256-Y/8t1dAKa3ay+RZEiEFEDr8dFiQhpaFvYXXUfT3p6ZU="
"""The style element that wavesurfer puts into its shadow root, at the height of ``player.js``."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' '{WAVEFORM_STYLE}'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # "no-referrer" would make browsers send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"
BODY_LIMIT = 64 * 1024  # bytes; the largest form, an alert's outcome, is under 2 kB
MESSAGES = "/api/v1/messages"
MESSAGE_LIMIT = 1024 * 1024  # bytes; as the topic of messages takes, see streams/topics.toml
STATIC = "/static/"


class Shield:
    """
    Outermost layer: refuses plain HTTP off loopback and large bodies, adds the headers.

    Args:
        app: what is protected.
        secure: TLS ends here or at a proxy in front, which then must be the only way in.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        answer: ASGIApp = self.app if refusal is None else refusal

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        if scope["type"] == "websocket":
            await answer(scope, receive, send)
            return
        await answer(scope, _Limited(receive, body_limit(scope)), send_with_headers)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        if scope["scheme"] in ("http", "ws") and not is_plain_allowed(scope):
            return _refuse(403)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > body_limit(scope):
            return _refuse(413)
        return None

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        if self.secure:
            headers["Strict-Transport-Security"] = HSTS
        static = scope["path"].startswith(STATIC)
        headers["Cache-Control"] = "no-cache" if static else "no-store"


class _Limited:
    """Reads a body up to the limit; a length is not always announced."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            if self._seen > self._limit:
                raise HTTPException(413)
        return message


def body_limit(scope: Scope) -> int:
    """Return the largest body in bytes that a request may have."""
    return MESSAGE_LIMIT if scope["path"] == MESSAGES else BODY_LIMIT


def is_plain_allowed(scope: Scope) -> bool:
    """Return whether this request stays on this machine: its client and the host it names do."""
    client = scope.get("client")
    host = urlsplit("//" + Headers(scope=scope).get("host", "")).hostname or ""
    # a name other than localhost may be a stranger's page rebound to this address
    return (
        client is not None and is_loopback(client[0]) and (host == "localhost" or is_loopback(host))
    )


def is_loopback(host: str) -> bool:
    """
    Return whether ``host`` is an address of this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("10.0.0.1"), is_loopback("a.b")
    (True, True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(status: int) -> ASGIApp:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403})
            return
        text = "Too large.\n" if status == 413 else "Plain HTTP is answered on loopback only.\n"
        await PlainTextResponse(text, status)(scope, receive, send)

    return refuse

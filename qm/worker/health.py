"""The worker's own small HTTP server: alive, ready, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing: a request line is not worth a log line."""


def serve_health(host: str, port: int, ready: Callable[[], bool]) -> WSGIServer:
    """
    Serve ``/livez``, ``/readyz`` and ``/metrics`` on a thread of its own.

    Args:
        host: loopback unless a firewall or the orchestrator's network keeps others out: there is
            nothing of a patient here, but there is of the business.
        port: where to listen.
        ready: whether the worker takes calls.
    """
    metrics = make_wsgi_app()

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            answer: Iterable[bytes] = metrics(environ, start)
            return answer
        good = path == "/livez" or (path == "/readyz" and ready())
        known = path in ("/livez", "/readyz")
        status = "200 OK" if good else "503 Service Unavailable" if known else "404 Not Found"
        start(status, [("Content-Type", "text/plain")])
        return [b"ok\n" if good else b"no\n"]

    server = make_server(host, port, app, server_class=_Server, handler_class=_Quiet)
    Thread(target=server.serve_forever, daemon=True, name="qm-health").start()
    return server

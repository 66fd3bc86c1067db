"""What goes out is signed, goes to the address that was checked, and nowhere else."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from qm.errors import ConfigError
from qm.io.webhook import Receiver, deliver, may_call, parse_receiver, signature

NOW = 1_700_000_000_000
LOOPBACK = "127.0.0.0/8"


@dataclass
class Server:
    """A receiver on loopback that answers with ``status`` and keeps what it was sent."""

    port: int = 0
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"


@pytest.fixture
def server() -> Iterator[Server]:
    kept = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(kept.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    kept.port = running.server_port
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield kept
    running.shutdown()
    running.server_close()


def receiver(server: Server, *allowed: str) -> Receiver:
    given = parse_receiver(server.url, "s3cret", [LOOPBACK])
    return replace(given, allowed=tuple(ipaddress.ip_network(one) for one in allowed))


def test_a_delivery_can_be_checked_by_who_gets_it(server: Server) -> None:
    assert deliver(receiver(server, LOOPBACK), "d1", b"{}", NOW) == ""
    ((headers, body),) = server.got
    assert (headers["webhook-id"], headers["webhook-timestamp"], body) == (
        "d1",
        "1700000000",
        b"{}",
    )
    assert headers["webhook-signature"] == signature("s3cret", "d1", 1_700_000_000, b"{}")


@pytest.mark.parametrize(
    ("status", "code"), [(200, ""), (302, "redirect"), (404, "status_404"), (503, "status_503")]
)
def test_only_a_yes_counts_and_redirects_are_not_followed(
    server: Server, status: int, code: str
) -> None:
    server.status = status
    assert deliver(receiver(server, LOOPBACK), "d1", b"{}", NOW) == code
    assert len(server.got) == 1


def test_an_address_of_the_own_network_is_refused_unless_allowed(server: Server) -> None:
    assert deliver(receiver(server), "d1", b"{}", NOW) == "address_refused"
    assert deliver(receiver(server, "10.0.0.0/8"), "d1", b"{}", NOW) == "address_refused"
    assert server.got == []


def test_a_public_name_that_points_inside_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        kinds = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kinds, ("8.8.8.8", port)), (*kinds, ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    asked = replace(receiver(server), url=f"https://hooks.example.com:{server.port}/")
    assert deliver(asked, "d1", b"{}", NOW) == "address_refused"
    assert server.got == []


def test_plain_http_goes_to_this_machine_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert deliver(receiver(server, "10.0.0.0/8"), "d1", b"{}", NOW) == "address_refused"


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Server) -> None:
    asked = replace(receiver(server, LOOPBACK), url=f"https://127.0.0.1:{server.port}/")
    assert deliver(asked, "d1", b"{}", NOW) in ("certificate", "timeout")
    assert server.got == []


def test_a_receiver_that_is_not_there_is_no_failure_of_ours(server: Server) -> None:
    gone = replace(receiver(server, LOOPBACK), url="http://127.0.0.1:1/")
    assert deliver(gone, "d1", b"{}", NOW) == "network"
    unknown = replace(gone, url="https://no-such-host.invalid/")
    assert deliver(unknown, "d1", b"{}", NOW) == "unknown_host"


@pytest.mark.parametrize(
    ("address", "may"),
    [("93.184.216.34", True), ("127.0.0.1", False), ("10.1.2.3", False), ("192.168.1.1", False),
     ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
     ("::1", False), ("fe80::1", False), ("fd00::1", False), ("::ffff:10.0.0.1", False),
     ("2606:2800:220:1::", True)],
)  # fmt: skip
def test_addresses_that_may_be_called(address: str, may: bool) -> None:
    assert may_call(ipaddress.ip_address(address), ()) is may


@pytest.mark.parametrize(
    ("url", "secret", "networks"),
    [("http://hooks.example.com/", "s", []), ("https:///", "s", []),
     ("https://u:p@hooks.example.com/", "s", []), ("https://hooks.example.com/", "", []),
     ("https://hooks.example.com/", "s", ["here"])],
)  # fmt: skip
def test_settings_that_cannot_work_stop_the_start(
    url: str, secret: str, networks: list[str]
) -> None:
    with pytest.raises(ConfigError):
        parse_receiver(url, secret, networks)


def test_neither_address_nor_secret_is_ever_printed() -> None:
    shown = repr(parse_receiver("https://hooks.example.com/token", "s3cret", []))
    assert "token" not in shown and "s3cret" not in shown

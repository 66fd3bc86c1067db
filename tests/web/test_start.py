"""How the pages are served: who may connect in plain, what a web socket takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from qm.errors import ConfigError
from qm.settings import Settings
from qm.web.start import LARGEST_WS_MESSAGE, run_web, server_config


@pytest.fixture
def echo() -> Iterator[str]:
    """Give the address of a web socket that answers how long a message was."""
    app = FastAPI()

    @app.websocket("/")
    async def answer(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(str(len(await socket.receive_text())))

    server = uvicorn.Server(server_config(app, Settings(port=0)))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.org"])
def test_pages_are_not_served_in_plain_off_loopback(host: str) -> None:
    with pytest.raises(ConfigError, match="plain HTTP on loopback only"):
        run_web(Settings(host=host))


def test_a_message_of_the_largest_size_is_taken_and_a_larger_one_ends_the_socket(echo: str) -> None:
    with connect(echo) as socket:
        socket.send("x" * LARGEST_WS_MESSAGE)
        assert socket.recv() == str(LARGEST_WS_MESSAGE)
        socket.send("x" * (LARGEST_WS_MESSAGE + 1))
        with pytest.raises(ConnectionClosedError, match="1009"):
            socket.recv()


def test_nothing_is_compressed_even_when_the_browser_offers_it(echo: str) -> None:
    with connect(echo, compression="deflate") as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers

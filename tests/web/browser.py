"""A real server on loopback and a real browser that reaches nothing else."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.web.site import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--autoplay-policy=no-user-gesture-required",
    "--disable-features=OptimizationHints,MediaRouter,Translate", "--disable-dev-shm-usage",
)  # fmt: skip


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve ``app`` on loopback, in a thread, and yield its address; 0: on a free port."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=1, ws="websockets-sansio", ws_per_message_deflate=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(ARGS)
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """A person at a browser, with everything the browser complained of."""

    context: BrowserContext
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(self) -> Page:
        """Open a tab."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def outside(self) -> list[str]:
        """Return the addresses that left the site."""
        own = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


@contextmanager
def visit(
    browser: Browser,
    address: str,
    name: str = "",
    *,
    width: int = 1280,
    dark: bool = False,
    locale: str = "en-US",
) -> Iterator[Visit]:
    """Open a browser profile of its own, signed in as ``name``."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 500 else 800},
        color_scheme="dark" if dark else "light",
        locale=locale,
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    came = Visit(context=context, address=address)
    context.on("request", lambda request: came.requests.append(request.url))
    if name:
        page = came.page()
        page.goto(f"{address}/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.close()
    yield came
    context.close()

"""`qm demo`: from nothing to a live board on which eight calls talk, seen in a browser."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from qm.io.broker import free_port
from tests.e2e.site import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.needs_models]

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic",
         "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip


@pytest.fixture
def demo(tmp_path):
    command = [sys.executable, "-m", "qm", "demo", "--port", str(free_port())]
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"QM_DATA_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_eight_calls_talk_on_the_live_board(demo):
    from playwright.sync_api import sync_playwright

    passwords = {user["role"]: user["password"] for user in demo["users"]}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page()
        hosts = set()
        page.on("request", lambda r: hosts.add(r.url.split("/")[2].split(":")[0]))
        page.goto(demo["url"])
        page.fill("input[name=name]", "supervisor")
        page.fill("input[name=password]", passwords["supervisor"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/live")
        deadline = time.monotonic() + 120
        rows = []
        while time.monotonic() < deadline:
            rows = page.locator("main tbody tr").all_inner_texts()
            talking = [r for r in rows if "Nothing said yet" not in r]
            if len(rows) >= 8 and len(talking) >= 6:
                break
            page.wait_for_timeout(500)
        browser.close()

    assert len(rows) >= 8
    assert len([r for r in rows if "Nothing said yet" not in r]) >= 6
    assert hosts == {"127.0.0.1"}

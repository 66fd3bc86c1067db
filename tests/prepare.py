"""
Fetch what the tests need beside the Python environment: a browser, axe-core, Apache Kafka's jars.

Run by `make test`.  Each part says what it does and leaves alone what is there.  Where a part
cannot be had the tests that need it skip with the reason, except under CI, where they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def say(text: str) -> None:
    """Tell the terminal."""
    sys.stderr.write(f"prepare: {text}\n")


def browser() -> None:
    """Install Debian's Chromium where there is none and we may."""
    if shutil.which("chromium"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        say("no chromium, and no right to install it: browser tests will be skipped")
        return
    say("installing chromium")
    quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "check": True}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], **quiet)


def main() -> None:
    """Prepare everything."""
    browser()


if __name__ == "__main__":
    main()

"""
Exit 0 where a process of this container is well: a URL that answers 200, or a file that is there.

The certificate is not checked: this is the container asking itself.
"""

import ssl
import sys
import urllib.request
from pathlib import Path

PATIENCE_S = 4  # less than the time-out of the health check

what = sys.argv[1]
if what.startswith("/"):
    sys.exit(0 if Path(what).exists() else 1)
context = ssl._create_unverified_context() if what.startswith("https") else None  # noqa: SLF001
try:
    with urllib.request.urlopen(what, timeout=PATIENCE_S, context=context) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except OSError:
    sys.exit(1)

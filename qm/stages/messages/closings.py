"""The words that close a letter, in English and Spanish: a name and a signature follow."""

from __future__ import annotations

import re

_ENGLISH = (
    r"(?:many |kind |best |warm |with )?(?:regards|wishes|thanks)",
    r"thank you",
    r"thanks(?: so much| again| a lot)?",
    *("best", "sincerely", "cheers", "warmly", "take care", "respectfully", "gratefully"),
    r"yours(?: truly)?",
)
_SPANISH = (
    r"(?:un |muchos |cordiales )?(?:saludos?|abrazos?)",
    *("atentamente", "cordialmente", "bendiciones"),
    r"(?:muchas )?gracias",
    r"quedo (?:atent[oa]|a la espera)",
)
CLOSING = re.compile(
    rf"^\W*(?:{'|'.join((*_ENGLISH, *_SPANISH))})\b[^.?]{{0,24}}[,.!]?\s*$", re.IGNORECASE
)
"""A whole line, with a few words more ("thanks for everything!") but no sentence."""

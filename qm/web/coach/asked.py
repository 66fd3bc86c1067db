"""What a coach asks for, and how the asking is written down: a keyed hash, never the words."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from qm.io.store.search import TurnFilter
from qm.io.vault import Vault
from qm.stages.terms import Terms, parse_terms
from qm.web.deps import WebDeps
from qm.web.moments import day_bounds
from qm.web.rows import MOOD
from qm.web.transcript import NOT_FOR_AGENTS, TONES

PAGE_HITS = 20
LAST_PAGE = 50  # whoever comes that far should ask more narrowly
LABELS = tuple(
    sorted(
        (set(TONES) | set(MOOD) | {
            "greeting", "closing", "apology", "hold_notice", "verification", "empathy_weak",
            "positive_language", "transfer_offer", "script_reading",
        })
        - NOT_FOR_AGENTS
    )
)  # fmt: skip
"""Labels that are searched by; possible disclosures go to compliance alone."""
SPEAKERS = ("agent", "customer", "interpreter")


def _none_if_empty(text: object) -> object:
    return None if text == "" else text


MaybeDay = Annotated[date | None, BeforeValidator(_none_if_empty)]
MaybePercent = Annotated[int | None, Field(ge=0, le=100), BeforeValidator(_none_if_empty)]
MaybeMinutes = Annotated[int | None, Field(ge=1, le=600), BeforeValidator(_none_if_empty)]
Code = Annotated[str, Field(max_length=64)]


class Asked(BaseModel):
    """A question to the search.  Sent by POST only: what is looked for is content."""

    model_config = ConfigDict(extra="ignore")

    words: str = Field(
        "",
        max_length=200,
        repr=False,
        description='Words; "a phrase"; a begin*; -not this.  All must fit.',
    )
    role: Literal["", "agent", "customer", "interpreter"] = ""
    label: Code = ""
    agent: Code = ""
    team: Code = ""
    queue: Code = ""
    disposition: Code = ""
    language: Annotated[str, Field(max_length=8)] = ""
    day: MaybeDay = None  #: first local day
    until: MaybeDay = None  #: last local day, inclusive
    score_from: MaybePercent = None  #: the machine's check is surely no lower
    score_to: MaybePercent = None  #: and surely no higher
    person_from: MaybePercent = None  #: a person scored the call no lower
    person_to: MaybePercent = None  #: and no higher
    minutes: MaybeMinutes = None  #: the call lasts no longer
    order: Literal["newest", "surest"] = "newest"
    page: int = Field(1, ge=1, le=LAST_PAGE)

    @property
    def terms(self) -> Terms:
        """The words to look for."""
        return parse_terms(self.words)

    @property
    def narrowed(self) -> tuple[str, ...]:
        """The names of the filters that narrow anything."""
        plain = self.model_dump(exclude={"words", "order", "page"})
        return tuple(name for name, value in plain.items() if value not in ("", None))

    @property
    def asks(self) -> bool:
        """Whether anything is asked."""
        return bool(self.narrowed) or bool(self.terms)


def turn_filter(asked: Asked, deps: WebDeps) -> TurnFilter:
    """Return the store's filter."""
    return TurnFilter(
        terms=asked.terms,
        role=asked.role or None,
        label=asked.label or None,
        agent_id=asked.agent or None,
        team=asked.team or None,
        queue=asked.queue.strip() or None,
        disposition=asked.disposition.strip() or None,
        language=asked.language.strip() or None,
        since=day_bounds(asked.day, deps.zone)[0] if asked.day else None,
        until=day_bounds(asked.until, deps.zone)[1] if asked.until else None,
        score_from=asked.score_from,
        score_to=asked.score_to,
        person_from=asked.person_from,
        person_to=asked.person_to,
        longest_ms=asked.minutes * 60_000 if asked.minutes else None,
        order=asked.order,
    )


def sealed_terms(vault: Vault, text: str) -> Mapping[str, str]:
    """
    Return what the audit trail keeps of words that were looked for.

    The same words give the same value under the same key, so that a suspicion can be checked; the
    words cannot be read from it.
    """
    key = hmac.digest(vault.keys[vault.current], b"qm audit: search terms", sha256)
    words = " ".join(sorted(text.lower().split()))
    return {"terms": hmac.new(key, words.encode(), sha256).hexdigest()[:32], "key": vault.current}

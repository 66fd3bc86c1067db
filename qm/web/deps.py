"""What the pages are built on, handed in by the caller: nothing here reads the environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from qm.io.blobs import Blobs
from qm.io.database import Database
from qm.io.vault import Vault
from qm.stages.forms import Form, FormWords
from qm.stages.kpis import Preset
from qm.stages.sampling import Plan

CONTENT_ROLES = frozenset({"reviewer", "supervisor", "coach", "compliance"})
"""Roles that work with calls of others; findings about an agent are never for the agent's role."""


def utc_ms() -> int:
    """Return the wall clock in UTC milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """What the pages say of an alert rule."""

    rule: str
    title: str
    severity: str
    when: str  #: live, after
    act: str = ""
    version: int = 1
    budget: float | None = None  #: false alerts per 100 calls that a site bears
    to: tuple[str, ...] = ()  #: recipients, in order
    unclaimed_s: tuple[int, ...] = (60,)  #: after which the next recipient is asked

    @property
    def confidential(self) -> bool:
        """Whether it goes to compliance and to nobody else."""
        return self.to == ("compliance",)

    def is_for(self, roles: frozenset[str]) -> bool:
        """
        Return whether somebody with these roles is told of what it finds.

        What goes to compliance alone is for compliance; all else for everybody who works with
        calls of others.
        """
        return bool(roles & (frozenset({"compliance"}) if self.confidential else CONTENT_ROLES))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionText:
    """One question as a form prints it."""

    question: str
    text: str
    guidance: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormText:
    """The words of a form; its arithmetic is elsewhere."""

    form: str  #: "name@version"
    title: str
    questions: tuple[QuestionText, ...]

    def question(self, question: str) -> QuestionText:
        """Return the words of ``question``; its name where the form no longer has it."""
        for known in self.questions:
            if known.question == question:
                return known
        return QuestionText(question=question, text=question)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDeps:
    """Stores, site and policy of one web process."""

    database: Database
    blobs: Blobs
    vault: Vault
    site_name: str
    zone: ZoneInfo
    secure_cookies: bool  #: TLS ends here or at a proxy in front
    second_factor: bool = False  #: roles that see content must have one (off only on loopback)
    idle_minutes: int = 15
    clip_days: int = 90  #: after which a clip is heard no more
    metrics_token: str = field(repr=False, default="")
    messages_token: str = field(repr=False, default="")  #: of gateways that post messages
    customer_key: bytes = field(repr=False, default=b"")  #: of the customer_ref HMAC
    rules: tuple[RuleText, ...] = ()
    forms: tuple[FormText, ...] = ()
    form_words: Mapping[str, FormWords] = field(default_factory=dict)  #: by language
    scoring: tuple[Form, ...] = ()  #: what people score by: the same forms, whole
    plan: Plan = field(default_factory=Plan)
    preset: Preset = field(  #: of the measures
        default_factory=lambda: Preset(name="default", title="Site default")
    )
    now: Callable[[], int] = utc_ms

    def rule(self, name: str) -> RuleText:
        """Return the words of rule ``name``; its name where it is no longer configured."""
        for known in self.rules:
            if known.rule == name:
                return known
        title = name.replace("-", " ").capitalize()
        return RuleText(rule=name, title=title, severity="warn", when="live")

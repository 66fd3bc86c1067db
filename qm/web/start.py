"""Put the web process together from the settings, and run it."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from starlette.types import ASGIApp

from qm.errors import ConfigError
from qm.io.blobs import open_blobs
from qm.io.database import migrate, open_database
from qm.io.presets import load_preset
from qm.io.references import customer_key
from qm.io.vault import open_vault
from qm.settings import Settings
from qm.stages.forms import Form, FormWords, parse_form, parse_words
from qm.stages.rules import Rule, parse_rules
from qm.types import Severity
from qm.web.app import create_app
from qm.web.deps import FormText, QuestionText, RuleText, WebDeps

LARGEST_WS_MESSAGE = 8192
"""Bytes.  Browsers only say what they look at and what they have seen: some hundred bytes."""


def on_loopback(host: str) -> bool:
    """
    Return whether only this machine can reach an address.

    >>> on_loopback("127.0.0.1"), on_loopback("localhost"), on_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """
    Read the rule files that apply.

    Raises:
        ConfigError: a file is missing or says something impossible.
    """
    return tuple(
        rule
        for name in settings.rules_files
        for rule in parse_rules(_text(settings.configs_dir / "rules" / name))
    )


def forms_of(settings: Settings) -> tuple[Form, ...]:
    """
    Read all forms, by file name.

    Raises:
        ConfigError: a file says something impossible.
    """
    folder = settings.configs_dir / "forms"
    return tuple(parse_form(_text(path)) for path in sorted(folder.glob("*.toml")))


def form_words_of(settings: Settings) -> dict[str, FormWords]:
    """
    Read what the forms say in other languages.

    Raises:
        ConfigError: a file says something else.
    """
    folder = settings.configs_dir / "forms" / "words"
    found = (parse_words(_text(path)) for path in sorted(folder.glob("*.toml")))
    return {words.language: words for words in found}


def web_deps(settings: Settings) -> WebDeps:
    """Open stores and texts for the pages."""
    secure = settings.tls_cert is not None or settings.behind_tls_proxy
    migrate(settings.database)
    return WebDeps(
        database=open_database(settings.database),
        blobs=open_blobs(settings.objects),
        vault=open_vault(settings.kek_file, create=True),
        site_name=settings.site_name,
        zone=ZoneInfo(settings.zone),
        secure_cookies=secure,
        second_factor=secure or not on_loopback(settings.host),
        idle_minutes=settings.idle_minutes,
        clip_days=settings.clip_days,
        preset=load_preset(settings.configs_dir, settings.kpi_preset),
        metrics_token=settings.metrics_token.get_secret_value(),
        messages_token=settings.messages_token.get_secret_value(),
        customer_key=customer_key(
            settings.customer_key.get_secret_value(), settings.data_dir / "customer.key"
        ),
        rules=tuple(_rule_text(rule, settings.alert_unclaimed_s) for rule in rules_of(settings)),
        forms=tuple(_form_text(form) for form in forms_of(settings)),
        form_words=form_words_of(settings),
        scoring=forms_of(settings),
        plan=settings.review_plan,
    )


def run_web(settings: Settings) -> None:
    """
    Serve pages and API until told to stop.

    Raises:
        ConfigError: plain HTTP was asked for off loopback, or a file is not right.
    """
    secure = settings.tls_cert is not None or settings.behind_tls_proxy
    if not secure and not on_loopback(settings.host):
        raise ConfigError(
            "pages are served over plain HTTP on loopback only; set tls_cert and tls_key,"
            " or behind_tls_proxy where a proxy ends TLS"
        )
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = uvicorn.Server(server_config(create_app(web_deps(settings)), settings))
    with suppress(KeyboardInterrupt):  # it has stopped in good order before it says so
        server.run()


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Return how the pages are served."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=_name(settings.tls_cert),
        ssl_keyfile=_name(settings.tls_key),
        log_config=None,
        access_log=False,  # lines of requests hold addresses of calls; the audit trail has them
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",  # uvicorn's other one rests on an interface that is being removed
        ws_per_message_deflate=False,  # words and secrets in one compressed stream can be guessed
        ws_max_size=LARGEST_WS_MESSAGE,
    )


def _name(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        raise ConfigError(f"configs: {path.parent.name}/{path.name} cannot be read") from None


def worst(rule: Rule) -> Severity:
    """Return the gravest severity that a rule may give."""
    order = list(Severity)
    return max((case.severity for case in rule.cases), key=order.index)


def _rule_text(rule: Rule, unclaimed_s: int) -> RuleText:
    return RuleText(
        rule=rule.name,
        title=rule.title,
        severity=worst(rule),
        when=rule.when,
        act=rule.act,
        version=rule.version,
        budget=rule.budget,
        to=rule.to,
        unclaimed_s=rule.unclaimed_s or (unclaimed_s,),
    )


def _form_text(form: Form) -> FormText:
    titles = {section.section: section.title for section in form.sections}
    return FormText(
        form=form.key,
        title=form.title,
        questions=tuple(
            QuestionText(
                question=q.question,
                text=q.text,
                guidance=q.guidance,
                section=titles.get(q.section, q.section),
            )
            for q in form.questions
        ),
    )

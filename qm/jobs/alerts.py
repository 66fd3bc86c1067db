"""Alerts that nobody claims go to the next recipient; the webhook is told of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from qm.errors import ConfigError
from qm.io.store import alerts, deliveries
from qm.io.store.alerts import AlertFilter, AlertRow
from qm.io.store.deliveries import DeliveryEvent, Telling
from qm.io.store.scopes import WHOLE_SITE
from qm.io.webhook import Receiver, deliver, parse_receiver
from qm.jobs.job import JobDeps
from qm.settings import Settings
from qm.stages.handing import recipients, step_at
from qm.stages.rules import Rule, parse_rules

TOLD_LATE_MS = 3_600_000  # of older alerts nobody outside is told any more
MOST = 1_000


def hand_on(deps: JobDeps, now: int) -> None:
    """Ask the next recipient of every alert that has waited for too long."""
    waits = waits_of(rules_of(deps.settings), deps.settings.alert_unclaimed_s)
    wanted = AlertFilter(states=("open",), when="live", live_calls=False)
    with deps.database.read() as conn:
        waiting = alerts.list_alerts(conn, WHOLE_SITE, wanted, limit=MOST)
    for row in waiting:
        step = step_at(now - row.raised_at, waits.get(row.alert.rule, ()))
        if step > row.asked:
            with deps.database.write() as conn:
                alerts.hand_on(conn, row.alert.alert_id, step, now)


def tell_webhook(deps: JobDeps, now: int) -> None:
    """
    Put new alerts into the webhook's outbox and send what is due.

    Raises:
        ConfigError: the webhook's settings are not right.
    """
    receiver = receiver_of(deps.settings)
    if receiver is None:
        return
    _fill(deps, now)
    with deps.database.read() as conn:
        waiting = deliveries.due(conn, now)
    for one in waiting:
        failure = deliver(receiver, one.delivery_id, one.body.encode(), now)
        with deps.database.write() as conn:
            deliveries.note(conn, one, failure, now)


def receiver_of(settings: Settings) -> Receiver | None:
    """Return where the webhook goes; None where the site has none."""
    url = settings.webhook_url.get_secret_value()
    if not url:
        return None
    secret = settings.webhook_secret.get_secret_value()
    return parse_receiver(url, secret, settings.webhook_networks, settings.webhook_ca_file)


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """
    Read the rule files that apply.

    Raises:
        ConfigError: a file is missing or says something impossible.
    """
    folder = settings.configs_dir / "rules"
    return tuple(rule for name in settings.rules_files for rule in parse_rules(_text(folder, name)))


def waits_of(rules: Sequence[Rule], default_s: int) -> Mapping[str, tuple[int, ...]]:
    """Return after how many seconds each rule's alerts are handed on."""
    return {rule.name: rule.unclaimed_s or (default_s,) for rule in rules if rule.when == "live"}


def _fill(deps: JobDeps, now: int) -> None:
    settings, since = deps.settings, now - TOLD_LATE_MS
    rules = {rule.name: rule for rule in rules_of(settings)}
    with deps.database.read() as conn:
        known = deliveries.told_since(conn, since)
        wanted = AlertFilter(when="live", since=since)
        rows = alerts.list_alerts(conn, WHOLE_SITE, wanted, limit=MOST)
    new = [
        telling
        for row in rows
        if row.alert.rule in rules and not row.access_group  # of restricted calls nobody is told
        for telling in tellings(settings, row, rules[row.alert.rule])
        if telling.delivery_id not in known
    ]
    if new:
        with deps.database.write() as conn:
            for telling in new:
                deliveries.tell(conn, telling, now)


def tellings(settings: Settings, row: AlertRow, rule: Rule) -> tuple[Telling, ...]:
    """Return what the webhook is to be told of an alert as it stands."""
    asked = recipients(rule.to, rule.unclaimed_s or (settings.alert_unclaimed_s,))
    steps: list[tuple[DeliveryEvent, int]] = [("raised", 0)]
    if row.asked:
        steps.append(("handed_on", row.asked))
    return tuple(
        Telling(
            delivery_id=deliveries.delivery_id(row.alert.alert_id, event, step),
            call_id=row.alert.call_id,
            alert_id=row.alert.alert_id,
            event=event,
            body=_body(settings, row, event, asked[min(step, len(asked) - 1)]),
        )
        for event, step in steps
    )


def _body(settings: Settings, row: AlertRow, event: str, asked: str) -> Mapping[str, str]:
    """Return codes and a link: no words, no names, no customer."""
    base = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    return {
        "event": event,
        "rule": row.alert.rule,
        "severity": row.alert.severity.value,
        "to": asked,
        "link": f"{base}/alerts#alert-{row.alert.alert_id}",
    }


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text()
    except OSError:
        raise ConfigError(f"configs: rules/{name} cannot be read") from None

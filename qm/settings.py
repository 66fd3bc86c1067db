"""
Every knob: name, default, sentence.  The only reader of the environment.

Values come, last one wins, from the defaults here, a TOML file named by ``QM_CONFIG``, variables
``QM_<NAME>``, and for secrets from files (``QM_<NAME>_FILE``).  A variable that begins with ``QM_``
and is no setting is an error: a typing mistake must not be a silent default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from qm.errors import ConfigError
from qm.stages.sampling import Plan

PREFIX = "QM_"
REPOSITORY = Path(__file__).resolve().parent.parent
"""Where ``models/``, ``configs/`` and ``streams/`` lie beside the package."""


class Settings(BaseModel):
    """What can be set, with what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # ------------------------------------------------------------------------------- places
    data_dir: Path = Field(Path("var"), description="Default place of database, audio, keys.")
    models_dir: Path = Field(REPOSITORY / "models", description="Folder of model cards.")
    models_cache: Path = Field(
        Path("~/.cache/qm/models"), description="Where `qm models pull` unpacks weights."
    )
    configs_dir: Path = Field(REPOSITORY / "configs", description="Forms, rules, redaction policy.")
    streams_dir: Path = Field(REPOSITORY / "streams", description="Topics, schemas, sample calls.")

    # ------------------------------------------------------------------------------- streams
    bootstrap_servers: str = Field("127.0.0.1:9092", description="Kafka brokers, comma separated.")
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How the connection to Kafka is protected."
    )
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "", description="How the service signs in to Kafka."
    )
    kafka_username: str = Field("", description="Kafka user.")
    kafka_password: SecretStr = Field(SecretStr(""), description="Kafka password.")
    kafka_ca_file: Path | None = Field(None, description="Certificate authority of the brokers.")
    stream_keys_file: Path | None = Field(
        None, description="Keys of producers that encrypt their records; lines as in key_file."
    )
    kafka_session_ms: int = Field(
        10_000, description="Group session time-out; 3000 with the embedded broker."
    )
    group: str = Field("qm-worker", description="Consumer group of the workers.")
    partitions: int = Field(24, description="Partitions of each topic; never grown in place.")

    # ------------------------------------------------------------------------------- store
    database_url: SecretStr = Field(
        SecretStr(""), description="SQLAlchemy URL; empty means SQLite in data_dir."
    )
    objects_url: str = Field("", description="Object store URL; empty means files in data_dir.")
    key_file: Path | None = Field(None, description="Key-encryption key; default data_dir/kek.")

    # ------------------------------------------------------------------------------- hearing
    asr_model: str = Field("whisper-tiny.en", description="Recogniser of English calls.")
    asr_model_other: str = Field("whisper-base", description="Recogniser of other languages.")
    asr_threads: int = Field(2, description="Recogniser batches that run at the same time.")
    asr_batch: int = Field(4, description="Largest recogniser batch; 4 is best on CPU.")
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where the models run.")
    backlog_s: float = Field(
        30.0, description="Seconds of unheard audio in one partition at which reading pauses."
    )
    inactive_s: float = Field(60.0, description="A call without audio this long is closed.")

    # ------------------------------------------------------------------------------- writing
    chat_idle_minutes: int = Field(15, description="A chat without a message this long is over.")
    sms_idle_minutes: int = Field(1_440, description="An SMS conversation, likewise.")
    social_idle_minutes: int = Field(1_440, description="A conversation on social media, likewise.")
    email_idle_minutes: int = Field(4_320, description="An exchange of e-mails, likewise.")
    text_reopen_days: int = Field(
        14, description="Raw messages are kept sealed this long after the end: it may go on yet."
    )
    messages_token: SecretStr = Field(
        SecretStr(""), description="Bearer token of gateways that post messages; empty means none."
    )

    # ------------------------------------------------------------------------------- judging
    labels_model: str = Field("turn-labels", description="Classifier of turns.")
    outcomes_model: str = Field("call-outcomes", description="Parameters of call verdicts.")
    rules_on: tuple[str, ...] = Field(
        (), description="Rules that are on from the start; the others begin silent."
    )
    rules_files: tuple[str, ...] = Field(("default.toml",), description="Rule files that apply.")
    redaction_policy: str = Field(
        "default.toml", description="What becomes of each kind of identifier; in redaction/."
    )
    keep_original_queues: tuple[str, ...] = Field(
        (), description="Queues whose original audio is kept, encrypted.  Default none."
    )

    # ------------------------------------------------------------------------------- review
    review_sample: int = Field(4, ge=0, description="Calls drawn per agent and month.")
    review_per_day: int = Field(
        30, ge=0, description="Reviews a day of all reviewers; the sample has at least half."
    )
    review_draw: Literal["next_day", "at_once"] = Field(
        "next_day", description="Draw from whole days, or from calls as they end (a trial)."
    )
    review_due_days: int = Field(7, ge=1, description="Days in which a review is due.")
    review_claim_minutes: int = Field(
        60, ge=1, description="A claim ends this long after its reviewer's last input."
    )
    review_second_share: float = Field(
        0.1, ge=0, le=1, description="Share of the sample that a second person reviews, blind."
    )

    # ------------------------------------------------------------------------------- alerts
    alert_unclaimed_s: int = Field(
        60, description="Unclaimed after this long everybody is asked; a rule may say otherwise."
    )
    public_url: str = Field("", description="Address of the pages, for links in webhooks.")
    webhook_url: SecretStr = Field(
        SecretStr(""), description="Told of alerts: rule, severity, link.  Empty means nobody is."
    )
    webhook_secret: SecretStr = Field(SecretStr(""), description="Signs what the webhook is told.")
    webhook_networks: tuple[str, ...] = Field(
        (), description="Private networks that the webhook may be in, as 10.1.0.0/16."
    )
    webhook_ca_file: Path | None = Field(None, description="Certificate authority of the webhook.")

    # ------------------------------------------------------------------------------- retention
    retention_days: int = Field(
        365, description="Calls are erased after this long; 0: never.  A queue may say otherwise."
    )
    minimum_days: int = Field(
        0, description="No call is erased before, whoever asks.  A queue may say otherwise."
    )

    # ------------------------------------------------------------------------------- web
    host: str = Field("127.0.0.1", description="Address the pages listen on.")
    port: int = Field(8080, description="Port the pages listen on.")
    tls_cert: Path | None = Field(None, description="Certificate; needed off loopback.")
    tls_key: Path | None = Field(None, description="Key of the certificate.")
    behind_tls_proxy: bool = Field(False, description="A proxy in front ends TLS.")
    site_name: str = Field("Contact center", description="Shown in the top bar.")
    zone: str = Field("America/New_York", description="The site's time zone.")
    kpi_preset: str = Field("default.toml", description="Presets of the measures: file in kpis.")
    clip_days: int = Field(
        90, ge=1, le=365, description="Days after which a coach's clip is heard no more."
    )
    idle_minutes: int = Field(15, description="Sign-off after this long without input.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for /metrics off loopback."
    )
    worker_metrics_port: int = Field(0, description="Worker's health and metrics; 0 means none.")
    customer_key: SecretStr = Field(
        SecretStr(""), description="Key of the customer_ref HMAC; default data_dir/customer.key."
    )

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError("no such time zone") from unknown
        return value

    @field_validator("data_dir", "models_cache")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    @property
    def database(self) -> str:
        """The database URL, the default filled in.  Secret: it may hold a password."""
        url = self.database_url.get_secret_value()
        return url or f"sqlite:///{(self.data_dir / 'qm.db').resolve()}"

    @property
    def objects(self) -> str:
        """The object store URL, the default filled in."""
        return self.objects_url or f"file://{(self.data_dir / 'objects').resolve()}"

    @property
    def review_plan(self) -> Plan:
        """How the site reviews."""
        return Plan(
            per_month=self.review_sample,
            per_day=self.review_per_day,
            due_days=self.review_due_days,
            claim_ms=self.review_claim_minutes * 60_000,
            at_once=self.review_draw == "at_once",
            second_share=self.review_second_share,
        )

    @property
    def kek_file(self) -> Path:
        """The key-encryption key's file, the default filled in."""
        return self.key_file or self.data_dir / "kek"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """
    Read the settings.

    Raises:
        ConfigError: an unknown name, a value of the wrong kind, an unreadable file.  The message
            names the setting, never its value: it may be a secret.

    >>> load({"QM_PORT": "9000"}).port
    9000
    >>> load({"QM_PROT": "9000"})
    Traceback (most recent call last):
    ...
    qm.errors.ConfigError: no such setting: QM_PROT
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    if config := environ.get(PREFIX + "CONFIG"):
        values |= _file_values(Path(config))
    for key, text in environ.items():
        if key.startswith(PREFIX) and key != PREFIX + "CONFIG":
            name, value = _variable(key, text)
            values[name] = value
    try:
        return Settings(**values)
    except ValidationError as wrong:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors())
        raise ConfigError(f"settings: {problems}") from None


def _file_values(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as wrong:
        raise ConfigError(f"QM_CONFIG cannot be read: {type(wrong).__name__}") from None
    if unknown := values.keys() - Settings.model_fields.keys():
        raise ConfigError(f"no such setting: {', '.join(sorted(unknown))}")
    return values


def _variable(key: str, text: str) -> tuple[str, Any]:
    name = key.removeprefix(PREFIX).lower()
    if name.endswith("_file") and name not in Settings.model_fields:
        name = name.removesuffix("_file")
        if name in Settings.model_fields:
            try:
                return name, Path(text).read_text().strip()
            except OSError:
                raise ConfigError(f"{key}: the file cannot be read") from None
    if name not in Settings.model_fields:
        raise ConfigError(f"no such setting: {key}")
    if "tuple" in str(Settings.model_fields[name].annotation):
        return name, tuple(part.strip() for part in text.split(",") if part.strip())
    return name, text

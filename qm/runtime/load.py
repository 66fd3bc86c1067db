"""Settings -> engines and judgement, loaded and verified."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from qm.calls import CallParams
from qm.engines import registry
from qm.engines.base import Diarizer, Redactor, Stage, TurnClassifier
from qm.engines.phi_memory import reread
from qm.engines.phi_policy import parse_policy
from qm.engines.presidio import PresidioRedactor
from qm.engines.silero import SileroDetector
from qm.engines.transformer import OnnxTurnClassifier
from qm.engines.whisper import Recognizers, WhisperOptions, WhisperRecognizer
from qm.errors import ConfigError
from qm.runtime.decoding import decode
from qm.runtime.drive import Engines, Loaded, Runtime
from qm.scheduler import DEFAULT_LIMITS, StageLimits
from qm.settings import Settings
from qm.stages import facts, outcomes, scores
from qm.stages.forms import Form, parse_form
from qm.stages.rules import Rule, parse_rules
from qm.types import CallOutcome, CallView, Label, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How turns and calls are judged."""

    classifier: TurnClassifier
    label: Callable[[Role, np.ndarray], tuple[Label, ...]]
    judge: Callable[[CallView], CallOutcome]
    rules: tuple[Rule, ...]
    rules_on: frozenset[str]
    forms: tuple[Form, ...]
    versions: Mapping[str, str]


def load_runtime(
    settings: Settings, limits: Mapping[Stage, StageLimits] = DEFAULT_LIMITS
) -> Loaded:
    """
    Load every model that calls need at once, and put the runtime together.

    Raises:
        ConfigError: a setting or configuration file is not right.
        ModelAltered: a model is missing or not the pinned one.
    """
    judging = load_judging(settings)
    asr, asr_version = _folder(settings, settings.asr_model)
    detector, _ = _folder(settings, "silero-vad")
    engines = Engines(
        detector=SileroDetector(detector),
        recognizer=_recognizer(settings, asr),
        redactor=load_redactor(settings),
        classifier=judging.classifier,
        versions={"asr": asr_version, **judging.versions},
    )
    return Loaded(
        runtime=Runtime(engines, call_params(judging), limits),
        engines=engines,
        diarizer=lazy_diarizer(settings),
    )


def call_params(judging: Judging) -> CallParams:
    """Return how calls are heard and judged."""
    return CallParams(
        decode=decode,
        label=judging.label,
        judge=judging.judge,
        labels_model=judging.classifier.model,
        backchannel=facts.backchannel,
        rules=judging.rules,
        rules_on=judging.rules_on,
        forms=judging.forms,
        reread=reread,
    )


def load_redactor(settings: Settings) -> Redactor:
    """
    Load the redactor.

    Raises:
        ConfigError: the policy is missing or says something impossible.
        ModelAltered: its language model is missing or altered.
    """
    folder, _ = _folder(settings, "spacy-en")
    policy = parse_policy(_text(settings.configs_dir / "redaction" / settings.redaction_policy))
    return PresidioRedactor(folder, policy)


def load_judging(settings: Settings) -> Judging:
    """
    Load classifier, call outcomes, rules and forms.

    Raises:
        ConfigError: a configuration file is missing or says something impossible.
        ModelAltered: a model is missing or altered.
    """
    labels, labels_version = _folder(settings, settings.labels_model)
    verdicts, verdicts_version = _folder(settings, settings.outcomes_model)
    classifier = OnnxTurnClassifier(labels)
    policies = scores.read_policies(tomllib.loads((labels / "labels.toml").read_text()))
    learned = json.loads((verdicts / "outcomes.json").read_text())
    outcome_model = outcomes.read_outcome_model(learned)
    rules = tuple(
        rule
        for name in settings.rules_files
        for rule in parse_rules(_text(settings.configs_dir / "rules" / name))
    )
    forms = tuple(
        parse_form(_text(path)) for path in sorted((settings.configs_dir / "forms").glob("*.toml"))
    )
    return Judging(
        classifier=classifier,
        label=lambda role, probs: scores.decide(role, probs, policies),
        judge=lambda view: outcomes.judge(view, outcome_model),
        rules=rules,
        rules_on=frozenset(settings.rules_on),
        forms=forms,
        versions={
            "labels": labels_version,
            "outcomes": verdicts_version,
            "rules": ",".join(f"{r.name}@{r.version}" for r in rules),
            "form": ",".join(f.key for f in forms),
        },
    )


def lazy_diarizer(settings: Settings) -> Callable[[], Diarizer]:
    """Return what loads the diarizer at its first use: two-channel sites never need it."""

    @cache
    def load() -> Diarizer:
        from qm.engines.pyannote import PyannoteDiarizer  # torch: two seconds and 400 MB

        segmentation, _ = _folder(settings, "pyannote-segmentation-3.0")
        voices, _ = _folder(settings, "speaker-campplus")
        return PyannoteDiarizer(segmentation, voices)

    return load


def _recognizer(settings: Settings, folder: Path) -> Recognizers:
    def options(name: str) -> WhisperOptions:
        card = registry.card(settings.models_dir, name)
        return WhisperOptions.of(
            card.options, device=settings.device, num_workers=settings.asr_threads
        )

    @cache
    def other() -> WhisperRecognizer:
        name = settings.asr_model_other
        return WhisperRecognizer(_folder(settings, name)[0], options(name))

    english = WhisperRecognizer(folder, options(settings.asr_model))
    return Recognizers(english, other)


def _folder(settings: Settings, name: str) -> tuple[Path, str]:
    """Return a model's verified folder, and its name with version."""
    card = registry.card(settings.models_dir, name)
    return registry.verified(card, settings.models_cache), f"{card.name}@{card.version}"


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        raise ConfigError(f"configs: {path.parent.name}/{path.name} cannot be read") from None

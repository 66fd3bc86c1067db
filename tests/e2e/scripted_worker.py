"""The worker process with scripted engines: everything but the models is the real thing."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from qm.calls import CallParams
from qm.cli.live import stop_on_signals
from qm.engines.fake import FakeClassifier, FakeDetector, FakeRecognizer, FakeRedactor
from qm.observe import set_up_logging
from qm.runtime.decoding import decode
from qm.runtime.drive import Engines, Loaded, Runtime
from qm.settings import Settings, load
from qm.stages.facts import backchannel
from qm.stages.forms import parse_form
from qm.stages.rules import parse_rules
from qm.types import CallOutcome, Label, PhiSpan, Role, Verdict
from qm.worker.start import run_worker

KEYWORDS = {
    "greeting": ["morning"],
    "red_flag": ["chest"],
    "escalation_request": ["supervisor"],
    "verification": ["verify"],
    "disclosure": ["result"],
    "negative_language": ["stupid"],
    "closing": ["bye"],
}
CUSTOMER = {"red_flag", "escalation_request"}


def judge(view):
    """Return an outcome that follows from the number of turns."""
    unknown = Verdict(value=None)
    return CallOutcome(
        call_id=view.meta.call_id,
        resolution=Verdict(value="resolved" if len(view.turns) % 2 else "partly", verdict_prob=0.7),
        identity=unknown,
        escalation_requested=Verdict(value=False),
        red_flag=unknown,
        effort=unknown,
        satisfaction=unknown,
    )


def label(role, probs):
    """Return decided labels of the role."""
    return tuple(
        Label(label=name, label_prob=float(p), on=bool(p > 0.5), alert=bool(p > 0.5))
        for name, p in zip(KEYWORDS, probs, strict=True)
        if (name in CUSTOMER) == (role is Role.CUSTOMER)
    )


def redactor(settings: Settings):
    """Return the redactor that the test asks for."""
    kind = os.environ.get("TEST_REDACTOR", "values")
    if kind == "failing":
        return FakeRedactor(lambda text: None)
    if kind == "presidio":
        from qm.engines.presidio import PresidioRedactor

        return PresidioRedactor(settings.models_cache / "spacy-en")
    values = json.loads(os.environ.get("TEST_VALUES", "{}"))
    return FakeRedactor(
        lambda text: [
            PhiSpan(start=at, end=at + len(value), entity=entity)
            for value, entity in values.items()
            if (at := text.find(value)) >= 0
        ]
    )


def scripted(settings: Settings, limits) -> Loaded:
    """Put scripted engines in the place of the models."""
    classifier = FakeClassifier(KEYWORDS)
    engines = Engines(
        detector=FakeDetector(),
        recognizer=FakeRecognizer(),
        redactor=redactor(settings),
        classifier=classifier,
    )
    configs = settings.configs_dir
    rules = parse_rules((configs / "rules" / "default.toml").read_text())
    names = ("patient-access", "chat", "email", "sms", "social")
    forms = tuple(parse_form((configs / "forms" / f"{name}.toml").read_text()) for name in names)
    params = CallParams(
        decode=decode,
        label=label,
        judge=judge,
        labels_model=classifier.model,
        backchannel=backchannel,
        rules=rules,
        rules_on=frozenset(settings.rules_on),
        forms=forms,
    )
    return Loaded(runtime=Runtime(engines, params, limits), engines=engines)


if __name__ == "__main__":
    set_up_logging(strict=True)
    Path(os.environ["QM_DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    run_worker(load(), stop_on_signals().is_set, scripted)
    sys.exit(0)

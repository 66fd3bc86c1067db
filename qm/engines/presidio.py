"""
Utterances of a call -> identifiers in them, by presidio with recognisers for speech.

Presidio is the frame: its analyzer runs our recognisers (``phi_*``) on spaCy's tags.  Around it
stands what makes it work on talk: a slot opened by a question, a memory of what was said before,
numbers that go on over several utterances, one pseudonym for one person.

What was measured: ``configs/redaction/README.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from re import error as RegexError  # noqa: N812 - what it is
from threading import Lock
from typing import Any

import spacy
from msgspec import MsgspecError
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from spacy.language import Language
from spacy.tokens import Doc

from qm.engines.base import PhiRequest, PhiResult, PhiRevision
from qm.engines.phi_addresses import find_addresses
from qm.engines.phi_addresses_es import find_streets
from qm.engines.phi_asked import asked_in, trailing_in
from qm.engines.phi_dates import find_dates
from qm.engines.phi_dates_es import find_days
from qm.engines.phi_ids import IDS, PHONES, THINGS, find_ids, find_phones, find_things
from qm.engines.phi_lexicon import lexicon
from qm.engines.phi_memory import TAIL, Past, PhiMemory, ask, decode, encode, hint, known, learn
from qm.engines.phi_names import find_names
from qm.engines.phi_online import find_online
from qm.engines.phi_other import find_other
from qm.engines.phi_policy import Policy
from qm.engines.phi_reading import Found, Hint, PhiRecognizer, Reading, read
from qm.engines.phi_spelling import find_spelled
from qm.errors import ConfigError, RedactionError
from qm.types import PhiSpan

LANGUAGES = ("en", "es")
#: Everything that can go wrong inside.  All of it withholds the turn: nothing passes by accident.
_FAILURES = (
    ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, ImportError,
    LookupError, MemoryError, MsgspecError, NameError, OSError, ReferenceError, RegexError,
    RuntimeError, StopIteration, TypeError, ValueError,
)  # fmt: skip
#: Parts of the pipeline that nothing here reads; leaving them out halves the time.
_UNUSED = ("parser", "attribute_ruler", "senter", "ner")
_SPANISH = (
    ("days", ("DATE",), find_days),
    ("streets", ("LOCATION",), find_streets),
)
_RECOGNISERS = (
    ("phones", PHONES, find_phones),
    ("ids", IDS, find_ids),
    ("things", THINGS, find_things),
    ("dates", ("DATE",), find_dates),
    ("addresses", ("LOCATION",), find_addresses),
    ("online", ("EMAIL", "URL", "IP", "OTHER_ID", "PHOTO"), find_online),
    ("other", ("AGE_90_PLUS", "EMPLOYER"), find_other),
    ("names", ("NAME",), find_names),
    ("spelling", ("NAME",), find_spelled),
)


class PresidioRedactor:
    """
    Redactor (``qm.engines.base``) for English and Spanish.

    Args:
        model: folder of the English spaCy model.
        policy: what becomes of each kind of identifier.

    Raises:
        ConfigError: the folder holds no pipeline.
    """

    def __init__(self, model: Path, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._one_at_a_time = Lock()  # calls, messages and notes ask from threads of their own
        english = spacy.load(_folder(model), exclude=list(_UNUSED))
        index = _index(english)
        english.remove_pipe("lemmatizer")
        self._pipelines: dict[str, Language] = {"en": english, "es": spacy.blank("es")}
        self._lexicons = {"en": lexicon("en", index), "es": lexicon("es", {})}
        registry = RecognizerRegistry(supported_languages=list(LANGUAGES))
        for language in LANGUAGES:
            more = _SPANISH if language == "es" else ()
            for name, entities, find in (*_RECOGNISERS, *more):
                registry.add_recognizer(
                    PhiRecognizer(name, entities, find, self._lexicons[language], language)
                )
        engine = SpacyNlpEngine()
        engine.nlp = self._pipelines  # type: ignore[assignment]  # presidio declares None
        self._analyzer = AnalyzerEngine(
            registry=registry, nlp_engine=engine, supported_languages=list(LANGUAGES)
        )

    def find(self, request: PhiRequest) -> PhiResult:
        """
        Find the identifiers of one utterance, and those of earlier ones that it gives away.

        Raises:
            RedactionError: the language is not validated, or anything at all went wrong.
        """
        turn = request.turn
        if turn.language not in LANGUAGES:
            raise RedactionError(f"language {turn.language} is not validated")
        try:
            with self._one_at_a_time:  # a pipeline's memory zone cannot be entered twice
                return self._find(request)
        except _FAILURES as error:
            kind = type(error).__name__
            raise RedactionError(f"utterance {turn.utterance}: {kind} in the redactor") from None

    def _find(self, request: PhiRequest) -> PhiResult:
        turn, text = request.turn, request.turn.text
        memory = decode(request.memory)
        reading = self._read(text, turn.language, hint(memory, turn.role))
        found = self._analyze(reading)
        found = merged([*found, *known(reading, memory)])
        found = [f for f in found if self._policy.of(f.entity) != "keep"]
        after, placeholders = learn(memory, reading, found, self._policy)
        spans = tuple(
            PhiSpan(
                start=reading.tokens[f.first].start,
                end=reading.tokens[f.stop - 1].end,
                entity=f.entity,
                placeholder=placeholder,
                phi_prob=f.score,
            )
            for f, placeholder in zip(found, placeholders, strict=True)
        )
        after, revisions = self._revised(memory, after, turn.language)
        given = frozenset(s.entity for s in spans)
        asked = asked_in(reading.line, turn.language, given)
        trailing = trailing_in(reading.line, turn.language)
        after = ask(after, turn.role, asked, trailing, reading.words)
        past = Past(
            utterance=turn.utterance,
            text=text,
            spans=tuple((s.start, s.end, s.entity, s.placeholder) for s in spans),
        )
        after = replace(after, tail=(*after.tail, past)[-TAIL:])
        return PhiResult(spans=spans, memory=encode(after), revisions=revisions)

    def _read(self, text: str, language: str, hint: Hint) -> Reading:
        pipeline = self._pipelines[language]
        with pipeline.memory_zone():
            doc = pipeline(text)
            return read(
                text,
                self._lexicons[language],
                language=language,
                artifacts=_artifacts(doc, language),
                hint=hint,
            )

    def _analyze(self, reading: Reading) -> list[Found]:
        artifacts = ReadArtifacts(reading)
        results = self._analyzer.analyze(
            text=reading.text, language=reading.language, nlp_artifacts=artifacts
        )
        found: list[Found] = []
        for r in results:
            inside = [
                i for i, t in enumerate(reading.tokens) if t.start < r.end and t.end > r.start
            ]
            if inside:
                found.append(
                    Found(first=inside[0], stop=inside[-1] + 1, entity=r.entity_type, score=r.score)
                )
        return found

    def _revised(
        self, before: PhiMemory, after: PhiMemory, language: str
    ) -> tuple[PhiMemory, tuple[PhiRevision, ...]]:
        """Look for what is newly known in the last utterances."""
        names = after.names - before.names
        values = tuple(v for v in after.values if v not in before.values)
        places = tuple(p for p in after.places if p not in before.places)
        if not (names or values or places):
            return after, ()
        new = PhiMemory(people=tuple((n,) for n in names), values=values, places=places)
        tail: list[Past] = []
        revisions: list[PhiRevision] = []
        for past in after.tail:
            reading = read(past.text, self._lexicons[language], language=language)
            extra = [
                f
                for f in merged(known(reading, new))
                if not any(
                    s < reading.tokens[f.stop - 1].end and e > reading.tokens[f.first].start
                    for s, e, _, _ in past.spans
                )
            ]
            if extra:
                _, placeholders = learn(after, reading, extra, self._policy)
                spans = [
                    (reading.tokens[f.first].start, reading.tokens[f.stop - 1].end, f.entity, p)
                    for f, p in zip(extra, placeholders, strict=True)
                ]
                past = replace(past, spans=tuple(sorted((*past.spans, *spans))))
                revisions.append(
                    PhiRevision(
                        utterance=past.utterance,
                        spans=tuple(
                            PhiSpan(start=s, end=e, entity=entity, placeholder=p)
                            for s, e, entity, p in past.spans
                        ),
                    )
                )
            tail.append(past)
        return replace(after, tail=tuple(tail)), tuple(revisions)


class ReadArtifacts(NlpArtifacts):
    """NLP artifacts that carry the reading they were made into."""

    def __init__(self, reading: Reading) -> None:
        super().__init__([], None, [], [], None, reading.language)  # type: ignore[arg-type]
        self.reading = reading


def merged(found: Sequence[Found]) -> list[Found]:
    """Join what overlaps: all of it is covered, and the surest says what it is."""
    out: list[Found] = []
    for f in sorted(found, key=lambda f: (f.first, -f.stop)):
        if out and f.first < out[-1].stop:
            last = out[-1]
            best = max(last, f, key=lambda x: (x.score, x.stop - x.first))
            out[-1] = replace(best, first=last.first, stop=max(last.stop, f.stop))
        else:
            out.append(f)
    return out


def _folder(model: Path) -> Path:
    """Return the folder with the pipeline's configuration: it may lie inside the package's."""
    inside = sorted(c.parent for c in model.glob("**/config.cfg"))
    if not inside:
        raise ConfigError("the redactor's model folder holds no spaCy pipeline")
    return inside[0]


def _artifacts(doc: Doc, language: str) -> NlpArtifacts:
    return NlpArtifacts(list(doc.ents), doc, [t.idx for t in doc], [], None, language)


def _index(pipeline: Language) -> dict[str, list[str]]:
    """Return the lemmatiser's words by part of speech."""
    lemmatizer: Any = pipeline.get_pipe("lemmatizer")
    table = lemmatizer.lookups.get_table("lemma_index")
    irregular = lemmatizer.lookups.get_table("lemma_exc")
    return {
        pos: [*table.get(pos, ()), *irregular.get(pos, {})]
        for pos in ("noun", "verb", "adj", "adv")
    }

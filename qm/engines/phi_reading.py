"""
One utterance as the recognisers of identifiers read it, and what a recogniser is.

Presidio hands its recognisers a text; ours also want what the dialogue says of it (what has just
been asked, whether a number is still open).  Both travel in a ``Reading`` on the NLP artifacts.
Without one, in somebody else's analyzer, a recogniser reads the bare text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from qm.engines.phi_cues import Cue, cue_at
from qm.engines.phi_english import ENGLISH
from qm.engines.phi_lexicon import Lexicon
from qm.engines.phi_numbers import Run, runs_of
from qm.engines.phi_pieces import Piece, phrase_at, pieces_of
from qm.engines.phi_spanish import SPANISH
from qm.engines.phi_words import Token, Vocabulary, tokens_of, without_accents

#: Letters without signs between them up to this many are an abbreviation.
ABBREVIATION = 4
VOCABULARIES = {"en": ENGLISH, "es": SPANISH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Tokens [first, stop) are an identifier."""

    first: int
    stop: int
    entity: str
    score: float  #: 1 sure by its words; 0.5 by its shape alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What the dialogue says of the utterance to be read."""

    asked: frozenset[str] = frozenset()  #: entities that the other person has just asked for
    fresh: bool = True  #: nothing has been answered yet
    open: str = ""  #: entity of a number that was said in the last utterances


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One utterance: its tokens, its numbers, and the hint."""

    text: str = field(repr=False)
    plain: str = field(repr=False)  #: lower case without accents, as long as ``text``
    line: str = field(repr=False)  #: ``plain`` without fillers and double spaces: cues stand here
    at: tuple[int, ...] = field(repr=False)  #: where in ``line`` each token begins; -1 a filler
    tokens: tuple[Token, ...] = field(repr=False)
    pieces: Mapping[int, Piece] = field(repr=False)  #: by first token, quantities too
    runs: tuple[Run, ...] = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    lexicon: Lexicon = field(repr=False)
    tags: tuple[str, ...] = field(repr=False)  #: Penn tag of each token; "" where unknown
    hint: Hint
    cased: bool  #: capitals mean something

    @property
    def language(self) -> str:
        return self.vocabulary.language

    def low(self, i: int) -> str:
        """Return token ``i`` in lower case; "" beyond the ends."""
        return self.tokens[i].low if 0 <= i < len(self.tokens) else ""

    def begins_sentence(self, i: int) -> bool:
        """Return whether token ``i`` has its capital from its place."""
        j = i - 1
        while j >= 0 and self.tokens[j].low in "\"'“”‘’()¿¡-—–…":
            j -= 1
        return j < 0 or self.tokens[j].low in ".?!:…—"

    @property
    def words(self) -> int:
        """How many words the utterance has."""
        return sum(t.word for t in self.tokens)

    def abbreviation(self, run: Run) -> bool:
        """Return whether letters stand together as in "B U N": no sign between, few, capital."""
        inside = self.tokens[run.first : run.stop]
        bare = all(t.word and t.text.isupper() for t in inside)
        return bare and run.digits == 0 and run.letters <= ABBREVIATION

    def cue(self, run: Run) -> Cue | None:
        """Return what the words around a number speak of."""
        return cue_at(self.line, self.at[run.first], self.line_end(run.stop - 1), self.language)

    def line_end(self, i: int) -> int:
        """Return where token ``i`` ends in ``line``."""
        return self.at[i] + self.tokens[i].end - self.tokens[i].start

    def before(self, i: int, characters: int) -> str:
        """Return what stands in ``line`` before token ``i``, which is no filler."""
        return self.line[max(0, self.at[i] - characters) : self.at[i]]

    def token_from(self, position: int) -> int | None:
        """Return the first token that begins at ``position`` of ``line`` or behind it."""
        return next((i for i, at in enumerate(self.at) if at >= position), None)


def read(
    text: str,
    lexicon: Lexicon,
    *,
    language: str = "en",
    artifacts: NlpArtifacts | None = None,
    hint: Hint | None = None,
) -> Reading:
    """Read ``text``; tags come from the NLP artifacts where there are any."""
    vocabulary = VOCABULARIES[language]
    tokens = tokens_of(text)
    pieces = pieces_of(tokens, vocabulary)
    tags: list[str] = [""] * len(tokens)
    if artifacts is not None and artifacts.tokens is not None:
        starts = {token.start: i for i, token in enumerate(tokens)}
        for spacy_token in artifacts.tokens:
            i = starts.get(spacy_token.idx)
            if i is not None:
                tags[i] = spacy_token.tag_
    plain = without_accents(text.lower()).replace("’", "'")
    line, at = _line(plain, tokens, vocabulary)
    return Reading(
        text=text,
        plain=plain,
        line=line,
        at=at,
        tokens=tokens,
        pieces={piece.first: piece for piece in pieces},
        runs=runs_of(tokens, pieces, vocabulary),
        vocabulary=vocabulary,
        lexicon=lexicon,
        tags=tuple(tags),
        hint=hint or Hint(),
        cased=any(c.isupper() for c in text),
    )


def _line(
    plain: str, tokens: Sequence[Token], vocabulary: Vocabulary
) -> tuple[str, tuple[int, ...]]:
    """Return the text without fillers and where each token begins in it."""
    line = ""
    at: list[int] = []
    skip = 0
    for i, token in enumerate(tokens):
        skip = max(skip - 1, phrase_at(tokens, i, vocabulary.fillers))
        filler = skip > 0 or (token.low == "," and i > 0 and at[-1] < 0)
        if not filler and line and (token.start > tokens[i - 1].end or line[-1] == " "):
            line = line.rstrip() + " "
        at.append(-1 if filler else len(line))
        if not filler:
            line += plain[token.start : token.end]
        elif line and line[-1] != " ":
            line += " "
    return line, tuple(at)


class PhiRecognizer(EntityRecognizer):
    """A presidio recogniser made of one pure function."""

    def __init__(
        self,
        name: str,
        entities: Sequence[str],
        find: Callable[[Reading], Sequence[Found]],
        lexicon: Lexicon,
        language: str = "en",
    ) -> None:
        self._find = find
        self._lexicon = lexicon
        super().__init__(supported_entities=list(entities), name=name, supported_language=language)

    def load(self) -> None:
        """Do nothing: there is no model to load."""

    def analyze(
        self, text: str, entities: Sequence[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Return what the function finds, in characters."""
        reading = getattr(nlp_artifacts, "reading", None)
        if reading is None or reading.text != text:
            language = self.supported_language
            reading = read(text, self._lexicon, language=language, artifacts=nlp_artifacts)
        return [
            RecognizerResult(
                entity_type=found.entity,
                start=reading.tokens[found.first].start,
                end=reading.tokens[found.stop - 1].end,
                score=found.score,
            )
            for found in self._find(reading)
            if found.entity in entities
        ]

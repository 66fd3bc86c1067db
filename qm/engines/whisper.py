"""
Utterances -> words with times and probabilities, by Whisper on CTranslate2 (faster-whisper).

Utterances of many calls are encoded and decoded together.  A guess that looks invented is made
again more carefully, and left out if it still does.  All decoding is deterministic: a replayed call
gets the same words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ctranslate2 import StorageView
from ctranslate2.models import Whisper, WhisperGenerationResult
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from tokenizers import Tokenizer as TokenTable

from qm.engines.base import AsrRequest, AsrResult
from qm.engines.cublas import load_cublas
from qm.engines.guard import Guess, doubt
from qm.engines.whisper_features import FRAMES, Features, features_of, padded
from qm.engines.whisper_words import TokenTimes, timed_words
from qm.errors import ConfigError, EngineError
from qm.types import MODEL_RATE_HZ

_SPLICE_MARGIN = 300
"""Frames (3 s) of silence that the encoder sees after the utterance when the rest is spliced in.
On telephone speech non-PHI WER was 8.3 % with 1 s, 7.5 % with 2 s and 7.1 % with 3 s, against 6.6 %
for the full window (2,413 words of six calls); the cost was the same within 6 %."""

_SECOND = 100  # frames
_SHORTEST_S = 0.1  # below this there is no syllable
_MOST_TOKENS_PER_S = 12  # bound of the decoder's loop, above what the guard accepts
_FREE_TOKENS = 12
_MOST_TOKENS = 190  # with the hotwords and what begins a text less than the decoder's 448
_HOTWORD_TOKENS = 200
_CAREFUL_BEAM = 5  # Whisper's own default
_CAREFUL_NGRAM = 3  # a loop repeats more than three tokens

ENGLISH = "en"

UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue", "km", "bo"})
"""Languages written without spaces between words."""

Window = Literal["full", "splice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperOptions:
    """How a Whisper model is run: ``options`` of its card, with what the site sets."""

    beam_size: int = 1
    compute_type: str = "int8"
    encoder_window: Window = "full"
    languages: tuple[str, ...] = ()  #: what the model reads; () is all
    device: Literal["cpu", "cuda"] = "cpu"
    num_workers: int = 1  #: batches that run at the same time, one thread each

    @staticmethod
    def of(card: Mapping[str, Any], **site: Any) -> WhisperOptions:
        """
        Return the options of a card, overridden by the site's.

        Raises:
            ConfigError: an option that does not exist.
        """
        said = {**card, **site}
        try:
            return WhisperOptions(**{**said, "languages": tuple(said.get("languages", ()))})
        except TypeError as wrong:
            raise ConfigError(f"whisper: {wrong}") from None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Heard:
    """One utterance on its way through the model."""

    place: int  #: in the batch that was asked
    language: str
    language_prob: float
    features: Features = field(repr=False)
    seconds: float
    hotwords: tuple[int, ...] = field(repr=False, default=())


class WhisperRecognizer:
    """
    ``Recognizer`` on the folder of a Whisper model in CTranslate2's format.

    Any number of threads may call it; ``num_workers`` of them run at a time.  The folder's files
    are verified by the registry before they come here.

    Raises:
        ConfigError: the model cannot be loaded on this device.
    """

    def __init__(self, folder: Path, options: WhisperOptions) -> None:
        if options.device == "cuda":
            load_cublas()
        try:
            self._model = Whisper(
                str(folder),
                device=options.device,
                compute_type=options.compute_type,
                intra_threads=1,
                inter_threads=options.num_workers,
            )
        except (RuntimeError, ValueError) as wrong:
            raise ConfigError(f"whisper on {options.device}: {wrong}") from None
        self._options = options
        self._table = TokenTable.from_file(str(folder / "tokenizer.json"))
        self._extract = FeatureExtractor(feature_size=self._model.n_mels)
        self._tokenizers: dict[str, Tokenizer] = {}
        self._silence: Features | None = None

    @property
    def multilingual(self) -> bool:
        return bool(self._model.is_multilingual)

    def recognize(self, batch: Sequence[AsrRequest]) -> list[AsrResult]:
        """
        Return the words of each utterance; none where nothing was said.

        Raises:
            EngineError: the runtime failed.
        """
        try:
            return self._recognize(batch)
        except RuntimeError as wrong:  # CTranslate2 knows no other
            raise EngineError(f"whisper: {type(wrong).__name__}") from None

    def languages(self, batch: Sequence[AsrRequest]) -> list[tuple[str, float]]:
        """
        Return the likeliest language of each utterance with its probability.

        Raises:
            EngineError: the runtime failed.
        """
        if not self.multilingual:
            return [(ENGLISH, 1.0)] * len(batch)
        if not batch:
            return []
        try:
            features = [features_of(self._extract, r.samples) for r in batch]
            found = self._model.detect_language(self._encode(features, "full"))
        except RuntimeError as wrong:
            raise EngineError(f"whisper: {type(wrong).__name__}") from None
        return [(ranked[0][0].strip("<|>"), float(ranked[0][1])) for ranked in found]

    # ------------------------------------------------------------------------ one batch

    def _recognize(self, batch: Sequence[AsrRequest]) -> list[AsrResult]:
        reads = self._options.languages if self.multilingual else (ENGLISH,)
        if any(r.language and reads and r.language not in reads for r in batch):
            raise EngineError("whisper: asked for a language that this model does not read")
        unknown = [i for i, r in enumerate(batch) if r.language is None]
        found = self.languages([batch[i] for i in unknown])
        spoken = {i: (r.language or ENGLISH, 1.0) for i, r in enumerate(batch)}
        spoken |= dict(zip(unknown, found, strict=True))
        heard = [self._heard(i, r, *spoken[i]) for i, r in enumerate(batch)]

        results: dict[int, AsrResult] = {}
        doubtful: list[_Heard] = []
        for group in _groups([h for h in heard if h.seconds >= _SHORTEST_S]):
            more, doubted = self._decode(group, careful=False)
            results |= more
            doubtful += doubted
        for group in _groups(doubtful):
            results |= self._decode(group, careful=True)[0]
        return [
            results.get(h.place)
            or AsrResult(words=(), language=h.language, language_prob=h.language_prob)
            for h in heard
        ]

    def _heard(
        self, place: int, request: AsrRequest, language: str, language_prob: float
    ) -> _Heard:
        hotwords: tuple[int, ...] = ()
        if request.hotwords.strip():
            words = self._table.encode(f" {request.hotwords.strip()}", add_special_tokens=False)
            hotwords = tuple(words.ids[:_HOTWORD_TOKENS])
        return _Heard(
            place=place,
            language=language,
            language_prob=language_prob,
            features=features_of(self._extract, request.samples),
            seconds=len(request.samples) / MODEL_RATE_HZ,
            hotwords=hotwords,
        )

    def _decode(
        self, group: Sequence[_Heard], *, careful: bool
    ) -> tuple[dict[int, AsrResult], list[_Heard]]:
        """
        Recognise utterances of one language in one run of encoder and decoder.

        Args:
            group: one language, hotwords of one length.
            careful: the second time: whole window, wider beam, no repetitions.

        Returns:
            The results that are trusted, by place, and the utterances to try again: none the second
            time.
        """
        window: Window = "full" if careful else self._options.encoder_window
        encoded = self._encode([h.features for h in group], window)
        tokenizer = self._tokenizer(group[0].language)
        guesses = self._generate(encoded, group, tokenizer, careful=careful)
        texts: list[list[int]] = []
        again: list[_Heard] = []
        for h, guess in zip(group, guesses, strict=True):
            tokens = [t for t in guess.sequences_ids[0] if t < tokenizer.eot]
            why = doubt(_guess(guess, tokens, tokenizer, h.seconds))
            # Uncertain words that are neither a loop nor silence are words; their low probability
            # goes with them.
            trusted = why in ("", "unsure") if careful else why == ""
            texts.append(tokens if trusted else [])
            # Of a whole window silence is sure; of a spliced one it is a sign like the others.
            if not (trusted or careful or (why == "silence" and window == "full")):
                again.append(h)
        return self._aligned(encoded, group, texts, tokenizer), again

    def _generate(
        self,
        encoded: StorageView,
        group: Sequence[_Heard],
        tokenizer: Tokenizer,
        *,
        careful: bool,
    ) -> list[WhisperGenerationResult]:
        begin = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        prompts = [
            [tokenizer.sot_prev, *h.hotwords, *begin] if h.hotwords else begin for h in group
        ]
        longest_s = max(h.seconds for h in group)
        tokens = min(_MOST_TOKENS, int(_FREE_TOKENS + _MOST_TOKENS_PER_S * longest_s))
        return list(
            self._model.generate(
                encoded,
                prompts,
                beam_size=max(_CAREFUL_BEAM, self._options.beam_size)
                if careful
                else self._options.beam_size,
                no_repeat_ngram_size=_CAREFUL_NGRAM if careful else 0,
                # The runtime stops a text at half of this, or at what the prompt leaves of it.
                max_length=max(2 * tokens, len(prompts[0]) + tokens),
                return_scores=True,
                return_no_speech_prob=True,
            )
        )

    def _aligned(
        self,
        encoded: StorageView,
        group: Sequence[_Heard],
        texts: Sequence[list[int]],
        tokenizer: Tokenizer,
    ) -> dict[int, AsrResult]:
        """Return words with times for the utterances that have a text."""
        if not any(texts):
            return {}
        frames = [h.features.shape[1] for h in group]
        found = self._model.align(encoded, tokenizer.sot_sequence, list(texts), frames)
        results: dict[int, AsrResult] = {}
        for h, tokens, alignment in zip(group, texts, found, strict=True):
            if tokens:
                words = timed_words(
                    TokenTimes(
                        tokens=tokens, probs=alignment.text_token_probs, path=alignment.alignments
                    ),
                    tokenizer.split_tokens_on_unicode,
                    int(h.seconds * 1000),
                    spaced=h.language not in UNSPACED,
                )
                results[h.place] = AsrResult(
                    words=words, language=h.language, language_prob=h.language_prob
                )
        return results

    # --------------------------------------------------------------------------- encoder

    def _encode(self, features: Sequence[Features], window: Window) -> StorageView:
        """
        Return the encoder's output for a batch, (batch, 1500, width).

        ``full`` encodes each utterance with silence up to the 30 s of training.  ``splice`` encodes
        its own length and three seconds, and takes the rest from the output for pure silence, which
        is computed once: many times less work.  Cross-attention then sees positions 1500 wide, as
        in training; a shorter output makes the decoder loop.

        An utterance's window depends on nothing but itself: padded to the longest of a batch, its
        words would depend on what other calls said at that moment, and a call replayed after a
        crash would be heard otherwise.
        """
        if window == "full":
            return self._model.encode(StorageView.from_array(padded(features, FRAMES)))
        encoded = np.repeat(self._encoded_silence(), len(features), axis=0)
        windows = [_window(f) for f in features]
        for frames in set(windows):
            rows = [row for row, its in enumerate(windows) if its == frames]
            batch = StorageView.from_array(padded([features[row] for row in rows], frames))
            encoded[rows, : frames // 2] = np.asarray(self._model.encode(batch, to_cpu=True))
        return StorageView.from_array(encoded)

    def _encoded_silence(self) -> Features:
        if self._silence is None:
            nothing = features_of(self._extract, np.zeros(MODEL_RATE_HZ, np.float32))
            silent = StorageView.from_array(padded([nothing], FRAMES))
            self._silence = np.asarray(self._model.encode(silent, to_cpu=True))
        return self._silence

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._tokenizers:
            try:
                self._tokenizers[language] = Tokenizer(
                    self._table, self.multilingual, task="transcribe", language=language
                )
            except ValueError:
                raise EngineError("whisper: a language that no model knows") from None
        return self._tokenizers[language]


def _window(features: Features) -> int:
    """Return the frames that an utterance is encoded with: whole seconds, so that some agree."""
    own = int(features.shape[1]) + _SPLICE_MARGIN
    return min(FRAMES, math.ceil(own / _SECOND) * _SECOND)


def _groups(heard: Sequence[_Heard]) -> list[list[_Heard]]:
    """Return what can be decoded together: one language, hotwords of as many tokens."""

    def kind(h: _Heard) -> tuple[str, int]:
        return h.language, len(h.hotwords)

    return [list(group) for _, group in groupby(sorted(heard, key=kind), key=kind)]


def _guess(
    result: WhisperGenerationResult, tokens: list[int], tokenizer: Tokenizer, seconds: float
) -> Guess:
    count = len(result.sequences_ids[0])
    return Guess(
        text=tokenizer.decode(tokens),
        tokens=len(tokens),
        seconds=seconds,
        # The runtime's score is the mean over the tokens without the one that ends the text.
        mean_logprob=result.scores[0] * count / (count + 1),
        no_speech_prob=result.no_speech_prob,
    )


class Recognizers:
    """
    ``Recognizer`` that sends each utterance to the model for its language.

    An English model is better at English than a multilingual one of its size, and writes every
    other language as English-looking words.  So an utterance whose language is not known goes to
    the multilingual model first, which tells.

    Args:
        english: reads English; where it is multilingual it reads everything.
        other: loads the multilingual model at its first use; many sites never need it.
    """

    def __init__(self, english: WhisperRecognizer, other: Callable[[], WhisperRecognizer]) -> None:
        self._english = english
        self._other = other

    def recognize(self, batch: Sequence[AsrRequest]) -> list[AsrResult]:
        """
        Return the words of each utterance; none where nothing was said.

        Raises:
            EngineError: a model failed.
        """
        if self._english.multilingual:
            return self._english.recognize(batch)
        unknown = [i for i, r in enumerate(batch) if r.language is None]
        found = self._other().languages([batch[i] for i in unknown]) if unknown else []
        spoken = {i: (r.language or ENGLISH, 1.0) for i, r in enumerate(batch)}
        spoken |= dict(zip(unknown, found, strict=True))

        results: dict[int, AsrResult] = {}
        for english in (True, False):
            places = [i for i, (language, _) in spoken.items() if (language == ENGLISH) == english]
            if places:
                model = self._english if english else self._other()
                asked = [replace(batch[i], language=spoken[i][0]) for i in places]
                results |= dict(zip(places, model.recognize(asked), strict=True))
        return [replace(results[i], language_prob=spoken[i][1]) for i in range(len(batch))]

"""
Is a recognised text one that somebody said?

Whisper, given noise or a cut word, may loop or write a phrase it has often seen.  The signs are
those of Radford et al. (2022, section 4.5): text that compresses too well, a low mean probability,
a high probability of no speech; and two more that need no model: more tokens than a mouth can say,
and the same few words over and over.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Doubt = Literal["", "silence", "loop", "too_much", "unsure"]
"""Why a guess is not trusted; "" where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a recogniser wrote for one utterance."""

    text: str = field(repr=False)
    tokens: int
    seconds: float
    mean_logprob: float  #: natural logarithm, per token
    no_speech_prob: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardParams:
    """When to doubt."""

    compression: float = 2.4  #: Whisper's own bound: bytes over deflated bytes
    mean_logprob: float = -1.0  #: Whisper's own bound
    no_speech_prob: float = 0.6  #: Whisper's own bound; counts only with ...
    silent_logprob: float = -0.5  #: ... a mean below this: tiny.en writes "you" in noise at -0.7
    repeats: int = 4  #: the same words this often in a row: people say "no, no, no"
    longest_repeat: int = 6  #: words of a phrase that may repeat
    tokens_per_s: float = 9.0  #: the fastest speakers say 5 words, 7 tokens, a second
    tokens_free: int = 8  #: a short utterance has few samples to say how fast it was


DEFAULT = GuardParams()


def doubt(guess: Guess, params: GuardParams = DEFAULT) -> Doubt:
    """
    Return why ``guess`` should not be trusted, or "".

    >>> doubt(Guess(text="no no no no no", tokens=5, seconds=2.0, mean_logprob=-0.2,
    ...             no_speech_prob=0.0))
    'loop'
    """
    quiet = guess.no_speech_prob > params.no_speech_prob
    if quiet and guess.mean_logprob < params.silent_logprob:
        return "silence"
    if compression(guess.text) > params.compression or repeated(guess.text.split(), params):
        return "loop"
    if guess.tokens > params.tokens_free + params.tokens_per_s * guess.seconds:
        return "too_much"
    return "unsure" if guess.mean_logprob < params.mean_logprob else ""


def compression(text: str) -> float:
    """Return how many times smaller ``text`` becomes; repetition makes it large."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def repeated(words: Sequence[str], params: GuardParams = DEFAULT) -> bool:
    """
    Return whether a phrase follows itself too often.

    >>> repeated("we will call you we will call you we will call you we will call you".split())
    True
    >>> repeated("no no no I said two two one".split())
    False
    """
    plain = ["".join(c for c in w.casefold() if c.isalnum()) for w in words]
    for size in range(1, params.longest_repeat + 1):
        same = 0
        for i in range(size, len(plain)):
            # Digits are read out, and "5 5 5 5" is how a number may be written.
            same = same + 1 if plain[i] == plain[i - size] and not plain[i].isdigit() else 0
            if same >= size * (params.repeats - 1):
                return True
    return False

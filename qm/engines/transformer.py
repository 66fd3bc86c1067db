"""
Redacted turns -> label probabilities, by a small transformer encoder in ONNX.

The encoder reads the turns before and the turn itself as one row of tokens,
``[CLS] [agent] words [SEP] [customer] words [SEP] ...``.  A token sees its own turn and the turns
before it, never a later one, so that a turn has the same probabilities live and after the call.
Each label pools the tokens of the turn by an attention of its own (Yang et al., 2016, with one
query a label) and its probability is calibrated by Platt scaling (Platt, 1999).

How it is trained, on what, and how good it is: ``models/turn-labels``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException
from tokenizers import Tokenizer

from qm.engines.base import LabelRequest
from qm.errors import EngineError, ModelAltered
from qm.types import WITHHELD, ModelRef, Role

#: What stands for an identifier in redacted text; the tokenizer has one token for each.
PLACEHOLDERS = (
    "NAME", "LOCATION", "DATE", "PHONE", "FAX", "EMAIL", "SSN", "MRN", "HEALTH_PLAN_ID", "ACCOUNT",
    "LICENSE", "VEHICLE", "DEVICE", "URL", "IP", "EMPLOYER", "AGE_90_PLUS", "BIOMETRIC", "PHOTO",
    "OTHER_ID",
)  # fmt: skip
ROLE_TOKENS = {Role.AGENT: "[agent]", Role.CUSTOMER: "[customer]"}
OTHER_ROLE_TOKEN = "[other]"  # noqa: S105 - a marker in the text, no secret

_PLACEHOLDER = re.compile(r"\[([A-Z][A-Z0-9_]*?)(?:_\d+)?\]")

#: Tokens of one turn: 96 from its head and 96 from its tail hold a minute of speech (150 words a
#: minute, 1.3 tokens a word); what a longer one is about stands at its ends.
TURN_TOKENS = 192
#: Tokens of the whole row.  Most of the gain of context comes from the last few turns, and the
#: cost grows with the row.
ROW_TOKENS = 256
#: Turn number of a token that belongs to none (padding, in training).
NO_TURN = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """Tokens for the encoder; ``turns`` numbers each token's turn, from 0, oldest first."""

    tokens: list[int] = field(repr=False)
    turns: list[int] = field(repr=False)


def plain_placeholders(text: str) -> str:
    """
    Return ``text`` with every placeholder as the one token that the encoder knows it by.

    What is withheld is left out.

    >>> plain_placeholders("This is [NAME_12], [RX_NUMBER], born [DATE].")
    'This is [NAME], [OTHER_ID], born [DATE].'
    """

    def known(match: re.Match[str]) -> str:
        return f"[{match[1] if match[1] in PLACEHOLDERS else 'OTHER_ID'}]"

    said = " ".join(text.replace(WITHHELD, " ").split())
    return _PLACEHOLDER.sub(known, said)


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """
    Return the number of a token that must be there.

    Raises:
        ModelAltered: the tokenizer does not know it.
    """
    number: int | None = tokenizer.token_to_id(token)
    if number is None:
        raise ModelAltered(f"tokenizer without {token}")
    return number


def turn_tokens(tokenizer: Tokenizer, role: Role, text: str) -> list[int]:
    """Return the tokens of one turn: its role, its words, ``[SEP]``."""
    words: list[int] = tokenizer.encode(plain_placeholders(text), add_special_tokens=False).ids
    if len(words) > TURN_TOKENS:
        words = words[: TURN_TOKENS // 2] + words[-TURN_TOKENS // 2 :]
    role_token = token_id(tokenizer, ROLE_TOKENS.get(role, OTHER_ROLE_TOKEN))
    return [role_token, *words, token_id(tokenizer, "[SEP]")]


def join_row(turns: Sequence[list[int]], cls_token: int, row_tokens: int = ROW_TOKENS) -> Row:
    """
    Return one row of the last turns; the oldest that does not fit loses its head.

    >>> join_row([[1, 2, 3], [4, 5]], cls_token=9, row_tokens=5)
    Row()
    >>> join_row([[1, 2, 3], [4, 5]], cls_token=9, row_tokens=5).tokens
    [9, 2, 3, 4, 5]
    >>> join_row([[1, 2, 3], [4, 5]], cls_token=9, row_tokens=5).turns
    [0, 0, 0, 1, 1]
    """
    room = row_tokens - 1
    kept: list[list[int]] = []
    for tokens in reversed(turns):
        if room <= 0:
            break
        kept.insert(0, tokens[-room:])
        room -= len(tokens)
    row = Row(tokens=[cls_token], turns=[0])
    for number, tokens in enumerate(kept):
        row.tokens.extend(tokens)
        row.turns.extend([number] * len(tokens))
    return row


class OnnxTurnClassifier:
    """
    ``TurnClassifier`` on a folder with ``encoder.onnx``, ``tokenizer.json`` and ``labels.toml``.

    One thread: a worker runs one model a core.  The folder's files are verified by the registry
    before they come here.

    Raises:
        ModelAltered: a file is missing or does not fit the others.
    """

    def __init__(self, folder: Path) -> None:
        try:
            head = tomllib.loads((folder / "labels.toml").read_text())
            self._tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text())
            encoder = (folder / "encoder.onnx").read_bytes()
        except (OSError, ValueError) as error:
            raise ModelAltered(f"turn labels: {type(error).__name__}") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            encoder, options, providers=["CPUExecutionProvider"]
        )
        self.model = ModelRef(name=head["name"], version=head["version"])
        self.labels: tuple[str, ...] = tuple(entry["label"] for entry in head["labels"])
        self._languages = frozenset(head["languages"])
        self._slope = np.array([entry["slope"] for entry in head["labels"]])
        self._offset = np.array([entry["offset"] for entry in head["labels"]])
        self._cls = token_id(self._tokenizer, "[CLS]")
        if self._session.get_outputs()[0].shape[1] != len(self.labels):
            raise ModelAltered("turn labels: the encoder and labels.toml differ in their labels")

    def classify(self, batch: Sequence[LabelRequest]) -> list[np.ndarray]:
        """
        Return calibrated probabilities, shape (labels,), for each request.

        Labels of the other role get one too; whoever decides drops them.  A request is answered
        with an empty array, "not judged", where its language is not validated or its text withheld.

        Raises:
            EngineError: the runtime failed.
        """
        return [self._probs(request) for request in batch]

    def _probs(self, request: LabelRequest) -> np.ndarray:
        if request.language not in self._languages or not plain_placeholders(request.text):
            return np.zeros(0)
        row = self._row(request)
        # One row at a time: int8 activations are scaled by what runs together, and the same turn
        # must get the same probabilities at every replay.  A batch is no faster on one core.
        fed = {"tokens": np.array([row.tokens]), "turns": np.array([row.turns])}
        try:
            (logits,) = self._session.run(["logits"], fed)
        except (Fail, InvalidArgument, RuntimeException) as error:
            raise EngineError(f"turn labels: {type(error).__name__}") from None
        scaled = self._slope * np.asarray(logits[0], dtype=np.float64) + self._offset
        probs: np.ndarray = 1.0 / (1.0 + np.exp(-scaled))
        return probs

    def _row(self, request: LabelRequest) -> Row:
        turns = [*request.before, (request.role, request.text)]
        room = ROW_TOKENS
        tokens: list[list[int]] = []
        for role, text in reversed(turns):  # newest first, and no further than the row reaches
            if room <= 0:
                break
            tokens.insert(0, turn_tokens(self._tokenizer, role, text))
            room -= len(tokens[0])
        return join_row(tokens, self._cls)

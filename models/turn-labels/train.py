"""
Train, check and pack the turn labels: ``data/dialogues.jsonl`` in, the served files out.

    python train.py --base DIR            # all folds, then the shipped weights (1.5 h, 1 core)
    python train.py --base DIR --fold e7  # one author held out, prints its scores (< 10 min)
    python train.py --base DIR --smoke    # a few steps of everything, nothing shipped (< 1 min)

DIR holds MiniLM-L6 (``model.safetensors``, ``config.json``, ``tokenizer.json``), which
``qm models pull minilm-l6`` unpacks.  Folds are kept in ``--work`` and not done twice.

Every number in ``metrics.json`` is of authors whose calls the weights did not see, of the packed
int8 encoder, through the code that serves it.  The shipped weights are trained on all authors, with
calibration and thresholds from the out-of-fold probabilities.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import measure
import numpy as np
import torch
from measure import Head
from onnxruntime.quantization import QuantType, quantize_dynamic
from package import write_head, write_model
from scheme import ALL, FOLDS, Dialogue, asked_of, read_dialogues, redact, truth_of
from tokenizers import AddedToken, Tokenizer
from torch import nn
from transformers import AutoModel

from qm.engines.base import LabelRequest
from qm.engines.transformer import (
    NO_TURN,
    OTHER_ROLE_TOKEN,
    PLACEHOLDERS,
    ROLE_TOKENS,
    OnnxTurnClassifier,
    Row,
    join_row,
    turn_tokens,
)
from qm.types import Role

HERE = Path(__file__).parent
NAME, VERSION = "turn-labels", "2"
#: The turns before that the worker shows.
CONTEXT_TURNS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a run depends on, beside the data and the base weights."""

    seed: int = 7
    epochs: int = 5
    rate: float = 3e-4  #: of the top layer; each layer below learns ``decay`` times as fast
    decay: float = 0.85
    head_rate: float = 3e-3
    frozen_layers: int = 1  #: with the word embeddings; saves a fifth of the time
    row_tokens: int = 320
    context_tokens: int = 112  #: at most, before the first turn of a row that is learned from
    batch_rows: int = 4
    positive_weight: float = 1.0  #: of a rare label over its absence
    left_mark: float = 0.08  #: share of identifiers that a redactor misses, rounded up
    max_steps: int = 0  #: 0: no limit


# --------------------------------------------------------------------------------------- data


def unpunctuated(text: str) -> str:
    """Return ``text`` in lower case without punctuation; placeholders stay."""
    words = (w if w.startswith("[") else re.sub(r"[^\w' ]", "", w.lower()) for w in text.split())
    return " ".join(w for w in words if w)


def variant(dialogue: Dialogue, config: Config, rng: random.Random) -> list[tuple[Role, str]]:
    """Return the dialogue once as written, as heard or without punctuation, by the dice."""
    style = rng.choices(("written", "heard", "bare"), weights=(4, 4, 2))[0]
    turns = []
    for turn in dialogue["turns"]:
        text = redact(turn.get("heard") or turn["text"] if style == "heard" else turn["text"],
                      rng, config.left_mark)  # fmt: skip
        if style == "bare" or (style == "heard" and "heard" not in turn):
            text = unpunctuated(text)
        turns.append((Role(turn["role"]), text))
    return turns


def make_tokenizer(base: Path) -> Tokenizer:
    """Return the base's tokenizer, with unused entries given to placeholders and roles."""
    raw = json.loads((base / "tokenizer.json").read_text())
    own = [*(f"[{p}]" for p in PLACEHOLDERS), *ROLE_TOKENS.values(), OTHER_ROLE_TOKEN]
    for number, token in enumerate(own):
        raw["model"]["vocab"][token] = raw["model"]["vocab"].pop(f"[unused{number}]")
    raw["truncation"] = raw["padding"] = None
    tokenizer = Tokenizer.from_str(json.dumps(raw))
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in own])
    return tokenizer


def pad_rows(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Return tokens and turn numbers of the rows, both int64 of shape (rows, longest)."""
    longest = max(len(row.tokens) for row in rows)
    tokens = np.zeros((len(rows), longest), dtype=np.int64)
    turns = np.full((len(rows), longest), NO_TURN, dtype=np.int64)
    for i, row in enumerate(rows):
        tokens[i, : len(row.tokens)] = row.tokens
        turns[i, : len(row.turns)] = row.turns
    return tokens, turns


def training_rows(
    dialogue: Dialogue, tokenizer: Tokenizer, config: Config, rng: random.Random
) -> Iterator[tuple[Row, np.ndarray, np.ndarray]]:
    """Yield rows that cover the dialogue once, each with targets and what is asked by turn."""
    turns = [turn_tokens(tokenizer, r, t) for r, t in variant(dialogue, config, rng)]
    truth, asked = (np.array([f(t) for t in dialogue["turns"]]) for f in (truth_of, asked_of))
    first = 0
    while first < len(turns):
        start, room = first, rng.randint(24, config.context_tokens)
        while start > 0 and room >= len(turns[start - 1]):
            start -= 1
            room -= len(turns[start])
        end, room = start, config.row_tokens - 1
        while end < len(turns) and room >= len(turns[end]):
            room -= len(turns[end])
            end += 1
        learned = asked[start:end].copy()
        learned[: first - start] = 0
        cls = tokenizer.token_to_id("[CLS]")
        yield join_row(turns[start:end], cls, config.row_tokens), truth[start:end], learned
        first = end


# -------------------------------------------------------------------------------------- model


class TurnLabeller(nn.Module):
    """
    MiniLM that sees no later turn, with one attention pool a label.

    Args:
        base: folder of the base weights.
        tokenizer: of ``make_tokenizer``; its own tokens start as the words that name them.
    """

    def __init__(self, base: Path, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            base, attn_implementation="sdpa", add_pooling_layer=False,
            attention_probs_dropout_prob=0.0,  # half of the time on a CPU, for no gain seen
        )  # fmt: skip
        table = self.encoder.embeddings.word_embeddings.weight.data
        for token in (*(f"[{p}]" for p in PLACEHOLDERS), *ROLE_TOKENS.values(), OTHER_ROLE_TOKEN):
            words = tokenizer.encode(re.sub(r"\W|_", " ", token), add_special_tokens=False).ids
            table[tokenizer.token_to_id(token)] = table[words].mean(dim=0)
        width = self.encoder.config.hidden_size
        self.drop = nn.Dropout(0.2)
        self.evidence = nn.Linear(width, len(ALL))
        self.attention = nn.Linear(width, len(ALL))
        nn.init.zeros_(self.attention.weight)
        nn.init.constant_(self.evidence.bias, -3.0)  # base rates are a few percent

    def pools(self, tokens: torch.Tensor, turns: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return attention weights and weighted evidence of each token, (rows, tokens, labels)."""
        sees = (turns[:, None, :] <= turns[:, :, None]) & (turns[:, None, :] > NO_TURN)
        mask = (1.0 - sees[:, None].float()) * -1e4
        states = self.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state.float()
        states = self.drop(states)
        # A bounded score keeps exp() in range without looking for the largest.
        weight = torch.exp(8.0 * torch.tanh(self.attention(states) / 8.0))
        return weight, weight * self.evidence(states)

    def forward(
        self, tokens: torch.Tensor, turns: torch.Tensor, member: torch.Tensor
    ) -> torch.Tensor:
        """Return logits (rows, turns, labels); ``member`` (rows, turns, tokens) is 0 or 1."""
        weight, weighted = self.pools(tokens, turns)
        return torch.bmm(member, weighted) / torch.bmm(member, weight).clamp(min=1e-6)


class LastTurn(nn.Module):
    """What is served: the logits of each row's last turn."""

    def __init__(self, labeller: TurnLabeller) -> None:
        super().__init__()
        self.labeller = labeller

    def forward(self, tokens: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
        """Return logits (rows, labels)."""
        member = (turns == turns.max(dim=1, keepdim=True).values).float()[:, None, :]
        return self.labeller(tokens, turns, member)[:, 0]


def optimiser(model: TurnLabeller, config: Config) -> torch.optim.Optimizer:
    """Return AdamW with the learning rate falling by layer, the lowest layers frozen."""
    groups = []
    layers = model.encoder.encoder.layer
    model.encoder.embeddings.requires_grad_(False)
    for depth, layer in enumerate(layers):
        layer.requires_grad_(depth >= config.frozen_layers)
        if depth >= config.frozen_layers:
            rate = config.rate * config.decay ** (len(layers) - 1 - depth)
            groups.append({"params": list(layer.parameters()), "lr": rate, "weight_decay": 0.01})
    head = [*model.evidence.parameters(), *model.attention.parameters()]
    groups.append({"params": head, "lr": config.head_rate, "weight_decay": 0.0})
    return torch.optim.AdamW(groups)


def fit(
    dialogues: Sequence[Dialogue], base: Path, tokenizer: Tokenizer, config: Config
) -> TurnLabeller:
    """Return a model trained on ``dialogues``; same seed, data and machine, same weights."""
    torch.manual_seed(config.seed)
    rng = random.Random(config.seed)
    model = TurnLabeller(base, tokenizer).train()
    best = optimiser(model, config)
    # 1.25: rows overlap; only the shape of the schedule hangs on it.
    tokens = sum(len(t["text"]) for d in dialogues for t in d["turns"]) / 4 * 1.25
    steps = config.max_steps or int(tokens / config.row_tokens / config.batch_rows * config.epochs)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        best, [g["lr"] for g in best.param_groups], steps, pct_start=0.1, anneal_strategy="linear"
    )
    weight = torch.tensor(config.positive_weight)
    step, started = 0, time.monotonic()
    while step < steps:
        order = [r for d in dialogues for r in training_rows(d, tokenizer, config, rng)]
        rng.shuffle(order)
        for first in range(0, len(order), config.batch_rows):
            rows, truths, askeds = zip(*order[first : first + config.batch_rows], strict=True)
            tokens_in, turns_in = (torch.from_numpy(a) for a in pad_rows(rows))
            count = max(len(t) for t in truths)
            member = (turns_in[:, None, :] == torch.arange(count)[None, :, None]).float()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(tokens_in, turns_in, member).float()
            truth, asked = (
                torch.from_numpy(np.stack([np.pad(a, ((0, count - len(a)), (0, 0))) for a in part]))
                for part in (truths, askeds)
            )
            losses = nn.functional.binary_cross_entropy_with_logits(
                logits, truth, reduction="none", pos_weight=weight
            )
            loss = (losses * asked).sum() / asked.any(dim=2).sum().clamp(min=1)
            best.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            best.step()
            schedule.step()
            step += 1
            if step % 50 == 0:
                spent = time.monotonic() - started
                print(f"  step {step}/{steps} loss {loss.item():.3f} {spent:.0f} s", flush=True)
            if step >= steps:
                break
    return model.eval()


# ------------------------------------------------------------------------- packing and checking


def pack(model: TurnLabeller, tokenizer: Tokenizer, folder: Path) -> None:
    """Write ``encoder.onnx`` (int8 weights), ``tokenizer.json`` and an uncalibrated head."""
    folder.mkdir(parents=True, exist_ok=True)
    model.encoder.set_attn_implementation("eager")  # plain products, which quantise
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    example = torch.tensor([[2, 3, 4, 0]]), torch.tensor([[0, 0, 1, NO_TURN]])
    with tempfile.TemporaryDirectory() as scratch:
        torch.onnx.export(
            LastTurn(model).eval(), example, f"{scratch}/full.onnx",
            input_names=["tokens", "turns"], output_names=["logits"], opset_version=17,
            dynamic_axes={
                "tokens": {0: "rows", 1: "length"},
                "turns": {0: "rows", 1: "length"},
                "logits": {0: "rows"},
            },
            dynamo=False,  # the other exporter wants a package more
        )  # fmt: skip
        quantize_dynamic(
            f"{scratch}/full.onnx", folder / "encoder.onnx",
            weight_type=QuantType.QInt8, per_channel=True,
        )  # fmt: skip
    write_head(folder, NAME, VERSION, [Head(label=label) for label in ALL])


def requests(dialogue: Dialogue, config: Config, *, heard: bool) -> list[LabelRequest]:
    """Return what the worker would ask of each turn: the turn and all before it."""
    rng = random.Random(config.seed)
    turns: list[tuple[Role, str]] = []
    asked = []
    for turn in dialogue["turns"]:
        text = turn.get("heard", "") if heard else turn["text"]
        turns.append((Role(turn["role"]), redact(text, rng, config.left_mark)))
        before = tuple(t for t in turns[-1 - CONTEXT_TURNS : -1] if t[1])
        asked.append(LabelRequest(role=turns[-1][0], text=turns[-1][1], before=before))
    return asked


def judge(
    folder: Path, dialogues: Sequence[Dialogue], config: Config, *, heard: bool
) -> np.ndarray:
    """Return the packed model's logits, (turns, labels); -inf where nothing was heard."""
    classifier = OnnxTurnClassifier(folder)
    out = []
    for dialogue in dialogues:
        for probs in classifier.classify(requests(dialogue, config, heard=heard)):
            known = probs if len(probs) else np.zeros(len(ALL))
            with np.errstate(divide="ignore"):
                out.append(np.log(known) - np.log1p(-known))
    return np.array(out).reshape(-1, len(ALL))


def out_of_fold(
    dialogues: Sequence[Dialogue], held_out: Sequence[str], base: Path, config: Config, keep: Path
) -> None:
    """Train without the authors ``held_out``, judge their calls, keep the logits in ``keep``."""
    tokenizer = make_tokenizer(base)
    inside = [d for d in dialogues if d["author"] not in held_out]
    outside = [d for d in dialogues if d["author"] in held_out]
    model = fit(inside, base, tokenizer, config)
    with tempfile.TemporaryDirectory() as scratch:
        pack(model, tokenizer, Path(scratch))
        written = judge(Path(scratch), outside, config, heard=False)
        spoken = [d for d in outside if any("heard" in t for t in d["turns"])]
        heard = judge(Path(scratch), spoken, config, heard=True)
    np.savez_compressed(
        keep, ids=[d["id"] for d in outside], written=written.astype(np.float32),
        heard_ids=[d["id"] for d in spoken], heard=heard.astype(np.float32),
    )  # fmt: skip


def main() -> None:
    """Run what the module's docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "turn-labels")
    parser.add_argument("--fold", help="hold out this author alone and print the scores")
    parser.add_argument("--only", type=int, choices=range(len(FOLDS)), help="one of the folds")
    parser.add_argument("--finish", action="store_true", help="with the folds that there are")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = replace(Config(), max_steps=4 if args.smoke else 0)
    dialogues = read_dialogues()[:: 20 if args.smoke else 1]
    work = args.work / ("smoke" if args.smoke else "full")
    work.mkdir(parents=True, exist_ok=True)
    if args.fold:
        keep = work / f"author-{args.fold}.npz"
        out_of_fold(dialogues, [args.fold], args.base, config, keep)
        print(measure.summary(measure.read({0: keep}, dialogues)["written"]))
        return
    folds = range(2 if args.smoke else len(FOLDS))
    kept = {number: work / f"fold-{number}.npz" for number in folds}
    for number, keep in kept.items():
        wanted = args.only in (None, number) and not args.finish
        if wanted and not keep.exists():
            out_of_fold(dialogues, FOLDS[number], args.base, config, keep)
    if args.only is not None:
        return
    folder = work / "packed"
    tokenizer = make_tokenizer(args.base)
    if not (folder / "labels.toml").exists():
        pack(fit(dialogues, args.base, tokenizer, config), tokenizer, folder)
    judged = measure.read({n: k for n, k in kept.items() if k.exists()}, dialogues)
    heads, metrics = measure.finish(judged, dialogues)
    write_head(folder, NAME, VERSION, heads)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    if not args.smoke:
        for path in folder.iterdir():
            shutil.copy(path, HERE / path.name)
        files = ("encoder.onnx", "tokenizer.json", "labels.toml")
        write_model(HERE, VERSION, "transformer", files)
        unseen = measure.unseen_probs(judged, dialogues)
        np.savez_compressed(HERE.parent / "call-outcomes" / "turns.npz", **unseen)


if __name__ == "__main__":
    main()

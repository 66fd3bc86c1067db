"""
Collect the dialogues that the turn labels are trained on into ``dialogues.jsonl``.

One line is one dialogue: ``id``, ``author`` (the batch it was written in), ``queue``, ``outcome``
and ``turns``; a turn has ``role``, ``text`` with every identifier marked ``[LABEL|words]``,
``labels``, and ``heard`` where the dialogue was also spoken and recognised: what a small recogniser
wrote, with the marks carried over by aligning its words with the script's.

    python collect.py DATA_DIR          # holds calls/scripts, dialogues, dialogues/heard
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
from pathlib import Path

MARK = re.compile(r"\[([A-Z0-9_]+)\|([^\]]*)\]")


def words_and_marks(text: str) -> tuple[list[str], list[tuple[int, int, str]]]:
    """
    Return the words of a marked text and its marks as (first word, past the last, label).

    >>> words_and_marks("Hi, [NAME|Ann Lee], go.")
    (['Hi,', 'Ann', 'Lee', ',', 'go.'], [(1, 3, 'NAME')])
    """
    words: list[str] = []
    marks: list[tuple[int, int, str]] = []
    end = 0
    for mark in MARK.finditer(text):
        words += text[end : mark.start()].split()
        first = len(words)
        words += mark.group(2).split()
        marks.append((first, len(words), mark.group(1)))
        end = mark.end()
    return words + text[end:].split(), marks


def carry_marks(script: str, heard: str) -> str:
    """
    Return ``heard`` with the marks of ``script`` around the words that stand for them.

    Words between two agreeing words stand for each other in proportion, so an identifier that was
    misheard or written in digits is still covered.

    >>> carry_marks("This is [NAME|Ann Lee] calling.", "This is and Lee calling")
    'This is [NAME|and Lee] calling'
    """
    said, marks = words_and_marks(script)
    wrote = heard.split()
    plain = [[re.sub(r"\W", "", w.lower()) for w in side] for side in (said, wrote)]
    edge = [0.0] * (len(said) + 1)
    for _, a0, a1, b0, b1 in difflib.SequenceMatcher(None, *plain, autojunk=False).get_opcodes():
        for i in range(a0, a1 + 1):
            edge[i] = b0 + (b1 - b0) * (i - a0) / max(1, a1 - a0)
    for first, last, label in reversed(marks):
        start, stop = int(edge[first]), round(edge[last] + 0.49)
        if stop > start:
            wrote[start:stop] = [f"[{label}|{' '.join(wrote[start:stop])}]"]
    return " ".join(wrote)


def collect(data: Path) -> list[dict[str, object]]:
    """Return the English dialogues under ``data``, by id."""
    lines = []
    for path in sorted([*data.glob("calls/scripts/*-*.json"), *data.glob("dialogues/*-*.json")]):
        script = json.loads(path.read_text())
        if script["language"] != "en":
            continue
        heard_path = data / "dialogues" / "heard" / path.name
        heard = {}
        if heard_path.exists():
            heard = {t["index"]: t["text"] for t in json.loads(heard_path.read_text())["turns"]}
        turns = []
        for index, turn in enumerate(script["turns"]):
            line = {"role": turn["role"], "text": turn["text"], "labels": turn["labels"]}
            if index in heard:
                line["heard"] = carry_marks(turn["text"], heard[index])
            turns.append(line)
        author = script["call_id"].split("-")[0]
        lines.append({"id": script["call_id"], "author": author, "queue": script["queue"],
                      "outcome": script["outcome"], "turns": turns})  # fmt: skip
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    out = Path(__file__).with_name("dialogues.jsonl")
    with out.open("w") as sink:
        for line in collect(parser.parse_args().data):
            sink.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")

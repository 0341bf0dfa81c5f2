"""Passages on medicine and biology, from the open datasets, that questions are derived from.

arXiv's abstracts, from which everything else is derived, have next to nothing on either.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

from paperchat.text.sentences import sentence_spans
from train.data.abstracts import Abstract
from train.data.open_datasets import read_rows

_SETS = (
    "bioasq_snippets",
    "bioasq_spans",
    "check_covid",
    "covidqa",
    "evidence_inference_v2",
    "evidence_inference_v2_nli",
)
_TITLE = re.compile(r"^\s*TITLE:\s*(?P<title>[^\n]{10,300})\n")
_LONGEST = 4000  # characters
_LONG_ENOUGH = 60  # characters of a sentence that no two papers share by chance
_NOT_A_WORD = re.compile(r"\W+")


def sample_passages(data: Path, most: int, chance: random.Random) -> list[Abstract]:
    """Draw at most ``most`` at random; none has a sentence of SciFact's abstracts, on which the reader is evaluated."""
    texts = dict.fromkeys(_text(row) for name in _SETS for row in read_rows(data, name))
    tested_on = _scifact_sentences(data)
    found = [one for number, text in enumerate(texts) if not _has_sentence_of(one := _passage(number, text), tested_on)]
    chance.shuffle(found)
    return found[:most]


def _text(row: dict[str, Any]) -> str:
    return str(row.get("context") or row["evidence"])[:_LONGEST]


def _passage(number: int, text: str) -> Abstract:
    match = _TITLE.match(text)
    body = " ".join(text[match.end() if match else 0 :].split())
    title = " ".join(match["title"].split()) if match else ""
    return Abstract(paper_id=f"passage {number}", title=title, text=body, spans=tuple(sentence_spans(body)))


def _has_sentence_of(passage: Abstract, sentences: set[str]) -> bool:
    return any(_normalise(sentence) in sentences for sentence in passage.sentences)


def _scifact_sentences(data: Path) -> set[str]:
    with (data / "ir" / "scifact" / "corpus.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    plain = (_normalise(text[start:end]) for text in texts for start, end in sentence_spans(text))
    return {sentence for sentence in plain if len(sentence) >= _LONG_ENOUGH}


def _normalise(sentence: str) -> str:
    return _NOT_A_WORD.sub(" ", sentence).strip().casefold()

"""Abstracts that questions and claims are derived from, and the nearest neighbour of each.

They are arXiv's (CC0), without Daily Papers and physics, on which the reader is evaluated, and without a held-out
tenth.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

from paperchat.text.sentences import sentence_spans

_SHORTEST = 4  # sentences
_BLOCK = 500
_PHYSICS_PATTERN = re.compile(r"^(?:astro-ph|cond-mat|quant-ph|hep-|gr-qc|nucl-|physics|math-ph)")
_SHORT_NAME = re.compile(r"^(?P<name>[A-Z][\w.+-]*(?: [A-Z\d][\w.+-]*)?): ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstract:
    """An abstract with its sentences; ``name`` is the part of the title before the colon if it looks like a name."""

    paper_id: str
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        match = _SHORT_NAME.match(self.title)
        return match["name"] if match else ""

    @property
    def sentences(self) -> list[str]:
        return [self.text[start:end] for start, end in self.spans]


def is_held_out(paper_id: str) -> bool:
    """Whether a paper is held out for evaluation: one in ten, by a hash of its id."""
    return hashlib.sha1(paper_id.encode(), usedforsecurity=False).digest()[0] % 10 == 0


def sample_abstracts(data: Path, most: int, chance: random.Random) -> list[Abstract]:
    """Draw at most ``most`` abstracts at random."""
    featured = _daily_paper_ids(data)
    with gzip.open(data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if not (row["id"] in featured or _is_excluded(row))]
    chance.shuffle(rows)
    return [*islice(filter(None, map(_abstract, rows)), most)]


def _is_excluded(row: dict[str, Any]) -> bool:
    return is_held_out(row["id"]) or any(map(_PHYSICS_PATTERN.match, row["categories"] or ()))


def _abstract(row: dict[str, Any]) -> Abstract | None:
    text = " ".join(row["abstract"].split())
    spans = tuple(sentence_spans(text))
    title = " ".join(row["title"].split())
    return Abstract(paper_id=row["id"], title=title, text=text, spans=spans) if len(spans) >= _SHORTEST else None


def nearest_neighbours(of: list[Abstract]) -> list[int]:
    """For each abstract the index of the one with the most similar words."""
    vectors = HashingVectorizer(stop_words="english", n_features=2**18).transform([f"{a.title} {a.text}" for a in of])
    nearest: list[int] = []
    for start in range(0, len(of), _BLOCK):
        likeness = (vectors[start : start + _BLOCK] @ vectors.T).toarray()
        likeness[np.arange(len(likeness)), start + np.arange(len(likeness))] = -1
        nearest += [int(place) for place in likeness.argmax(axis=1)]
    return nearest


def _daily_paper_ids(data: Path) -> set[str]:
    ids: set[str] = set()
    for file in (data / "hf_daily" / "days").glob("*.json"):
        ids.update(re.findall(r"\b\d{4}\.\d{4,5}\b", file.read_text(encoding="utf-8")))
    return ids

"""The development questions, each set with the library that it is asked over."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.ingest.pipeline import ingest

QUESTIONS_FOLDER = Path(__file__).parent / "questions"
FITTED_SETS = ("daily_a", "daily_b", "applied", "systems", "wide", "medicine")
"""What models are fitted on: Daily Papers; what is applied in medicine, economics, engineering and society; systems,
security, interaction with people, information theory and mathematics; a wide library of all that is not physics; and
medicine, over the library of biology and other papers of it."""
DAILY_SETS = {"daily_a": 3, "daily_b": 11}
"""First day file of each set; from there every 18th, 30 in all."""
TEST_SETS = ("biology", "physics")
"""Two more fields, to be asked and never fitted on; physics over what arXiv files under it, mostly beside others."""
_PHYSICS = re.compile(r"^(?:astro-ph|cond-mat|quant-ph|hep-|gr-qc|nucl-|physics|math-ph)")
_APPLIED = re.compile(r"^(?:q-bio|econ|q-fin|stat\.AP|eess\.S[PY]|math\.OC|cs\.(?:CY|SI|DL))")
_SYSTEMS = re.compile(
    r"^(?:cs\.(?:AR|CC|CG|CR|DB|DC|DS|ET|GR|GT|HC|IT|LO|NI|OS|PF|PL|SC|SE)|math\.|stat\.(?:ME|CO|TH))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """One question; ``expect`` are strings that a right answer quotes, ``paper_title`` the paper to cite."""

    question: str
    answerable: bool
    style: str
    paper_title: str
    expect: tuple[str, ...]

    def told_in(self, text: str) -> bool:
        """Whether a text has what a right answer quotes."""
        return any(fact in text for fact in self.expect)


def read_question_set(name: str) -> list[LabelledQuestion]:
    lines = (QUESTIONS_FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        LabelledQuestion(
            question=row["question"],
            answerable=row["answerable"],
            style=row["style"],
            paper_title=row.get("paper_title") or "",
            expect=tuple(row.get("expect", ())),
        )
        for row in map(json.loads, lines)
    ]


def source_files(name: str, data: Path, scratch: Path) -> list[Path]:
    """What to take in before the questions of this set are asked; ``scratch`` is a folder for what must be made."""
    if name == "seed":
        return [data / "seed" / "daily_papers_page.txt"]
    if name in ("biology", "medicine"):
        return [data / "ir" / "scifact" / "corpus.jsonl"]
    if name in _ARXIV_SELECTIONS:
        return [_select_abstracts(data, _ARXIV_SELECTIONS[name], scratch / f"{name}.jsonl")]
    return sorted((data / "hf_daily" / "days").glob("*.json"))[DAILY_SETS[name] :: 18][:30]


def _select_abstracts(data: Path, wanted: Callable[[dict[str, Any]], bool], target: Path) -> Path:
    with gzip.open(data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        chosen = [line for line in lines if wanted(json.loads(line))]
    target.write_text("".join(chosen), encoding="utf-8")
    return target


def _is_physics(row: dict[str, Any]) -> bool:
    return _has_category(_PHYSICS, row)


def _is_applied(row: dict[str, Any]) -> bool:
    return _is_held_out(row) and _has_category(_APPLIED, row)


def _is_systems(row: dict[str, Any]) -> bool:
    return _is_held_out(row) and _has_category(_SYSTEMS, row) and not _has_category(_APPLIED, row)


def _is_held_out(row: dict[str, Any]) -> bool:
    """Whether the reader was not trained on it and it is not physics: ``train/abstracts.py`` sets it aside."""
    aside = hashlib.sha1(row["id"].encode(), usedforsecurity=False).digest()[0] % 10 == 0
    return aside and not _is_physics(row)


def _has_category(categories: re.Pattern[str], row: dict[str, Any]) -> bool:
    return any(map(categories.match, row["categories"] or ()))


_ARXIV_SELECTIONS = {"physics": _is_physics, "applied": _is_applied, "systems": _is_systems, "wide": _is_held_out}
"""Which of arXiv's abstracts the library of a set has."""


@contextmanager
def open_library(name: str, data: Path) -> Iterator[PaperChat]:
    """A new library with the papers of this set, for as long as the block runs."""
    with TemporaryDirectory(prefix="paperchat-") as folder, PaperChat.open(Path(folder) / "home") as chat:
        ingest(chat.library, source_files(name, data, Path(folder)))
        yield chat

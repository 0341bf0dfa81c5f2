"""The labelled question sets, each with the library that it is asked over."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.ingest.pipeline import ingest

QUESTIONS_FOLDER = Path(__file__).parents[1] / "questions"
FITTED_SETS = ("daily_a", "daily_b", "applied", "systems", "wide", "medicine")
"""The sets that models are fitted on: Daily Papers; applications in medicine, economics, engineering and society;
systems, security, human-computer interaction, information theory and mathematics; a wide library of every field but
physics; and medicine, which shares the library of biology and asks about other papers in it."""
DAILY_SETS = {"daily_a": 3, "daily_b": 11}
"""First day file of each set; from there every 18th, 30 in all."""
ASSISTANT_MONTHS = ("2026-05", "2026-06")
"""Of Daily Papers: the library of the questions of every kind."""
TEST_SETS = ("biology", "physics")
"""Two more fields, only evaluated and never fitted on; physics is asked over all that arXiv files under it."""
_PHYSICS = re.compile(r"^(?:astro-ph|cond-mat|quant-ph|hep-|gr-qc|nucl-|physics|math-ph)")
_APPLIED = re.compile(r"^(?:q-bio|econ|q-fin|stat\.AP|eess\.S[PY]|math\.OC|cs\.(?:CY|SI|DL))")
_SYSTEMS = re.compile(
    r"^(?:cs\.(?:AR|CC|CG|CR|DB|DC|DS|ET|GR|GT|HC|IT|LO|NI|OS|PF|PL|SC|SE)|math\.|stat\.(?:ME|CO|TH))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A question; ``expect`` are strings that a correct answer quotes, ``paper_title`` is the paper to cite."""

    question: str
    answerable: bool
    style: str
    paper_title: str
    expect: tuple[str, ...]

    def is_answered_by(self, text: str) -> bool:
        """Whether ``text`` contains one of the expected strings."""
        return any(fact in text for fact in self.expect)


def read_question_set(name: str) -> list[LabelledQuestion]:
    """Read ``questions/NAME.jsonl``."""
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
    """The files to ingest for a set; a file that has to be generated is written to ``scratch``."""
    if name == "seed":
        return [data / "seed" / "daily_papers_page.txt"]
    if name in ("biology", "medicine"):
        return [data / "ir" / "scifact" / "corpus.jsonl"]
    if name in _ARXIV_SELECTIONS:
        return [_select_abstracts(data, _ARXIV_SELECTIONS[name], scratch / f"{name}.jsonl")]
    if name == "full_text":
        return sorted((data / "pdfs").glob("*.pdf"))
    days = sorted((data / "hf_daily" / "days").glob("*.json"))
    if name == "assistant":
        return days_of_months(ASSISTANT_MONTHS, data)
    return days[DAILY_SETS[name] :: 18][:30]


def days_of_months(months: Sequence[str], data: Path) -> list[Path]:
    """The files of Daily Papers of these months, such as ``2026-05``."""
    return [day for day in sorted((data / "hf_daily" / "days").glob("*.json")) if day.name.startswith(tuple(months))]


def _select_abstracts(data: Path, is_in_set: Callable[[dict[str, Any]], bool], target: Path) -> Path:
    with gzip.open(data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        chosen = [line for line in lines if is_in_set(json.loads(line))]
    target.write_text("".join(chosen), encoding="utf-8")
    return target


def _is_physics(row: dict[str, Any]) -> bool:
    return _has_category(_PHYSICS, row)


def _is_applied(row: dict[str, Any]) -> bool:
    return _is_held_out(row) and _has_category(_APPLIED, row)


def _is_systems(row: dict[str, Any]) -> bool:
    return _is_held_out(row) and _has_category(_SYSTEMS, row) and not _has_category(_APPLIED, row)


def _is_held_out(row: dict[str, Any]) -> bool:
    """Whether the reader was not trained on it (``train.data.abstracts`` holds it out) and it is not physics."""
    held_out = hashlib.sha1(row["id"].encode(), usedforsecurity=False).digest()[0] % 10 == 0
    return held_out and not _is_physics(row)


def _has_category(categories: re.Pattern[str], row: dict[str, Any]) -> bool:
    return any(map(categories.match, row["categories"] or ()))


_ARXIV_SELECTIONS = {"physics": _is_physics, "applied": _is_applied, "systems": _is_systems, "wide": _is_held_out}
"""Which arXiv abstracts form the library of a set."""


@contextmanager
def open_library(name: str, data: Path) -> Iterator[PaperChat]:
    """A temporary library with the papers of a set, deleted when the block ends."""
    with TemporaryDirectory(prefix="paperchat-") as folder, PaperChat.open(Path(folder) / "home") as chat:
        ingest(chat.library, source_files(name, data, Path(folder)))
        yield chat

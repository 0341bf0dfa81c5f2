"""Evaluates the ledger of results on results that were read by hand."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperchat.assistant import PaperChat
from paperchat.errors import SourceError
from paperchat.evaluation.numbered_lines import numbered_lines
from paperchat.results.paper_results import first_number
from paperchat.results.result_names import find_measures, listed_benchmark, listed_measure, measure_name, name_letters
from paperchat.results.types import Result, ResultCell
from paperchat.storage.name_normalization import title_key
from paperchat.types import StoredPaper

CELLS = ("value", "system", "benchmark", "measure")
_OURS = frozenset({"ours", "our method", "our approach", "we", "our model"})
_WORD = re.compile(r"[\w+*.]+")
_EMPTY_WORDS = frozenset(
    "the a an of on in for and to with average mean overall score scores rate benchmark benchmarks dataset datasets "
    "task tasks model models method methods performance improvement gain gains test set our its absolute relative"
    " baseline baselines total".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedResult:
    """A result that was read by hand; a cell that the text does not say is empty.

    ``place`` is the sentence of an abstract, or the text of the table's row.
    """

    paper: str
    place: str
    value: str
    system: str
    benchmark: str
    measure: str
    table: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredResult:
    """An expected result with the one that was found for it, or one of them alone; which of its cells are right."""

    expected: ExpectedResult | None
    found: Result | None
    right: Mapping[str, bool]

    def as_json(self) -> dict[str, Any]:
        """The row of the table of results."""
        expected = self.expected
        return {
            "paper": expected.paper if expected else self.found.paper.paper_id if self.found else "",
            "place": expected.place if expected else self.found.quote.text if self.found else "",
            "expected": {cell: getattr(expected, cell) for cell in CELLS} if expected else None,
            "found": {cell: _name(self.found, cell) for cell in CELLS} if self.found else None,
            "right": dict(self.right),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsEvaluation:
    """All results that were expected or found."""

    rows: tuple[ScoredResult, ...]
    papers: int
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Precision and recall of cells, of abstracts and of tables, and of each kind of cell.

        Precision is over the cells that are filled; of a result that nobody expected, all are wrong. Recall is over
        the cells that were expected. Of tables only the results that were read by hand count.
        """
        parts = {
            "abstracts": [row for row in self.rows if not _is_of_table(row)],
            "tables": [row for row in self.rows if _is_of_table(row)],
        }
        return {
            "papers": self.papers,
            "missing": list(self.missing),
            "all": _figures(self.rows),
            **{name: _figures(rows) for name, rows in parts.items() if rows},
            "rows": [row.as_json() for row in self.rows],
        }


def _is_of_table(row: ScoredResult) -> bool:
    return (
        bool(row.expected.table) if row.expected else bool(row.found and row.found.quote.passage.basis == "full_text")
    )


def _figures(rows: Iterable[ScoredResult]) -> dict[str, Any]:
    filled: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows:
        for cell in CELLS:
            filled[cell] += bool(row.found and _name(row.found, cell))
            expected[cell] += bool(row.expected and getattr(row.expected, cell))
            right[cell] += bool(row.right.get(cell))
    return {
        "expected": expected["value"],
        "found": filled["value"],
        "precision": _share(right.total(), filled.total()),
        "recall": _share(right.total(), expected.total()),
        "by_cell": {
            cell: {"precision": _share(right[cell], filled[cell]), "recall": _share(right[cell], expected[cell])}
            for cell in CELLS
        },
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def evaluate_results(
    assistant: PaperChat, file: Path, *, progress: Callable[[int, int], None] | None = None
) -> ResultsEvaluation:
    """Compare the results of the library's papers with those of a file.

    Raises:
        SourceError: the file cannot be read.
    """
    expected, read_by_hand = read_expected_results(file)
    papers = _find_papers(assistant, read_by_hand)
    rows: list[ScoredResult] = []
    for at, (key, entry) in enumerate(papers.items()):
        if progress:
            progress(at, len(papers))
        found = assistant.paper_results(entry.paper_id)
        rows += _score(entry, expected[key], found)
    missing = tuple(key for key in read_by_hand if key not in papers)
    return ResultsEvaluation(rows=tuple(rows), papers=len(papers), missing=missing)


def read_expected_results(file: Path) -> tuple[Mapping[str, list[ExpectedResult]], list[str]]:
    """The expected results by paper, and the papers, some of which may have none.

    Raises:
        SourceError: the file cannot be read.
    """
    expected: dict[str, list[ExpectedResult]] = defaultdict(list)
    papers: dict[str, None] = {}
    for line, where in numbered_lines(file, holds="results"):
        try:
            row = json.loads(line)
            key = str(row.get("id") or row["paper"])
            found = [_expected(key, one) for one in row.get("results", [row])]
        except (ValueError, KeyError, AttributeError) as error:
            raise SourceError(f"{where}: no result of the expected form: {error}") from error
        papers[key] = None
        expected[key] += found
    return expected, list(papers)


def _expected(paper: str, one: Mapping[str, Any]) -> ExpectedResult:
    cells = {cell: str(one.get(cell) or "") for cell in CELLS}
    place = _one_line(str(one.get("sentence") or one.get("row") or ""))
    return ExpectedResult(paper=paper, place=place, table=str(one.get("table") or ""), **cells)


def _find_papers(assistant: PaperChat, keys: Sequence[str]) -> Mapping[str, StoredPaper]:
    """The papers of the library by arXiv id, by title, or by the name of the PDF."""
    library = assistant.library
    by_key: dict[str, str] = {}
    for entry in library.directory.entries().values():
        by_key.setdefault(title_key(entry.title), entry.paper_id)
        if entry.arxiv_id:
            by_key[entry.arxiv_id] = entry.paper_id
    origins = library.full_texts.origins(
        entry.paper_id for entry in library.directory.entries().values() if entry.full_text
    )
    for paper_id, (_, source) in origins.items():
        name = source.replace("\\", "/").rsplit("/", 1)[-1]
        by_key[name] = by_key[name.removesuffix(".pdf")] = paper_id
    found = {key: by_key[key] for key in keys if key in by_key}
    stored = library.papers(found.values())
    return {key: stored[paper_id] for key, paper_id in found.items()}


def _score(paper: StoredPaper, expected: Sequence[ExpectedResult], found: Sequence[Result]) -> list[ScoredResult]:
    """Pair what was found with what was expected: the same value in the same sentence or row of the same table."""
    rows: list[ScoredResult] = []
    used: set[int] = set()
    for one in expected:
        candidates = [
            (sum(_rights(paper, one, result).values()), -at)
            for at, result in enumerate(found)
            if at not in used and _is_same_place(one, result) and is_same_value(one.value, result.value.text)
        ]
        if not candidates:
            rows.append(ScoredResult(expected=one, found=None, right={}))
            continue
        at = -max(candidates)[1]
        used.add(at)
        rows.append(ScoredResult(expected=one, found=found[at], right=_rights(paper, one, found[at])))
    if not any(one.table for one in expected):
        rows += [
            ScoredResult(expected=None, found=result, right={})
            for at, result in enumerate(found)
            if at not in used and result.quote.passage.basis == "abstract"
        ]
    return rows


def _is_same_place(expected: ExpectedResult, found: Result) -> bool:
    if not expected.table:
        place = _one_line(found.quote.text)
        return found.quote.passage.basis == "abstract" and (place in expected.place or expected.place in place)
    if found.quote.passage.basis != "full_text":
        return False
    number = re.search(r"\w*\d+", expected.table)
    labels = [
        match[1] for one in found.context if (match := re.match(r"(?:Table|Tab\.)\s?(\w+)", one.text, re.IGNORECASE))
    ]
    if number and labels and labels[0] != number[0]:
        return False
    words, of_row = set(_words(found.quote.text)), set(_words(expected.place))
    return len(words & of_row) >= 0.6 * min(len(words), len(of_row))


def is_same_value(expected: str, found: str) -> bool:
    """Whether two values begin with the same number."""
    return first_number(expected) == first_number(found) and bool(re.search(r"\d", expected))


def _rights(paper: StoredPaper, expected: ExpectedResult, found: Result) -> dict[str, bool]:
    return {
        "value": True,
        "system": is_same_system(expected.system, found.system, title=paper.paper.title, is_own=found.is_own),
        "benchmark": is_same_benchmark(expected.benchmark, found.benchmark),
        "measure": is_same_measure(expected.measure, found.measure),
    }


def is_same_benchmark(expected: str, found: ResultCell | None) -> bool:
    """Whether a benchmark is the expected one."""
    return found is not None and _agree(expected, found.text, listed_benchmark)


def is_same_measure(expected: str, found: ResultCell | None) -> bool:
    """Whether a measure is the expected one."""
    return found is not None and _agree(expected, found.text, listed_measure)


def is_same_system(expected: str, found: ResultCell | None, *, title: str, is_own: bool) -> bool:
    """Whether a system is the expected one; one's own may also be called "ours", or by words of the title."""
    if not expected or found is None:
        return False
    if is_own:
        of_title = (
            expected.lower() in _OURS
            or set(_words(expected)) <= set(_words(title))
            or name_letters(expected) in name_letters(title)
        )
        if of_title:
            return True
    return _agree(expected, found.name, str) or _agree(expected, found.text, str)


def _agree(expected: str, found: str, listed: Callable[[str], str]) -> bool:
    """Whether two names are the same, or the words of one are among those of the other."""
    if not expected or not found:
        return False
    first, second = (name_letters(one).strip("*") for one in (expected, found))
    if first == second or listed(expected).lower() == listed(found).lower():
        return True
    if listed is listed_measure and _measures_in(expected) & _measures_in(found):
        return True
    words, others = set(_words(expected)), set(_words(found))
    return bool(words and others) and (words <= others or others <= words)


def _measures_in(text: str) -> set[str]:
    named = (measure_name(match[0]) for match in find_measures(text))
    return {one.name for one in named if one and one.name not in ("score", "rate")}


def _words(text: str) -> list[str]:
    words = [word.lower().strip(".") for word in _WORD.findall(text)]
    return [word for word in words if word not in _EMPTY_WORDS] or words


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _name(result: Result, cell: str) -> str:
    written = getattr(result, cell)
    return str(written.name) if written else ""

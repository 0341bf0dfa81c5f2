"""A paper's results: those of its abstract's sentences and of the tables of its full text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from paperchat.results.own_names import own_names
from paperchat.results.result_names import listed_benchmark, listed_measure, measure_name
from paperchat.results.sentence_results import SentenceResult, read_abstract
from paperchat.results.table_grid import Span
from paperchat.results.table_results import TableCell, TableResult, read_tables
from paperchat.results.types import Better, CellSource, Result, ResultCell, ResultKind
from paperchat.text.latex_residue import readable
from paperchat.text.paper_title import short_title
from paperchat.text.sentences import sentence_spans
from paperchat.types import FullText, Passage, Quote, StoredPaper

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperResults:
    """The results of a paper, and how many more of its numbers may be results."""

    results: tuple[Result, ...]
    left_out: int
    has_full_text: bool


def read_paper(paper: StoredPaper, passages: Sequence[Passage], full_text: FullText | None) -> PaperResults:
    """Read the results of a paper from its passages and, of its full text, the tables."""
    own = own_names(paper.paper.title, paper.paper.abstract)
    quotes = [
        Quote(passage=passage, start=start, end=end)
        for passage in passages
        if passage.basis == "abstract"
        for start, end in sentence_spans(passage.text)
    ]
    reading = read_abstract([quote.text for quote in quotes], own, short_title(paper.paper.title))
    results = [_of_sentence(paper, quotes[one.value.sentence], one) for one in reading.results]
    left_out = reading.left_out
    if full_text is not None:
        tables = read_tables(full_text, own)
        left_out += tables.left_out
        of_full_text = sorted((one for one in passages if one.basis == "full_text"), key=lambda one: one.start)
        for row in tables.results:
            if (quoted := _quote(of_full_text, row.row)) is None:
                left_out += 1
            else:
                results.append(_of_row(paper, quoted, row, of_full_text))
    return PaperResults(results=tuple(results), left_out=left_out, has_full_text=full_text is not None)


def _of_sentence(paper: StoredPaper, quote: Quote, found: SentenceResult) -> Result:
    value, against = found.value.value, found.value.against
    return Result(
        paper=paper,
        system=found.system,
        benchmark=found.benchmark,
        measure=found.measure,
        value=ResultCell(text=value.text, name=readable(value.text)),
        number=first_number(value.text),
        kind=found.value.kind,
        better=_better(found.measure.text if found.measure else ""),
        against=ResultCell(text=against.text, name=against.text) if against else None,
        setting=None,
        quote=quote,
        is_own=found.is_own,
        is_before=found.value.is_before,
    )


def _of_row(paper: StoredPaper, quote: Quote, row: TableResult, passages: Sequence[Passage]) -> Result:
    measure = row.measure.text
    named = [_quote(passages, span) for span in (row.caption, row.header) if span and span[1] > span[0]]
    kind: ResultKind = "improvement" if row.value.text[0] in "+−" else "absolute"
    return Result(
        paper=paper,
        system=_cell(row.system),
        benchmark=_cell(row.benchmark, listed_benchmark(row.benchmark.name or row.benchmark.text))
        if row.benchmark
        else None,
        measure=_cell(row.measure, listed_measure(measure)),
        value=_cell(row.value),
        number=first_number(row.value.text),
        kind=kind,
        better=_better(measure),
        against=None,
        setting=_cell(row.setting) if row.setting else None,
        quote=quote,
        context=tuple(one for one in named if one is not None),
        is_own=row.is_own,
    )


def _cell(cell: TableCell, name: str = "") -> ResultCell:
    sources: dict[str, CellSource] = {"quote": "quote", "header": "header", "caption": "caption"}
    return ResultCell(text=cell.text, name=name or cell.name or cell.text, source=sources[cell.place])


def _quote(passages: Sequence[Passage], span: Span) -> Quote | None:
    """The quote of a stretch of the full text, which no passage may cut."""
    for passage in passages:
        if passage.start <= span[0] and span[1] <= passage.end:
            return Quote(passage=passage, start=span[0] - passage.start, end=span[1] - passage.start)
    return None


def _better(measure: str) -> Better:
    named = measure_name(measure) if measure else None
    return named.better if named else "none"


def first_number(text: str) -> float:
    """The first number of a value; its thousands may be set off by commas."""
    match = _NUMBER.search(text)
    return float(match[0].replace(",", "")) if match else 0.0

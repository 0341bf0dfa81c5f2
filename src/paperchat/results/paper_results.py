"""A paper's results: those of its abstract's sentences and of the tables of its full text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from paperchat.results.result_mentions import OwnNames, ResultMention, own_names
from paperchat.results.result_names import listed_benchmark, listed_measure, measure_name
from paperchat.results.sentence_results import SentenceResult, read_sentence
from paperchat.results.table_grid import Span
from paperchat.results.table_results import TableCell, TableResult, read_tables
from paperchat.results.types import Better, CellSource, Result, ResultCell, ResultKind
from paperchat.text.latex_residue import readable
from paperchat.text.paper_title import short_title
from paperchat.text.sentences import sentence_spans
from paperchat.types import FullText, Passage, Quote, StoredPaper

_DIGIT = re.compile(r"\d")
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
    results: list[Result] = []
    left_out = 0
    for passage in passages:
        if passage.basis != "abstract":
            continue
        for start, end in sentence_spans(passage.text):
            sentence = passage.text[start:end]
            if not _DIGIT.search(sentence):
                continue
            reading = read_sentence(sentence, own)
            left_out += reading.left_out
            quote = Quote(passage=passage, start=start, end=end)
            results += [_of_sentence(paper, quote, one, own) for one in reading.results]
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


def _of_sentence(paper: StoredPaper, quote: Quote, found: SentenceResult, own: OwnNames) -> Result:
    measure = found.measure.text if found.measure else ""
    return Result(
        paper=paper,
        system=_system(found.system, own, short_title(paper.paper.title)) if found.system else None,
        benchmark=_benchmark_cell(quote.text, found.benchmark),
        measure=ResultCell(text=measure, name=listed_measure(measure)) if measure else None,
        value=ResultCell(text=found.value.text, name=readable(found.value.text)),
        number=first_number(found.value.text),
        kind=found.kind,
        better=_better(measure),
        against=ResultCell(text=found.against.text, name=found.against.text) if found.against else None,
        setting=None,
        quote=quote,
        is_own=bool(found.system and found.system.detail in ("own", "back")),
        is_before=found.is_before,
    )


def _system(mention: ResultMention, own: OwnNames, title: str) -> ResultCell | None:
    """The system; under the paper's own name for it, else its title, where it is called "our method" or "it"."""
    if mention.detail not in ("own", "back") or own.kind_of(mention.text) is not None:
        source: CellSource = "paper" if mention.start < 0 else "quote"
        return ResultCell(text=mention.text, name=mention.text, source=source)
    if mention.detail == "back" and not own.main_system:
        return None
    return ResultCell(text=mention.text, name=own.main_system or title)


def _benchmark_cell(sentence: str, mentions: Sequence[ResultMention]) -> ResultCell | None:
    """The benchmark; of a list, all of it."""
    if not mentions:
        return None
    if mentions[0].start < 0:
        return ResultCell(text=mentions[0].text, name=listed_benchmark(mentions[0].text), source="paper")
    text = sentence[mentions[0].start : mentions[-1].end]
    name = " + ".join(dict.fromkeys(listed_benchmark(one.text) for one in mentions))
    return ResultCell(text=text, name=name)


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

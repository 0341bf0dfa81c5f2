"""Results in the tables of full texts: which of a grid's labels name systems, benchmarks and measures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from paperchat import lexicon
from paperchat.results.own_names import OwnNames
from paperchat.results.result_mentions import find_mentions
from paperchat.results.result_names import (
    find_measures,
    is_known_benchmark,
    listed_measure,
    measure_name,
    measure_spans,
)
from paperchat.results.table_grid import GridRow, GridText, Span, TableGrid, read_grids
from paperchat.types import FullText

_LEXICON = lexicon.load("result_tables")
_NO_RESULTS = re.compile(_LEXICON.regex("captions.no_results"), re.IGNORECASE)
_OF_BENCHMARKS = re.compile(_LEXICON.regex("labels.of_benchmarks"), re.IGNORECASE)
_OF_SYSTEMS = re.compile(_LEXICON.regex("labels.of_systems"), re.IGNORECASE)
_NO_SYSTEM = re.compile(_LEXICON.regex("labels.no_system"), re.IGNORECASE)
_OWN = re.compile(_LEXICON.regex("labels.own"), re.IGNORECASE)
_NOT_A_NAME = re.compile(_LEXICON.regex("labels.not_a_name"), re.IGNORECASE)
_TIME = re.compile(_LEXICON.regex("labels.time"), re.IGNORECASE)
_ABBREVIATION = re.compile(r"[A-Z]{2,6}s?")
_DATA = _LEXICON.regex("labels.data")
_SAME_LINE = 3.0  # points
_VAGUE = _LEXICON.words("captions.vague")
_CITATION = re.compile(r"\s*(?:\[[\d,\s–-]+\]|\((?:[^()]*?\b(?:19|20)\d\d[a-z]?[^()]*|[Oo]urs?)\)|[*†‡]+)\s*")


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell as it stands in the full text: its span, and whether that is in the row, the header or the caption.

    ``name`` is all of a heading of several lines.
    """

    span: Span
    text: str
    place: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class TableResult:
    """A number of a table with what its row, its column and the caption say of it."""

    row: Span
    header: Span
    caption: Span | None
    value: TableCell
    system: TableCell
    measure: TableCell
    benchmark: TableCell | None
    setting: TableCell | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class TableReading:
    """The results of a paper's tables, and how many more numbers may be results."""

    results: tuple[TableResult, ...]
    left_out: int


def read_tables(full_text: FullText, own: OwnNames) -> TableReading:
    """The results in the tables of a full text."""
    found: list[TableResult] = []
    left_out = 0
    for grid in read_grids(full_text):
        results = list(_GridReader(full_text.text, grid, own).read())
        found += results
        left_out += (
            sum(len(row.cells) for row in grid.rows) - len(results) if _is_of_results(full_text.text, grid) else 0
        )
    return TableReading(tuple(found), left_out)


def _is_of_results(text: str, grid: TableGrid) -> bool:
    return grid.caption is None or not _NO_RESULTS.search(text[slice(*grid.caption)])


class _GridReader:
    """Reads one grid."""

    def __init__(self, text: str, grid: TableGrid, own: OwnNames) -> None:
        self._text = text
        self._grid = grid
        self._own = own

    def read(self) -> Iterator[TableResult]:
        grid = self._grid
        if not _is_of_results(self._text, grid):
            return
        for row in grid.rows:
            systems, benchmarks, settings = self._labels(row)
            for column, cell in row.cells:
                measure, others = self._heading(column)
                measure = measure or self._caption_measure()
                if measure is None:
                    continue
                names = self._joined_lines([one for one in others if not _NOT_A_NAME.search(one.text)])
                settings_here = [*settings, *(one for one in others if one not in names)]
                system = systems[0] if systems else None
                benchmark = benchmarks[0] if benchmarks else None
                if system is None:
                    system = names.pop() if len(names) == 1 else None
                elif benchmark is None and not self._has_dataset_column:
                    benchmark = self._column_benchmark(names)
                if system is None or _NO_SYSTEM.search(system.text):
                    continue
                settings_here += [one for one in names if one is not benchmark]
                yield TableResult(
                    row=row.span,
                    header=grid.header,
                    caption=grid.caption,
                    value=TableCell((cell.start, cell.end), cell.text, "quote"),
                    system=system,
                    measure=measure,
                    benchmark=benchmark,
                    setting=settings_here[0] if settings_here else None,
                    is_own=self._is_own(row, system),
                )

    def _joined_lines(self, names: Sequence[TableCell]) -> list[TableCell]:
        """Names of one line each, or one of several lines, where no phrase stands above more than one column."""
        counts = Counter(phrase.start for heading in self._grid.headings for phrase in heading)
        if len(names) < 2 or any(counts[one.span[0]] > 1 for one in names):
            return list(names)
        last = names[-1]
        return [TableCell(last.span, last.text, last.place, " ".join(one.text for one in names))]

    @property
    def _has_dataset_column(self) -> bool:
        return len(self._grid.stubs) > 1 and any(_OF_BENCHMARKS.search(one.text) for one in self._grid.stubs)

    @property
    def _columns_are_systems(self) -> bool:
        """Whether the paper's own system is among the headings of the columns."""
        headings = [phrase.text for heading in self._grid.headings for phrase in heading]
        return any(_OWN.search(one) or self._own.kind_of(one) == "system" for one in headings)

    def _is_own(self, row: GridRow, system: TableCell) -> bool:
        written = self._text[row.labels[0].start : row.labels[-1].end]
        return bool(_OWN.search(written)) or self._own.kind_of(system.text) == "system"

    def _labels(self, row: GridRow) -> tuple[list[TableCell], list[TableCell], list[TableCell]]:
        """The systems, benchmarks and settings among a row's labels, by what stands above each."""
        stubs = self._grid.stubs
        if len(stubs) < 2 or len(row.labels) < 2:
            whole = GridText(
                row.labels[0].start, row.labels[-1].end, row.labels[0].left, row.labels[-1].right, row.labels[0].top,
                self._text[row.labels[0].start : row.labels[-1].end],
            )  # fmt: skip
            stub = " ".join(one.text for one in stubs)
            if len(stubs) > 1 and len(row.labels) < 2:
                stub = min(stubs, key=lambda one: abs(one.left - row.labels[0].left)).text
            label = self._label(whole, "quote")
            if label is None:
                return [], [], []
            of_benchmarks = (
                bool(_OF_BENCHMARKS.search(stub)) and not _OF_SYSTEMS.search(stub)
            ) or self._columns_are_systems
            return ([], [label], []) if of_benchmarks else ([label], [], [])
        systems: list[TableCell] = []
        benchmarks: list[TableCell] = []
        settings: list[TableCell] = []
        for one in row.labels:
            label = self._label(one, "quote")
            if label is None:
                continue
            stub = min(stubs, key=lambda above: abs(above.left - one.left)).text
            if _OF_SYSTEMS.search(stub) and not systems:
                systems.append(label)
            elif _OF_BENCHMARKS.search(stub):
                benchmarks.append(label)
            else:
                settings.append(label)
        return systems, benchmarks, settings

    def _column_benchmark(self, names: Sequence[TableCell]) -> TableCell | None:
        """What a column's heading or the caption names as the benchmark."""
        known = next((one for one in names if is_known_benchmark(one.text)), None)
        if known is not None:
            return known
        named = next((one for one in names if one.text[:1].isupper() and self._is_data(one)), None)
        return named or self._caption_benchmark()

    def _is_data(self, heading: TableCell) -> bool:
        """Whether the paper speaks of data of this name, or of a name that stands on the same line of the header."""
        line = {
            phrase.text
            for above in self._grid.headings
            for phrase in above
            if abs(phrase.top - self._tops[heading.span[0]]) < _SAME_LINE
        }
        return any(self._is_named_as_data(one) for one in line)

    @cached_property
    def _tops(self) -> Mapping[int, float]:
        return {phrase.start: phrase.top for above in self._grid.headings for phrase in above}

    def _is_named_as_data(self, name: str) -> bool:
        if is_known_benchmark(name):
            return True
        written = re.escape(name)
        return bool(
            re.search(rf"\b{written}\b[^.]{{0,40}}{_DATA}|{_DATA}[^.]{{0,60}}\b{written}\b", self._text, re.IGNORECASE)
        )

    def _label(self, label: GridText, place: str) -> TableCell | None:
        """A label without its citation."""
        match = _CITATION.search(label.text)
        text = label.text[: match.start()] if match and match.start() else label.text
        if not re.search(r"[^\W\d_]", text):
            return None
        return TableCell((label.start, label.start + len(text)), text, place)

    def _heading(self, column: int) -> tuple[TableCell | None, list[TableCell]]:
        """The measure above a column, and what else stands above it, from the top."""
        measure: TableCell | None = None
        others = []
        for phrase in self._grid.headings[column]:
            cell = TableCell((phrase.start, phrase.end), phrase.text, "header")
            matches = list(find_measures(phrase.text))
            covered = sum(match.end() - match.start() for match in matches)
            if self._is_defined_measure(phrase.text):
                measure = cell
            elif matches and covered >= 0.5 * len(re.sub(r"[^\w@]", "", phrase.text)):
                match = matches[-1]
                measure = TableCell((phrase.start + match.start(), phrase.start + match.end()), match[0], "header")
            else:
                others.append(cell)
        return measure, others

    def _is_defined_measure(self, heading: str) -> bool:
        """Whether a heading is an abbreviation that the caption gives, "Disparate Impact Outcome (DIO)", or a time."""
        if _TIME.search(heading):
            return True
        if self._grid.caption is None or not _ABBREVIATION.fullmatch(heading) or self._caption_measure():
            return False
        return f"({heading})" in self._text[slice(*self._grid.caption)]

    def _caption_measure(self) -> TableCell | None:
        """The measure that the caption names, where it is the only one."""
        if self._grid.caption is None:
            return None
        start, end = self._grid.caption
        caption = self._text[start:end]
        spans = [one for one in measure_spans(caption) if self._is_precise(caption[slice(*one)])]
        if len({listed_measure(caption[slice(*one)]) for one in spans}) != 1:
            return None
        first, last = spans[0]
        return TableCell((start + first, start + last), caption[first:last], "caption")

    def _is_precise(self, written: str) -> bool:
        named = measure_name(written)
        return named is not None and named.name not in _VAGUE

    def _caption_benchmark(self) -> TableCell | None:
        """The benchmark that the caption names, where it is the only one."""
        if self._grid.caption is None:
            return None
        start, end = self._grid.caption
        named = [one for one in find_mentions(self._text[start:end], self._own) if one.kind == "benchmark"]
        if len({one.text for one in named}) != 1:
            return None
        one = named[0]
        return TableCell((start + one.start, start + one.end), one.text, "caption")

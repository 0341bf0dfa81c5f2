"""The ledger of results: the results of a library's papers, leaderboards, conflicts and gaps."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from paperchat.errors import NotFoundError, StoppedError
from paperchat.results.paper_readings import PaperReadings
from paperchat.results.paper_results import PaperResults
from paperchat.results.result_names import listed_benchmark, name_letters, task_of
from paperchat.results.types import Leaderboard, Ledger, Result, ResultConflict, ResultGap
from paperchat.storage.library import Library
from paperchat.text.question_limits import validate_question
from paperchat.types import Filters

LedgerProgress = Callable[[str, int, int], None]
TopicPapers = Callable[[str, Collection[str], Filters], Collection[str]]
"""Gives, of the papers allowed, the ids of those on a topic."""

LONGEST_TOPIC = 500
"""In characters."""
FEWEST_ON_BOARD = 2
_MOST_GAPS = 30
_FEWEST_OF_GAP = 2
_MOST_OF_SYSTEM = 2
_MOST_WORDS_OF_NAME = 4
_REPORTED_EVERY = 50
_VAGUE = frozenset({"", "score", "performance"})
NOT_NAMED = "score"
"""The measure of leaderboards whose results do not say by what they are measured."""


class LedgerReader:
    """Makes ledgers of the results of papers; safe to share between threads.

    Args:
        find_papers: selects the papers on a topic.
    """

    def __init__(self, *, library: Library, find_papers: TopicPapers) -> None:
        self._library = library
        self._find_papers = find_papers
        self._readings = PaperReadings(library)

    def ledger(
        self,
        topic: str | None = None,
        filters: Filters | None = None,
        *,
        progress: LedgerProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> Ledger:
        """The results of the papers on a topic, of all where there is none, as far as the filters select them.

        Raises:
            UsageError: a malformed topic or filter.
            StoppedError: ``stopped`` was set before all papers were read.
        """
        began = time.perf_counter()
        filters = filters or Filters()
        if topic is not None:
            validate_question(topic, kind="topic", advice="what the results are to be on", longest=LONGEST_TOPIC)
        entries = self._library.directory.matching(filters)
        if topic is not None:
            on_topic = self._find_papers(topic, entries.keys(), filters)
            entries = {paper_id: entry for paper_id, entry in entries.items() if paper_id in on_topic}
        selected = time.perf_counter()
        readings: list[PaperResults] = []
        with closing(self._readings.of(list(entries))) as found:
            for reading in found:
                if stopped is not None and stopped.is_set():
                    raise StoppedError("the work was stopped: start it again")
                if progress and len(readings) % _REPORTED_EVERY == 0:
                    progress("results", len(readings), len(entries))
                readings.append(reading)
        results = [one for reading in readings for one in reading.results if _has_basis(one, filters)]
        ended = time.perf_counter()
        return Ledger(
            topic=topic or "",
            filters=filters,
            results=tuple(results),
            leaderboards=tuple(leaderboards(results)),
            conflicts=tuple(conflicts(results)),
            gaps=tuple(gaps(results)),
            left_out=sum(reading.left_out for reading in readings),
            papers_read=len(readings),
            full_texts=sum(reading.has_full_text for reading in readings),
            timings_ms={
                "topic": round((selected - began) * 1000),
                "results": round((ended - selected) * 1000),
                "total": round((time.perf_counter() - began) * 1000),
            },
        )

    def of_paper(self, paper_id: str) -> PaperResults:
        """The results of one paper.

        Raises:
            NotFoundError: it is not in the library.
        """
        current_id = self._library.paper(paper_id).paper_id
        for reading in list(self._readings.of([current_id])):
            return reading
        raise NotFoundError(f"paper {paper_id!r} was removed while it was read: `paperchat search` shows ids")


def narrow_ledger(ledger: Ledger, *, benchmark: str = "", system: str = "") -> Ledger:
    """The part of a ledger that is on a benchmark or of a system, however the names are written."""
    if not benchmark and not system:
        return ledger
    on, of = name_letters(listed_benchmark(benchmark)), name_letters(system)
    results = [
        one
        for one in ledger.results
        if (not on or (one.benchmark and on in map(name_letters, one.benchmark.name.split(" + "))))
        and (not of or (one.system and of in name_letters(one.system.name)))
    ]
    return replace(
        ledger,
        results=tuple(results),
        leaderboards=tuple(leaderboards(results)),
        conflicts=tuple(conflicts(results)),
        gaps=tuple(gaps(results)),
    )


def _has_basis(result: Result, filters: Filters) -> bool:
    return filters.basis is None or result.quote.passage.basis == filters.basis


def _measure(result: Result) -> str:
    name = result.measure.name if result.measure else ""
    return NOT_NAMED if name in _VAGUE else name


def _compared(results: Iterable[Result]) -> Mapping[tuple[str, str], list[Result]]:
    """The absolute results by benchmark and measure, however these are written; not those on several benchmarks."""
    grouped: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for one in results:
        if one.kind == "absolute" and one.system and one.benchmark and _is_named(one.benchmark.name):
            grouped[name_letters(one.benchmark.name), _measure(one)].append(one)
    return grouped


def _is_named(benchmark: str) -> bool:
    """Whether it is one benchmark with a name, and neither several nor "three math datasets"."""
    return " + " not in benchmark and benchmark != benchmark.lower()


def leaderboards(results: Sequence[Result]) -> list[Leaderboard]:
    """A leaderboard of each benchmark and measure with several results, those with most systems first."""
    boards = []
    for (_, measure), several in _compared(results).items():
        if len({name_letters(one.system.name) for one in several if one.system}) < FEWEST_ON_BOARD:
            continue
        better = several[0].better if several[0].measure else "higher"
        ordered = sorted(several, key=scaled_number, reverse=better != "lower")
        name = several[0].benchmark.name if several[0].benchmark else ""
        boards.append(
            Leaderboard(benchmark=name, measure=measure, task=task_of(name), better=better, results=tuple(ordered))
        )
    return sorted(boards, key=lambda one: (-len({result.paper.paper_id for result in one.results}), one.benchmark))


def conflicts(results: Sequence[Result]) -> list[ResultConflict]:
    """Where papers give different values for one system on one benchmark by one measure, in the same setting."""
    found = []
    for (_, measure), several in _compared(results).items():
        by_system: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for one in several:
            if one.system:
                by_system[name_letters(one.system.name), one.setting.name if one.setting else ""].append(one)
        for same in by_system.values():
            if len({one.paper.paper_id for one in same}) < 2 or len({scaled_number(one) for one in same}) < 2:
                continue
            first = same[0]
            if first.system and first.benchmark and first.system.name[:1].isupper():
                found.append(
                    ResultConflict(
                        system=first.system.name, benchmark=first.benchmark.name, measure=measure, results=tuple(same)
                    )
                )
    return sorted(found, key=lambda one: (one.benchmark, one.system))


def scaled_number(result: Result) -> float:
    """The number of a result as percent, where it is a share."""
    return result.number * 100 if 0 < result.number <= 1 and "%" not in result.value.text else result.number


def gaps(results: Sequence[Result]) -> list[ResultGap]:
    """Cells of the table of systems and benchmarks that no paper has filled, those of the most reported first."""
    systems: dict[str, set[str]] = defaultdict(set)
    benchmarks: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for one in results:
        if one.system and one.benchmark and _is_named(one.benchmark.name) and one.system.source != "paper":
            system, benchmark = name_letters(one.system.name), name_letters(one.benchmark.name)
            if not one.system.name[:1].isupper() or len(one.system.name.split()) > _MOST_WORDS_OF_NAME:
                continue
            names.setdefault(system, one.system.name)
            names.setdefault(benchmark, one.benchmark.name)
            systems[system].add(benchmark)
            benchmarks[benchmark].add(system)
    missing = [
        ResultGap(
            system=names[system],
            benchmark=names[benchmark],
            system_results=len(filled),
            benchmark_results=len(of_benchmark),
        )
        for system, filled in systems.items()
        if len(filled) >= _FEWEST_OF_GAP
        for benchmark, of_benchmark in benchmarks.items()
        if len(of_benchmark) >= _FEWEST_OF_GAP
        and benchmark not in filled
        and _are_of_one_task(filled, names, benchmark)
    ]
    missing.sort(key=lambda gap: (-gap.system_results * gap.benchmark_results, gap.system, gap.benchmark))
    of_system: Counter[str] = Counter()
    kept: list[ResultGap] = []
    for gap in missing:
        of_system[gap.system] += 1
        if of_system[gap.system] <= _MOST_OF_SYSTEM:
            kept.append(gap)
    return kept[:_MOST_GAPS]


def _are_of_one_task(filled: Collection[str], names: Mapping[str, str], benchmark: str) -> bool:
    task = task_of(names[benchmark])
    return bool(task) and any(task_of(names[one]) == task for one in filled)

"""The way from a question to an answer: retrieve, rank, read, pick evidence, write."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llama_index.core.schema import NodeWithScore

from paperchat.answering.calibration import CALIBRATION_FILE, WITHOUT_READER_FILE, load_calibration
from paperchat.answering.contradictions import opposing, opposing_events
from paperchat.answering.events import Written, answer_of, extractive_events
from paperchat.answering.evidence import Evidence, gather, select_evidence
from paperchat.answering.extractive import cite, write_extractive
from paperchat.answering.passage_scoring import READ, Examiner, Reading
from paperchat.answering.verification import Verifier
from paperchat.models.cross_encoder import Reader
from paperchat.models.language_model import LanguageModel
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import (
    Answer,
    AnswerEvent,
    Citation,
    DoneEvent,
    EvidenceEvent,
    Filters,
    Quote,
    RetrievalEvent,
    StoredPaper,
    TextEvent,
)

DOES_NOT_SAY = "The library does not say."
EXTRACTIVE = "extractive"
WITHHELD = (
    "what answers stands beside text that speaks to a machine, which no language model is given; "
    "this is the extractive answer"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Retrieved:
    """The passages to look for an answer in, best first, and how long it took to find them.

    ``threshold`` is the certainty that an answer takes, where it is not the calibrated one; ``wording`` is the question
    as a language model is to answer it.
    """

    question: str
    filters: Filters | None
    nodes: tuple[NodeWithScore, ...]
    seconds: float
    threshold: float | None = None
    wording: str = ""

    @property
    def titles(self) -> dict[str, str]:
        """The title of each paper by its id, best first."""
        return {item.node.metadata["paper_id"]: item.node.metadata["title"] for item in self.nodes}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What was written; ``text`` is empty for an abstention, which has a ``reason``."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    reason: str = ""
    model: str = EXTRACTIVE
    note: str = ""
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 0, "output_tokens": 0})


class Answerer:
    """Answers questions from a library with exact quotes, or says that the library does not say.

    With a language model the quotes are put into its words, and every sentence is held against them; whatever goes
    wrong with it, the quotes themselves are the answer. Safe to share between threads.
    """

    def __init__(
        self,
        *,
        library: Library,
        searcher: Searcher,
        encoder: MiniLM,
        reader: Reader | None = None,
        model: LanguageModel | None = None,
    ) -> None:
        self._library = library
        self._searcher = searcher
        self._calibration = load_calibration(CALIBRATION_FILE if reader else WITHOUT_READER_FILE)
        self._examiner = Examiner(
            library=library,
            encoder=encoder,
            index=searcher.sentences,
            calibration=self._calibration,
            reader=reader,
        )
        self._verifier = Verifier(encoder=encoder, stem=library.analyse, reader=reader)
        self._model = model

    def answer(self, question: str, filters: Filters | None = None) -> tuple[Answer, list[NodeWithScore]]:
        """The answer, and the passages it was looked for in, best first."""
        found = self.retrieve(question, filters)
        return answer_of(self.stream(found)), list(found.nodes)

    def retrieve(
        self,
        question: str,
        filters: Filters | None = None,
        *,
        threshold: float | None = None,
        wording: str = "",
    ) -> Retrieved:
        began = time.perf_counter()
        nodes = self._searcher.passages(question, filters, papers=READ)
        seconds = time.perf_counter() - began
        return Retrieved(
            question=question,
            filters=filters,
            nodes=tuple(nodes),
            seconds=seconds,
            threshold=threshold,
            wording=wording or question,
        )

    def stream(self, found: Retrieved, *, stopped: threading.Event | None = None) -> Generator[AnswerEvent, None, None]:
        """The answer as it comes about; the last event holds it whole. Setting ``stopped`` ends a model's work."""
        titles = found.titles
        yield RetrievalEvent(passages=len(found.nodes), papers=len(titles), titles=tuple(titles.values())[:READ])
        began = time.perf_counter()
        calibration = self._calibration
        if found.threshold is not None:
            calibration = replace(calibration, threshold=found.threshold)
        readings = self._examiner.read(found.question, found.nodes)
        evidence = select_evidence(readings, calibration)
        papers = self._library.papers({reading.passage.paper_id for reading in readings})
        citations = cite(evidence.quotes, papers, evidence.answers)
        quotes = self._gathered(citations, readings, papers) if citations else ()
        picked = time.perf_counter()
        if not citations:
            yield EvidenceEvent(citations=())
            outcome = _Outcome(reason=self._why(found, evidence))
        elif self._model and not any(citation.quote in quotes for citation in citations):
            outcome = yield from _extractive(citations)
            outcome = replace(outcome, note=WITHHELD)
        elif self._model:
            outcome = yield from self._by_model(self._model, found.wording, citations, quotes, papers, stopped)
        else:
            outcome = yield from _extractive(citations)
        if outcome.text:
            outcome = yield from self._contradicted(outcome, quotes, papers)
        else:
            yield TextEvent(delta=DOES_NOT_SAY)
        seconds = {"retrieve": found.seconds, "evidence": picked - began, "write": time.perf_counter() - picked}
        seconds["total"] = sum(seconds.values())
        yield DoneEvent(
            answer=Answer(
                id=uuid.uuid4().hex,
                question=found.question,
                standalone_question=found.question,
                text=outcome.text or DOES_NOT_SAY,
                citations=outcome.citations,
                abstained=not outcome.text,
                reason=outcome.reason or None,
                passages_considered=len(found.nodes),
                papers_considered=len(titles),
                model=outcome.model,
                timings_ms={name: round(taken * 1000) for name, taken in seconds.items()},
                usage=outcome.usage,
                note=outcome.note or None,
            )
        )

    def _gathered(
        self, citations: Sequence[Citation], readings: Sequence[Reading], papers: Mapping[str, StoredPaper]
    ) -> tuple[Quote, ...]:
        vectors = self._searcher.sentences.vectors([reading.passage for reading in readings])
        quotes = gather([citation.quote for citation in citations], readings, vectors)
        return tuple(quote for quote in quotes if quote.passage.paper_id in papers)

    def _contradicted(
        self, outcome: _Outcome, quotes: Sequence[Quote], papers: Mapping[str, StoredPaper]
    ) -> Generator[AnswerEvent, None, _Outcome]:
        """With what other papers say to the contrary."""
        pairs = opposing(outcome.citations, quotes, papers, self._verifier)
        events = list(opposing_events(pairs, outcome.citations))
        yield from events
        new = tuple(against for _, against in pairs if against not in outcome.citations)
        text = outcome.text + "".join(event.delta for event in events if isinstance(event, TextEvent))
        return replace(outcome, text=text, citations=outcome.citations + new)

    def _by_model(
        self,
        model: LanguageModel,
        question: str,
        citations: Sequence[Citation],
        quotes: Sequence[Quote],
        papers: Mapping[str, StoredPaper],
        stopped: threading.Event | None,
    ) -> Generator[AnswerEvent, None, _Outcome]:
        written = Written(
            question=question, quotes=quotes, papers=papers, model=model, verifier=self._verifier, stopped=stopped
        )
        yield from written.events()
        if written.text:
            return _Outcome(
                text=written.text,
                citations=written.citations,
                model=model.name,
                note=written.note,
                usage=written.usage,
            )
        if written.declined:
            yield EvidenceEvent(citations=())
            return _Outcome(
                reason=f"{model.name} finds no answer in the {len(quotes)} quotes that come nearest",
                model=model.name,
                usage=written.usage,
            )
        outcome = yield from _extractive(citations)
        return replace(outcome, note=written.note, usage=written.usage)

    def _why(self, found: Retrieved, evidence: Evidence) -> str:
        if not found.nodes and not self._library.counts().papers:
            return "the library is empty: take in papers with `paperchat ingest`"
        if not found.nodes:
            return (
                "no paper in the library matches the filters" if found.filters else "no paper in the library comes near"
            )
        return (
            f"no sentence of the {len(found.nodes)} passages considered answers this with enough certainty "
            f"({evidence.confidence:.2f}); the nearest paper is “{next(iter(found.titles.values()))}”"
        )


def _extractive(citations: Sequence[Citation]) -> Generator[AnswerEvent, None, _Outcome]:
    yield from extractive_events(citations)
    return _Outcome(text=write_extractive(citations), citations=tuple(citations))

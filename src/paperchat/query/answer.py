"""The way from a question to an answer: retrieve, rank, read, pick evidence, write."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from llama_index.core.schema import NodeWithScore

from paperchat.models.minilm import MiniLM
from paperchat.query.evidence import Evidence, select_evidence
from paperchat.query.examine import READ, Examiner
from paperchat.query.linear import Calibration, load_calibration
from paperchat.query.search import Searcher
from paperchat.query.streaming import answer_of
from paperchat.query.write import cite, escape_markdown, extractive_pieces, write_extractive
from paperchat.storage.library import Library
from paperchat.types import (
    Answer,
    AnswerEvent,
    Citation,
    DoneEvent,
    EvidenceEvent,
    Filters,
    RetrievalEvent,
    SentenceEvent,
    TextEvent,
)

DOES_NOT_SAY = "The library does not say."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Retrieved:
    """The passages to look for an answer in, best first, and how long it took to find them.

    ``threshold`` is the certainty that an answer takes, where it is not the calibrated one.
    """

    question: str
    filters: Filters | None
    nodes: tuple[NodeWithScore, ...]
    seconds: float
    threshold: float | None = None

    @property
    def titles(self) -> dict[str, str]:
        """The title of each paper by its id, best first."""
        return {item.node.metadata["paper_id"]: item.node.metadata["title"] for item in self.nodes}


class Answerer:
    """Answers questions from a library with exact quotes, or says that the library does not say.

    Safe to share between threads.
    """

    def __init__(
        self, *, library: Library, searcher: Searcher, encoder: MiniLM, calibration: Calibration | None = None
    ) -> None:
        self._library = library
        self._searcher = searcher
        self._calibration = calibration or load_calibration()
        self._examiner = Examiner(
            library=library, encoder=encoder, index=searcher.sentences, calibration=self._calibration
        )

    def answer(self, question: str, filters: Filters | None = None) -> tuple[Answer, list[NodeWithScore]]:
        """The answer, and the passages it was looked for in, best first."""
        found = self.retrieve(question, filters)
        return answer_of(self.stream(found)), list(found.nodes)

    def retrieve(self, question: str, filters: Filters | None = None, *, threshold: float | None = None) -> Retrieved:
        began = time.perf_counter()
        nodes = self._searcher.passages(question, filters, papers=READ)
        seconds = time.perf_counter() - began
        return Retrieved(question=question, filters=filters, nodes=tuple(nodes), seconds=seconds, threshold=threshold)

    def stream(self, found: Retrieved) -> Generator[AnswerEvent, None, None]:
        """The answer as it comes about; the last event holds it whole."""
        titles = found.titles
        yield RetrievalEvent(passages=len(found.nodes), papers=len(titles), titles=tuple(titles.values())[:READ])
        began = time.perf_counter()
        calibration = self._calibration
        if found.threshold is not None:
            calibration = replace(calibration, threshold=found.threshold)
        evidence = select_evidence(self._examiner.read(found.question, found.nodes), calibration)
        citations = cite(evidence.quotes, self._library.papers({quote.passage.paper_id for quote in evidence.quotes}))
        picked = time.perf_counter()
        yield EvidenceEvent(citations=citations)
        resumed = time.perf_counter()
        text = write_extractive(citations) if citations else DOES_NOT_SAY
        reason = None if citations else self._why(found, evidence)
        written = time.perf_counter()
        yield from _extractive_events(citations)
        seconds = {"retrieve": found.seconds, "evidence": picked - began, "write": written - resumed}
        yield DoneEvent(
            answer=Answer(
                id=uuid.uuid4().hex,
                question=found.question,
                standalone_question=found.question,
                text=text,
                citations=citations,
                abstained=not citations,
                reason=reason,
                passages_considered=len(found.nodes),
                papers_considered=len(titles),
                model="extractive",
                timings_ms={
                    name: round(taken * 1000) for name, taken in {**seconds, "total": sum(seconds.values())}.items()
                },
            )
        )

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


def _extractive_events(citations: Sequence[Citation]) -> Iterator[AnswerEvent]:
    for piece, citation in extractive_pieces(citations):
        yield TextEvent(delta=piece)
        yield SentenceEvent(
            text=escape_markdown(citation.quote.text), citations=(citation.number,), status=citation.status
        )
    if not citations:
        yield TextEvent(delta=DOES_NOT_SAY)

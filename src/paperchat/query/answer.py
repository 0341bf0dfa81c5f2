"""The way from a question to an answer: retrieve, rank, read, pick evidence, write."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from llama_index.core.schema import NodeWithScore

from paperchat.models.minilm import MiniLM
from paperchat.query.evidence import Evidence, select_evidence
from paperchat.query.examine import READ, Examiner
from paperchat.query.linear import Calibration, load_calibration
from paperchat.query.search import Searcher
from paperchat.query.write import cite, write_extractive
from paperchat.storage.library import Library
from paperchat.types import Answer, Filters

DOES_NOT_SAY = "The library does not say."


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

    def answer(
        self, question: str, filters: Filters | None = None, *, threshold: float | None = None
    ) -> tuple[Answer, list[NodeWithScore]]:
        """The answer, and the passages it was looked for in, best first.

        ``threshold`` is the certainty that an answer takes, in place of the calibrated one.
        """
        began = time.perf_counter()
        nodes = self._searcher.passages(question, filters, papers=READ)
        retrieved = time.perf_counter()
        calibration = self._calibration if threshold is None else replace(self._calibration, threshold=threshold)
        evidence = select_evidence(self._examiner.read(question, nodes), calibration)
        picked = time.perf_counter()
        papers = self._library.papers({quote.passage.paper_id for quote in evidence.quotes})
        citations = cite(evidence.quotes, papers)
        text = write_extractive(citations) if citations else DOES_NOT_SAY
        done = time.perf_counter()
        answer = Answer(
            id=uuid.uuid4().hex,
            question=question,
            standalone_question=question,
            text=text,
            citations=citations,
            abstained=not citations,
            reason=None if citations else self._why(nodes, evidence, filters),
            passages_considered=len(nodes),
            papers_considered=len({item.node.metadata["paper_id"] for item in nodes}),
            model="extractive",
            timings_ms={
                "retrieve": _ms(began, retrieved),
                "evidence": _ms(retrieved, picked),
                "write": _ms(picked, done),
                "total": _ms(began, done),
            },
        )
        return answer, nodes

    def _why(self, nodes: Sequence[NodeWithScore], evidence: Evidence, filters: Filters | None) -> str:
        if not nodes and not self._library.counts().papers:
            return "the library is empty: take in papers with `paperchat ingest`"
        if not nodes:
            return "no paper in the library matches the filters" if filters else "no paper in the library comes near"
        title = nodes[0].node.metadata["title"]
        return (
            f"no sentence of the {len(nodes)} passages considered answers this with enough certainty "
            f"({evidence.confidence:.2f}); the nearest paper is “{title}”"
        )


def _ms(start: float, end: float) -> int:
    return round((end - start) * 1000)

"""What runs on a cluster's workers: a PDF is parsed, papers are cut into passages, and these are embedded."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paperchat.errors import PaperchatError, SourceError
from paperchat.ingest.batch_writer import IncomingPaper
from paperchat.ingest.chunking import abstract_passages, full_text_passages
from paperchat.ingest.cluster.portions import PortionWork
from paperchat.ingest.items import Outcome, ParsedPdf, PdfFile, PdfResult
from paperchat.ingest.pdf_workers import pdf_outcomes
from paperchat.ingest.prepared_passages import PassageKey, abstract_key, full_text_key, text_digest
from paperchat.ingest.process_pool import ProcessPool
from paperchat.ingest.storable_papers import storable
from paperchat.storage.deduplication import make_paper_id
from paperchat.storage.nodes import embedded_text, to_node
from paperchat.types import Paper, Passage, StoredPaper

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding

MOST_TRIES = 3
"""How often a portion may end its worker before it is left to the process that writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerEmbedder:
    """The embedder that the workers make; its key is a setting of theirs and is not sent to them."""

    name: str
    base_url: str

    def make(self) -> BaseEmbedding:
        """The model; the embedded one runs on one thread, as each processor has a worker.

        Raises:
            UsageError, ModelError: it cannot be made here.
        """
        from paperchat.models.embeddings import MiniLMEmbedding
        from paperchat.models.minilm import MiniLM
        from paperchat.models.providers import EMBEDDED_MODEL, embedder_from_settings
        from paperchat.settings import load_settings

        if self.name == EMBEDDED_MODEL:
            return MiniLMEmbedding(encoder=MiniLM(threads=1))
        return embedder_from_settings(load_settings(embedder=self.name, embedder_base_url=self.base_url)).model


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPortion:
    """A portion's result: a PDF's outcomes, passages by their keys, and the vectors of their texts.

    ``error`` is what is wrong with the worker, if anything is. Without ``is_done`` the portion ended its workers.
    """

    outcomes: tuple[Outcome, ...] = ()
    passages: dict[PassageKey, list[Passage]] = field(default_factory=dict)
    digests: Sequence[bytes] = ()
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    error: str = ""
    is_done: bool = True


class TryCounter:
    """Counts how often each portion was begun; an actor, so that it outlives the workers."""

    def __init__(self) -> None:
        self._tries: dict[int, int] = defaultdict(int)

    def begin(self, number: int) -> int:
        """Count one more; how many there are now."""
        self._tries[number] += 1
        return self._tries[number]


class PortionWorker:
    """Prepares portions; Ray makes one in each worker's process, which loads the model once.

    Args:
        begin: called with a portion's number before it is worked on; returns how often it was begun.
    """

    def __init__(self, embedder: WorkerEmbedder, begin: Callable[[int], int]) -> None:
        from paperchat.ingest.pdf.parser import read_pdf

        self._begin = begin
        self._pdfs: ProcessPool[bytes, ParsedPdf] = ProcessPool(read_pdf, confined=True, processes=1)
        self._broken = ""
        try:
            self._model = embedder.make()
            self._model.get_text_embedding("ready")
        except PaperchatError as error:
            self._broken = str(error)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Prepare the portions of a batch: their numbers and their pickled work; returns pickled results."""
        results = np.empty(len(batch["number"]), dtype=object)
        for at, (number, work) in enumerate(zip(batch["number"], batch["work"], strict=True)):
            results[at] = pickle.dumps(self._result(int(number), work), protocol=pickle.HIGHEST_PROTOCOL)
        return {"number": batch["number"], "result": results}

    def _result(self, number: int, work: bytes) -> PreparedPortion:
        if self._broken:
            return PreparedPortion(error=self._broken)
        if self._begin(number) > MOST_TRIES:
            return PreparedPortion(is_done=False)
        try:
            return self._prepare(pickle.loads(work))
        except PaperchatError as error:
            return PreparedPortion(error=str(error))

    def _prepare(self, work: PortionWork) -> PreparedPortion:
        outcomes = tuple(storable(one) for one in self._parse(work.pdf, work.content)) if work.pdf else ()
        pairs: list[tuple[Passage, StoredPaper]] = []
        passages: dict[PassageKey, list[Passage]] = {}

        def keep(key: PassageKey, found: list[Passage], stored: StoredPaper) -> None:
            passages[key] = found
            pairs.extend((passage, stored) for passage in found)

        for stored, found in zip(work.papers, abstract_passages(work.papers), strict=True):
            keep(abstract_key(stored), found, stored)
        for one in outcomes:
            if isinstance(one, Paper | PdfResult):
                stored = _stored(one)
                keep(abstract_key(stored), abstract_passages([stored])[0], stored)
            if isinstance(one, PdfResult):
                full_text = one.parsed.full_text
                keep(full_text_key(stored, full_text), full_text_passages(stored, full_text), stored)
        texts = list(dict.fromkeys(embedded_text(to_node(passage, stored)) for passage, stored in pairs))
        vectors = np.array(self._model.get_text_embedding_batch(texts), np.float32)
        return PreparedPortion(
            outcomes=outcomes, passages=passages, digests=[text_digest(text) for text in texts], vectors=vectors
        )

    def _parse(self, file: PdfFile, content: bytes) -> list[Outcome]:
        parsed: ParsedPdf | SourceError
        ((_, parsed),) = self._pdfs.map([content])
        return list(pdf_outcomes(file, parsed))


def _stored(outcome: Paper | PdfResult) -> StoredPaper:
    paper = IncomingPaper.of(outcome).paper
    return StoredPaper(paper_id=make_paper_id(paper), paper=paper)

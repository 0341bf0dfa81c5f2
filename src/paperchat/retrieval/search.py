"""Search: passages for a question, and ranked papers for a reader, through the library's one retriever."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from paperchat.models.embedder import Embedder
from paperchat.models.llama_index_use import is_llama_index_loaded
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.ngram_overlap import best_matching_sentences
from paperchat.retrieval.passage_retrieval import (
    EmbeddedQuestion,
    PassageRetrieval,
    RetrievedPassage,
    load_passages,
)
from paperchat.retrieval.query_analysis import content_text, content_words
from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import paper_id_of
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Hit, Passage

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

RECENCY_POOL = 100
"""How many papers are reordered by age where fewer are asked for."""
MIN_NAMED_PASSAGES = 3
"""A name that a paper alone has is in so many of its passages, …"""
_NAMED_PASSAGES = 60
"""… of which so many are looked up, …"""
_READ = 10
"""… and so many read."""


class Searcher:
    """Finds passages and papers; safe to share between threads.

    Args:
        encoder: embeds the sentences of passages, whatever embedder the library uses.
        reranker: a LlamaIndex postprocessor that has the last word on the leading passages.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: BaseEmbedding | Embedder,
        encoder: MiniLM,
        reranker: BaseNodePostprocessor | None = None,
    ) -> None:
        self._library = library
        self.embedder = Embedder.wrap(embedder)
        self.sentences = SentenceIndex(library=library, encoder=encoder)
        self.retrieval = PassageRetrieval(
            library=library, embedder=self.embedder, postprocessors=_rerankers(reranker) if reranker else ()
        )

    def passages(
        self, question: str | EmbeddedQuestion, filters: Filters | None = None, *, papers: int = 1
    ) -> list[RetrievedPassage]:
        """The leading passages, best first, scores in [0, 1], of ``papers`` papers where so many are selected."""
        question = EmbeddedQuestion(question) if isinstance(question, str) else question
        return _retrieve(self.retrieval.with_options(filters=filters, min_papers=papers), question)

    def passages_of_paper(
        self, question: EmbeddedQuestion, paper_id: str, filters: Filters | None = None, *, most: int
    ) -> list[RetrievedPassage]:
        """The ``most`` leading passages of one paper, or all that the filters select if fewer."""
        within = replace(filters or Filters(), papers=(paper_id,))
        return _retrieve(self.retrieval.with_options(filters=within, k=most), question)

    def paper_with_own_name(self, question: str, filters: Filters | None = None) -> str | None:
        """The id of the paper that the question means by a name that no other has; ``None`` without one such paper.

        Such a name, of a method or a data set, is in some passages of the paper, and need not be in its title. It has
        capitals after its first letter wherever papers write it, though the question may not: ``GOPHER``.
        """
        found: Counter[str] = Counter()
        for _, _, form in content_words(question):
            ids = [one for one, _ in self._library.lexical_search(form, _NAMED_PASSAGES, filters or Filters())]
            papers = {paper_id_of(one) for one in ids}
            if len(papers) == 1 and len(ids) >= MIN_NAMED_PASSAGES and self._is_name(form, ids[:_READ]):
                found.update(papers)
        return next(iter(found)) if len(found) == 1 else None

    def _is_name(self, form: str, passage_ids: list[str]) -> bool:
        written = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)", re.IGNORECASE)
        forms = [found for one in self._library.passages(passage_ids).values() for found in written.findall(one.text)]
        names = sum(any(letter.isupper() for letter in one[1:]) for one in forms)
        return bool(forms) and 2 * names >= len(forms)

    def papers(self, query: str, k: int, filters: Filters | None = None, *, recency: float = 0.0) -> list[Hit]:
        """The ``k`` best papers, or all that the filters select if fewer, each with its best passage and of that the
        sentence whose words match best.

        ``recency`` is the share that a paper's age has in the ranking, from 0 to 1.
        """
        question = EmbeddedQuestion(query)
        with self.retrieval.limiter:
            pool = max(k, RECENCY_POOL) if recency else k
            ranking = self.retrieval.rank(question, filters, min_papers=pool)
            best = load_passages(self._library, ranking, ranking.best_per_paper()[:pool])
            best = self.retrieval.postprocess(question, best)
            if recency:
                best = _weigh_recency(best, recency)
            best = best[:k]
            snippets = _snippets(query, [one.passage for one in best])
            return [
                Hit(rank=rank, paper=one.paper, passage=one.passage, score=one.score, snippet=snippet)
                for rank, (one, snippet) in enumerate(zip(best, snippets, strict=True), start=1)
            ]

    def ranked_ids(self, query: str, k: int, filters: Filters | None = None) -> list[str]:
        """The ids of the ``k`` best papers by the indexes alone; neither papers nor passages are read."""
        with self.retrieval.limiter:
            ranking = self.retrieval.rank(EmbeddedQuestion(query), filters, min_papers=k)
            return [paper_id_of(one.passage_id) for one in ranking.best_per_paper()[:k]]

    def best_scores(self, questions: Iterable[EmbeddedQuestion], filters: Filters | None = None) -> dict[str, float]:
        """The score of each candidate paper's best passage for the question that it suits best."""
        best: dict[str, float] = {}
        for question in questions:
            with self.retrieval.limiter:
                ranking = self.retrieval.rank(question, filters, min_papers=1)
            for one in ranking.best_per_paper():
                paper_id = paper_id_of(one.passage_id)
                best[paper_id] = max(best.get(paper_id, 0.0), one.score)
        return best


def _rerankers(reranker: BaseNodePostprocessor) -> list[BaseNodePostprocessor]:
    from paperchat.retrieval.postprocessors import RerankPostprocessor

    return [RerankPostprocessor(reranker=reranker)]


def _retrieve(retrieval: PassageRetrieval, question: EmbeddedQuestion) -> list[RetrievedPassage]:
    """What LlamaIndex's retriever gives; where nobody has loaded LlamaIndex, without its events."""
    if not is_llama_index_loaded():
        return retrieval.retrieve(question)
    from paperchat.retrieval.retriever import HybridRetriever

    return HybridRetriever(retrieval).retrieve_passages(question)


def _weigh_recency(retrieved: list[RetrievedPassage], weight: float) -> list[RetrievedPassage]:
    from paperchat.retrieval.postprocessors import RecencyPostprocessor, postprocess

    return postprocess([RecencyPostprocessor(weight=weight)], EmbeddedQuestion(""), retrieved)


def _snippets(query: str, passages: list[Passage]) -> list[str]:
    spans = [sentence_spans(passage.text) for passage in passages]
    sentences = [[p.text[start:end] for start, end in s] for p, s in zip(passages, spans, strict=True)]
    best = best_matching_sentences(content_text(query), sentences)
    return [p.text[slice(*s[place])] if s else "" for p, s, place in zip(passages, spans, best, strict=True)]

"""A library as LlamaIndex's objects."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor

from paperchat.answering.answerer import Answerer
from paperchat.conversation.commands import ConversationCommands
from paperchat.conversation.follow_ups import FollowUpResolver
from paperchat.conversation.memory import ConversationMemory
from paperchat.conversation.session import Session
from paperchat.models.cross_encoder import Reader
from paperchat.models.embeddings import MiniLMEmbedding
from paperchat.models.language_model import LanguageModel
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.ranker import SCORED_CANDIDATES
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import Filters

if TYPE_CHECKING:
    from llama_index.core.tools import QueryEngineTool

    from paperchat.answering.query_engine import PaperQueryEngine
    from paperchat.claims.weigher import Weigher
    from paperchat.conversation.chat_engine import PaperChatEngine
    from paperchat.retrieval.retriever import HybridRetriever
    from paperchat.survey.surveyor import Surveyor


class Adapters:
    """What `PaperChat` gives to LlamaIndex, and the parts that it is made of."""

    library: Library
    embedder: BaseEmbedding
    reader: Reader | None
    reranker: BaseNodePostprocessor | None
    find_model: Callable[[], LanguageModel | None]

    def as_retriever(self, *, filters: Filters | None = None, k: int = SCORED_CANDIDATES) -> HybridRetriever:
        """The ``k`` best passages as LlamaIndex nodes; a reranker that is configured has no part in it."""
        from paperchat.retrieval.retriever import HybridRetriever

        return HybridRetriever(
            library=self.library, embedder=self.embedder, ranker=self._searcher.ranker, filters=filters, k=k
        )

    def as_query_engine(self, *, filters: Filters | None = None) -> PaperQueryEngine:
        from paperchat.answering.query_engine import PaperQueryEngine

        return PaperQueryEngine(answerer=self._answerer, filters=filters)

    def as_chat_engine(self, *, filters: Filters | None = None) -> PaperChatEngine:
        """A conversation that the engine itself remembers; one engine for each."""
        from paperchat.conversation.chat_engine import PaperChatEngine

        return PaperChatEngine(session=self._session, filters=filters)

    def as_tool(
        self,
        *,
        name: str = "ask_papers",
        description: str = "Answers questions from a library of research papers, with exact quotes and their sources.",
        filters: Filters | None = None,
    ) -> QueryEngineTool:
        from llama_index.core.tools import QueryEngineTool

        return QueryEngineTool.from_defaults(self.as_query_engine(filters=filters), name=name, description=description)

    @cached_property
    def _encoder(self) -> MiniLM:
        return self.embedder.encoder if isinstance(self.embedder, MiniLMEmbedding) else MiniLM()

    @cached_property
    def _searcher(self) -> Searcher:
        return Searcher(library=self.library, embedder=self.embedder, encoder=self._encoder, reranker=self.reranker)

    @cached_property
    def _answerer(self) -> Answerer:
        return Answerer(
            library=self.library,
            searcher=self._searcher,
            encoder=self._encoder,
            reader=self.reader,
            model=self.find_model(),
        )

    @cached_property
    def _memory(self) -> ConversationMemory:
        return ConversationMemory(self.library)

    @cached_property
    def _session(self) -> Session:
        resolver = FollowUpResolver(library=self.library, searcher=self._searcher)
        commands = ConversationCommands(surveyor=lambda: self._surveyor, weigher=lambda: self._weigher)
        return Session(answerer=self._answerer, resolver=resolver, memory=self._memory, commands=commands)

    @cached_property
    def _surveyor(self) -> Surveyor:
        from paperchat.survey.surveyor import Surveyor

        return Surveyor(
            library=self.library,
            searcher=self._searcher,
            encoder=self._encoder,
            reader=self.reader,
            model=self.find_model(),
        )

    @cached_property
    def _weigher(self) -> Weigher:
        from paperchat.claims.claim_evidence import Gatherer
        from paperchat.claims.stance_classifier import WEIGHTS_FILE, WITHOUT_READER_FILE, SignsJudge, load_weights
        from paperchat.claims.weigher import Weigher

        weights = load_weights(WEIGHTS_FILE if self.reader else WITHOUT_READER_FILE)
        return Weigher(
            library=self.library,
            encoder=self._encoder,
            gatherer=Gatherer(library=self.library, searcher=self._searcher, encoder=self._encoder),
            judge=SignsJudge(encoder=self._encoder, stem=self.library.analyse, weights=weights, reader=self.reader),
            thresholds=weights.thresholds,
        )

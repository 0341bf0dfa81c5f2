"""LlamaIndex query engine: answers of every kind to questions on their own."""

from __future__ import annotations

import asyncio

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptDictType, PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.answering.answerer import Answerer
from paperchat.answering.prompts import AnswerPrompts
from paperchat.answering.response import as_response
from paperchat.conversation.session import Session
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion, RetrievedPassage
from paperchat.storage.nodes import make_nodes
from paperchat.text.question_limits import validate_question
from paperchat.types import Filters


class PaperQueryEngine(BaseQueryEngine):
    """Answers with citations, as ``PaperChat.ask`` does, but does not store them.

    See `as_response` for what the ``Response`` holds. Queries emit LlamaIndex's instrumentation events: query,
    retrieval, synthesis and, with a language model, its calls. The prompts that a language model is given can be read
    with ``get_prompts()`` and replaced, for this engine, with ``update_prompts()``.
    """

    def __init__(self, *, session: Session, answerer: Answerer, filters: Filters | None = None) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._session = session
        self._answerer = answerer
        self._filters = filters
        self._prompts = AnswerPrompts.load()

    def retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """The passages in which ``query`` looks for the answer to a question that asks for a fact, best first."""
        asked = EmbeddedQuestion(query_bundle.query_str, query_bundle.embedding)
        retrieved = self._answerer.retrieve(asked, self._filters).passages
        query_bundle.embedding = asked.vector
        return make_nodes((one.passage, one.paper, one.score) for one in retrieved)

    def _get_prompts(self) -> PromptDictType:
        return self._prompts.as_dict()

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _update_prompts(self, prompts: PromptDictType) -> None:
        self._prompts = self._prompts.updated(prompts)

    def _query(self, query_bundle: QueryBundle) -> Response:
        validate_question(query_bundle.query_str)
        considered: list[RetrievedPassage] = []
        answerer = self._answerer.using(self._prompts, considered)
        answer = self._session.answer_with(answerer, query_bundle.query_str, self._filters)
        return as_response(answer, considered)

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

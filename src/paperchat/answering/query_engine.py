"""The answerer as a LlamaIndex query engine."""

from __future__ import annotations

import asyncio

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import QueryBundle

from paperchat.answering.answerer import Answerer
from paperchat.types import Filters


class PaperQueryEngine(BaseQueryEngine):
    """Answers with citations.

    The ``Response`` holds the answer's Markdown; its ``source_nodes`` are the passages considered, best first, and
    its ``metadata`` has ``answer`` (a `paperchat.types.Answer`) and ``citations``.
    """

    def __init__(self, *, answerer: Answerer, filters: Filters | None = None) -> None:
        super().__init__(callback_manager=CallbackManager([]))
        self._answerer = answerer
        self._filters = filters

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer, nodes = self._answerer.answer(query_bundle.query_str, self._filters)
        return Response(
            response=answer.text,
            source_nodes=nodes,
            metadata={"answer": answer, "citations": list(answer.citations)},
        )

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

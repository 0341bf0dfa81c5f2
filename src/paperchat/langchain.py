"""The library's retriever for LangChain: needs the extra `paperchat[langchain]`."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore

from paperchat.assistant import PaperChat
from paperchat.storage.nodes import paper_of_node, to_passage
from paperchat.text.describe import paper_link
from paperchat.text.question_limits import validate_question
from paperchat.types import Filters


class LangChainRetriever(BaseRetriever):
    """The passages that `ask` looks for an answer in, best first, or the ``k`` best, as LangChain documents.

    The text of a document is ``passage.text[start:end]`` of the passage that its metadata names by ``passage_id``:
    all of it, but for what follows a suspected prompt injection, which is not for a language model. Further metadata:
    ``paper_id``, ``title``, ``authors``, ``date``, ``source`` (the paper's address), ``basis``, ``section``, ``page``
    and ``score``, each left out where it is not known.

    Raises:
        UsageError: the query is blank, too long, or a filter is malformed.
    """

    pc: PaperChat
    filters: Filters | None = None
    k: int | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun | None = None,  # noqa: ARG002
    ) -> list[Document]:
        validate_question(query)
        retrieved = self.pc.as_retriever(filters=self.filters, k=self.k).retrieve(query)
        return [document for item in retrieved if (document := _document(item)).page_content]

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun | None = None,  # noqa: ARG002
    ) -> list[Document]:
        return await asyncio.to_thread(self._get_relevant_documents, query)


def _document(item: NodeWithScore) -> Document:
    passage, stored = to_passage(item.node), paper_of_node(item.node)
    metadata: dict[str, Any] = {
        "passage_id": passage.passage_id,
        "start": 0,
        "end": passage.trusted_end,
        "paper_id": passage.paper_id,
        "basis": passage.basis,
        "section": passage.section,
        "page": passage.page,
        "score": item.score,
    }
    if stored:
        paper = stored.paper
        about = {"title": paper.title, "authors": list(paper.authors), "date": paper.date, "source": paper_link(paper)}
        metadata |= {name: value for name, value in about.items() if value}
    known = {name: value for name, value in metadata.items() if value is not None}
    return Document(id=passage.passage_id, page_content=passage.text[: passage.trusted_end], metadata=known)

"""LlamaIndex node postprocessors: a configured reranker on the leading passages, and recency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.retrieval.passage_retrieval import EmbeddedQuestion, RetrievedPassage
from paperchat.storage.nodes import make_nodes

RERANKED_PASSAGES = 30
"""How many of the leading passages a reranker is given."""
HALF_LIFE = 365.0
"""In days."""


class RerankPostprocessor(BaseNodePostprocessor):
    """Puts the leading passages into the order of a reranker; the others follow, and scores stay in [0, 1].

    The scores of rerankers have no common scale, so the passages share out the scores that they had. A passage that
    the reranker leaves out follows those that it returns.
    """

    _reranker: BaseNodePostprocessor = PrivateAttr()

    def __init__(self, *, reranker: BaseNodePostprocessor, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._reranker = reranker

    @classmethod
    def class_name(cls) -> str:
        """The name by which LlamaIndex serializes it."""
        return "RerankPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        leading, others = nodes[:RERANKED_PASSAGES], nodes[RERANKED_PASSAGES:]
        # A reranker writes its scores into what it is given.
        copies = [NodeWithScore(node=item.node, score=item.score) for item in leading]
        reranked = self._reranker.postprocess_nodes(copies, query_bundle=query_bundle)
        by_id = {item.node_id: item for item in leading}
        order = dict.fromkeys(item.node_id for item in reranked)
        reordered = [by_id.pop(node_id) for node_id in order if node_id in by_id]
        return [
            NodeWithScore(node=item.node, score=before.score)
            for item, before in zip([*reordered, *by_id.values()], leading, strict=True)
        ] + others


class RecencyPostprocessor(BaseNodePostprocessor):
    """Gives the age of a node's paper a share of ``weight`` in its score, which stays in [0, 1].

    The newest of the nodes counts 1 for its age, a paper ``HALF_LIFE`` older half as much, one without a date 0.
    With weight 1 the newest come first, whatever they say.
    """

    _weight: float = PrivateAttr()

    def __init__(self, *, weight: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._weight = weight

    @classmethod
    def class_name(cls) -> str:
        """The name by which LlamaIndex serializes it."""
        return "RecencyPostprocessor"

    def _postprocess_nodes(
        self,
        nodes: list[NodeWithScore],
        query_bundle: QueryBundle | None = None,  # noqa: ARG002
    ) -> list[NodeWithScore]:
        days = [_date_of(item.node.metadata["day"]) for item in nodes]
        newest = max((day for day in days if day), default=None)
        rescored = []
        for item, day in zip(nodes, days, strict=True):
            recency = 0.5 ** ((newest - day).days / HALF_LIFE) if newest and day else 0.0
            score = (1 - self._weight) * item.get_score() + self._weight * recency
            rescored.append(NodeWithScore(node=item.node, score=score))
        return sorted(rescored, key=lambda item: -item.get_score())  # stable: of equal scores the better match first


def _date_of(day: int) -> date | None:
    """The date of a node's ``day``, YYYYMMDD; ``None`` for 0, which stands for unknown."""
    return date(day // 10_000, day // 100 % 100, day % 100) if day else None


def postprocess(
    postprocessors: Iterable[BaseNodePostprocessor], question: EmbeddedQuestion, retrieved: list[RetrievedPassage]
) -> list[RetrievedPassage]:
    """The passages as the postprocessors leave them, applied in order."""
    nodes = make_nodes((one.passage, one.paper, one.score) for one in retrieved)
    for postprocessor in postprocessors:
        nodes = postprocessor.postprocess_nodes(
            nodes, query_bundle=QueryBundle(question.text, embedding=question.vector)
        )
    by_id = {one.passage.passage_id: one for one in retrieved}
    return [replace(by_id[item.node_id], score=item.get_score()) for item in nodes]

"""Newer papers before older ones, as far as one asks for it; otherwise age has no say in a ranking."""

from __future__ import annotations

from datetime import date
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

POOL = 100
"""How many papers are ranked anew, where fewer are wanted."""
HALF_LIFE = 365.0
"""In days."""


class RecencyRanker(BaseNodePostprocessor):
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
        return "RecencyRanker"

    def _postprocess_nodes(
        self,
        nodes: list[NodeWithScore],
        query_bundle: QueryBundle | None = None,  # noqa: ARG002
    ) -> list[NodeWithScore]:
        days = [_day(item.node.metadata["day"]) for item in nodes]
        newest = max((day for day in days if day), default=None)
        weighed = []
        for item, day in zip(nodes, days, strict=True):
            young = 0.5 ** ((newest - day).days / HALF_LIFE) if newest and day else 0.0
            score = (1 - self._weight) * item.get_score() + self._weight * young
            weighed.append(NodeWithScore(node=item.node, score=score))
        return sorted(weighed, key=lambda item: -item.get_score())  # of equal ones the better fit stays first


def _day(number: int) -> date | None:
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None


RERANKED = 30
"""So many of the leading passages are shown to the reranker."""


def reranked(reranker: BaseNodePostprocessor, nodes: list[NodeWithScore], query: QueryBundle) -> list[NodeWithScore]:
    """The leading passages as the reranker orders them, then the others; scores stay in [0, 1].

    The scores of rerankers have no common scale, so the passages share out the scores that they had. One that the
    reranker leaves out follows those that it gave.
    """
    leading, others = nodes[:RERANKED], nodes[RERANKED:]
    # A reranker writes its scores into what it is given.
    given = [NodeWithScore(node=item.node, score=item.score) for item in leading]
    order = list(dict.fromkeys(item.node_id for item in reranker.postprocess_nodes(given, query_bundle=query)))
    by_id = {item.node_id: item for item in leading}
    chosen = [by_id.pop(node_id) for node_id in order if node_id in by_id]
    return [
        NodeWithScore(node=item.node, score=before.score)
        for item, before in zip([*chosen, *by_id.values()], leading, strict=True)
    ] + others

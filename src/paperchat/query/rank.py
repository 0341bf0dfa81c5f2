"""Ranking: the best sentence of each leading passage counts beside its fused score; then one result a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from paperchat.models.minilm import MiniLM
from paperchat.query.fuse import min_max
from paperchat.query.sentences import SentenceIndex
from paperchat.storage.nodes import to_passage

LEADING = 10
SENTENCE_WEIGHT = 0.4


class SentenceRanker(BaseNodePostprocessor):
    """Reorders the ``LEADING`` first passages; scores stay in [0, 1]. The others follow as they were."""

    _index: SentenceIndex = PrivateAttr()
    _encoder: MiniLM = PrivateAttr()

    def __init__(self, *, index: SentenceIndex, encoder: MiniLM, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._index = index
        self._encoder = encoder

    @classmethod
    def class_name(cls) -> str:
        return "SentenceRanker"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None or not nodes:
            return nodes
        leading, others = nodes[:LEADING], nodes[LEADING:]
        question = self._encoder.encode([query_bundle.query_str])[0]
        vectors = self._index.vectors([to_passage(item.node) for item in leading])
        best = min_max(
            [(item.node_id, float((vectors[item.node_id] @ question).max(initial=-1.0))) for item in leading]
        )
        weighed = [
            NodeWithScore(node=item.node, score=_weigh(item.get_score(), best[item.node_id])) for item in leading
        ]
        weighed.sort(key=lambda item: (-item.get_score(), item.node_id))
        # Passages beyond the leading ones were not read, so none of them may overtake.
        lowest = weighed[-1].get_score()
        return weighed + [
            NodeWithScore(node=item.node, score=min(item.get_score() / (1 + SENTENCE_WEIGHT), lowest))
            for item in others
        ]


def _weigh(fused: float, best: float) -> float:
    return float(np.clip((fused + SENTENCE_WEIGHT * best) / (1 + SENTENCE_WEIGHT), 0.0, 1.0))


def one_per_paper(nodes: Sequence[NodeWithScore]) -> list[NodeWithScore]:
    """The first node of each paper, in order."""
    first: dict[str, NodeWithScore] = {}
    for item in nodes:
        first.setdefault(item.node.metadata["paper_id"], item)
    return list(first.values())

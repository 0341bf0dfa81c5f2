"""A reranker that the user has configured: the last word on the leading passages."""

from __future__ import annotations

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

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

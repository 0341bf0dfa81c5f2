"""A reranker has the last word on the leading passages, and only on their order."""

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from paperchat.retrieval.postprocessors import RERANKED_PASSAGES, RerankPostprocessor


class Backwards(BaseNodePostprocessor):
    """The last first, with scores of its own, and without the one whose text is ``drop``."""

    def _postprocess_nodes(
        self,
        nodes: list[NodeWithScore],
        query_bundle: QueryBundle | None = None,  # noqa: ARG002
    ) -> list[NodeWithScore]:
        for place, item in enumerate(nodes):
            item.score = -7.0 * place
        return [item for item in reversed(nodes) if item.node.get_content() != "drop"]


def order(*texts: str) -> list[tuple[str, float]]:
    nodes = [
        NodeWithScore(node=TextNode(id_=f"{place}", text=text), score=1 - place / 100)
        for place, text in enumerate(texts)
    ]
    reranked = RerankPostprocessor(reranker=Backwards()).postprocess_nodes(nodes, QueryBundle("?"))
    return [(item.node_id, item.get_score()) for item in reranked]


def test_its_order_counts_and_its_scores_do_not() -> None:
    assert order("a", "b", "c") == [("2", 1.0), ("1", 0.99), ("0", 0.98)]


def test_what_it_leaves_out_comes_after_what_it_gives() -> None:
    assert [name for name, _ in order("a", "drop", "c")] == ["2", "0", "1"]


def test_what_it_was_not_shown_follows() -> None:
    names = [name for name, _ in order(*["x"] * (RERANKED_PASSAGES + 2))]
    assert names[0] == f"{RERANKED_PASSAGES - 1}"
    assert names[-2:] == [f"{RERANKED_PASSAGES}", f"{RERANKED_PASSAGES + 1}"]


def test_nothing_found_is_nothing() -> None:
    assert order() == []

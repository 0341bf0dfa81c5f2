"""An answer as a LlamaIndex ``Response``: text with marks and their sources, passages, and spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.response.schema import Response
from llama_index.core.schema import NodeWithScore

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.retrieval.passage_retrieval import RetrievedPassage
from paperchat.storage.nodes import make_nodes, to_node
from paperchat.text.describe import byline, paper_link, passage_location
from paperchat.types import Answer, Citation


def as_response(answer: Answer, considered: Sequence[RetrievedPassage]) -> Response:
    """The answer with its evidence.

    ``str(response)`` is the answer's Markdown with its ``[n]`` marks, followed by a numbered list of the quotes and
    their papers: an agent's model sees nothing else. ``source_nodes`` are the passages considered, best first, and
    cited ones that are not among them; those that are cited have their spans in the metadata's ``quotes``.
    ``metadata`` has ``answer`` (an `Answer`), ``citations`` (its `Citation` records) and ``spans`` (the same as
    plain dicts: ``number``, ``paper_id``, ``passage_id``, ``start``, ``end``, ``quote``).
    """
    return Response(
        response=text_with_sources(answer),
        source_nodes=cited_nodes(answer.citations, considered),
        metadata={
            "answer": answer,
            "citations": list(answer.citations),
            "spans": [_span(citation) for citation in answer.citations],
        },
    )


def text_with_sources(answer: Answer) -> str:
    """The answer's Markdown, then a line for each citation: mark, paper, place and exact quote."""
    if not answer.citations:
        return f"{answer.text}\n\n{answer.reason}" if answer.reason else answer.text
    return "\n".join([answer.text, "", "Sources:", *(_source_line(citation) for citation in answer.citations)])


def cited_nodes(citations: Sequence[Citation], considered: Sequence[RetrievedPassage] = ()) -> list[NodeWithScore]:
    """Nodes of the passages considered, then of cited ones that are not among them, with the spans of quotes."""
    quotes: dict[str, list[dict[str, Any]]] = {}
    scores: dict[str, NodeWithScore] = {
        item.node_id: item for item in make_nodes((one.passage, one.paper, one.score) for one in considered)
    }
    for citation in citations:
        passage = citation.quote.passage
        if passage.basis == "record":
            continue
        quotes.setdefault(passage.passage_id, []).append(
            {"number": citation.number, "start": citation.quote.start, "end": citation.quote.end}
        )
        scores.setdefault(passage.passage_id, NodeWithScore(node=to_node(passage, citation.paper)))
    return [_with_quotes(item, quotes[node_id]) if node_id in quotes else item for node_id, item in scores.items()]


def _with_quotes(item: NodeWithScore, quotes: list[dict[str, Any]]) -> NodeWithScore:
    item.node.metadata["quotes"] = quotes
    item.node.excluded_embed_metadata_keys.append("quotes")
    item.node.excluded_llm_metadata_keys.append("quotes")
    return item


def _span(citation: Citation) -> dict[str, Any]:
    quote = citation.quote
    record = {"number": citation.number, "paper_id": citation.paper.paper_id, "quote": quote.text}
    if quote.passage.basis == "record":
        return record | {"passage_id": None, "start": None, "end": None, "field": quote.passage.section}
    return record | {"passage_id": quote.passage.passage_id, "start": quote.start, "end": quote.end}


def _source_line(citation: Citation) -> str:
    paper = citation.paper.paper
    place = passage_location(citation.quote.passage, citation.quote.start)
    details = ", ".join(part for part in (byline(paper), place, paper_link(paper)) if part)
    quote = escape_markdown(" ".join(citation.quote.text.split()))
    return f"[{citation.number}] {escape_markdown(paper.title)} ({details}): “{quote}”"

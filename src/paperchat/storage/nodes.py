"""Converts passages to LlamaIndex nodes and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, TextNode

from paperchat.storage.filters import first_day
from paperchat.storage.name_normalization import CATEGORY_PREFIX, with_archives
from paperchat.types import InjectionFlag, Passage, StoredPaper


class PassageNode(TextNode):
    """A node that carries the records it was made from, so that they are not read or parsed again.

    Copies keep them; serialization does not, and then they come from the node's text and metadata, or the library.
    """

    _passage: Passage | None = PrivateAttr(default=None)
    _paper: StoredPaper | None = PrivateAttr(default=None)

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)


def to_node(passage: Passage, paper: StoredPaper) -> PassageNode:
    """A node with the passage's id, which is embedded as the title, a line break and the passage.

    In a full text the section's heading comes between the two, on a line of its own.

    Its metadata is flat, as LlamaIndex's Chroma store requires: ``paper_id``, ``title`` (empty where the paper has
    none of its own: its first words would count twice), ``basis``, ``section``, ``page``, ``turns`` (``120:4 980:5``)
    and ``injections`` (JSON; each left out when there are none), ``start``, ``end``, ``day`` (YYYYMMDD, 0 when
    unknown), and ``category:cs.CL`` and ``category:cs`` set to true for each category and its archive.
    """
    metadata: dict[str, Any] = {
        "paper_id": paper.paper_id,
        "title": paper.paper.own_title,
        "basis": passage.basis,
        "section": passage.section,
        "start": passage.start,
        "end": passage.end,
        "day": first_day(paper.paper.date),
    }
    if passage.page is not None:
        metadata["page"] = passage.page
    if passage.turns:
        metadata["turns"] = " ".join(f"{at}:{page}" for at, page in passage.turns)
    if passage.injections:
        metadata["injections"] = json.dumps([asdict(flag) for flag in passage.injections])
    metadata |= {CATEGORY_PREFIX + name: True for name in with_archives(paper.paper.categories)}
    visible = ("title", "section") if passage.basis == "full_text" else ("title",)
    hidden = [name for name in metadata if name not in visible]
    node = PassageNode(
        id_=passage.passage_id,
        text=passage.text,
        metadata=metadata,
        excluded_embed_metadata_keys=hidden,
        excluded_llm_metadata_keys=hidden,
        text_template="{metadata_str}\n{content}",
        metadata_template="{value}",
    )
    node._passage, node._paper = passage, paper
    return node


def embedded_text(node: BaseNode) -> str:
    """The text of which a node's embedding is made."""
    return node.get_content(metadata_mode=MetadataMode.EMBED)


def make_nodes(scored: Iterable[tuple[Passage, StoredPaper, float]]) -> list[NodeWithScore]:
    """A node for each passage with its paper and its score."""
    return [NodeWithScore(node=to_node(passage, paper), score=score) for passage, paper, score in scored]


def to_passage(node: BaseNode) -> Passage:
    """The passage of a node made by `to_node`."""
    if isinstance(node, PassageNode) and node._passage:
        return node._passage
    data = node.metadata
    return Passage(
        passage_id=node.node_id,
        paper_id=data["paper_id"],
        basis=data["basis"],
        section=data["section"],
        page=data.get("page"),
        start=data["start"],
        end=data["end"],
        text=node.get_content(),
        turns=tuple(_parse_turn(text) for text in data.get("turns", "").split()),
        injections=tuple(InjectionFlag(**flag) for flag in json.loads(data.get("injections", "[]"))),
    )


def paper_of_node(node: BaseNode) -> StoredPaper | None:
    """The paper of a node made by `to_node`; ``None`` where serialization has lost it."""
    return node._paper if isinstance(node, PassageNode) else None


def _parse_turn(text: str) -> tuple[int, int]:
    at, _, page = text.partition(":")
    return int(at), int(page)

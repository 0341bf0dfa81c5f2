"""Splits documents into passages of whole sentences, with token limits and character offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, Document, MetadataMode, TextNode

from paperchat.ingest.passage_limits import FULL_TEXT_TOKENS, PASSAGE_TOKENS
from paperchat.text.prompt_injection import find_injections
from paperchat.text.sentences import sentence_spans
from paperchat.text.tokens import count_tokens
from paperchat.types import Basis, Block, BlockKind, FullText, Passage, StoredPaper

Span = tuple[int, int]
_WORD = re.compile(r"\S+")


class PassageParser(NodeParser):
    """Splits documents into passages at sentence boundaries.

    A document's metadata must have ``paper_id``, ``basis`` and ``section``, and may have ``offset``, where its text
    starts in the paper's full text. Passages of a document are of near equal length, do not overlap, and end inside a
    sentence only if that sentence alone exceeds ``passage_tokens``. Their ids are ``<paper_id>#<basis>.<n>``, with n
    counting through the paper's documents of that basis, so that the same text always gives the same ids.
    """

    passage_tokens: int = PASSAGE_TOKENS

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises the parser."""
        return "PassageParser"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:  # noqa: ARG002
        counters: dict[tuple[str, str], int] = {}
        passages: list[BaseNode] = []
        for node in nodes:
            text = node.get_content(metadata_mode=MetadataMode.NONE)
            series = (node.metadata["paper_id"], node.metadata["basis"])
            offset = node.metadata.get("offset", 0)
            for start, end in passage_spans(text, self.passage_tokens):
                ordinal = counters.get(series, 0)
                counters[series] = ordinal + 1
                passages.append(
                    TextNode(
                        id_=f"{series[0]}#{series[1]}.{ordinal}",
                        text=text[start:end],
                        start_char_idx=offset + start,
                        end_char_idx=offset + end,
                        metadata=dict(node.metadata),
                    )
                )
        return passages

    # The base class would search the text again for the passages' offsets, and add relationships that the library
    # does not store.
    def get_nodes_from_documents(
        self, documents: Sequence[Document], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        """Split the documents into one node a passage."""
        return self._parse_nodes(documents, show_progress, **kwargs)

    async def aget_nodes_from_documents(
        self, documents: Sequence[Document], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        """As `get_nodes_from_documents`."""
        return self._parse_nodes(documents, show_progress, **kwargs)


def node_to_passage(node: BaseNode) -> Passage:
    """Convert a node of `PassageParser` to a passage, and check its text for prompt injections."""
    assert isinstance(node, TextNode)
    basis: Basis = node.metadata["basis"]
    return Passage(
        passage_id=node.node_id,
        paper_id=node.metadata["paper_id"],
        basis=basis,
        section=node.metadata["section"],
        page=None,
        start=node.start_char_idx or 0,
        end=node.end_char_idx or 0,
        text=node.text,
        injections=tuple(find_injections(node.text)),
    )


def passage_spans(text: str, limit: int) -> list[Span]:
    """Spans of ``text`` of at most ``limit`` tokens each, whole sentences where possible, near equal in length."""
    units = [(span, count) for sentence in sentence_spans(text) for span, count in _fitting(text, sentence, limit)]
    total = sum(count for _, count in units)
    if not units:
        return []
    pieces = -(-total // limit)
    target = total / pieces
    spans: list[Span] = []
    first, filled, done = units[0][0][0], 0, 0
    last_end = first
    for (start, end), count in units:
        full = filled + count > limit
        enough = filled > 0 and done + filled + count / 2 > target * (len(spans) + 1)
        if filled and (full or enough):
            spans.append((first, last_end))
            first, done, filled = start, done + filled, 0
        filled += count
        last_end = end
    spans.append((first, last_end))
    return spans


def _fitting(text: str, span: Span, limit: int) -> Iterator[tuple[Span, int]]:
    """The sentence, or pieces of it split between words (inside a word only if that word alone is too long)."""
    start, end = span
    count = count_tokens(text[start:end])
    if count <= limit:
        yield span, count
        return
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    if len(words) == 1:
        step = max(1, limit // 4)  # a character is at most four bytes, and a token at least one
        for at in range(start, end, step):
            piece = (at, min(at + step, end))
            yield piece, count_tokens(text[slice(*piece)])
        return
    middle = len(words) // 2
    yield from _fitting(text, (start, words[middle - 1][1]), limit)
    yield from _fitting(text, (words[middle][0], end), limit)


_INDEXED_BLOCKS: frozenset[BlockKind] = frozenset({"text", "caption", "table", "footnote"})


def passages_of(stored: StoredPaper, full_text: FullText | None) -> list[Passage]:
    """All passages of a paper: those of its abstract, then those of its full text."""
    return abstract_passages([stored])[0] + (full_text_passages(stored, full_text) if full_text else [])


def abstract_passages(papers: Sequence[StoredPaper]) -> list[list[Passage]]:
    """The passages of each paper's abstract, or of its title if it has no abstract."""
    pipeline = IngestionPipeline(transformations=[PassageParser()], disable_cache=True)
    by_paper: dict[str, list[Passage]] = {stored.paper_id: [] for stored in papers}
    for node in pipeline.run(documents=[_abstract_document(stored) for stored in papers]):
        passage = node_to_passage(node)
        by_paper[passage.paper_id].append(passage)
    return [by_paper[stored.paper_id] for stored in papers]


def full_text_passages(stored: StoredPaper, full_text: FullText) -> list[Passage]:
    """The passages of a full text, with their pages.

    Paragraphs of one section may share a passage; a caption, a table or a footnote has its own. References are left
    out, and so is the abstract unless the paper's metadata has none.
    """
    documents = [
        Document(
            text=full_text.text[start:end],
            metadata={"paper_id": stored.paper_id, "basis": "full_text", "section": section, "offset": start},
        )
        for section, start, end in _indexed_spans(full_text, _indexed_kinds(stored))
    ]
    pipeline = IngestionPipeline(transformations=[PassageParser(passage_tokens=FULL_TEXT_TOKENS)], disable_cache=True)
    pages = _PageIndex(full_text)
    return [pages.with_pages(node_to_passage(node)) for node in pipeline.run(documents=documents)]


def unindexed_text(stored: StoredPaper, full_text: FullText) -> str:
    """The parts of a full text that are in no passage, such as its references, one a line."""
    kinds = _indexed_kinds(stored)
    return "\n".join(full_text.text[block.start : block.end] for block in full_text.blocks if block.kind not in kinds)


def _abstract_document(stored: StoredPaper) -> Document:
    abstract = stored.paper.abstract
    return Document(
        text=abstract or stored.paper.title,
        metadata={
            "paper_id": stored.paper_id,
            "basis": "abstract",
            "section": "Abstract" if abstract else "Title",
        },
    )


def _indexed_kinds(stored: StoredPaper) -> frozenset[BlockKind]:
    return _INDEXED_BLOCKS if stored.paper.abstract else _INDEXED_BLOCKS | {"abstract"}


def _indexed_spans(full_text: FullText, kinds: frozenset[BlockKind]) -> Iterator[tuple[str, int, int]]:
    """Section, start and end of each span that is split into passages on its own."""
    blocks = [block for block in full_text.blocks if block.kind in kinds]

    def group_key(block: Block) -> tuple[str, str, int]:
        return block.kind, block.section, 0 if block.kind == "text" else block.start

    for (_, section, _), group in groupby(blocks, group_key):
        first, *others = group
        yield section, first.start, max([first.end, *(one.end for one in others)])


class _PageIndex:
    """Where the pages of a full text start; a page may occur twice, before and after a float on the next page."""

    def __init__(self, full_text: FullText) -> None:
        runs = [next(words) for _, words in groupby(full_text.words, lambda word: word.box.page)]
        self._starts = [word.start for word in runs]
        self._pages = [word.box.page for word in runs]

    def with_pages(self, passage: Passage) -> Passage:
        """The passage with the page it starts on, and the offsets at which further pages start."""
        first = max(bisect_right(self._starts, passage.start) - 1, 0)
        if not self._pages:
            return passage
        turns = tuple(
            (start - passage.start, page)
            for start, page in zip(self._starts[first + 1 :], self._pages[first + 1 :], strict=True)
            if start < passage.end
        )
        return replace(passage, page=self._pages[first], turns=turns)

"""From a document to passages: whole sentences, at most ``PASSAGE_TOKENS`` tokens, with their offsets."""

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

from paperchat.text.sentences import sentence_spans
from paperchat.text.tokens import ENCODING, count_tokens
from paperchat.types import Basis, Block, BlockKind, FullText, Passage, StoredPaper

PASSAGE_TOKENS = 400
"""Of an abstract, most of which are then one passage."""
FULL_TEXT_TOKENS = 200
"""Of a full text: what the embedded model can take in together with the title."""
CHUNKING = f"sentences/{PASSAGE_TOKENS}/{FULL_TEXT_TOKENS}/{ENCODING}/2"

Span = tuple[int, int]
_WORD = re.compile(r"\S+")


class PassageParser(NodeParser):
    """Cuts documents into passages at sentence boundaries.

    A document's metadata must name ``paper_id``, ``basis`` and ``section``, and may name ``offset``, from which its
    characters are counted. Its passages are near equal in length, never overlap, and break inside a sentence only
    where that sentence alone exceeds ``passage_tokens``. Ids are ``<paper_id>#<basis>.<n>`` with n counting through
    the paper's documents of that basis, so that the same text always gives the same ids.
    """

    passage_tokens: int = PASSAGE_TOKENS

    @classmethod
    def class_name(cls) -> str:
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

    # The base class would look the passages up in the text again to find their offsets, and add neighbours that
    # the library does not keep.
    def get_nodes_from_documents(
        self, documents: Sequence[Document], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return self._parse_nodes(documents, show_progress, **kwargs)

    async def aget_nodes_from_documents(
        self, documents: Sequence[Document], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return self._parse_nodes(documents, show_progress, **kwargs)


def as_passage(node: BaseNode) -> Passage:
    """The passage that a node of `PassageParser` stands for."""
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
    """The sentence, or pieces of it cut between words (inside a word only where one alone is too long)."""
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


_QUOTABLE: frozenset[BlockKind] = frozenset({"text", "caption", "table", "footnote"})


def passages_of(stored: StoredPaper, full_text: FullText | None) -> list[Passage]:
    """All passages of a paper."""
    return abstract_passages([stored])[0] + (full_text_passages(stored, full_text) if full_text else [])


def abstract_passages(papers: Sequence[StoredPaper]) -> list[list[Passage]]:
    """For each paper, the passages of its abstract; a paper with no abstract can still be found by its title."""
    pipeline = IngestionPipeline(transformations=[PassageParser()], disable_cache=True)
    made: dict[str, list[Passage]] = {stored.paper_id: [] for stored in papers}
    for node in pipeline.run(documents=[_abstract(stored) for stored in papers]):
        passage = as_passage(node)
        made[passage.paper_id].append(passage)
    return [made[stored.paper_id] for stored in papers]


def full_text_passages(stored: StoredPaper, full_text: FullText) -> list[Passage]:
    """The passages of a full text, with their pages.

    Paragraphs of one section may share a passage; a caption, a table or a footnote has its own. References are
    left out, and so is the abstract, which the paper has itself.
    """
    documents = [
        Document(
            text=full_text.text[start:end],
            metadata={"paper_id": stored.paper_id, "basis": "full_text", "section": section, "offset": start},
        )
        for section, start, end in _stretches(full_text, abstract_too=not stored.paper.abstract)
    ]
    pipeline = IngestionPipeline(transformations=[PassageParser(passage_tokens=FULL_TEXT_TOKENS)], disable_cache=True)
    pages = _Pages(full_text)
    return [pages.placed(as_passage(node)) for node in pipeline.run(documents=documents)]


def _abstract(stored: StoredPaper) -> Document:
    abstract = stored.paper.abstract
    return Document(
        text=abstract or stored.paper.title,
        metadata={
            "paper_id": stored.paper_id,
            "basis": "abstract",
            "section": "Abstract" if abstract else "Title",
        },
    )


def _stretches(full_text: FullText, *, abstract_too: bool) -> Iterator[tuple[str, int, int]]:
    """Section, start and end of what is cut into passages on its own."""
    wanted = _QUOTABLE | {"abstract"} if abstract_too else _QUOTABLE
    blocks = [block for block in full_text.blocks if block.kind in wanted]

    def belonging(block: Block) -> tuple[str, str, int]:
        return block.kind, block.section, 0 if block.kind == "text" else block.start

    for (_, section, _), several in groupby(blocks, belonging):
        first, *others = several
        yield section, first.start, max([first.end, *(one.end for one in others)])


class _Pages:
    """Where the pages of a full text begin; a text may come back to a page, after what floats on the next."""

    def __init__(self, full_text: FullText) -> None:
        runs = [next(words) for _, words in groupby(full_text.words, lambda word: word.box.page)]
        self._starts = [word.start for word in runs]
        self._pages = [word.box.page for word in runs]

    def placed(self, passage: Passage) -> Passage:
        """With the page it begins on, and where it turns to others."""
        first = max(bisect_right(self._starts, passage.start) - 1, 0)
        if not self._pages:
            return passage
        turns = tuple(
            (start - passage.start, page)
            for start, page in zip(self._starts[first + 1 :], self._pages[first + 1 :], strict=True)
            if start < passage.end
        )
        return replace(passage, page=self._pages[first], turns=turns)

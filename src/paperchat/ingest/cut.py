"""From papers to passages: their abstracts, and the full texts of their PDFs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document

from paperchat.ingest.chunking import FULL_TEXT_TOKENS, PassageParser, as_passage
from paperchat.types import Block, BlockKind, FullText, Passage, StoredPaper

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

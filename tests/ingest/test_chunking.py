"""Passages: whole sentences, within the limit, at the right offsets."""

from __future__ import annotations

import pytest
from llama_index.core.schema import Document

from paperchat.ingest.chunking import PassageParser, node_to_passage, passage_spans
from paperchat.ingest.passage_limits import PASSAGE_TOKENS
from paperchat.text.sentences import sentence_spans
from paperchat.text.tokens import count_tokens

SENTENCE = "The quick brown fox jumps over the lazy dog near the river bank, e.g. at noon. "


def document(text: str, paper_id: str = "arxiv:1") -> Document:
    return Document(text=text, metadata={"paper_id": paper_id, "basis": "abstract", "section": "Abstract"})


def test_an_ordinary_abstract_is_one_passage() -> None:
    (passage,) = map(node_to_passage, PassageParser().get_nodes_from_documents([document(SENTENCE * 5)]))
    assert passage.text == (SENTENCE * 5).strip()
    assert (passage.passage_id, passage.paper_id, passage.basis) == (
        "arxiv:1#abstract.0",
        "arxiv:1",
        "abstract",
    )


def test_passages_are_the_document_at_their_offsets_and_cut_no_sentence() -> None:
    text = SENTENCE * 120
    passages = [node_to_passage(node) for node in PassageParser().get_nodes_from_documents([document(text)])]
    starts = {start for start, _ in sentence_spans(text)}
    ends = {end for _, end in sentence_spans(text)}
    assert len(passages) > 1
    for passage in passages:
        assert passage.text == text[passage.start : passage.end]
        assert passage.start in starts
        assert passage.end in ends
        assert count_tokens(passage.text) <= PASSAGE_TOKENS
    assert " ".join(passage.text for passage in passages) == text.strip()


def test_passages_are_near_equal_in_length() -> None:
    text = SENTENCE * 30
    sizes = [count_tokens(text[start:end]) for start, end in passage_spans(text, 400)]
    assert max(sizes) < 1.5 * min(sizes)


@pytest.mark.parametrize("text", ["word " * 3000, "x" * 20_000, "🦊" * 3000, "狐" * 3000])
def test_only_what_is_too_long_alone_is_cut_inside(text: str) -> None:
    spans = passage_spans(text, 100)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(count_tokens(text[a:b]) <= 100 for a, b in spans)


def test_ids_count_through_a_papers_documents() -> None:
    nodes = PassageParser()([document(SENTENCE), document(SENTENCE), document(SENTENCE, "arxiv:2")])
    assert [node.node_id for node in nodes] == [
        "arxiv:1#abstract.0",
        "arxiv:1#abstract.1",
        "arxiv:2#abstract.0",
    ]


def test_no_text_gives_no_passage() -> None:
    assert PassageParser()([document("   ")]) == []

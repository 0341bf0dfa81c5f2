from dataclasses import replace

from llama_index.core.schema import MetadataMode, TextNode

from paperchat.storage.nodes import paper_of_node, to_node, to_passage
from paperchat.types import InjectionFlag, Paper, Passage, StoredPaper

PAPER = StoredPaper(
    paper_id="arxiv:2410.14182",
    paper=Paper(title="LabSafety {Bench}", date="2024-10-18", categories=("cs.CL", "cs.AI"), authors=("A B",)),
)
PASSAGE = Passage(
    passage_id="arxiv:2410.14182#full_text.3",
    paper_id="arxiv:2410.14182",
    basis="full_text",
    section="3 Results",
    page=4,
    start=10,
    end=42,
    text="A {text} with %s and\nbraces {0}.",
    turns=((7, 5), (20, 4)),
)


def test_title_heading_and_text_are_embedded() -> None:
    node = to_node(PASSAGE, PAPER)
    expected = "LabSafety {Bench}\n3 Results\nA {text} with %s and\nbraces {0}."
    assert node.get_content(metadata_mode=MetadataMode.EMBED) == expected
    assert node.get_content(metadata_mode=MetadataMode.LLM) == expected
    assert node.get_content() == PASSAGE.text


def test_the_first_words_of_a_paper_without_a_title_are_embedded_once() -> None:
    text = "Levels of glucose were measured."
    untitled = replace(PAPER, paper=Paper(title="Levels of glucose…", abstract=text))
    node = to_node(replace(PASSAGE, basis="abstract", section="Abstract", text=text), untitled)
    assert node.get_content(metadata_mode=MetadataMode.EMBED) == text
    assert node.metadata["title"] == ""


def test_metadata_is_flat_and_flags_categories_and_archives() -> None:
    assert to_node(PASSAGE, PAPER).metadata == {
        "paper_id": "arxiv:2410.14182",
        "title": "LabSafety {Bench}",
        "basis": "full_text",
        "section": "3 Results",
        "page": 4,
        "turns": "7:5 20:4",
        "start": 10,
        "end": 42,
        "day": 20241018,
        "category:cs.CL": True,
        "category:cs.AI": True,
        "category:cs": True,
    }


def stored(node: TextNode) -> TextNode:
    """The node as a docstore gives it back: text and metadata, without the records it was made from."""
    return TextNode.from_dict(node.to_dict())


def test_a_node_carries_the_records_it_was_made_from() -> None:
    node = to_node(PASSAGE, PAPER)
    for copied in (node, node.model_copy(deep=True)):
        assert (to_passage(copied), paper_of_node(copied)) == (PASSAGE, PAPER)
    assert paper_of_node(stored(node)) is None


def test_a_passage_survives_the_round_trip() -> None:
    assert to_passage(stored(to_node(PASSAGE, PAPER))) == PASSAGE
    assert [to_passage(stored(to_node(PASSAGE, PAPER))).page_at(at) for at in (0, 7, 19, 20)] == [4, 5, 5, 4]
    flag = InjectionFlag(kind="hides its words", excerpt="h i d “den” {x}", start=2)
    flagged = to_node(replace(PASSAGE, injections=(flag,)), PAPER)
    assert to_passage(stored(flagged)) == replace(PASSAGE, injections=(flag,))
    for mode in (MetadataMode.EMBED, MetadataMode.LLM):
        assert flagged.get_content(metadata_mode=mode) == to_node(PASSAGE, PAPER).get_content(metadata_mode=mode)
    abstract = Passage(
        passage_id="x",
        paper_id="y",
        basis="abstract",
        section="Abstract",
        page=None,
        start=0,
        end=1,
        text="z",
    )
    node = to_node(abstract, PAPER)
    assert "page" not in node.metadata
    assert to_passage(node).page is None

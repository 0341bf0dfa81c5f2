"""Questions whose answer stands in the body of a paper: its sections, its tables, its settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from paperchat import PaperChat
from paperchat.ingest.batch_writer import IncomingPaper, write_batch
from paperchat.storage.full_texts import StoredFullText
from paperchat.text.sentences import has_words
from paperchat.types import Block, BlockKind, FullText, Page, Paper
from paperchat.understanding.section_words import is_section_asked

TITLE = "FaunaNet: Counting Animals in the Evening"
ABSTRACT = (
    "Counting animals in the evening is hard. We present FaunaNet, a network that counts the animals of a forest from "
    "the sound that they make. It is more accurate than people who listen to the same recordings."
)
BODY: tuple[tuple[BlockKind, str, str], ...] = (
    ("text", "1 Introduction", "Animals are counted in many forests. Most counts are made by people in the morning."),
    ("text", "2 Method", "FaunaNet has a convolutional part and a recurrent part. The first hears, the second counts."),
    ("text", "3 Training", "We train with Adam at a learning rate of 0.003. Each batch has 48 recordings of a minute."),
    ("caption", "4 Results", "Table 1: Accuracy of each method in two forests."),
    ("table", "4 Results", "Method Northern Southern\n61.2 58.4 57.0\nPeople 71.5 70.2\nFaunaNet 88.3 84.9"),
    ("text", "4 Results", "FaunaNet counts better than people do. In the southern forest the difference is smaller."),
    (
        "text",
        "5 Limitations",
        "Wind of more than nine metres a second drowns most calls. Owls are too quiet to be heard.",
    ),
    ("text", "6 Conclusion", "A forest can be counted by its sound. We will count the animals of a lake next."),
)


def full_text() -> FullText:
    text, blocks = "", []
    for kind, section, words in BODY:
        start = len(text)
        text += words
        blocks.append(Block(kind=kind, section=section, start=start, end=len(text)))
        text += "\n"
    page = Page(number=1, label="1", width=600.0, height=800.0)
    return FullText(text=text.rstrip("\n"), blocks=tuple(blocks), pages=(page,), words=(), sha256="0" * 64)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    stored = StoredFullText(full_text=full_text(), version=0, parser_version="1", source="fauna.pdf")
    with PaperChat.open(tmp_path_factory.mktemp("fauna") / "library") as chat:
        write_batch(chat.library, [IncomingPaper(paper=Paper(title=TITLE, abstract=ABSTRACT), full_text=stored)])
        yield chat


def quoted(chat: PaperChat, question: str) -> list[str]:
    return [citation.quote.text for citation in chat.ask(question).citations]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("limitations of FaunaNet", "Owls are too quiet to be heard."),
        ("What future work is planned for FaunaNet?", "We will count the animals of a lake next."),
        ("what learning rate does FaunaNet use?", "learning rate of 0.003"),
        ("batch size of FaunaNet", "Each batch has 48 recordings of a minute."),
        ("accuracy of FaunaNet in the northern forest", "FaunaNet 88.3 84.9"),
    ],
)
def test_what_the_body_says_is_quoted(chat: PaperChat, question: str, fact: str) -> None:
    assert any(fact in quote for quote in quoted(chat, question))


def test_a_row_of_bare_numbers_is_no_quote(chat: PaperChat) -> None:
    for question in ("which accuracy is 61.2, FaunaNet?", "accuracy of each method in the two forests, FaunaNet"):
        assert "61.2 58.4 57.0" not in quoted(chat, question)
    assert not has_words("61.2 58.4 ± 57.0 (3)")
    assert has_words("FaunaNet 88.3 84.9")


def test_a_row_is_quoted_with_the_header_above_it(chat: PaperChat) -> None:
    quotes = quoted(chat, "accuracy of FaunaNet in the northern forest")
    row = next(quote for quote in quotes if "FaunaNet 88.3 84.9" in quote)
    assert row.startswith("Method Northern Southern\n")


def test_what_readers_shorten_is_found_in_its_long_form(chat: PaperChat) -> None:
    assert any("learning rate of 0.003" in quote for quote in quoted(chat, "FaunaNet lr?"))


@pytest.mark.parametrize(
    ("question", "section", "is_asked"),
    [
        ("limitations of this approach", "5 Limitations", True),
        ("What data sets were used in FaunaNet?", "4 Experiments › 4.1 Data sets", True),
        ("future work?", "6 Conclusion and Future Work", True),
        ("which lr", "A Implementation details", True),
        ("which lr", "2 Related Work", False),
        ("How are animals counted?", "5 Limitations", False),
    ],
)
def test_section_words_lead_to_sections(question: str, section: str, is_asked: bool) -> None:
    assert is_section_asked(question, section) is is_asked

"""Names that one paper of a library alone has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from paperchat import PaperChat
from paperchat.ingest.batch_writer import IncomingPaper, write_batch
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion
from paperchat.storage.full_texts import StoredFullText
from paperchat.types import Block, FullText, Page, Paper


def full_text(*sections: str) -> StoredFullText:
    text, blocks = "", []
    for number, words in enumerate(sections, start=1):
        blocks.append(Block(kind="text", section=f"{number} Part", start=len(text), end=len(text) + len(words)))
        text += words + "\n"
    page = Page(number=1, label="1", width=600.0, height=800.0)
    body = FullText(text=text.rstrip("\n"), blocks=tuple(blocks), pages=(page,), words=(), sha256="0" * 64)
    return StoredFullText(full_text=body, version=0, parser_version="1", source="owls.pdf")


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    owls = full_text("We call it HOOT-3.", "HOOT-3 hears quiet owls.", "We train HOOT-3 for quiet hours.", "So quiet.")
    with PaperChat.open(tmp_path_factory.mktemp("owls") / "library") as chat:
        papers = [
            IncomingPaper(paper=Paper(title="Counting Owls", abstract="Owls are counted at night."), full_text=owls),
            IncomingPaper(paper=Paper(title="Counting Bats", abstract="Bats are counted at dusk."), full_text=None),
        ]
        write_batch(chat.library, papers)
        yield chat


def test_a_name_is_found_however_it_is_written(chat: PaperChat) -> None:
    [owls] = [one.paper_id for one in chat.library.directory.entries().values() if one.title == "Counting Owls"]
    assert chat.components.searcher.paper_with_own_name("which gpu trains hoot-3") == owls


def test_a_word_that_only_one_paper_has_is_no_name(chat: PaperChat) -> None:
    assert chat.components.searcher.paper_with_own_name("how quiet is it") is None
    assert chat.components.searcher.paper_with_own_name("how are they counted") is None


def test_each_sentence_of_a_question_counts_the_same_however_long(chat: PaperChat) -> None:
    """What introduces a question, and is itself about something else, does not hide what is asked."""
    asked = "Bats are counted at dusk."
    text = f"{asked} I am also interested in whatever else may be of use to libraries and their readers."
    question = EmbeddedQuestion(text)
    chat.components.searcher.retrieval.rank(question, None, min_papers=1)
    mean = np.mean([chat.embedder.get_query_embedding(text[span]) for span in (slice(25), slice(26, None))], axis=0)
    assert question.vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)

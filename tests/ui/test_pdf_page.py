"""A quote on its page: real PDFs, read and drawn by the ordinary code."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from chat_helpers import ask
from PIL import Image

from paperchat import Filters, PaperChat
from paperchat.errors import NotFoundError, SourceError
from paperchat.types import Quote
from paperchat.ui.chat_state import ChatState
from paperchat.ui.paper_panel import citation_html, pages_html

PDFS = Path(__file__).parents[1] / "data" / "pdf"
FULL_TEXTS = ChatState(filters=Filters(basis="full_text"))
QUESTION = "What role does simplicity play in scientific theories?"


@pytest.fixture(scope="module")
def pdf_chat(pdf_library: PaperChat) -> ChatState:
    *_, state = ask(pdf_library, FULL_TEXTS, QUESTION)
    return state


def test_the_quote_is_marked_where_it_is_printed(pdf_library: PaperChat, pdf_chat: ChatState) -> None:
    citation = pdf_chat.citation(0, 1)
    assert citation
    (view,) = pdf_library.components.page_images.pages_of_quote(citation.quote)
    assert view.page.number == citation.quote.page == 2
    drawn = Image.open(io.BytesIO(pdf_library.page_image(view.paper_id, 2))).convert("L")
    scale = drawn.width / view.page.width
    for box in view.boxes:
        inside = drawn.crop((box.left * scale, box.top * scale, box.right * scale, box.bottom * scale))
        assert min(inside.tobytes()) < 100  # letters are printed there
    assert pages_html([view], turn=0, number=1).count('class="spot"') == len(view.boxes) >= 1


def test_a_quote_that_crosses_pages_is_marked_on_both(pdf_library: PaperChat, pdf_chat: ChatState) -> None:
    citation = pdf_chat.citation(0, 1)
    assert citation
    passages = pdf_library.library.passages_of(citation.paper.paper_id)
    crossing = next(one for one in passages if one.turns and "eye of the beholder" in one.text)
    start = crossing.text.index("Contrary to that view")
    quote = Quote(passage=crossing, start=start, end=crossing.text.index("beholder.", start) + len("beholder."))
    first, second = pdf_library.components.page_images.pages_of_quote(quote)
    assert (first.page.number, second.page.number) == (1, 2)
    assert first.boxes
    assert second.boxes
    shown = pages_html([first, second], turn=0, number=1)
    assert shown.count("<img") == 2
    assert shown.count('class="spot"') == len(first.boxes) + len(second.boxes)
    assert shown.count('data-do="turn_page"') == 1  # to page 3


def test_pages_are_turned_within_the_document(pdf_library: PaperChat, pdf_chat: ChatState) -> None:
    shown = citation_html(pdf_library, pdf_chat, {"turn": "0", "number": "1"})
    assert "Page 2 of 6" in shown
    assert 'data-page="1"' in shown
    assert 'data-page="3"' in shown
    last = citation_html(pdf_library, pdf_chat, {"turn": "0", "number": "1", "page": "6"})
    assert "Page 6 of 6" in last
    assert 'data-page="7"' not in last
    assert 'class="spot"' not in last


@pytest.mark.parametrize(
    "data", [{}, {"turn": "9", "number": "1"}, {"turn": "-1", "number": "1"}, {"turn": "0", "number": "x" * 99}]
)
def test_invalid_event_data_show_nothing(pdf_library: PaperChat, pdf_chat: ChatState, data: dict[str, str]) -> None:
    assert "Choose a citation number" in citation_html(pdf_library, pdf_chat, data)


def test_a_missing_or_changed_pdf_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    shutil.copyfile(PDFS / "pirozelli22a.pdf", file)
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(file)
        *_, state = ask(pc, FULL_TEXTS, QUESTION)
        citation = state.citation(0, 1)
        assert citation
        paper_id = citation.paper.paper_id
        shutil.copyfile(PDFS / "yoshida23a.pdf", file)
        with pytest.raises(SourceError, match="has changed"):
            pc.page_image(paper_id, 2)
        file.unlink()
        with pytest.raises(NotFoundError, match="not available"):
            pc.page_image(paper_id, 2)
        shown = citation_html(pc, state, {"turn": "0", "number": "1"})
        assert "The PDF has been moved or deleted" in shown
        assert f"<mark>{citation.quote.text}</mark>" in shown


def test_another_ingested_copy_of_the_file_is_used(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    for file in (first, second):
        shutil.copyfile(PDFS / "pirozelli22a.pdf", file)
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(first, second)
        first.unlink()
        (stored,) = pc.papers()
        assert pc.page_image(stored.paper_id, 1).startswith(b"\x89PNG")
        with pytest.raises(SourceError, match="no page 99"):
            pc.page_image(stored.paper_id, 99)

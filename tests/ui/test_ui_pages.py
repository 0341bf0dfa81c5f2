"""A quote on its page: real PDFs, read and drawn by the ordinary code."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image
from talking import ask

from paperchat import Filters, PaperChat
from paperchat.errors import NotFoundError, SourceError
from paperchat.ui.chat_state import Talk
from paperchat.ui.paper_panel import cited
from paperchat.ui.pdf_page import page_html, page_view

PDFS = Path(__file__).parents[1] / "data" / "pdf"
FULL_TEXTS = Talk(filters=Filters(basis="full_text"))
QUESTION = "What role does simplicity play in scientific theories?"


@pytest.fixture(scope="module")
def pdf_talk(pdf_library: PaperChat) -> Talk:
    *_, talk = ask(pdf_library, FULL_TEXTS, QUESTION)
    return talk


def test_the_quote_is_marked_where_it_is_printed(pdf_library: PaperChat, pdf_talk: Talk) -> None:
    citation = pdf_talk.citation(0, 1)
    assert citation
    view = page_view(pdf_library, citation.quote)
    assert view
    assert view.page.number == citation.quote.page == 2
    drawn = Image.open(io.BytesIO(pdf_library.page_image(view.paper_id, 2))).convert("L")
    scale = drawn.width / view.page.width
    for box in view.marked:
        inside = drawn.crop((box.left * scale, box.top * scale, box.right * scale, box.bottom * scale))
        assert min(inside.tobytes()) < 100  # letters are printed there
    assert page_html(view, turn=0, number=1).count('class="spot"') == len(view.marked) >= 1


def test_pages_are_turned_within_the_document(pdf_library: PaperChat, pdf_talk: Talk) -> None:
    shown = cited(pdf_library, pdf_talk, {"turn": "0", "number": "1"})
    assert "Page 2 of 6" in shown
    assert 'data-page="1"' in shown
    assert 'data-page="3"' in shown
    last = cited(pdf_library, pdf_talk, {"turn": "0", "number": "1", "page": "6"})
    assert "Page 6 of 6" in last
    assert 'data-page="7"' not in last
    assert 'class="spot"' not in last


@pytest.mark.parametrize(
    "told", [{}, {"turn": "9", "number": "1"}, {"turn": "-1", "number": "1"}, {"turn": "0", "number": "x" * 99}]
)
def test_what_no_button_tells_shows_nothing(pdf_library: PaperChat, pdf_talk: Talk, told: dict[str, str]) -> None:
    assert "Choose a number" in cited(pdf_library, pdf_talk, told)


def test_a_pdf_that_is_gone_or_changed_is_said_to_be(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    shutil.copyfile(PDFS / "pirozelli22a.pdf", file)
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(file)
        *_, talk = ask(pc, FULL_TEXTS, QUESTION)
        citation = talk.citation(0, 1)
        assert citation
        paper_id = citation.paper.paper_id
        shutil.copyfile(PDFS / "yoshida23a.pdf", file)
        with pytest.raises(SourceError, match="has changed"):
            pc.page_image(paper_id, 2)
        file.unlink()
        with pytest.raises(NotFoundError, match="at hand"):
            pc.page_image(paper_id, 2)
        shown = cited(pc, talk, {"turn": "0", "number": "1"})
        assert "The PDF is not where it was" in shown
        assert f"<mark>{citation.quote.text}</mark>" in shown


def test_a_copy_of_the_file_that_was_taken_in_too_serves(tmp_path: Path) -> None:
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

"""What would spoil a quote from a PDF: lost letters, gaps, sentences in pieces, a section that is not the quote's."""

from __future__ import annotations

from pathlib import Path

from pdf_writer import lines, text, write_pdf
from test_pdf_layout import LEFT, PROSE, RIGHT, parse, texts

from paperchat.ingest.pdf.parser import read_pdf

TITLE = text(150, 60, "What Animals Do in the Evening of a Day", size=16, font="F2")
INTRODUCTION = text(60, 100, "1 Introduction", size=12, font="F2")


def small(x: float, y: float, words: str, *, size: float = 7) -> str:
    return text(x, y, words, size=size)


def sections(tmp_path: Path, *pages: str) -> dict[str, str]:
    full = parse(tmp_path, *pages).full_text
    return {full.text[block.start : block.end]: block.section for block in full.blocks}


def test_mathematical_letters_beyond_the_basic_plane(tmp_path: Path) -> None:
    letters = {"m": "𝑚", "w": "𝑤", "x": "𝑥", "A": "𝐀"}
    page = lines(60, 80, PROSE) + text(60, 300, "We let", font="F1") + text(92, 300, "mwxA", font="F4")
    full = read_pdf(write_pdf(tmp_path / "made.pdf", page, unicode=letters)).full_text
    assert "We let 𝑚𝑤𝑥𝐀" in full.text


def test_half_a_letter_is_left_out(tmp_path: Path) -> None:
    page = lines(60, 80, PROSE) + text(60, 300, "mode", font="F4")
    path = write_pdf(tmp_path / "made.pdf", page, unicode={"m": "m", "o": "?", "d": "d", "e": "e"})
    path.write_bytes(path.read_bytes().replace(b"<6F> <003f>", b"<6F> <d835>"))
    assert read_pdf(path).full_text.text.endswith("mde")


def test_no_gap_where_a_note_marker_was_removed(tmp_path: Path) -> None:
    note = (
        text(60, 300, "The machine has 60 GB of memory") + small(204, 296, "3") + text(209, 300, ". It was not busy.")
    )
    assert "60 GB of memory. It was not busy." in " ".join(texts(parse(tmp_path, lines(60, 80, PROSE) + note)))


def test_no_gap_after_an_index(tmp_path: Path) -> None:
    formula = (
        text(60, 300, "All of these depend on Y") + small(157.5, 302, "t") + text(160, 300, ", and nothing else does.")
    )
    assert "depend on Yt, and nothing else" in " ".join(texts(parse(tmp_path, lines(60, 80, PROSE) + formula)))


def test_a_number_at_the_start_of_a_line_is_no_item_where_the_sentence_runs_on(tmp_path: Path) -> None:
    rows = [
        *LEFT,
        "agree. The data are those of the frame skips 30 and",
        "40. They come from the days before, and nothing",
    ]
    body = " ".join(texts(parse(tmp_path, lines(60, 80, [*rows, *RIGHT]))))
    assert "the frame skips 30 and 40. They come" in body


def test_a_sentence_goes_on_after_the_words_of_a_figure(tmp_path: Path) -> None:
    chart = small(60, 60, "Counts of all the animals in the evening", size=6) + text(
        60, 120, "Figure 1: Counts of animals.", size=9
    )
    body = texts(
        parse(
            tmp_path,
            lines(60, 80, [*PROSE, "A better model may take account of the height and of"]),
            chart + lines(60, 160, ["the weather in the days before. " + LEFT[0], *LEFT[1:]]),
        )
    )
    assert any("account of the height and of the weather in the days before." in one for one in body)


def test_a_caption_belongs_to_the_section_that_refers_to_it(tmp_path: Path) -> None:
    first = TITLE + INTRODUCTION + lines(60, 120, PROSE) + lines(60, 330, ["All counts are in Table 1, by day.", *LEFT])
    second = (
        text(60, 80, "2 Related Work", size=12, font="F2")
        + lines(60, 110, RIGHT)
        + text(60, 260, "Table 1: Counts of animals by day.", size=9)
        + lines(60, 300, LEFT)
    )
    found = sections(tmp_path, first, second)
    assert found["Table 1: Counts of animals by day."] == "1 Introduction"


def test_an_appendix_is_no_part_of_the_references(tmp_path: Path) -> None:
    listed = [f"[{at}] A. Author. A paper with the number {at}. Journal of Papers, 20{at:02}." for at in range(1, 8)]
    first = (
        TITLE
        + INTRODUCTION
        + lines(60, 120, PROSE)
        + text(60, 330, "1.1 Counts", size=10, font="F2")
        + lines(60, 350, LEFT)
        + text(60, 470, "References", size=12, font="F2")
        + lines(60, 490, listed)
    )
    second = text(60, 80, "A.1 More counts", size=10, font="F2") + lines(60, 110, RIGHT)
    found = sections(tmp_path, first, second)
    assert found[" ".join(RIGHT)] == "A.1 More counts"


def test_the_name_of_a_system_above_the_title_is_part_of_it(tmp_path: Path) -> None:
    title = text(250, 60, "FaunaNet:", size=20, font="F2") + text(
        130, 84, "What Animals Do in the Evening of a Day", size=15, font="F2"
    )
    reading = parse(tmp_path, title + INTRODUCTION + lines(60, 120, PROSE))
    assert reading.paper.title == "FaunaNet: What Animals Do in the Evening of a Day"


def test_the_name_of_a_journal_above_the_title_is_not(tmp_path: Path) -> None:
    title = text(250, 40, "Fauna", size=24, font="F2") + text(
        130, 84, "What Animals Do in the Evening of a Day", size=15, font="F2"
    )
    reading = parse(tmp_path, title + INTRODUCTION + lines(60, 120, PROSE))
    assert reading.paper.title == "What Animals Do in the Evening of a Day"

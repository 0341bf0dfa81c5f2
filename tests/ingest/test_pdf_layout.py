"""Layout analysis of small pages: columns, floats, footnotes, hyphens, running heads."""

from __future__ import annotations

from pathlib import Path

from pdf_writer import HEIGHT, lines, text, write_pdf

from paperchat.ingest.items import ParsedPdf
from paperchat.ingest.pdf.parser import read_pdf

LEFT = [
    "The first column of this page says that all of the",
    "measured animals were given water in the morning,",
    "and that the number of them which had returned by",
    "the evening was counted again by two of the obser-",
    "vers, who did not know what the other had written",
    "down before. The counts were then compared, and a",
    "third of the observers was asked where they did not",
    "agree, which was the case for no more than five of",
]
RIGHT = [
    "the ninety days of the study. The second column of",
    "this page goes on about the state-of-the-art model,",
    "which had been fitted to the data of the years that",
    "came before, and which was right on most of the days",
    "that were neither very hot nor very cold. It was not",
    "right on the others, and we do not yet know why that",
    "is so. A better model may take account of the height",
    "at which the animals had been found in the morning.",
]
PROSE = LEFT + RIGHT


def parse(tmp_path: Path, *pages: str, info: str = "", page_entries: str = "") -> ParsedPdf:
    return read_pdf(write_pdf(tmp_path / "made.pdf", *pages, info=info, page_entries=page_entries))


def texts(reading: ParsedPdf, kind: str = "text") -> list[str]:
    full = reading.full_text
    return [full.text[block.start : block.end] for block in full.blocks if block.kind == kind]


def columns(left: list[str], right: list[str], *, top: float = 120) -> str:
    return lines(60, top, left) + "\n" + lines(320, top, right)


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    heading = text(150, 80, "What Animals Do in the Evening of a Day", size=16, font="F2")
    reading = parse(tmp_path, heading + columns(LEFT, RIGHT))
    assert reading.paper.title == "What Animals Do in the Evening of a Day"
    assert "the case for no more than five of the ninety days of the study." in " ".join(texts(reading))


def test_columns_drawn_row_by_row(tmp_path: Path) -> None:
    rows = "\n".join(
        text(60, 120 + 12 * at, one) + text(320, 120 + 12 * at, other)
        for at, (one, other) in enumerate(zip(LEFT * 2, RIGHT * 2, strict=True))
    )
    body = " ".join(texts(parse(tmp_path, rows)))
    assert "counted again by two of the observers, who did not know" in body
    assert "no more than five of The first column" in body


def test_a_footnote_and_a_figure_do_not_split_a_sentence(tmp_path: Path) -> None:
    note = text(60, 720, "1", size=6) + text(64, 723, "The observers were paid.", size=8)
    figure = text(320, 120, "Figure 1: Counts in the morning and in the evening of each day.", size=8)
    page = columns(LEFT, []) + note + figure + lines(320, 160, RIGHT)
    reading = parse(tmp_path, page)
    assert "no more than five of the ninety days of the study." in " ".join(texts(reading))
    assert texts(reading, "footnote") == ["The observers were paid."]
    assert texts(reading, "caption") == ["Figure 1: Counts in the morning and in the evening of each day."]


def test_a_sentence_continues_on_the_next_page(tmp_path: Path) -> None:
    reading = parse(tmp_path, lines(60, 600, LEFT), lines(60, 80, RIGHT))
    (body,) = texts(reading)
    assert "no more than five of the ninety days of the study." in body
    words = {word.box.page: reading.full_text.text[word.start : word.end] for word in reading.full_text.words}
    assert words == {1: "of", 2: "morning."}


def test_hyphens_at_line_ends(tmp_path: Path) -> None:
    rows = [
        "It is a well-known and self-evident fact that the reinforce-",
        "ment of an agent depends on its data, and that a data-driven",
        "or pre-trained model is better than one that was not, as all of the",
        "experi-",
        "ments have shown. The best of them is data-",
        "driven, and so on, for the rest of the paragraph that is here.",
    ]
    (body,) = texts(parse(tmp_path, lines(60, 100, rows)))
    assert "the reinforcement of an agent" in body
    assert "The best of them is data-driven, and so on" in body
    assert "all of the experiments have shown" in body


def test_a_hyphenated_word_has_a_box_for_each_part(tmp_path: Path) -> None:
    reading = parse(tmp_path, lines(60, 100, LEFT))
    full = reading.full_text
    start = full.text.index("observers")
    parts = [word for word in full.words if start <= word.start < start + len("observers")]
    assert [full.text[word.start : word.end] for word in parts] == ["obser", "vers,"]
    assert parts[0].end == parts[1].start
    assert parts[1].box.top > parts[0].box.top
    assert parts[1].box.left < parts[0].box.left


def test_separately_drawn_accents(tmp_path: Path) -> None:
    accent = text(60, 100, "Andre") + text(81.1, 99, "\u00b4") + text(90, 100, "was with the observers")
    assert "André was with the observers" in parse(tmp_path, accent + lines(60, 112, LEFT)).full_text.text


def test_running_heads_page_numbers_and_line_numbers_are_dropped(tmp_path: Path) -> None:
    pages = [
        text(60, 40, "Animals in the Evening")
        + lines(60, 90, PROSE)
        + "\n".join(text(30, 90 + 12 * at, str(1 + at + 16 * number), size=7) for at in range(16))
        + text(300, 770, str(number + 1))
        for number in range(3)
    ]
    full = parse(tmp_path, *pages).full_text
    assert "Animals in the Evening" not in full.text
    assert not any(word.isdecimal() for word in full.text.split())
    assert full.text.count("ninety days") == 3


def test_references_end_where_an_appendix_begins(tmp_path: Path) -> None:
    entries = [
        f"[{at}] A. Author and B. Author. On animals, part {at}. Journal of Days, 200{at}." for at in range(1, 9)
    ]
    page = (
        text(60, 80, "1 Introduction", size=12, font="F2")
        + lines(60, 100, LEFT)
        + text(60, 260, "References", size=12, font="F2")
        + lines(60, 280, entries)
        + text(60, 420, "A Further Counts", size=12, font="F2")
        + lines(60, 440, RIGHT)
    )
    reading = parse(tmp_path, page)
    assert [(block.kind, block.section) for block in reading.full_text.blocks] == [
        ("text", "1 Introduction"),
        ("references", "References"),
        ("text", "A Further Counts"),
    ]
    (listed,) = texts(reading, "references")
    assert listed.split("\n") == entries


def test_rows_of_a_table_are_lines(tmp_path: Path) -> None:
    rows = [("Animal", "Morning", "Evening"), ("Hare", "12", "9"), ("Stork", "7", "7"), ("Otter", "31", "28")]
    table = "\n".join(
        text(80 + 100 * column, 300 + 12 * at, cell) for at, row in enumerate(rows) for column, cell in enumerate(row)
    )
    caption = text(60, 280, "Table 1: How many animals were counted.")
    reading = parse(tmp_path, lines(60, 80, PROSE) + caption + table)
    assert texts(reading, "table") == ["Animal Morning Evening\nHare 12 9\nStork 7 7\nOtter 31 28"]
    assert texts(reading, "caption") == ["Table 1: How many animals were counted."]


def test_a_page_with_rotated_text(tmp_path: Path) -> None:
    rows = "\n".join(f"q BT /F1 10 Tf 0 1 -1 0 {100 + 12 * at} 60 Tm ({row}) Tj ET Q" for at, row in enumerate(PROSE))
    full = parse(tmp_path, rows).full_text
    assert "no more than five of the ninety days" in full.text
    first, last = full.words[0].box, full.words[-1].box
    assert first.bottom - first.top > first.right - first.left > 8
    assert (round(first.right), round(first.bottom)) == (102, HEIGHT - 60)
    assert last.left > first.left


def test_a_page_displayed_rotated(tmp_path: Path) -> None:
    full = parse(tmp_path, lines(60, 100, PROSE), page_entries="/Rotate 90").full_text
    assert "no more than five of the ninety days" in full.text
    assert (full.pages[0].width, full.pages[0].height) == (HEIGHT, 612)
    first = full.words[0].box
    assert first.bottom - first.top > first.right - first.left
    assert (round(first.left), round(first.top)) == (HEIGHT - 102, 60)


def test_note_markers_are_dropped_and_exponents_are_not(tmp_path: Path) -> None:
    up, down = "/F1 6 Tf 4 Ts", "/F1 10 Tf 0 Ts"
    row = (
        f"BT {down} 1 0 0 1 60 692 Tm (as is known) Tj {up} (3) Tj {down} ( an area of x) Tj {up} (2) Tj "
        f"{down} ( is meant by that.) Tj ET\n"
    )
    assert "as is known an area of x2 is meant by that." in parse(tmp_path, row + lines(60, 112, LEFT)).full_text.text

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pdf_writer import lines, write_pdf
from test_pdf_layout import LEFT

from paperchat.ingest.pdf.highlight import highlight_boxes
from paperchat.ingest.pdf.parser import read_pdf
from paperchat.types import Box, FullText, PlacedWord


def placed(*words: tuple[int, int, float, float, float]) -> FullText:
    """Words as start, end, left, right and top, ten points high."""
    spots = tuple(
        PlacedWord(start=start, end=end, box=Box(page=1, left=left, top=top, right=right, bottom=top + 10))
        for start, end, left, right, top in words
    )
    return FullText(text="x" * 100, blocks=(), pages=(), words=spots, sha256="")


def test_one_box_per_line(tmp_path: Path) -> None:
    full = read_pdf(write_pdf(tmp_path / "made.pdf", lines(60, 100, LEFT))).full_text
    start, end = full.text.index("the number"), full.text.index("by two")
    found = highlight_boxes(full, start, end)
    assert len(found) == 2
    assert found[0].bottom < found[1].top + 3
    assert found[1].left == pytest.approx(60, abs=1)


def test_a_partly_covered_word_counts_in_part() -> None:
    full = placed((0, 10, 100, 200, 50), (11, 15, 205, 245, 50))
    assert highlight_boxes(full, 5, 13) == [Box(page=1, left=150, top=50, right=225, bottom=60)]


def test_distant_words_on_a_line_get_two_boxes() -> None:
    full = placed((0, 4, 50, 90, 50), (5, 9, 320, 360, 50), (10, 14, 362, 400, 51))
    assert [(box.left, box.right) for box in highlight_boxes(full, 0, 14)] == [(50, 90), (320, 400)]


def test_white_space_has_no_box() -> None:
    full = placed((0, 4, 50, 90, 50), (5, 9, 95, 130, 50))
    assert highlight_boxes(full, 4, 5) == []


def test_highlighting_imports_no_pdf_library() -> None:
    code = "import sys, paperchat.ingest.pdf.highlight; print({'pypdf', 'pypdfium2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

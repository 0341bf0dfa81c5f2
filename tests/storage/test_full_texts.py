"""A full text is read back as it was stored, to the hundredth of a point, also where an earlier paperchat stored it."""

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from paperchat.errors import StorageError
from paperchat.storage.full_texts import StoredFullText
from paperchat.storage.indexer import PaperRecord
from paperchat.types import Block, Box, FullText, Page, Paper, PlacedWord
from support import open_library, passage_of

PAPER = Paper(title="Zebras and their stripes", abstract="Zebras have stripes.", arxiv_id="2401.00001")
PAPER_ID = "arxiv:2401.00001"
TEXT = "Zebras have many stripes. Okapis have some."


def placed(start: int, end: int, *numbers: float, page: int = 1) -> PlacedWord:
    left, top, right, bottom = numbers
    return PlacedWord(start=start, end=end, box=Box(page=page, left=left, top=top, right=right, bottom=bottom))


FULL_TEXT = FullText(
    text=TEXT,
    blocks=(Block(kind="text", section="1 Stripes", start=0, end=len(TEXT)),),
    pages=(
        Page(number=1, label="i", width=612.0, height=792.0),
        Page(number=2, label="ii", width=14400.0, height=0.01),
    ),
    words=(
        placed(0, 6, 90.0, 41.58, 128.96, 49.71),
        placed(7, 11, 130.95, 41.58, 137.99, 49.71),
        placed(12, 14, 10.07, 612.34, 10.07, 620.01),  # a word that a line break had cut
        placed(14, 16, 0.01, 700.1, 3.14, 708.2),
        placed(17, 25, 14399.99, 0.0, 14400.0, 0.01, page=2),
        placed(26, 32, 5.5, 5.5, 6.6, 6.6, page=1),  # back from a float
    ),
    sha256="a" * 64,
)


@pytest.fixture
def closed(home: Path) -> Path:
    with open_library(home) as library, library.write_session():
        (change,) = library.plan_changes([PAPER])
        stored = StoredFullText(full_text=FULL_TEXT, version=1, parser_version="1", source="zebras.pdf")
        passages = [passage_of(change.stored), passage_of(change.stored, basis="full_text", text=TEXT)]
        library.write_papers([PaperRecord(change, passages, full_text=stored)])
    return home


def full_text(home: Path) -> FullText:
    with open_library(home) as library:
        stored = library.full_texts.get(PAPER_ID)
        assert stored
        return stored.full_text


def replace_body(home: Path, body: bytes) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as database, database:
        database.execute("UPDATE full_texts SET body = ?", (body,))


def change_passage(home: Path) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as database, database:
        database.execute("UPDATE passages SET text = 'Zebu.' WHERE basis = 'full_text'")


def test_it_is_read_back_as_it_was(closed: Path) -> None:
    assert full_text(closed) == FULL_TEXT


def test_one_that_an_earlier_version_stored_is_read(closed: Path) -> None:
    archive = io.BytesIO()
    told = {"text": TEXT, **{name: [asdict(one) for one in getattr(FULL_TEXT, name)] for name in ("blocks", "pages")}}
    spans = [(word.start, word.end, word.box.page) for word in FULL_TEXT.words]
    boxes = [(word.box.left, word.box.top, word.box.right, word.box.bottom) for word in FULL_TEXT.words]
    np.savez_compressed(
        archive,
        told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
        spans=np.array(spans, dtype="<i4"),
        boxes=np.array(boxes, dtype="<f4"),
    )
    replace_body(closed, archive.getvalue())
    found = full_text(closed)
    assert (found.text, found.blocks, found.pages) == (TEXT, FULL_TEXT.blocks, FULL_TEXT.pages)
    assert [(one.start, one.end, one.box.page) for one in found.words] == spans
    assert [(one.box.left, one.box.bottom) for one in found.words] == [
        pytest.approx((one.box.left, one.box.bottom), abs=0.002) for one in FULL_TEXT.words
    ]


def test_a_damaged_passage_of_it_is_restored_from_it(closed: Path) -> None:
    change_passage(closed)
    with open_library(closed) as library:
        assert library.doctor(fix=True).fixed
        assert [passage.text for passage in library.passages_of(PAPER_ID)] == [PAPER.abstract, TEXT]


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 and no more", b"x" * 99])
def test_a_damaged_one_is_one_line(closed: Path, body: bytes) -> None:
    replace_body(closed, body)
    with pytest.raises(StorageError, match=f"full text of {PAPER_ID} in the catalogue is damaged: add its PDF"):
        full_text(closed)
    change_passage(closed)
    with open_library(closed) as library:
        assert not library.doctor(fix=True).fixed

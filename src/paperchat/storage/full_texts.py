"""Full texts in the catalogue: what a PDF says, with the place of each word."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from paperchat.storage.catalogue import chunks
from paperchat.storage.database import Database
from paperchat.storage.schema import full_texts
from paperchat.types import Block, Box, FullText, Page, PlacedWord


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFullText:
    """A full text, the paper's version that it is of (0: unknown), and how it came here.

    ``reader`` names the reading, so that a file is read again when that has changed; ``source`` is where the
    PDF was.
    """

    full_text: FullText
    version: int
    reader: str
    source: str


class FullTexts:
    """The full texts that the catalogue holds, one for a paper at most."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, paper_id: str) -> KeptFullText | None:
        with self._database.reading() as connection:
            row = connection.execute(select(full_texts).where(full_texts.c.paper_id == paper_id)).first()
        if row is None:
            return None
        unpacked = _unpacked(row.body, sha256=row.sha256)
        return KeptFullText(full_text=unpacked, version=row.version, reader=row.reader, source=row.source)

    def papers_of_files(self, sha256s: Iterable[str], *, reader: str) -> dict[str, str]:
        """The paper of each of these files that was read by ``reader``."""
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(sha256s)):
                query = select(full_texts.c.sha256, full_texts.c.paper_id).where(full_texts.c.reader == reader)
                rows = connection.execute(query.where(full_texts.c.sha256.in_(chunk)))
                found |= {row.sha256: row.paper_id for row in rows}
        return found

    def origins(self, paper_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
        """For those of the papers that have one, the version it is of and where its file was."""
        found: dict[str, tuple[int, str]] = {}
        with self._database.reading() as connection:
            for chunk in chunks(list(paper_ids)):
                query = select(full_texts.c.paper_id, full_texts.c.version, full_texts.c.source)
                rows = connection.execute(query.where(full_texts.c.paper_id.in_(chunk)))
                found |= {row.paper_id: (row.version, row.source) for row in rows}
        return found


def packed(full_text: FullText) -> bytes:
    """A compressed NumPy archive: the texts as JSON, the words as arrays."""
    told = {
        "text": full_text.text,
        "blocks": [asdict(block) for block in full_text.blocks],
        "pages": [asdict(page) for page in full_text.pages],
    }
    spans = [(word.start, word.end, word.box.page) for word in full_text.words]
    boxes = [(word.box.left, word.box.top, word.box.right, word.box.bottom) for word in full_text.words]
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
        spans=np.array(spans, dtype="<i4").reshape(-1, 3),
        boxes=np.array(boxes, dtype="<f4").reshape(-1, 4),
    )
    return packed.getvalue()


def _unpacked(body: bytes, *, sha256: str) -> FullText:
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        told: dict[str, Any] = json.loads(archive["told"].tobytes())
        spans, boxes = archive["spans"].tolist(), archive["boxes"].tolist()
    return FullText(
        text=told["text"],
        blocks=tuple(Block(**block) for block in told["blocks"]),
        pages=tuple(Page(**page) for page in told["pages"]),
        words=tuple(
            PlacedWord(start=start, end=end, box=Box(page=page, left=left, top=top, right=right, bottom=bottom))
            for (start, end, page), (left, top, right, bottom) in zip(spans, boxes, strict=True)
        ),
        sha256=sha256,
    )

"""Full texts in the catalogue: the text of a paper's PDF, with the position of each word on its page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from paperchat.storage.catalogue import batches
from paperchat.storage.database import Database
from paperchat.storage.schema import full_texts
from paperchat.types import Block, Box, FullText, Page, PlacedWord


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFullText:
    """A full text, the version of the paper that it is of (0: unknown), and its origin.

    ``parser_version`` is that of the PDF parser, so that a file is parsed again after the parser has changed;
    ``source`` is the path or address of the PDF.
    """

    full_text: FullText
    version: int
    parser_version: str
    source: str


class FullTexts:
    """The full texts in the catalogue, at most one a paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, paper_id: str) -> StoredFullText | None:
        """The paper's full text; ``None`` when it has none."""
        with self._database.reading() as connection:
            row = connection.execute(select(full_texts).where(full_texts.c.paper_id == paper_id)).first()
        if row is None:
            return None
        full_text = _unpack(row.body, sha256=row.sha256)
        return StoredFullText(full_text=full_text, version=row.version, parser_version=row.reader, source=row.source)

    def papers_of_files(self, sha256s: Iterable[str], *, parser_version: str) -> dict[str, str]:
        """The paper id of each of these files that was parsed by this version, by SHA-256."""
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for batch in batches(list(sha256s)):
                query = select(full_texts.c.sha256, full_texts.c.paper_id).where(full_texts.c.reader == parser_version)
                rows = connection.execute(query.where(full_texts.c.sha256.in_(batch)).order_by(full_texts.c.paper_id))
                found |= {row.sha256: row.paper_id for row in rows}
        return found

    def origins(self, paper_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
        """The paper's version and the source of each full text that there is for these papers."""
        found: dict[str, tuple[int, str]] = {}
        with self._database.reading() as connection:
            for batch in batches(list(paper_ids)):
                query = select(full_texts.c.paper_id, full_texts.c.version, full_texts.c.source)
                rows = connection.execute(query.where(full_texts.c.paper_id.in_(batch)))
                found |= {row.paper_id: (row.version, row.source) for row in rows}
        return found


def pack(full_text: FullText) -> bytes:
    """Serialise as a compressed NumPy archive: the texts as JSON (named ``told``), the words as arrays."""
    import numpy as np  # only papers with a full text need it

    texts = {
        "text": full_text.text,
        "blocks": [asdict(block) for block in full_text.blocks],
        "pages": [asdict(page) for page in full_text.pages],
    }
    spans = [(word.start, word.end, word.box.page) for word in full_text.words]
    boxes = [(word.box.left, word.box.top, word.box.right, word.box.bottom) for word in full_text.words]
    archive = io.BytesIO()
    np.savez_compressed(
        archive,
        told=np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8),
        spans=np.array(spans, dtype="<i4").reshape(-1, 3),
        boxes=np.array(boxes, dtype="<f4").reshape(-1, 4),
    )
    return archive.getvalue()


def _unpack(body: bytes, *, sha256: str) -> FullText:
    import numpy as np

    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        texts: dict[str, Any] = json.loads(archive["told"].tobytes())
        spans, boxes = archive["spans"].tolist(), archive["boxes"].tolist()
    return FullText(
        text=texts["text"],
        blocks=tuple(Block(**block) for block in texts["blocks"]),
        pages=tuple(Page(**page) for page in texts["pages"]),
        words=tuple(
            PlacedWord(start=start, end=end, box=Box(page=page, left=left, top=top, right=right, bottom=bottom))
            for (start, end, page), (left, top, right, bottom) in zip(spans, boxes, strict=True)
        ),
        sha256=sha256,
    )

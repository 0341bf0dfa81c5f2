"""Full texts in the catalogue: the text of a paper's PDF, with the position of each word on its page."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from sqlalchemy import select

from paperchat.errors import StorageError
from paperchat.storage.catalogue import batches
from paperchat.storage.database import Database
from paperchat.storage.schema import full_texts
from paperchat.types import Block, Box, FullText, Page, PlacedWord

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[Any]

_PER_POINT = 100  # boxes are stored in hundredths of a point


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
        full_text = _unpack(row.body, paper_id=paper_id, sha256=row.sha256)
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
    """Serialise as a compressed NumPy archive: the texts as JSON (named ``told``), the words as numbers (``steps``).

    Boxes are stored to the hundredth of a point, to which the PDF parser rounds them.
    """
    import numpy as np  # only papers with a full text need it

    texts = {
        "text": full_text.text,
        "blocks": [asdict(block) for block in full_text.blocks],
        "pages": [asdict(page) for page in full_text.pages],
    }
    words, boxes = full_text.words, [word.box for word in full_text.words]
    spans = np.array([(word.start, word.end, word.box.page) for word in words], dtype="<i8").reshape(-1, 3)
    points = np.array([(box.left, box.top, box.right, box.bottom) for box in boxes]).reshape(-1, 4)
    archive = io.BytesIO()
    np.savez_compressed(
        archive,
        told=np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8),
        steps=_to_steps(*spans.T, *np.rint(points * _PER_POINT).astype("<i8").T),
    )
    return archive.getvalue()


def _to_steps(start: Numbers, end: Numbers, page: Numbers, left: Numbers, top: Numbers, *far: Numbers) -> Numbers:
    """Words by what is new in each, uint8 [column, byte of the number, word]: that is mostly zeros, in long runs."""
    import numpy as np

    right, bottom = far
    columns = (
        start - _before(end),
        end - start,
        page - _before(page),
        left - _before(right),
        right - left,
        top - _before(top),
        bottom - top,
    )
    numbers = np.stack(columns).astype("<i8")
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(len(columns), -1, 8).transpose(0, 2, 1))


def _from_steps(steps: Numbers) -> tuple[Numbers, Numbers]:
    """The spans [word, 3] and the boxes [word, 4] that `_to_steps` was given."""
    import numpy as np

    numbers = np.ascontiguousarray(steps.transpose(0, 2, 1)).view("<i8").reshape(len(steps), -1)
    space, length, turn, gap, width, drop, height = numbers
    end, right, top = (np.cumsum(one) for one in (space + length, gap + width, drop))
    spans = np.stack([end - length, end, np.cumsum(turn)], axis=1)
    return spans, np.stack([right - width, top, right, top + height], axis=1)


def _before(numbers: Numbers) -> Numbers:
    """The number before each one, 0 before the first."""
    import numpy as np

    return np.concatenate([[0], numbers[:-1]])


def _unpack(body: bytes, *, paper_id: str, sha256: str) -> FullText:
    import numpy as np

    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            texts: dict[str, Any] = json.loads(archive["told"].tobytes())
            if "steps" in archive:
                places, hundredths = _from_steps(archive["steps"])
                spans, boxes = places.tolist(), (hundredths / _PER_POINT).tolist()
            else:  # of earlier versions
                spans, boxes = archive["spans"].tolist(), archive["boxes"].tolist()
    except (BadZipFile, zlib.error, ValueError, KeyError, OSError, EOFError) as error:
        raise StorageError(f"the full text of {paper_id} in the catalogue is damaged: add its PDF again") from error
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

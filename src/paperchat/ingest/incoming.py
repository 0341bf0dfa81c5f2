"""A paper on its way into the library."""

from __future__ import annotations

from dataclasses import dataclass, replace

from paperchat.ingest.items import ReadPdf
from paperchat.ingest.seen_files import READER, location_of
from paperchat.storage.full_texts import KeptFullText
from paperchat.storage.identity import merge
from paperchat.text.cleaning import printable
from paperchat.types import FullText, Paper


def pdf_key(full_text: FullText) -> str:
    """The key of a PDF that can be recognised by nothing but itself."""
    return f"pdf-{full_text.sha256[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A paper, with the full text of its PDF where that was read."""

    paper: Paper
    full_text: KeptFullText | None = None

    @classmethod
    def of(cls, outcome: Paper | ReadPdf) -> Incoming:
        """A PDF's source knows better what the paper is than its text does."""
        if isinstance(outcome, Paper):
            return cls(paper=outcome)
        file, read = outcome.file, outcome.reading.paper
        paper = merge(file.about, read) if file.about else read
        if not (paper.title or paper.arxiv_id or paper.doi):
            # Papers of no title would all be one.
            paper = replace(paper, title=printable(file.path.stem), key=pdf_key(outcome.reading.full_text))
        full_text = KeptFullText(
            full_text=outcome.reading.full_text,
            version=read.version or paper.version,
            reader=READER,
            source=file.origin or location_of(file.path),
        )
        return cls(paper=paper, full_text=full_text)

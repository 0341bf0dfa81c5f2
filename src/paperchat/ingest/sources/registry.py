"""Reads files and folders, choosing the source for each file by its content."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from paperchat.ingest.items import FileEnd, FileStart, Item, PdfFile, SeenFile
from paperchat.ingest.sources.arxiv_atom import ArxivAtom
from paperchat.ingest.sources.attachments import is_pdf, resolve_attachment
from paperchat.ingest.sources.base import PaperWithAttachments, Source, failure
from paperchat.ingest.sources.bibtex import Bibtex
from paperchat.ingest.sources.daily_api import DailyApi
from paperchat.ingest.sources.daily_html import DailyHtml
from paperchat.ingest.sources.daily_text import DailyText
from paperchat.ingest.sources.files import ProgressMeter, expand_location, walk
from paperchat.ingest.sources.jsonl import JsonLines
from paperchat.ingest.sources.ris import Ris
from paperchat.ingest.sources.text_files import READING_ERRORS, is_damaged_archive, open_text, read_error_reason

SOURCES: tuple[Source, ...] = (JsonLines(), DailyApi(), ArxivAtom(), DailyHtml(), DailyText(), Bibtex(), Ris())
_FORMATS = ", ".join([*(source.name for source in SOURCES), "PDF"])
_GZIPPED_PDF = "%PDF-"
# BEIR's documents need no title, and then look like its queries.
_BEIR_CORPUS = re.compile(r"corpus\.jsonl(?:\.gz)?", re.IGNORECASE)

SeenFileLookup = Callable[[Path], SeenFile | None]
"""Returns what is known of an unchanged file, which need not be read."""


def read_location(
    location: str | Path,
    meter: ProgressMeter | None = None,
    *,
    lookup: SeenFileLookup = lambda _: None,
    exclude: Path | None = None,
    attachments: bool = False,
) -> Iterator[Item]:
    """Lazily yield everything at ``location``: papers, PDF files, and failures; raises nothing.

    ``location`` is a file, possibly gzipped, or a folder, read with its subfolders sorted by name, without hidden and
    temporary files and the folder ``exclude``. No file is opened before the first item is requested. A failure's
    ``source`` is the location as given, or the file's name (its relative path in a folder) with the entry or line.
    ``meter`` counts the bytes read. Only with ``attachments`` are the PDFs read that a bibliography names in its own
    folder, and no other is ever looked at.

    The items of a file other than a PDF are enclosed by a ``FileStart`` and a ``FileEnd``; a file that ``lookup``
    knows gives a ``SeenFile`` alone. Each PDF is yielded once, with the metadata of the bibliography's entry that
    names it, so the PDFs of a folder that no entry names come last.
    """
    meter = meter or ProgressMeter()
    given = str(location)
    path = expand_location(given)
    try:
        kind = stat.S_IFMT(path.stat().st_mode) if path is not None else 0
    except FileNotFoundError:
        kind = 0
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        yield failure(given, read_error_reason(error))
        return
    if path is None:
        yield failure(given, "the location is empty: give a file or a folder")
    elif not kind:
        yield failure(given, "there is no such file or folder")
    else:
        files = _FileReader(meter, lookup, exclude, attachments=attachments)
        items = files.folder(path, given) if kind == stat.S_IFDIR else files.file(path, label=given, where=path.name)
        yield from _pdfs_once(items, meter, within=path)


def _pdfs_once(items: Iterator[Item], meter: ProgressMeter, *, within: Path) -> Iterator[Item]:
    """Pass on each PDF once, those that no entry names last; ``meter`` counts the ones in the folder ``within``."""
    unnamed: list[PdfFile] = []
    seen = set[str]()

    def is_new(file: PdfFile) -> bool:
        real = os.path.realpath(file.path)
        if real in seen:
            return False
        seen.add(real)
        if file.path.is_relative_to(within):
            with suppress(OSError):
                meter.add_bytes(file.path.stat().st_size)
        return True

    for item in items:
        if not isinstance(item, PdfFile):
            yield item
        elif item.metadata is None:
            unnamed.append(item)
        else:
            yield item if is_new(item) else item.metadata
    yield from filter(is_new, unnamed)


@dataclass(frozen=True, slots=True)
class _FileReader:
    meter: ProgressMeter
    lookup: SeenFileLookup
    exclude: Path | None
    attachments: bool

    def folder(self, folder: Path, given: str) -> Iterator[Item]:
        recognised = False
        for path, error in walk(folder, self.exclude):
            where = path.relative_to(folder).as_posix()
            if error is not None:
                yield failure(given if path == folder else where, read_error_reason(error))
            else:
                recognised |= yield from self.file(path, label=where, where=where)
        if not recognised:
            yield failure(given, f"contains no papers; paperchat reads {_FORMATS}")

    def file(self, path: Path, *, label: str, where: str) -> Generator[Item, None, bool]:
        """The items of one file; returns whether its format was recognised."""
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # opening a pipe would block
                yield failure(label, "is not a regular file")
                return False
            if is_pdf(path):
                yield PdfFile(path=path, where=label)
                return True
        except OSError as error:
            yield failure(label, read_error_reason(error))
            return False
        if (known := self.lookup(path)) is not None:
            self.meter.add_bytes(status.st_size)
            yield known
            return known.entries > len(known.failures)
        yield FileStart(path=path)
        recognised, end = yield from self._read_source(path, label=label, where=where)
        yield end
        return recognised

    def _read_source(self, path: Path, *, label: str, where: str) -> Generator[Item, None, tuple[bool, FileEnd]]:
        """The items of a file; returns whether its format was recognised, and its `FileEnd`."""
        recognised, is_reusable, is_fully_read, unread = False, True, True, 0
        try:
            with open_text(path, self.meter) as (head, stream):
                source = _source_of(path, head)
                recognised = source is not None
                if source is None:
                    yield failure(label, _unknown_format_reason(head))
                    return False, FileEnd(path=path, is_reusable=True)
                for item in source.papers(stream, where):
                    if isinstance(item, PaperWithAttachments):
                        is_reusable = False
                        unread += not self.attachments
                        yield from resolve_attachment(item, path) if self.attachments else [item.paper]
                    else:
                        yield item
        except READING_ERRORS as error:
            is_reusable, is_fully_read = is_reusable and is_damaged_archive(error), False
            yield failure(label, read_error_reason(error))
        if unread:
            yield failure(label, _unread_attachments_reason(unread))
        return recognised, FileEnd(path=path, is_reusable=is_reusable, is_fully_read=is_fully_read)


def _source_of(path: Path, head: str) -> Source | None:
    by_content = next((source for source in SOURCES if source.recognises(head)), None)
    is_corpus = _BEIR_CORPUS.fullmatch(path.name) and head.lstrip("\ufeff \t\n").startswith("{")
    return by_content or (JsonLines() if is_corpus else None)


def _unread_attachments_reason(entries: int) -> str:
    named = "an entry names a PDF, which was" if entries == 1 else f"{entries} entries name PDFs, which were"
    return f"{named} not read: give the PDFs themselves, too"


def _unknown_format_reason(head: str) -> str:
    if head.startswith(_GZIPPED_PDF):
        return "is a PDF in a gzip archive: unpack it (gunzip) and give the PDF"
    if head.strip("\ufeff \t\n"):
        return f"not a format paperchat reads ({_FORMATS})"
    return "the file is blank" if head else "the file is empty"

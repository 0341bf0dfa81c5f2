"""Papers from a file or a folder, each file given to the source that recognises its content."""

from __future__ import annotations

import re
import stat
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

from paperchat.ingest.identifiers import normalise_arxiv_id, normalise_doi
from paperchat.ingest.sources.arxiv_atom import ArxivAtom
from paperchat.ingest.sources.base import Item, Source, failure
from paperchat.ingest.sources.daily_api import DailyApi
from paperchat.ingest.sources.daily_html import DailyHtml
from paperchat.ingest.sources.daily_page import DailyPage
from paperchat.ingest.sources.jsonl import JsonLines
from paperchat.ingest.sources.meter import Meter
from paperchat.ingest.sources.opening import READING_ERRORS, opened, reading_failed
from paperchat.ingest.sources.unread import UNREAD

READ: tuple[Source, ...] = (JsonLines(), DailyApi(), ArxivAtom(), DailyHtml(), DailyPage())
_READS = ", ".join(source.name for source in READ)
_WEB = re.compile(r"[a-z][a-z0-9+.-]*://|(?:arxiv|daily|doi):|www\.", re.IGNORECASE)


def read(location: str | Path, meter: Meter | None = None) -> Iterator[Item]:
    """Every paper at ``location``, and a failure for everything there that gives none. Lazy; raises nothing.

    ``location`` is a file, gzipped or not, or a folder, read with its subfolders in the order of names
    (hidden files are passed over). Nothing is opened before the first item is asked for. A failure's
    ``source`` is the location as given, or the file's name (in a folder: its path from there) with the entry
    or line in question. ``meter`` is told how far the reading has come.
    """
    meter = meter or Meter()
    given = str(location)
    path = _expanded(given)
    try:
        kind = stat.S_IFMT(path.stat().st_mode) if path is not None else 0
    except FileNotFoundError:
        kind = 0
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        yield failure(given, reading_failed(error))
        return
    if path is None or not kind:
        yield failure(given, _why_missing(given))
    elif kind == stat.S_IFDIR:
        yield from _read_folder(path, given, meter)
    else:
        yield from _read_file(path, label=given, where=path.name, meter=meter)


def size(location: str | Path) -> int:
    """Bytes of the files that `read` would look into; those that cannot be looked at count nothing."""
    path = _expanded(str(location))
    if path is None:
        return 0
    total = 0
    for file, error in _walk(path):
        with suppress(OSError):
            total += file.stat().st_size if error is None else 0
    return total


def _expanded(given: str) -> Path | None:
    try:
        return Path(given).expanduser() if given.strip() else None
    except RuntimeError:  # "~name" of nobody
        return Path(given)


def _why_missing(given: str) -> str:
    if not given.strip():
        return "the location is empty: give a file or a folder"
    if _WEB.match(given) or normalise_arxiv_id(given) or normalise_doi(given):
        return "this version fetches nothing from the web: save the page or the API's answer and give that file"
    return "there is no such file or folder"


def _read_folder(folder: Path, given: str, meter: Meter) -> Iterator[Item]:
    recognised = False
    for path, error in _walk(folder):
        where = path.relative_to(folder).as_posix()
        if error is not None:
            yield failure(given if path == folder else where, reading_failed(error))
        else:
            recognised |= yield from _read_file(path, label=where, where=where, meter=meter)
    if not recognised:
        yield failure(given, f"the folder holds no papers in a format paperchat reads ({_READS})")


def _walk(folder: Path) -> Iterator[tuple[Path, OSError | None]]:
    """What is in and below the folder, in the order of names; what cannot be looked into with its error."""
    waiting, seen = [folder], set[tuple[int, int]]()
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
            if not stat.S_ISDIR(status.st_mode):
                yield path, None
            elif (status.st_dev, status.st_ino) not in seen:  # a link may lead back to where we are
                seen.add((status.st_dev, status.st_ino))
                inside = [one for one in path.iterdir() if not one.name.startswith(".")]
                waiting += sorted(inside, key=lambda one: one.name, reverse=True)
        except OSError as error:
            yield path, error


def _read_file(path: Path, *, label: str, where: str, meter: Meter) -> Generator[Item, None, bool]:
    """The items of one file; returns whether its format was recognised."""
    source: Source | None = None
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for its writer
            yield failure(label, "is not a regular file")
            return False
        with opened(path, meter) as (head, stream):
            source = next((source for source in (*READ, *UNREAD) if source.recognises(head)), None)
            if source is not None:
                yield from source.papers(stream, where)
            elif head.strip("\ufeff \t\n"):
                yield failure(label, f"not a format paperchat reads ({_READS})")
            else:
                yield failure(label, "the file is blank" if head else "the file is empty")
    except READING_ERRORS as error:
        yield failure(label, reading_failed(error))
    return source is not None

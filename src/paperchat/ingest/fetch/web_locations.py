"""Reads web locations: URLs, arXiv ids and queries, DOIs, and days of Daily Papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from paperchat.ingest.fetch import arxiv_api
from paperchat.ingest.fetch.client import FetchedFile, WebClient
from paperchat.ingest.fetch.content_type import is_bot_check, read_head
from paperchat.ingest.fetch.daily_papers import fetch_daily_papers
from paperchat.ingest.fetch.doi import fetch_by_doi
from paperchat.ingest.fetch.errors import FetchError, PermanentFetchError
from paperchat.ingest.identifiers import normalise_arxiv_id, normalise_doi
from paperchat.ingest.items import MAX_RESULTS, Item, PdfFile
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.registry import read_location
from paperchat.types import Failure, Paper

_WEB = re.compile(
    r"[a-z][a-z0-9+.-]+://|(?:arxiv|daily|doi):|www\.|(?:\w+\.)?arxiv\.org/|(?:hf\.co|huggingface\.co)/papers",
    re.IGNORECASE,
)
_DAILY_SITE = re.compile(r"(?:https?://)?(?:www\.)?(?:hf\.co|huggingface\.co)/papers\b/?(.*)", re.IGNORECASE)
_DAY_PATH = re.compile(r"date/(\d{4}-\d\d-\d\d)/?")
_UNSAFE_IN_FILE_NAMES = re.compile(r"[^\w.-]+")
_MAX_NAME = 80  # characters
_MAX_BYTES = 128 * 2**20


def is_web_location(location: str) -> bool:
    """Whether ``location`` has the form of a URL, an arXiv id, a DOI, ``arxiv:…`` or ``daily:…``."""
    bare = location.strip()
    return bool(_WEB.match(bare) or normalise_arxiv_id(bare) or normalise_doi(bare))


def read_web_location(client: WebClient, location: str, *, max_results: int = MAX_RESULTS) -> Iterator[Item]:
    """Lazily yield the papers, PDF files and failures at ``location``; ``max_results`` limits an arXiv query.

    A paper on arXiv is yielded with its metadata alone; its PDF is a linked one (`pdf_links.fetch_pdf`).

    Raises:
        StorageError: the cache cannot be written.
    """
    try:
        yield from _read(client, location.strip(), max_results)
    except FetchError as error:
        yield failure(location, str(error))


def _read(client: WebClient, location: str, max_results: int) -> Iterator[Item]:
    scheme, _, rest = location.partition(":")
    site = _DAILY_SITE.fullmatch(location)
    day = _day_of(site[1]) if site else ""
    if scheme.lower() == "daily" or day:
        yield from fetch_daily_papers(client, day or rest)
    elif (found := normalise_arxiv_id(re.split(r"[/?#]", site[1])[0] if site else location)) is not None:
        arxiv_id, version = found
        yield from arxiv_api.fetch_by_ids(client, [f"{arxiv_id}v{version}" if version else arxiv_id])
    elif scheme.lower() == "arxiv":
        if not arxiv_api.build_query(rest):
            raise PermanentFetchError(
                "the arXiv query is empty: write arxiv:2410.14182, arxiv:cat:cs.CL or arxiv:some words"
            )
        yield from arxiv_api.search_arxiv(client, rest.strip(), max_results)
    elif (doi := normalise_doi(location)) or scheme.lower() == "doi":
        if not doi:
            raise PermanentFetchError("is not a DOI: write for example doi:10.1000/182")
        yield fetch_by_doi(client, doi)
    else:
        yield from _read_address(client, location)


def _day_of(rest: str) -> str:
    """The day in the rest of a Daily Papers URL; empty if there is none."""
    named = _DAY_PATH.fullmatch(rest.split("?")[0])
    return named[1] if named else parse_qs(urlsplit(rest).query).get("date", [""])[0]


def _read_address(client: WebClient, location: str) -> Iterator[Item]:
    url = location if "://" in location else f"https://{location}"
    fetched = client.get(url, max_bytes=_MAX_BYTES)
    if fetched.kind == "pdf":
        yield PdfFile(path=fetched.path, where=location, origin=url)
    elif fetched.kind == "html" and is_bot_check(read_head(fetched.path)):
        client.forget(url, accept="*/*")
        raise client.bot_check_error(fetched.url)
    else:
        yield from _read_file(fetched, location)


def _read_file(fetched: FetchedFile, location: str) -> Iterator[Item]:
    """The items of the file, read under the name it has on the web, which may contain a date."""
    name = _UNSAFE_IN_FILE_NAMES.sub("_", urlsplit(location).path.rpartition("/")[2])
    name = name[-_MAX_NAME:].strip(".") or "page"
    with TemporaryDirectory(prefix="paperchat-") as folder:
        path = Path(folder) / name
        copyfile(fetched.path, path)
        for item in read_location(path):
            if isinstance(item, Failure):
                rest = item.source.removeprefix(str(path)).removeprefix(name)
                yield failure(f"{location}{rest}", item.reason)
            elif isinstance(item, Paper):
                yield item

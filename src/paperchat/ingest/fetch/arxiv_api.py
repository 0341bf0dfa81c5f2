"""Client of the arXiv API: papers by id, title and query (https://info.arxiv.org/help/api/user-manual.html).

arXiv updates once a day and asks clients to cache, so responses are reused for a day. The API sometimes returns an
empty page though there are results; such a page is requested again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

import httpx

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.content_type import is_bot_check, read_head
from paperchat.ingest.fetch.errors import FetchError, PermanentFetchError, TemporaryFetchError
from paperchat.ingest.fetch.title_match import best_match, plain_title
from paperchat.ingest.identifiers import normalise_arxiv_id
from paperchat.ingest.items import Item
from paperchat.ingest.sources.arxiv_atom import ArxivAtom
from paperchat.ingest.sources.base import failure
from paperchat.ingest.sources.files import ProgressMeter
from paperchat.ingest.sources.text_files import open_text
from paperchat.storage.name_normalization import fold
from paperchat.text.cleaning import shorten
from paperchat.types import Failure, Paper

PAGE_SIZE = 100
_ACCEPT = "application/atom+xml"
_MAX_BYTES = 16 * 2**20
_DAY = 86_400.0
_MAX_EMPTY_PAGES = 3
_TOTAL = re.compile(r"<(?:\w+:)?totalResults\b[^>]{0,200}>\s*(\d{1,9})\s*<")
_SYNTAX = re.compile(r"\b(?:ti|au|abs|co|jr|cat|rn|id|all|submittedDate|lastUpdatedDate):|\b(?:AND|OR|ANDNOT)\b")
_TERM = re.compile(r'"[^"]+"|[^\s"]+')
_CANDIDATES = 10
_MAX_TITLE_WORDS = 6
_MAX_REASON = 120  # characters
_FEED = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    items: list[Item]
    total: int


def fetch_by_ids(client: WebClient, ids: Sequence[str]) -> Iterator[Item]:
    """The paper of each arXiv id (with or without a version), in order, and a failure for each unknown one.

    Raises:
        FetchError: arXiv cannot be queried.
    """
    for start in range(0, len(ids), PAGE_SIZE):
        yield from _by_ids(client, ids[start : start + PAGE_SIZE])


def find_by_title(client: WebClient, paper: Paper) -> Paper | None:
    """The paper on arXiv with the same title, and the same authors and abstract as far as ``paper`` has them.

    Raises:
        FetchError: arXiv cannot be queried.
    """
    for search in _title_searches(paper.title):
        page = _page(client, search_query=search, max_results=str(_CANDIDATES))
        found = best_match(paper, [item for item in page.items if isinstance(item, Paper)])
        if found is not None or page.items:
            return found
    return None


def search_arxiv(client: WebClient, text: str, max_results: int) -> Iterator[Item]:
    """The first ``max_results`` results for ``text``: a query in the API's syntax, or words that must all occur.

    Raises:
        FetchError: arXiv cannot be queried.
    """
    search, start, seen = build_query(text), 0, set[tuple[str, str]]()
    while start < max_results:
        page_size = str(min(PAGE_SIZE, max_results - start))
        page = _page(client, search_query=search, start=str(start), max_results=page_size)
        if not page.items and not start:
            yield failure(f"arxiv:{text}", "arXiv found nothing for this query")
        for item in page.items:
            key = (item.arxiv_id, item.title) if isinstance(item, Paper) else None
            if key is None or key not in seen:  # pages may overlap when papers come in between
                yield _under(item, f"arxiv:{text}")
            if key is not None:
                seen.add(key)
        start += len(page.items)
        if not page.items or start >= page.total:
            return


def build_query(text: str) -> str:
    """Turn words and quoted phrases into ``all:word AND all:word``; a query in the API's syntax stays as it is."""
    if _SYNTAX.search(text):
        return text.strip()
    terms = [term if term.startswith('"') else fold(term) for term in _TERM.findall(text)]
    return " AND ".join(f'all:"{term}"' if " " in term and term[0] != '"' else f"all:{term}" for term in terms if term)


def _by_ids(client: WebClient, ids: Sequence[str]) -> Iterator[Item]:
    try:
        page = _page(client, id_list=",".join(ids), max_results=str(len(ids)))
    except PermanentFetchError as error:
        if len(ids) == 1:
            yield failure(ids[0], str(error))
            return
        middle = len(ids) // 2  # one invalid id fails the whole request
        yield from _by_ids(client, ids[:middle])
        yield from _by_ids(client, ids[middle:])
        return
    papers = [item for item in page.items if isinstance(item, Paper)]
    for one in ids:
        bare, version = normalise_arxiv_id(one) or (one, 0)
        found = (paper for paper in papers if paper.arxiv_id == bare and version in (0, paper.version))
        yield next(found, None) or failure(one, "arXiv has no paper with this id")


def _title_searches(title: str) -> Iterator[str]:
    words = fold(plain_title(title)).split()
    if words:
        yield f'ti:"{" ".join(words)}"'
    longest_first = sorted({word for word in words if word.isalpha()}, key=lambda word: (-len(word), word))
    if len(longest_first) > 1:  # arXiv may write formulas and hyphens in another way
        yield " AND ".join(f"ti:{word}" for word in longest_first[:_MAX_TITLE_WORDS])


def _page(client: WebClient, **parameters: str) -> _Page:
    """A page of results; one that is empty though its total says otherwise is requested again."""
    start = int(parameters.get("start", "0"))
    url = str(httpx.URL(client.services.arxiv_api).copy_merge_params(parameters))
    for _ in range(_MAX_EMPTY_PAGES):
        page = _request_page(client, url)
        if page.items or page.total <= start:
            return page
        client.forget(url, accept=_ACCEPT)
    raise TemporaryFetchError(f"arXiv returned {start} of {page.total} results, then empty pages: ingest again later")


def _request_page(client: WebClient, url: str) -> _Page:
    try:
        fetched = client.get(url, accept=_ACCEPT, max_bytes=_MAX_BYTES, max_age=_DAY)
    except PermanentFetchError as error:
        raise PermanentFetchError(_error_message(error), status=error.status) from error
    try:
        with open_text(fetched.path, ProgressMeter()) as (head, stream):
            if not ArxivAtom().recognises(head):
                if is_bot_check(read_head(fetched.path)):
                    raise client.bot_check_error(fetched.url)
                raise TemporaryFetchError("arXiv sent something other than an API response: ingest again later")
            items = [item for item in ArxivAtom().papers(stream, _FEED) if not _is_empty_feed(item)]
            total = _TOTAL.search(head)
            if len(items) == 1 and isinstance(items[0], Failure):  # an error is the only entry of its feed
                raise PermanentFetchError(items[0].reason)
    except FetchError:
        client.forget(url, accept=_ACCEPT)
        raise
    return _Page(items=items, total=int(total[1]) if total else len(items))


def _is_empty_feed(item: Item) -> bool:
    return isinstance(item, Failure) and item.source == _FEED


def _error_message(error: PermanentFetchError) -> str:
    """The message of arXiv's error feed, if the response is one."""
    text = error.body.decode("utf-8", errors="replace")
    if ArxivAtom().recognises(text):
        for item in ArxivAtom().papers(StringIO(text), _FEED):
            if isinstance(item, Failure) and not _is_empty_feed(item):
                return shorten(item.reason, _MAX_REASON)
    return str(error)


def _under(item: Item, source: str) -> Item:
    return failure(source, item.reason) if isinstance(item, Failure) else item

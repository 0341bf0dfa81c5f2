"""The arXiv API: papers by id, by title and by query (https://info.arxiv.org/help/api/user-manual.html).

arXiv's papers change once a day and it asks for answers to be kept, so one of the last day is not asked for
again. It is known to give an empty page now and then where there are results; such a page is asked for again.
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
from paperchat.storage.normalization import fold
from paperchat.text.cleaning import shorten
from paperchat.types import Failure, Paper

PAGE_SIZE = 100
_ACCEPT = "application/atom+xml"
_MAX_BYTES = 16 * 2**20
_DAY = 86_400.0
_TRIES_AT_AN_EMPTY_PAGE = 3
_TOTAL = re.compile(r"<(?:\w+:)?totalResults\b[^>]{0,200}>\s*(\d{1,9})\s*<")
_SYNTAX = re.compile(r"\b(?:ti|au|abs|co|jr|cat|rn|id|all|submittedDate|lastUpdatedDate):|\b(?:AND|OR|ANDNOT)\b")
_TERM = re.compile(r'"[^"]+"|[^\s"]+')
_CANDIDATES = 10
_TELLING_WORDS = 6
_LONGEST_REASON = 120
_FEED = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    items: list[Item]
    total: int


def fetch_by_ids(client: WebClient, ids: Sequence[str]) -> Iterator[Item]:
    """The paper of each arXiv id (with a version or without), in their order, and a failure for each unknown one.

    Raises:
        WebError: arXiv cannot be asked.
    """
    for start in range(0, len(ids), PAGE_SIZE):
        yield from _by_ids(client, ids[start : start + PAGE_SIZE])


def find_by_title(client: WebClient, wanted: Paper) -> Paper | None:
    """The paper on arXiv that has ``wanted``'s title, and its author and abstract where ``wanted`` tells them.

    Raises:
        WebError: arXiv cannot be asked.
    """
    for search in _title_searches(wanted.title):
        page = _page(client, search_query=search, max_results=str(_CANDIDATES))
        found = best_match(wanted, [item for item in page.items if isinstance(item, Paper)])
        if found is not None or page.items:
            return found
    return None


def search_arxiv(client: WebClient, text: str, max_results: int) -> Iterator[Item]:
    """The first ``max_results`` results for ``text``: a query in the API's syntax, or words that must all occur.

    Raises:
        WebError: arXiv cannot be asked.
    """
    search, start, seen = build_query(text), 0, set[tuple[str, str]]()
    while start < max_results:
        wanted = str(min(PAGE_SIZE, max_results - start))
        page = _page(client, search_query=search, start=str(start), max_results=wanted)
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
    """Words (and phrases in quotes) become ``all:word AND all:word``; what is in the API's syntax stays."""
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
        middle = len(ids) // 2  # one bad id spoils the answer for all
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
    telling = sorted({word for word in words if word.isalpha()}, key=lambda word: (-len(word), word))
    if len(telling) > 1:  # formulas and hyphens may be written in another way there
        yield " AND ".join(f"ti:{word}" for word in telling[:_TELLING_WORDS])


def _page(client: WebClient, **parameters: str) -> _Page:
    """An answer; one that is empty though it says that there are results is asked for again."""
    start = int(parameters.get("start", "0"))
    url = str(httpx.URL(client.services.arxiv_api).copy_merge_params(parameters))
    for _ in range(_TRIES_AT_AN_EMPTY_PAGE):
        page = _answer(client, url)
        if page.items or page.total <= start:
            return page
        client.forget(url, accept=_ACCEPT)
    raise TemporaryFetchError(f"arXiv gave {start} of {page.total} results and then none: ingest again later")


def _answer(client: WebClient, url: str) -> _Page:
    try:
        fetched = client.get(url, accept=_ACCEPT, max_bytes=_MAX_BYTES, max_age=_DAY)
    except PermanentFetchError as error:
        raise PermanentFetchError(_said(error), status=error.status) from error
    try:
        with open_text(fetched.path, ProgressMeter()) as (head, stream):
            if not ArxivAtom().recognises(head):
                if is_bot_check(read_head(fetched.path)):
                    raise client.bot_check_error(fetched.url)
                raise TemporaryFetchError("arXiv answered with something else than its API does: ingest again later")
            items = [item for item in ArxivAtom().papers(stream, _FEED) if not _is_emptiness(item)]
            total = _TOTAL.search(head)
            if len(items) == 1 and isinstance(items[0], Failure):  # an error is the only entry of its answer
                raise PermanentFetchError(items[0].reason)
    except FetchError:
        client.forget(url, accept=_ACCEPT)
        raise
    return _Page(items=items, total=int(total[1]) if total else len(items))


def _is_emptiness(item: Item) -> bool:
    return isinstance(item, Failure) and item.source == _FEED


def _said(error: PermanentFetchError) -> str:
    """What arXiv's error answer says is wrong, where it is one."""
    text = error.body.decode("utf-8", errors="replace")
    if ArxivAtom().recognises(text):
        for item in ArxivAtom().papers(StringIO(text), _FEED):
            if isinstance(item, Failure) and not _is_emptiness(item):
                return shorten(item.reason, _LONGEST_REASON)
    return str(error)


def _under(item: Item, source: str) -> Item:
    return failure(source, item.reason) if isinstance(item, Failure) else item

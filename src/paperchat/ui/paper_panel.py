"""The source panel: a citation's passage with its quote marked, a room's sources, or a paper with its links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from paperchat.errors import NotFoundError, PaperchatError
from paperchat.ingest.page_images import PageView
from paperchat.render.results_formats import system_name
from paperchat.text.describe import one_line, paper_link, passage_location
from paperchat.types import Box, Citation, Page, Paper, Quote, StoredPaper
from paperchat.ui.chat_state import ChatState
from paperchat.ui.components import int_value, render, text_value
from paperchat.ui.page_drawings import PAGE_IMAGE_ROUTE

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

EMPTY_PANEL = render("empty_panel.html")

_CODE_URL_PATTERN = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|huggingface\.co|[\w-]+\.github\.io)/"
    r"[\w./~%#?=&+-]+",
    re.IGNORECASE,
)
_MAX_SIMILAR = 5
_MAX_SAVED = 100
"""Papers of a collection that are listed."""
_MAX_RESULTS = 20
_MAX_QUERY_LENGTH = 600  # characters of the abstract by which similar papers are searched
_BOX_MARGIN = 0.002  # of the page
_PLACE_FIELDS = ("tab", "turn", "number")


@dataclass(frozen=True, slots=True)
class PlacedCitation:
    """A citation, and where it is: the ``turn`` of a conversation, or the ``tab`` of a report."""

    citation: Citation
    place: Mapping[str, object]


def citation_html(
    pc: PaperChat,
    state: ChatState,
    data: Mapping[str, Any],
    *,
    tab_citations: Mapping[str, Sequence[Citation]] | None = None,
) -> Markup:
    """Render the source that the event of a mark or a page button names.

    Its data are the ``number`` of the citation, with the ``turn`` of the chat or the ``tab`` that it is in, and maybe
    the ``page`` to show. Invalid data render a hint.
    """
    turn, number, page = (int_value(data, name) for name in ("turn", "number", "page"))
    tab = text_value(data, "tab")
    if tab:
        citations = (tab_citations or {}).get(tab, ())
        citation = next((citation for citation in citations if citation.number == number), None)
    else:
        citation = state.citation(turn, number) if turn is not None and number is not None else None
    if citation is None:
        return EMPTY_PANEL
    views = pc.components.page_images.pages_of_quote(citation.quote, page)
    place = {name: value for name in _PLACE_FIELDS if (value := text_value(data, name))}
    return source_html(citation, pages_html(views, **place) if views else Markup())


def source_html(citation: Citation, page: str = "") -> Markup:
    """Render the source of a citation; ``page`` is the HTML of the PDF's pages, where they can be shown."""
    quote = citation.quote
    text = quote.passage.text
    location = passage_location(quote.passage, quote.start)
    return render(
        "citation_source.html",
        citation=citation,
        links=paper_links(citation.paper.paper),
        page=page,
        location=location[:1].upper() + location[1:],
        before=text[: quote.start],
        parts=_quote_parts(quote, citation.answer),
        after=text[quote.end :],
    )


def cited_in(state: ChatState, tab_citations: Mapping[str, Sequence[Citation]], tab: str) -> Iterator[PlacedCitation]:
    """The citations of a tab's report; of the conversation for any other tab."""
    if tab in ("survey", "claim"):
        yield from (PlacedCitation(citation, {"tab": tab}) for citation in tab_citations.get(tab, ()))
        return
    for index, turn in enumerate(state.turns):
        yield from (PlacedCitation(citation, {"turn": index}) for citation in turn.citations)


def sources_html(cited: Iterable[PlacedCitation]) -> Markup:
    """Render the papers in the order in which they are first cited."""
    by_paper: dict[str, list[PlacedCitation]] = {}
    for one in cited:
        by_paper.setdefault(one.citation.paper.paper_id, []).append(one)
    return render("source_list.html", sources=list(by_paper.values()))


def saved_html(pc: PaperChat, visitor: str) -> Markup:
    """Render the papers that a visitor has saved, by collection."""
    reading = pc.reading(visitor)
    saved = [(collection, reading.saved(collection.name)) for collection in reading.collections()]
    return render("saved_list.html", saved=saved, most=_MAX_SAVED)


def paper_html(pc: PaperChat, paper_id: str, *, may_remove: bool = True, has_comments: bool = False) -> Markup:
    """Render a paper of the library, with a button that removes it for those who may, and a place for comments."""
    try:
        stored, passages = pc.paper(paper_id)
    except NotFoundError:
        return render("missing_paper.html")
    paper = stored.paper
    has_full_text = any(passage.basis == "full_text" for passage in passages)
    results = () if pc.library.version(paper_id) else pc.paper_results(stored.paper_id)
    code = [("Code" if "git" in address else "Project", address) for address in code_links(paper)]
    return render(
        "paper.html",
        stored=stored,
        badges=_badges(paper, has_full_text=has_full_text),
        links=[*paper_links(paper), *code],
        similar=similar_papers(pc, stored),
        results=results[:_MAX_RESULTS],
        system_name=system_name,
        results_count=len(results),
        may_remove=may_remove,
        has_comments=has_comments,
    )


def paper_links(paper: Paper) -> list[tuple[str, str]]:
    """Return the names and URLs of the paper and its PDF, as far as they are known."""
    links = {"arXiv" if paper.arxiv_id else "Paper": paper_link(paper), "PDF": _pdf_link(paper)}
    return [(name, address) for name, address in links.items() if address]


def code_links(paper: Paper) -> list[str]:
    """Return URLs of code and project pages: those in the metadata, then those in the abstract and the comment."""
    in_metadata = [one_line(str(paper.daily.get(name) or "")) for name in ("code", "project")]
    in_text = _CODE_URL_PATTERN.findall(f"{paper.abstract} {paper.comment}")
    links = [*in_metadata, *(address.rstrip(".,;:") for address in in_text)]
    own = {one_line(paper.url), ""}
    return [link for link in dict.fromkeys(links) if link not in own and link.startswith(("https://", "http://"))]


def similar_papers(pc: PaperChat, stored: StoredPaper, k: int = _MAX_SIMILAR) -> list[StoredPaper]:
    """Find the ``k`` papers nearest to the title and abstract of this one."""
    query = f"{stored.paper.title} {stored.paper.abstract[:_MAX_QUERY_LENGTH]}"
    try:
        hits = pc.search(query, k + 1)
    except PaperchatError:  # the paper has no words
        return []
    return [hit.paper for hit in hits if hit.paper.paper_id != stored.paper_id][:k]


def _quote_parts(quote: Quote, answer: tuple[int, int] | None) -> list[tuple[str, bool]]:
    """The quote in parts, and whether each is the answer in it."""
    if answer is None:
        return [(quote.text, False)]
    text, (start, end) = quote.passage.text, answer
    return [(text[quote.start : start], False), (text[start:end], True), (text[end : quote.end], False)]


def _badges(paper: Paper, *, has_full_text: bool) -> list[str]:
    return [
        "Full text" if has_full_text else "Abstract",
        *paper.categories,
        *([f"Version {paper.version}"] if paper.version else []),
    ]


def _pdf_link(paper: Paper) -> str:
    address = one_line(paper.pdf_url)
    if address.startswith(("https://", "http://")):
        return address
    return f"https://arxiv.org/pdf/{paper.arxiv_id}" if paper.arxiv_id else ""


def pages_html(views: Sequence[PageView], **values: object) -> Markup:
    """Render the pages as images with the quote marked; ``values`` are sent along by the page buttons."""
    return render("pdf_page.html", views=views, image=_image, percentages=_percentages, values=values)


def _image(view: PageView) -> str:
    return f"{PAGE_IMAGE_ROUTE}?{urlencode({'paper': view.paper_id, 'number': view.page.number})}"


def _percentages(box: Box, page: Page) -> tuple[float, float, float, float]:
    """Left, top, width and height in percent of the page."""
    left, right = box.left / page.width - _BOX_MARGIN, box.right / page.width + _BOX_MARGIN
    top, bottom = box.top / page.height - _BOX_MARGIN, box.bottom / page.height + _BOX_MARGIN
    return 100 * left, 100 * top, 100 * (right - left), 100 * (bottom - top)

"""A paper beside the list: what it says of itself, where it is, and what can be done with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paperchat.errors import NotFoundError, PaperchatError
from paperchat.render.html import line, span
from paperchat.text.describe import byline, link_of, one_line, place_of, title_of
from paperchat.types import Citation, Paper, Quote, StoredPaper
from paperchat.ui.chat_state import Talk
from paperchat.ui.components import button, whole, word
from paperchat.ui.pdf_page import page_html, page_view

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

CLOSE = '<button type="button" id="close-source" aria-label="Close the source">×</button>'
_NO_PICTURE = '<p class="quiet">The PDF is not where it was, so its page cannot be shown. Its text is below.</p>'
NOTHING = '<p class="quiet">Choose a number to see its quote where it stands.</p>'


def source(citation: Citation, picture: str = "") -> str:
    """``picture`` is the page that the quote stands on, as HTML, where it can be shown."""
    paper, quote = citation.paper.paper, citation.quote
    if quote.passage.basis == "full_text" and not picture:
        picture = _NO_PICTURE
    return (
        f'<article class="source" aria-label="Source {citation.number}">{CLOSE}'
        f'<p class="badges">{_source_badges(citation)}</p><h2 tabindex="-1">{line(title_of(paper))}</h2>'
        f'<p class="by">{line(byline(paper))}</p><p class="about">{_source_about(paper)}</p>'
        f"{picture}<h3>{line(_place(quote))}</h3>{passage(quote, citation.answer)}</article>"
    )


def passage(quote: Quote, answer: tuple[int, int] | None = None) -> str:
    """The whole passage with the quote marked in it, and in that what answers, where it is known."""
    text = quote.passage.text
    before, after = span(text[: quote.start]), span(text[quote.end :])
    return f'<blockquote class="passage">{before}<mark>{_marked(quote, answer)}</mark>{after}</blockquote>'


def _marked(quote: Quote, answer: tuple[int, int] | None) -> str:
    if answer is None:
        return span(quote.text)
    text, (start, end) = quote.passage.text, answer
    return f"{span(text[quote.start : start])}<strong>{span(text[start:end])}</strong>{span(text[end : quote.end])}"


def _source_badges(citation: Citation) -> str:
    version = citation.paper.paper.version
    basis = "Abstract" if citation.quote.passage.basis == "abstract" else "Full text"
    shown = [f'<span class="badge basis">{basis}</span>']
    shown += [f'<span class="badge">Version {version}</span>'] if version else []
    shown += ['<span class="badge warning">Withdrawn</span>'] if citation.paper.paper.withdrawn else []
    if citation.status == "unsupported":
        shown.append('<span class="badge warning">Does not support the sentence</span>')
    return f'<span class="number">{citation.number}</span>' + "".join(shown)


def _source_about(paper: Paper) -> str:
    return " · ".join(filter(None, (line(paper.date), *links(paper))))


def links(paper: Paper) -> list[str]:
    """Links to the paper and its PDF, for as far as they are known."""
    found = {"arXiv" if paper.arxiv_id else "Paper": link_of(paper), "PDF": _pdf_of(paper)}
    return [link(name, address) for name, address in found.items() if address]


def _pdf_of(paper: Paper) -> str:
    given = one_line(paper.pdf_url)
    if given.startswith(("https://", "http://")):
        return given
    return f"https://arxiv.org/pdf/{paper.arxiv_id}" if paper.arxiv_id else ""


def link(name: str, address: str) -> str:
    return f'<a href="{line(address)}" target="_blank" rel="noopener noreferrer">{name}</a>'


def _place(quote: Quote) -> str:
    place = place_of(quote.passage, quote.start)
    return place[:1].upper() + place[1:]


_CODE = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|huggingface\.co|[\w-]+\.github\.io)/"
    r"[\w./~%#?=&+-]+",
    re.IGNORECASE,
)
_SIMILAR = 5
_READ = 600  # characters of the abstract that similar papers are looked for by


def code_of(paper: Paper) -> list[str]:
    """Addresses of code and project pages: those the source names, then those in the abstract and the comment."""
    named = [one_line(str(paper.daily.get(name) or "")) for name in ("code", "project")]
    written = _CODE.findall(f"{paper.abstract} {paper.comment}")
    found = [*named, *(address.rstrip(".,;:") for address in written)]
    own = {one_line(paper.url), ""}
    return [one for one in dict.fromkeys(found) if one not in own and one.startswith(("https://", "http://"))]


def similar(pc: PaperChat, stored: StoredPaper, k: int = _SIMILAR) -> list[StoredPaper]:
    """The ``k`` papers nearest to what this one says of itself."""
    said = f"{stored.paper.title} {stored.paper.abstract[:_READ]}"
    try:
        hits = pc.search(said, k + 1)
    except PaperchatError:  # a paper without a word
        return []
    return [hit.paper for hit in hits if hit.paper.paper_id != stored.paper_id][:k]


def paper_page(pc: PaperChat, paper_id: str) -> str:
    try:
        stored, passages = pc.paper(paper_id)
    except NotFoundError:
        return (
            f'<article class="source">{CLOSE}<p class="quiet">This paper is not in the library any more.</p></article>'
        )
    paper = stored.paper
    full_text = any(one.basis == "full_text" for one in passages)
    abstract = f'<h3>Abstract</h3><p class="abstract">{line(paper.abstract)}</p>' if paper.abstract else ""
    return (
        f'<article class="source" aria-label="Paper">{CLOSE}<p class="badges">{_badges(paper, full_text)}</p>'
        f'<h2 tabindex="-1">{line(title_of(paper))}</h2><p class="by">{line(", ".join(paper.authors))}</p>'
        f'<p class="about">{_about(paper)}</p><p class="actions">{_actions(stored)}</p>'
        f"{abstract}{_similar(pc, stored)}</article>"
    )


def _badges(paper: Paper, full_text: bool) -> str:
    upvotes = paper.daily.get("upvotes")
    shown = ["Full text" if full_text else "Abstract", *paper.categories]
    shown += [f"Version {paper.version}"] if paper.version else []
    shown += [f"▲ {upvotes}"] if upvotes else []
    return "".join(f'<span class="badge">{line(one)}</span>' for one in shown)


def _about(paper: Paper) -> str:
    code = [link("Code" if "git" in address else "Project", address) for address in code_of(paper)]
    return " · ".join(filter(None, (line(paper.date), *links(paper), *code)))


def _actions(stored: StoredPaper) -> str:
    asking = button("Ask about this paper", "about", kind="primary", paper=stored.paper_id)
    question = f"Remove “{one_line(stored.paper.title)}” from the library for good?"
    removing = button("Remove", "remove", kind="tool", paper=stored.paper_id, confirm=question)
    return asking + removing


def _similar(pc: PaperChat, stored: StoredPaper) -> str:
    near = similar(pc, stored)
    items = "".join(
        f"<li>{button(line(title_of(one.paper)), 'paper', kind='title', paper=one.paper_id)}</li>" for one in near
    )
    return f'<h3>Similar papers</h3><ul class="papers">{items}</ul>' if near else ""


_WHERE = ("room", "turn", "number")


def cited(
    pc: PaperChat, talk: Talk, told: Mapping[str, Any], *, rooms: Mapping[str, Sequence[Citation]] | None = None
) -> str:
    """The source for what a mark or a page's button tells: its ``number``, maybe a ``page``, and where it stands.

    That is a ``turn`` of the talk, or one of the ``rooms``, each of which has citations.
    """
    turn, number, page = (whole(told, name) for name in ("turn", "number", "page"))
    room = word(told, "room")
    if room:
        citation = next((one for one in (rooms or {}).get(room, ()) if one.number == number), None)
    else:
        citation = talk.citation(turn, number) if turn is not None and number is not None else None
    if citation is None:
        return NOTHING
    view = page_view(pc, citation.quote, page)
    where = {name: value for name in _WHERE if (value := word(told, name))}
    return source(citation, page_html(view, **where) if view else "")

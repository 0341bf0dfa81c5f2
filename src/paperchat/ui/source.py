"""The cited paper beside the talk: what it is, and the quote where it stands."""

from __future__ import annotations

from paperchat.render.html import line, span
from paperchat.text.describe import byline, link_of, one_line, place_of, title_of
from paperchat.types import Citation, Paper, Quote

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
        f'<p class="badges">{_badges(citation)}</p><h2 tabindex="-1">{line(title_of(paper))}</h2>'
        f'<p class="by">{line(byline(paper))}</p><p class="about">{_about(paper)}</p>'
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


def _badges(citation: Citation) -> str:
    version = citation.paper.paper.version
    basis = "Abstract" if citation.quote.passage.basis == "abstract" else "Full text"
    shown = [f'<span class="badge basis">{basis}</span>']
    shown += [f'<span class="badge">Version {version}</span>'] if version else []
    shown += ['<span class="badge warning">Withdrawn</span>'] if citation.paper.paper.withdrawn else []
    if citation.status == "unsupported":
        shown.append('<span class="badge warning">Does not support the sentence</span>')
    return f'<span class="number">{citation.number}</span>' + "".join(shown)


def _about(paper: Paper) -> str:
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

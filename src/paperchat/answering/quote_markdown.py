"""The extractive answer as Markdown: exact quotes, a paragraph per paper, each followed by its mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from paperchat.text.describe import title_notes
from paperchat.types import Citation, Paper, Quote, StoredPaper

UNSUPPORTED = "*(not supported)*"
"""Markdown after a sentence of a language model that the quotes do not back."""

# What Markdown would read as markup, or as one of our own citation marks, when it stands in a paper.
_MARKUP = re.compile(r"([\\\[\]<>*_`|&~#$])")
_LIST = re.compile(r"^(\d+(?=[.)])|(?=[-+]))")


def escape_markdown(text: str) -> str:
    """``text`` so that Markdown shows it as it is."""
    return _LIST.sub(r"\1\\", escape_inline(text))


def make_citations(
    quotes: Sequence[Quote],
    papers: Mapping[str, StoredPaper],
    answers: Mapping[Quote, tuple[int, int]] = MappingProxyType({}),
) -> tuple[Citation, ...]:
    """The quotes numbered from 1, each with its paper; a quote that is empty or of no known paper is dropped.

    ``answers`` are the stretches of some quotes that answer, as offsets in their passages.
    """
    shown = [quote for quote in quotes if quote.text and quote.passage.paper_id in papers]
    return tuple(
        Citation(number=number, quote=quote, paper=papers[quote.passage.paper_id], answer=answers.get(quote))
        for number, quote in enumerate(shown, start=1)
    )


def render_quote(citation: Citation) -> str:
    """The quote as Markdown, with what answers in bold."""
    quote, answer = citation.quote, citation.answer
    start, end = (place - quote.start for place in answer or (quote.start, quote.start))
    before, told, after = quote.text[:start], quote.text[start:end], quote.text[end:]
    if not told or not (_is_edge(before[-1:], told[0]) and _is_edge(after[:1], told[-1])):
        return escape_markdown(quote.text)
    return f"{escape_markdown(before)}**{escape_inline(told)}**{escape_inline(after)}"


def _is_edge(outer: str, inner: str) -> bool:
    """Whether Markdown lets bold text begin or end between these two characters."""
    return not inner.isspace() and (inner.isalnum() or not outer.isalnum())


def escape_inline(text: str) -> str:
    """As `escape_markdown`, for text that does not begin a line."""
    return _MARKUP.sub(r"\\\1", text)


def extractive_pieces(citations: Sequence[Citation]) -> Iterator[tuple[str, Citation]]:
    """The answer's Markdown, piece by piece, each ending with the sentence and mark of its citation.

    For each paper its title in bold and whether it is withdrawn or untitled, then its sentences with their ``[n]``, in
    which what answers is bold, where that is known.
    """
    before = ""
    for _, group in groupby(citations, key=lambda citation: citation.paper.paper_id):
        for place, citation in enumerate(group):
            opening = " " if place else f"{before}{_heading(citation.paper.paper)}  \n"
            yield f"{opening}{render_quote(citation)} [{citation.number}]", citation
        before = "\n\n"


def _heading(paper: Paper) -> str:
    notes = title_notes(paper)
    return f"**{escape_markdown(paper.title)}**" + (f" ({', '.join(notes)})" if notes else "")


def write_extractive(citations: Sequence[Citation]) -> str:
    """All of `extractive_pieces`."""
    return "".join(piece for piece, _ in extractive_pieces(citations))

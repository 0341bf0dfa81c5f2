"""Summaries of papers: problem, approach, findings and limits, each by the paper's own sentences."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.kinds.draft import CitationList, Draft, KindAnswerer, answer_papers
from paperchat.kinds.paper_sentences import PaperSentenceReader
from paperchat.kinds.summary_selection import select_summary
from paperchat.kinds.unknown_papers import unknown_paper_draft
from paperchat.storage.library import Library
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.text.describe import title_notes
from paperchat.text.paper_title import short_title
from paperchat.types import StoredPaper
from paperchat.understanding.request import Length, Request

MAX_SUMMARIES = 5
"""So many papers are summarised in one answer."""
_LENGTHS_OF_SEVERAL: dict[Length, Length] = {"short": "short", "normal": "short", "long": "normal"}
_NO_TEXT = "The library has no abstract and no full text of {titles} that can be quoted, only what the catalogue says."
_NO_PAPER = "It is not clear which paper is to be summarised: name it, or give its arXiv id."


class PaperSummarizer:
    """Answers requests for summaries of named papers; without a named paper the topic's overview is given.

    Args:
        overviews: answers where no paper, but a topic is named.
    """

    def __init__(self, *, library: Library, reader: PaperSentenceReader, overviews: KindAnswerer) -> None:
        self._library = library
        self._reader = reader
        self._overviews = overviews

    def answer(self, request: Request) -> Draft:
        """The summary of each paper in turn, or an abstention."""
        if request.problem:
            return Draft(text="", reason=request.problem)
        found = self._library.papers(request.papers)
        papers = [found[one] for one in request.papers if one in found]
        if not papers:
            if request.unknown:
                return unknown_paper_draft(self._library, request.unknown)
            return self._overviews.answer(request) if request.topic else Draft(text="", reason=_NO_PAPER)
        left_out, papers = papers[MAX_SUMMARIES:], papers[:MAX_SUMMARIES]
        length = request.length if len(papers) == 1 else _LENGTHS_OF_SEVERAL[request.length]
        read = self._reader.read(papers, request.filters)
        citations = CitationList()
        parts = []
        for paper, sentences in zip(papers, read, strict=True):
            if text := _summary(paper, sentences, length, request.sentences if len(papers) == 1 else None, citations):
                parts.append(text)
        missing = [one for one in papers if not citations.of(one)]
        no_text = _NO_TEXT.format(titles=" and ".join(f"“{one.paper.title}”" for one in missing))
        if not parts:
            return Draft(text="", reason=no_text, suggestions=_suggestions(papers))
        notes = [f"no paper called “{one.text}”" for one in request.unknown]
        if missing:
            notes.append(no_text.rstrip("."))
        if left_out:
            notes.append(f"the first {MAX_SUMMARIES} papers")
        return Draft(
            text="\n\n".join(parts),
            citations=citations.all,
            papers=answer_papers([one for one in papers if citations.of(one)], citations),
            suggestions=_suggestions(papers),
            notes=tuple(notes),
            passages_considered=len({one.quote.passage.passage_id for several in read for one in several}),
            papers_considered=len(papers),
        )


def _summary(
    paper: StoredPaper,
    sentences: Sequence[SurveySentence],
    length: Length,
    count: int | None,
    citations: CitationList,
) -> str:
    """The title, and a paragraph for each part; empty where nothing can be quoted."""
    grouped = select_summary(sentences, length, count)
    if not grouped:
        return ""
    details = [part for part in (paper.paper.date, *title_notes(paper.paper)) if part]
    heading = f"**{escape_markdown(paper.paper.title)}**" + (f" ({', '.join(details)})" if details else "")
    paragraphs = [
        f"**{part}:** "
        + " ".join(f"{escape_markdown(one.text)} [{citations.cite(paper, one.quote).number}]" for one in several)
        for part, several in grouped
    ]
    return "\n\n".join([heading, *paragraphs])


def _suggestions(papers: Sequence[StoredPaper]) -> tuple[str, ...]:
    first = short_title(papers[0].paper.title)
    if len(papers) > 1:
        return (f"Compare {first} and {short_title(papers[1].paper.title)}", f"Who wrote {first}?")
    return (f"What are the limitations of {first}?", f"Who wrote {first}?", f"Which papers are like {first}?")

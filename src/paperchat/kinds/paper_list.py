"""Lists of papers on a topic: those that truly match it under the constraints, best first."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.kinds.draft import CitationList, Draft, answer_papers
from paperchat.kinds.paper_lines import PaperLineWriter
from paperchat.kinds.unknown_papers import unknown_names_reason
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.survey.topic_matcher import TopicMatcher, TopicMatches, offering
from paperchat.text.describe import pluralize
from paperchat.text.paper_title import short_title
from paperchat.types import Citation, StoredPaper
from paperchat.understanding.paper_selection import order_papers, select_papers
from paperchat.understanding.people import NameResolver
from paperchat.understanding.request import Request

_NEAREST = 3


class PaperLister:
    """Answers requests for the papers on a topic, or for all that satisfy the constraints where no topic is named."""

    def __init__(self, *, library: Library, searcher: Searcher, matcher: TopicMatcher) -> None:
        self._library = library
        self._matcher = matcher
        self._resolver = NameResolver(library)
        self._lines = PaperLineWriter(library=library, searcher=searcher)

    def answer(self, request: Request) -> Draft:
        """The list, or an abstention with the nearest papers where none matches.

        Raises:
            UsageError: a malformed filter.
        """
        if request.problem:
            return Draft(text="", reason=request.problem)
        selected = select_papers(self._library, request)
        if not selected:
            return Draft(text="", reason=self._why_none(request))
        if not request.topic:
            return self._list(request, offering(self._library, selected, request.sought) or selected, None)
        allowed = [one.paper_id for one in selected] if request.constraints or request.filters else None
        matches = self._matcher.match(
            request.topic, allowed, filters=request.filters, sought=request.sought, question=request.question
        )
        by_id = {one.paper_id: one for one in selected}
        matching = [by_id[paper_id] for paper_id in matches.probabilities if paper_id in by_id]
        if not matching:
            return self._abstention(request, matches)
        if request.order != "relevance":
            sure = matches.sure
            matching = order_papers([one for one in matching if one.paper_id in sure], request.order)
        return self._list(request, matching, matches)

    def _why_none(self, request: Request) -> str:
        unknown = self._resolver.resolve(request).unknown
        return unknown_names_reason(unknown) if unknown else "The library has no papers that satisfy these conditions."

    def _list(self, request: Request, matching: Sequence[DirectoryEntry], matches: TopicMatches | None) -> Draft:
        total = len(matching)
        if request.offset >= total:
            return Draft(text="", reason=f"There are no more: {_all_listed(total)}.", total=total)
        page = self._lines.write_page(
            matching,
            request,
            details=lambda entry: _details(entry, request),
            topic=matches.topic if matches else None,
        )
        counted = f"{pluralize(total, 'paper')} match{'' if total > 1 else 'es'}." if request.asks_for_count else ""
        more = page.more_line(is_complete=matches is None or matches.is_complete)
        return Draft(
            text="\n\n".join(filter(None, (counted, page.text, more))),
            citations=page.citations.all,
            papers=answer_papers(page.papers, page.citations),
            total=total,
            suggestions=_suggestions(page.papers, page.rest),
            passages_considered=matches.considered if matches else len(page.papers),
            papers_considered=matches.considered if matches else total,
        )

    def _abstention(self, request: Request, matches: TopicMatches) -> Draft:
        found = self._library.papers(matches.others[:_NEAREST])
        papers = [found[one] for one in matches.others[:_NEAREST] if one in found]
        citations = CitationList()
        self._lines.write(papers, citations, details=_no_details, filters=request.filters, topic=matches.topic)
        within = " that satisfy the conditions" if request.constraints or request.filters else ""
        nearest: tuple[Citation, ...] = citations.all
        return Draft(
            text="",
            reason=f"The library has no papers on “{request.topic}”{within}.",
            nearest=nearest,
            suggestions=tuple(f"Summarize {short_title(one.paper.title)}" for one in papers),
            passages_considered=matches.considered,
            papers_considered=matches.considered,
        )


def _details(entry: DirectoryEntry, request: Request) -> str:
    period = request.constraints.period
    day = entry.day if period is None or not period.published else entry.date
    upvotes = ""
    if entry.upvotes is not None and (request.order == "upvotes" or request.constraints.min_upvotes is not None):
        upvotes = pluralize(entry.upvotes, "upvote")
    return ", ".join(filter(None, (day, upvotes)))


def _no_details(paper: StoredPaper) -> str:
    return paper.paper.date


def _all_listed(total: int) -> str:
    return f"all {total:,} papers have been listed" if total > 1 else "the only paper has been listed"


def _suggestions(papers: Sequence[StoredPaper], rest: int) -> tuple[str, ...]:
    if not papers:
        return ()
    first = short_title(papers[0].paper.title)
    compared = [f"Compare {first} and {short_title(papers[1].paper.title)}"] if len(papers) > 1 else []
    return (*(["more"] if rest > 0 else []), f"Summarize {first}", *compared)[:3]

"""Answers about the catalogue's values of papers that a question names, and lists of the papers of people."""

from __future__ import annotations

from collections.abc import Sequence

from paperchat.answering.quote_markdown import escape_inline
from paperchat.kinds.draft import CitationList, Draft, answer_papers
from paperchat.kinds.papers_by import AuthorshipLister
from paperchat.kinds.record_values import RecordWriter, stored_value
from paperchat.kinds.unknown_papers import unknown_paper_draft
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import matches_person, person_key
from paperchat.types import StoredPaper
from paperchat.understanding.paper_selection import is_same_organization
from paperchat.understanding.request import Request

_MOST_PAPERS = 10
_MOST_NAMESAKES = 3
_REASON_NO_PAPER = "The question does not say which paper it is about: name it by its title, short name or arXiv id."


class RecordAnswerer:
    """Answers from the catalogue; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lister = AuthorshipLister(library)

    def answer(self, request: Request) -> Draft:
        """The values asked for of each paper named, or the papers of the people or organisations named."""
        if request.problem:
            return Draft(text="", reason=request.problem)
        if request.papers:
            return self._values(request)
        if request.unknown:
            return unknown_paper_draft(self._library, request.unknown)
        if request.constraints:
            return self._lister.answer(request)
        return Draft(text="", reason=_REASON_NO_PAPER)

    def _values(self, request: Request) -> Draft:
        ids = request.papers[:_MOST_PAPERS]
        found = self._library.papers(ids)
        papers = [found[one] for one in ids if one in found]
        citations = CitationList()
        writer = RecordWriter(self._library, citations)
        blocks = [self._block(request, paper, writer) for paper in papers]
        blocks += [f"The library has no paper called “{escape_inline(one.text[:80])}”." for one in request.unknown]
        if len(request.papers) > _MOST_PAPERS:
            blocks.append(f"Only the first {_MOST_PAPERS} of the {len(request.papers)} papers named are shown.")
        blocks += self._namesakes(request, writer)
        return Draft(
            text="\n\n".join(blocks),
            citations=citations.all,
            papers=answer_papers(papers, citations),
            papers_considered=len(papers),
            suggestions=_suggestions(request, papers),
        )

    def _block(self, request: Request, paper: StoredPaper, writer: RecordWriter) -> str:
        constraints = request.constraints
        checks = [self._authorship(paper, name, writer) for name in constraints.authors if not request.fields or
                  "authors" in request.fields]  # fmt: skip
        checks += [self._affiliation(paper, name, writer) for name in constraints.organizations]
        if not request.fields:
            return " ".join(checks) or writer.card(paper)
        if request.fields == ("title",):
            return writer.identity(paper)
        return " ".join([*checks, writer.sentences(paper, request.fields)])

    @staticmethod
    def _authorship(paper: StoredPaper, name: str, writer: RecordWriter) -> str:
        """Whether a person is among the authors."""
        words = person_key(name).split()
        matching = [one for one in paper.paper.authors if matches_person(person_key(one), words)]
        if not stored_value(paper, "authors"):
            return ""
        title, mark = escape_inline(paper.paper.title), writer.mark(paper, "authors")
        if matching:
            return f"Yes: {escape_inline(matching[0])} is an author of **{title}** {mark}."
        return f"No: {escape_inline(name)} is not among the authors of **{title}** {mark}."

    @staticmethod
    def _affiliation(paper: StoredPaper, name: str, writer: RecordWriter) -> str:
        """Whether an organisation is that of the paper."""
        stored = stored_value(paper, "organization")
        if not stored:
            return ""
        title, mark = escape_inline(paper.paper.title), writer.mark(paper, "organization")
        if is_same_organization(name, stored):
            return f"Yes: the organisation of **{title}** is {escape_inline(stored)} {mark}."
        return f"The organisation of **{title}** is {escape_inline(stored)}, not {escape_inline(name)} {mark}."

    def _namesakes(self, request: Request, writer: RecordWriter) -> list[str]:
        """Other papers that the names may stand for."""
        lines = []
        for mention in request.mentions:
            others = self._library.papers(mention.papers[1 : 1 + _MOST_NAMESAKES])
            ids = [
                one for one in mention.papers[1 : 1 + _MOST_NAMESAKES] if one in others and one not in request.papers
            ]
            titles = [
                f"**{escape_inline(others[one].paper.title)}** {writer.mark(others[one], 'title')}" for one in ids
            ]
            if titles:
                lines.append(f"“{escape_inline(mention.text)}” may also be {' or '.join(titles)}.")
        return lines


def _suggestions(request: Request, papers: Sequence[StoredPaper]) -> tuple[str, ...]:
    """Questions that go on from a paper's catalogue entry."""
    if not papers:
        return ()
    title = papers[0].paper.title
    authors = papers[0].paper.authors
    asked = [f"Summarize {title}"]
    if "authors" not in request.fields and authors:
        asked.append(f"Who wrote {title}?")
    if authors:
        asked.append(f"Papers by {authors[-1]}")
    return tuple(asked[:3])

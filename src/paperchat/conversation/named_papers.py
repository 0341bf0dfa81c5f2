"""Named papers stay named: a question that names a paper of the library is answered from that paper or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paperchat.conversation.focus import find_names
from paperchat.conversation.resolved_questions import ResolvedQuestion, RetrievalAttempt
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold
from paperchat.text.describe import one_line
from paperchat.understanding.request import Mention, Request

MAX_OTHER_PASSAGES = 1
"""A single word with which no title begins may stand for something else where more passages of other papers have it."""
_MIN_NAME_LENGTH = 3
_MAX_NAME_LENGTH = 120


class NamedPapers:
    """Restricts the search for a fact to the papers that the question names."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def restrict(self, resolved: ResolvedQuestion, request: Request, asked: str) -> ResolvedQuestion:
        """The question with its attempts restricted to the papers named; filters for papers stay as they are.

        Args:
            asked: the question as it was asked: what a follow-up only refers to is not named.
        """
        named = [one for one in request.mentions if one.papers and _is_written(one, asked) and self._is_certain(one)]
        papers = tuple(dict.fromkeys(paper_id for one in named for paper_id in one.papers))
        if not papers or any(attempt.filters.papers for attempt in resolved.attempts[-1:]):
            return resolved
        last = resolved.attempts[-1]
        within = RetrievalAttempt(question=last.question, filters=replace(last.filters, papers=papers))
        return replace(resolved, attempts=(within,))

    def titles(self, request: Request) -> dict[str, str]:
        """The titles of the papers named, by id."""
        entries = self._library.directory.get(request.papers)
        return {paper_id: entries[paper_id].title for paper_id in request.papers if paper_id in entries}

    def missing_reason(self, request: Request, *, surely: bool = False) -> str:
        """Why a question about papers that the library does not have is not answered; empty where it has one of them.

        Args:
            surely: only for what is a name by its form, of which the library has nothing at all.
        """
        missing = () if request.papers else request.unknown
        if surely:
            missing = tuple(one for one in missing if self._is_unheard_of(one))
        if not missing:
            return ""
        names = " or ".join(dict.fromkeys(f"“{_shorten(one.text)}”" for one in missing))
        titles = self._titles([paper_id for one in missing for paper_id in one.nearest])
        near = f"; the nearest is “{_shorten(titles[0])}”" if titles else ""
        return f"the library has no paper called {names}{near}"

    def _is_unheard_of(self, mention: Mention) -> bool:
        name = mention.text
        is_name = " " not in name and name in find_names(name)
        return is_name and not any(self._library.document_frequency([name]).values())

    def _is_certain(self, mention: Mention) -> bool:
        """Whether the name stands for these papers alone, and not for what others speak of, too.

        A title begins with it, it is a description of several words that fits one paper only or stands in its title, or
        hardly any other passage has it.
        """
        name = fold(mention.text)
        titles = [f"{fold(title)} " for title in self._titles(mention.papers)]
        if any(title.startswith(name) for title in titles):
            return True
        if " " in mention.text.strip():
            return len(mention.papers) == 1 or any(f" {name} " in title for title in titles)
        others = self._library.document_frequency([mention.text]).get(mention.text, 0) - len(mention.papers)
        return others <= MAX_OTHER_PASSAGES

    def _titles(self, papers: Sequence[str]) -> list[str]:
        entries = self._library.directory.get(papers)
        return [entries[paper_id].title for paper_id in papers if paper_id in entries]


def _is_written(mention: Mention, asked: str) -> bool:
    name = fold(mention.text)
    return len(name) >= _MIN_NAME_LENGTH and f" {name} " in f" {fold(asked)} "


def _shorten(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= _MAX_NAME_LENGTH else f"{name[: _MAX_NAME_LENGTH - 1]}…"

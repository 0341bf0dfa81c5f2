"""Papers of a person or an organisation, listed, each with the value of the catalogue that shows why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paperchat.answering.quote_markdown import escape_inline
from paperchat.kinds.draft import CitationList, Draft, answer_papers
from paperchat.kinds.record_values import RecordWriter
from paperchat.kinds.unknown_papers import unknown_names_reason
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.text.describe import pluralize
from paperchat.understanding.paper_selection import select_papers
from paperchat.understanding.people import MatchedNames, NameResolver, ResolvedNames
from paperchat.understanding.request import Request

_DEFAULT_COUNT = 10
_MOST = 100
_MOST_NAMES = 8
_ORDERS = {
    "relevance": "newest first",
    "newest": "newest first",
    "oldest": "oldest first",
    "upvotes": "most upvotes first",
}


class AuthorshipLister:
    """Lists the papers by people or from organisations; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._resolver = NameResolver(library)

    def answer(self, request: Request) -> Draft:
        """The papers of the people or organisations that the request names, newest first or as it asks."""
        resolved = self._resolver.resolve(request)
        if not resolved.people and not resolved.organizations and resolved.unknown:
            return Draft(text="", reason=unknown_names_reason(resolved.unknown), total=0)
        matched = select_papers(self._library, resolved.request)
        if request.constraints.together and matched:
            matched = [one for one in matched if _is_by_all(one, resolved)]
            if not matched:
                return self._none_together(resolved)
        if not matched:
            return self._none(resolved)
        return self._listed(resolved, matched)

    def _listed(self, resolved: ResolvedNames, matched: Sequence[DirectoryEntry]) -> Draft:
        request = resolved.request
        count = min(request.count or _DEFAULT_COUNT, _MOST)
        shown = matched[request.offset : request.offset + count]
        stored = self._library.papers(one.paper_id for one in shown)
        citations = CitationList()
        writer = RecordWriter(self._library, citations)
        field = "submitter" if request.constraints.submitters else "title"
        field = "authors" if resolved.people else "organization" if resolved.organizations else field
        lines = [self._heading(resolved, len(matched), len(shown)), ""]
        for number, entry in enumerate(shown, start=request.offset + 1):
            paper = stored[entry.paper_id]
            upvotes = f", {pluralize(entry.upvotes, 'upvote')} {writer.mark(paper, 'upvotes')}" if (
                request.order == "upvotes" and entry.upvotes is not None
            ) else ""  # fmt: skip
            day = f" ({entry.day})" if entry.day else ""
            lines.append(
                f"{number}. **{escape_inline(entry.title)}**{day}{self._who(resolved, entry)}{upvotes}"
                f" {writer.mark(paper, field)}"
            )
        left = len(matched) - request.offset - len(shown)
        if left > 0 and not request.count:
            lines += ["", f"There {'is' if left == 1 else 'are'} {left:,} more: ask for “more”."]
        papers = [stored[one.paper_id] for one in shown]
        return Draft(
            text="\n".join(lines),
            citations=citations.all,
            papers=answer_papers(papers, citations),
            total=len(matched),
            papers_considered=len(matched),
            suggestions=tuple(f"Summarize {one.paper.title}" for one in papers[:2]),
            notes=self._notes(resolved),
        )

    def _heading(self, resolved: ResolvedNames, total: int, shown: int) -> str:
        request = resolved.request
        parts = []
        for typed, matched in resolved.people:
            if len(matched.names) > 1:
                parts.append(
                    f"“{escape_inline(typed)}” may be {len(matched.names):,} authors of the library: "
                    f"{_counted(matched)}."
                )
        whose = describe_names(resolved)
        if not shown:
            parts.append(f"The library has {pluralize(total, 'paper')} {whose}, and no more than those.")
        elif request.count == 1 and request.order != "relevance":
            kinds = {"newest": "newest", "oldest": "oldest", "upvotes": "most upvoted"}
            parts.append(f"The {kinds[request.order]} of the {pluralize(total, 'paper')} {whose}:")
        else:
            parts.append(f"The library has {pluralize(total, 'paper')} {whose}, {_ORDERS[request.order]}:")
        return " ".join(parts)

    @staticmethod
    def _who(resolved: ResolvedNames, entry: DirectoryEntry) -> str:
        """Which of several authors or organisations a paper is by."""
        names = resolved.request.constraints
        if len(names.authors) > 1:
            by = [one for one in entry.authors if one in names.authors]
            return f", by {escape_inline(', '.join(by))}" if by else ""
        return f", {escape_inline(entry.organization)}" if len(names.organizations) > 1 else ""

    @staticmethod
    def _notes(resolved: ResolvedNames) -> tuple[str, ...]:
        several = (*resolved.people, *resolved.organizations)
        corrected = [
            f"“{typed}” read as {' or '.join(name for name, _ in matched.names[:3])}"
            for typed, matched in several
            if matched.is_corrected
        ]
        return (*corrected, *(f"“{name}” is unknown" for name in resolved.unknown))

    def _none(self, resolved: ResolvedNames) -> Draft:
        """There are papers of theirs, but none that satisfies the other constraints."""
        any_time = replace(resolved.request.constraints, period=None)
        others = len(select_papers(self._library, replace(resolved.request, constraints=any_time)))
        whose = describe_names(resolved)
        reason = f"The library has no paper {whose} that matches the rest of the question."
        if others:
            reason += f" Without the dates there {'is' if others == 1 else 'are'} {others:,}."
        return Draft(text="", reason=reason, total=0, notes=self._notes(resolved))

    def _none_together(self, resolved: ResolvedNames) -> Draft:
        """Each has papers, but there is none that all of them wrote."""
        alone = [f"{_name(typed, one)} ({sum(count for _, count in one.names):,})" for typed, one in resolved.people]
        reason = f"The library has no paper that they wrote together, only papers by {' and by '.join(alone)}."
        return Draft(text="", reason=reason, total=0, notes=self._notes(resolved))


def _is_by_all(entry: DirectoryEntry, resolved: ResolvedNames) -> bool:
    """Whether a paper is by each of the people named, and not only by one of them."""
    return not resolved.unknown and all(
        any(name in entry.authors for name, _ in matched.names) for _, matched in resolved.people
    )


def describe_names(resolved: ResolvedNames) -> str:
    """``by Song Han``, ``from KAIST AI``; empty where nobody is named."""
    people = [_name(typed, matched) for typed, matched in resolved.people]
    organizations = [_name(typed, matched, is_person=False) for typed, matched in resolved.organizations]
    submitters = [escape_inline(one) for one in resolved.request.constraints.submitters]
    joined = " and ".join(people) if resolved.request.constraints.together else " or ".join(people)
    parts = [f"by {joined}"] if people else []
    parts += [f"from {' or '.join(organizations)}"] if organizations else []
    return " ".join([*parts, f"submitted by {' or '.join(submitters)}"] if submitters else parts)


def _name(typed: str, matched: MatchedNames, *, is_person: bool = True) -> str:
    if len(matched.names) == 1:
        return escape_inline(matched.names[0][0])
    return f"“{escape_inline(typed)}”" if is_person else _counted(matched)


def _counted(matched: MatchedNames) -> str:
    names = [f"{escape_inline(name)} ({count:,})" for name, count in matched.names[:_MOST_NAMES]]
    more = len(matched.names) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")

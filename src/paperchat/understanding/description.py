"""How a question was read, in one line of plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from paperchat.text.describe import describe_filters, one_line, pluralize
from paperchat.types import AnswerKind
from paperchat.understanding.request import Constraints, Offer, Order, Period, RecordField, Request

_FIELDS: Mapping[RecordField, str] = {
    "first_author": "first author",
    "last_author": "last author",
    "author_count": "number of authors",
    "date": "date of publication",
    "featured": "day on which it was featured",
    "url": "link",
    "pdf_url": "link to the PDF",
    "arxiv_id": "arXiv id",
    "doi": "DOI",
    "code": "code",
    "project": "project page",
    "withdrawn": "whether it is withdrawn",
}
_ORDERS: Mapping[Order, str] = {
    "newest": "newest first",
    "oldest": "oldest first",
    "upvotes": "most upvotes first",
    "trending": "most upvotes of the last days first",
}
_OFFERS: Mapping[Offer, str] = {
    "code": "code",
    "project": "a project page",
    "full_text": "full text",
    "upvotes": "upvotes",
}
_RANKED = {"authors": "authors", "organizations": "organisations"}
_PLURALS = {"": "papers", "data set": "data sets", "technical report": "technical reports"}
_LONGEST_TITLE = 80


def describe_request(request: Request, *, titles: Mapping[str, str], notes: Sequence[str] = ()) -> str:
    """``papers on agent memory, featured in June 2026, with code, newest first``.

    Args:
        titles: of papers that the request names, by id.
        notes: what is to be said besides.
    """
    names = [titles.get(one.papers[0], one.text) if one.papers else one.text for one in request.mentions]
    named = [_quoted(one) for one in dict.fromkeys(names)]
    parts = [_subject(request, " and ".join(named[-1:] if len(named) < 2 else [", ".join(named[:-1]), named[-1]]))]
    if request.kind not in ("fact", "help", "summary", "comparison") or request.compares_listed:
        parts += _conditions(request.constraints)
        if request.order != "relevance":
            parts.append(_ORDERS[request.order])
        if request.count is not None:
            parts.append(f"at most {pluralize(request.count, 'paper')}")
        if request.offset:
            parts.append(f"after the first {request.offset}")
    if request.filters:
        parts.append(f"filters: {describe_filters(request.filters)}")
    return one_line(", ".join([*parts, *notes]))


def plural_of(sought: str) -> str:
    """What is asked for, in the plural: ``benchmarks``; ``papers`` where that is nothing more."""
    return _PLURALS.get(sought, f"{sought}s")


def _subject(request: Request, named: str) -> str:
    """What is asked for, of which papers or on which topic."""
    on = f" on {request.topic}" if request.topic else ""
    sought = plural_of(request.sought)
    limits = ": what fails or is open" if request.asks_for_limits else ""
    subjects: dict[AnswerKind, str] = {
        "fact": f"question about {named}" if named else "question about what the papers say",
        "list": f"{sought}{on}",
        "summary": f"{_length(request)}summary of {named}" if named else f"{_length(request)}summary{on}",
        "overview": f"{_length(request)}overview{on or ' of ' + named if on or named else ''}{limits}",
        "comparison": f"comparison of {f'{sought}{on}' if request.compares_listed else named or request.topic}",
        "record": f"{_fields(request)} of {named}" if named else "papers" if request.constraints else _fields(request),
        "feed": f"{'new ' if request.order in ('relevance', 'newest') else ''}{sought}{on}",
        "library": _counted(request, sought, on),
        "help": "a message to the assistant",
    }
    besides = f", also on {'; '.join(request.aspects)}" if request.aspects else ""
    return subjects[request.kind] + besides + (f": which is {request.comparing}" if request.comparing else "")


def _counted(request: Request, sought: str, on: str) -> str:
    if request.ranked:
        return f"{_RANKED[request.ranked]} with the most papers{on}"
    return f"number of {sought}{on}" if request.asks_for_count else "question about the library itself"


def _conditions(constraints: Constraints) -> Iterator[str]:
    if constraints.authors:
        yield f"by {' or '.join(constraints.authors)}"
    if constraints.submitters:
        yield f"submitted by {' or '.join(constraints.submitters)}"
    if constraints.organizations:
        yield f"from {' or '.join(constraints.organizations)}"
    if constraints.since_last_visit:
        yield "since your last visit"
    if constraints.period:
        yield _period(constraints.period)
    if constraints.categories:
        yield f"in {' or '.join(constraints.categories)}"
    if constraints.min_upvotes is not None:
        yield f"with at least {pluralize(constraints.min_upvotes, 'upvote')}"
    for holds, words in (
        (constraints.with_code, "with code"),
        (constraints.with_project, "with a project page"),
        (constraints.with_full_text, "with full text"),
    ):
        if holds:
            yield words
    if constraints.without:
        yield f"without {' or '.join(_OFFERS[one] for one in constraints.without)}"
    if constraints.papers is not None:
        yield f"among {pluralize(len(constraints.papers), 'paper')} named before"


def _period(period: Period) -> str:
    """``featured on 12 June 2026``, ``published since 1 May 2026``."""
    is_open = not period.since or not period.until
    preposition = "" if is_open else "on " if period.since == period.until else "in "
    if " to " in period.label:
        preposition = ""
    when = f"{'published' if period.published else 'featured'} {preposition}{period.label}"
    return f"{when} (counted from the library's newest day)" if period.anchored else when


def _fields(request: Request) -> str:
    return " and ".join(_FIELDS.get(one, one) for one in request.fields) or "catalogue entry"


def _length(request: Request) -> str:
    if request.sentences:
        return f"{request.sentences}-sentence "
    return "" if request.length == "normal" else f"{request.length} "


def _quoted(title: str) -> str:
    return f"“{title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + '…'}”"

"""Requests: what a question asks for, as plain data that is stored with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, get_args

from paperchat.types import AnswerKind, Filters

Order = Literal["relevance", "newest", "oldest", "upvotes", "trending"]
Length = Literal["short", "normal", "long"]
Ranked = Literal["", "authors", "organizations"]
Offer = Literal["code", "project", "full_text", "upvotes"]
RecordField = Literal[
    "title",
    "authors",
    "first_author",
    "last_author",
    "author_count",
    "date",
    "featured",
    "url",
    "pdf_url",
    "arxiv_id",
    "doi",
    "code",
    "project",
    "upvotes",
    "submitter",
    "organization",
    "categories",
    "keywords",
    "comment",
    "version",
    "withdrawn",
    "venue",
]
KINDS: tuple[AnswerKind, ...] = get_args(AnswerKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from ``since`` to ``until``, ISO and both included; an empty one is open.

    Attributes:
        label: the period in words, such as ``the week from 22 June 2026``.
        published: the date of publication counts, not the day on which the paper was featured.
        anchored: relative dates are relative to the library's newest day, which is more than three days ago.
    """

    since: str = ""
    until: str = ""
    label: str = ""
    published: bool = False
    anchored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A paper that a question names.

    Attributes:
        text: the name as it is written.
        papers: ids of the papers that it may stand for, the most likely first; empty where the library has none.
        nearest: ids of papers with a similar name, where ``papers`` is empty.
    """

    text: str
    papers: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What the papers asked for have in common besides the topic; several organisations are alternatives, and so are
    several authors unless they are to have written ``together``."""

    period: Period | None = None
    authors: tuple[str, ...] = ()
    together: bool = False
    """The papers are by all of the authors."""
    organizations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    with_code: bool = False
    with_project: bool = False
    with_full_text: bool = False
    without: tuple[Offer, ...] = ()
    """What the papers lack."""
    submitters: tuple[str, ...] = ()
    """Who submitted the papers to the Daily Papers, as the catalogue names them; several are alternatives."""
    min_upvotes: int | None = None
    since_last_visit: bool = False
    """Papers that were added since the visitor was last here."""
    papers: tuple[str, ...] | None = None
    """Ids of the only papers that count, such as those that an earlier answer lists."""

    def __bool__(self) -> bool:
        return self != Constraints()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a question asks for.

    Attributes:
        question: the standalone question.
        kind: what is asked for; ``alternatives`` are other kinds that it may be, the evidence deciding.
        topic: what the papers asked for are about, in the question's words without those that ask, name dates, people
            or other constraints; empty where nothing is said of it.
        sought: what the papers are to offer, as `lexicon/request_phrases.toml` names it: ``benchmark``, ``data set``,
            ``survey``, ``method``, ``model``, …; empty for papers of any sort.
        mentions: the papers that the question names, in its order.
        fields: the values of the catalogue that are asked for.
        count: how many papers are asked for; ``offset`` of them have been shown before.
        asks_for_count: the number of papers is asked for, and not the papers.
        asks_for_limits: an overview is to show what fails, is missing or open.
        ranked: who is asked for, by how many papers they have on the topic.
        names_topic: the question is nothing but the name of a topic, or of a detail of a paper.
        comparing: what a comparison asks to decide, such as ``larger``; empty where it asks for all aspects.
        compares_listed: the papers of a comparison are those that a list would name, and the question names none.
        aspects: those that a comparison is to have besides its own, in the question's words.
        sentences: how many sentences a summary is to have, where the question says so.
        problem: why the question cannot be answered as it stands, such as an impossible date, in one sentence.
        filters: those in force besides the question's own constraints.
    """

    question: str
    kind: AnswerKind = "fact"
    alternatives: tuple[AnswerKind, ...] = ()
    topic: str = ""
    sought: str = ""
    mentions: tuple[Mention, ...] = ()
    constraints: Constraints = field(default_factory=Constraints)
    order: Order = "relevance"
    count: int | None = None
    offset: int = 0
    fields: tuple[RecordField, ...] = ()
    length: Length = "normal"
    sentences: int | None = None
    asks_for_count: bool = False
    asks_for_limits: bool = False
    ranked: Ranked = ""
    names_topic: bool = False
    comparing: str = ""
    compares_listed: bool = False
    aspects: tuple[str, ...] = ()
    problem: str = ""
    filters: Filters = field(default_factory=Filters)

    @property
    def papers(self) -> tuple[str, ...]:
        """The id of the most likely paper for each mention that the library has, each once."""
        return tuple(dict.fromkeys(mention.papers[0] for mention in self.mentions if mention.papers))

    @property
    def unknown(self) -> tuple[Mention, ...]:
        """The mentions of papers that the library does not have."""
        return tuple(mention for mention in self.mentions if not mention.papers)


def request_as_json(request: Request) -> dict[str, Any]:
    """The parts of a request that differ from their defaults, as JSON."""
    body = _differences(request)
    return {"question": request.question, **body}


def request_from_json(body: Mapping[str, Any]) -> Request:
    """Read what `request_as_json` wrote; what a newer version added is left out."""
    values = _values(Request, body)
    values["mentions"] = tuple(Mention(**_values(Mention, one)) for one in body.get("mentions", ()))
    constraints = _values(Constraints, body.get("constraints", {}))
    if period := constraints.get("period"):
        constraints["period"] = Period(**_values(Period, period))
    values["constraints"] = Constraints(**constraints)
    values["filters"] = Filters(**_values(Filters, body.get("filters", {})))
    return replace(Request(question=""), **values)


def _differences(record: Any) -> dict[str, Any]:
    default = type(record)(question="") if isinstance(record, Request) else None
    return {
        one.name: _plain(value)
        for one in fields(record)
        if (value := getattr(record, one.name)) != (getattr(default, one.name) if default else one.default)
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _differences(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _values(kind: type[Any], body: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.name for one in fields(kind)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in body.items() if name in known}

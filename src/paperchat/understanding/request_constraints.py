"""Reads what a question asks of papers besides their topic: code, upvotes, categories, order, number and length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from paperchat import lexicon
from paperchat.understanding.request import Constraints, Length, Offer, Order, RecordField
from paperchat.understanding.topic_phrase import Span

_LEXICON = lexicon.load("request_constraints")
_FIELDS = lexicon.load("record_fields")
_LIMITS, _KINDS = lexicon.load("limit_requests"), lexicon.load("request_kinds")


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_CONSTRAINTS = {name: _compile(_LEXICON.regex(f"constraints.{name}")) for name in _LEXICON.keys("constraints")}
_ORDERS = {name: _compile(_LEXICON.regex(f"order.{name}")) for name in _LEXICON.keys("order")}
_COUNT, _SENTENCES = (_compile(_LEXICON.regex(f"number.{name}")) for name in ("count", "sentences"))
_LENGTHS = {name: _compile(_LEXICON.regex(f"length.{name}")) for name in _LEXICON.keys("length")}
_COMPARING = _compile(rf"\b(?P<how>{_LEXICON.regex('comparing.words')})\b")
_ASPECTS = _compile(_LEXICON.regex("comparing.aspects"))
_LIMITS_BEFORE, _LIMITS_AFTER = (_compile(_LIMITS.regex(key)) for key in ("before", "after"))
_LIMITS_AROUND = tuple(_compile(pattern) for pattern in _LIMITS.phrases("around"))
_OF_ONE = _compile(r"(?:the|this|that|these|those|its|their|his|her|our|my|your)\b")
_OF_PAPERS = _compile("|".join(_KINDS.regex(f"features.{key}") for key in ("plural_papers", "singular_paper")))
_COMPARED_LIST = _compile(_LEXICON.regex("comparing.listed"))
_MOST_ASPECTS, _LONGEST_ASPECT = 6, 80
_TOGETHER = _compile(_LEXICON.regex("together.words"))
_FIELD_PATTERNS = {name: _compile(_FIELDS.regex(f"fields.{name}")) for name in _FIELDS.keys("fields")}
_NUMBERS = {
    word: at
    for at, (name, others) in enumerate(((one, _LEXICON.text(f"numbers.{one}")) for one in _LEXICON.keys("numbers")), 1)
    for word in (name, *others.split())
} | {"fifteen": 15, "twenty": 20}
_FEW, _COUPLE = 5, 2
_CITED: tuple[RecordField, ...] = ("title", "authors", "date", "url")
"""What a reference needs."""
_SAID_AGAIN: dict[str, frozenset[str]] = {"submitter": _FIELDS.words("submitted")}
"""At the end of a question for a field these words ask for nothing else: "by whom was X submitted"."""
_ORDER_OF: dict[str, Order] = {
    "upvotes": "upvotes",
    "top": "upvotes",
    "trending": "trending",
    "newest": "newest",
    "oldest": "oldest",
}


_HOLDS: dict[str, Any] = {name: {name: True} for name in ("with_code", "with_project", "with_full_text")}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSlots:
    """What a question says besides its topic, and the spans of it that say so.

    Attributes:
        spans: those of the conditions; ``order_spans`` also have the number, and ``length_spans`` the sentences.
    """

    constraints: Constraints = field(default_factory=Constraints)
    order: Order = "relevance"
    count: int | None = None
    sentences: int | None = None
    length: Length = "normal"
    spans: tuple[Span, ...] = ()
    order_spans: tuple[Span, ...] = ()
    length_spans: tuple[Span, ...] = ()


def read_slots(question: str, used: Sequence[Span] = (), *, conditions: bool = True) -> QuestionSlots:
    """Read order, number, length and, with ``conditions``, those on papers; the spans ``used`` are something else."""
    spans: list[Span] = []
    constraints = Constraints()
    for name, match in _matches(question, _CONSTRAINTS if conditions else {}, used):
        if name == "category":
            constraints = replace(constraints, categories=(*constraints.categories, _category(match["category"])))
        elif name == "min_upvotes":
            least = int(match["over"]) + 1 if match["over"] else int(match["n"] or match["n2"] or match["n3"])
            constraints = replace(constraints, min_upvotes=least)
        elif name == "without":
            lacking = tuple(offer for offer in get_args(Offer) if match[offer])
            constraints = replace(constraints, without=lacking)
        else:
            constraints = replace(constraints, **_HOLDS[name])
        spans.append(match.span())
    count, count_span = _count(question, (*used, *spans))
    found_orders = list(_matches(question, _ORDERS, (*used, *spans)))
    order_spans = [match.span() for _, match in found_orders]
    order: Order = _ORDER_OF[found_orders[0][0]] if found_orders else "relevance"
    names = [name for name, _ in found_orders]
    if order == "upvotes" and names[0] == "top" and "newest" in names:
        order = "newest"
    if count_span:
        word = _COUNT.match(question, count_span[0])
        top = (word["top"] or "").lower() if word else ""
        if order == "relevance" and top:
            order = "newest" if top in ("newest", "latest", "last", "most recent") else "upvotes"
            order = "oldest" if top in ("oldest", "first") else order
        order_spans.append(count_span)
    sentences = _SENTENCES.search(question)
    lengths = list(_matches(question, _LENGTHS, used))
    length_spans = [match.span() for _, match in lengths]
    if sentences:
        length_spans.append(sentences.span())
    return QuestionSlots(
        constraints=constraints,
        order=order,
        count=count,
        sentences=_number(sentences["n"] or sentences["n2"]) if sentences else None,
        length="long" if lengths and lengths[0][0] == "long" else "short" if lengths or sentences else "normal",
        spans=tuple(spans),
        order_spans=tuple(order_spans),
        length_spans=tuple(length_spans),
    )


def read_fields(question: str, used: Sequence[Span] = ()) -> tuple[tuple[RecordField, ...], tuple[Span, ...]]:
    """The values of the catalogue that a question asks for, in the order of the question, and where it does."""
    found: list[tuple[int, str, Span]] = []
    taken = list(used)
    plain = list(question)
    for start, end in used:
        plain[start:end] = "_" * (end - start)
    masked = "".join(plain)
    for name, pattern in _FIELD_PATTERNS.items():
        for match in pattern.finditer(masked):
            is_repeated = any(match[0].strip().lower() in _SAID_AGAIN.get(other, ()) for _, other, _ in found)
            if _is_free(match.span(), taken) and not is_repeated:
                found.append((match.start(), name, match.span()))
                taken.append(match.span())
    found.sort()
    names: list[RecordField] = []
    for _, name, _ in found:
        names += _CITED if name == "citation" else [name]  # type: ignore[list-item]
    return tuple(dict.fromkeys(names)), tuple(span for _, _, span in found)


def asks_for_joint_papers(question: str) -> bool:
    """Whether papers are asked for that the people named wrote together."""
    return bool(_TOGETHER.search(question))


def read_comparing(question: str) -> str:
    """What a comparison asks to decide: ``larger``, ``more accurate``; empty where it asks for all."""
    match = _COMPARING.search(question)
    return match["how"].lower() if match else ""


def listed_comparison_words(question: str) -> tuple[Span, ...]:
    """The words that ask to compare papers that a list would name: ``compare two papers``; none in other questions."""
    match = _COMPARED_LIST.search(question)
    if not match:
        return ()
    return (match.span(), match.span("beside")) if match["beside"] else (match.span(),)


def limit_words(question: str) -> tuple[Span, ...]:
    """The words that ask for limitations or open problems, which are none of the topic; none in other questions."""
    for pattern in _LIMITS_AROUND:
        if match := pattern.search(question):
            return (match.start(), match.start("topic")), (match.end("topic"), match.end())
    match = _LIMITS_BEFORE.search(question) or _LIMITS_AFTER.search(question)
    return (match.span(),) if match else ()


def is_of_field(question: str, asked: Sequence[Span]) -> bool:
    """Whether it is a field whose limitations are asked for by these words, and no one thing, and not the papers."""
    return not _OF_PAPERS.search(question) and not _OF_ONE.match(question, asked[0][1])


def split_aspects(question: str) -> tuple[str, tuple[str, ...]]:
    """The question, and the aspects that a comparison is to have besides its own: ``…, aspects: cost; robustness``."""
    match = _ASPECTS.search(question)
    if not match or not match.start():
        return question, ()
    named = (one.strip(" ,.?!")[:_LONGEST_ASPECT] for one in question[match.end() :].split(";"))
    aspects = {one.casefold(): one for one in named if one}
    return (question[: match.start()], tuple(aspects.values())[:_MOST_ASPECTS]) if aspects else (question, ())


def _matches(
    question: str, patterns: dict[str, re.Pattern[str]], used: Sequence[Span]
) -> Iterator[tuple[str, re.Match[str]]]:
    """The first free match of each pattern, in the order of the patterns."""
    taken = list(used)
    for name, pattern in patterns.items():
        for match in pattern.finditer(question):
            if match[0].strip() and _is_free(match.span(), taken):
                taken.append(match.span())
                yield name, match
                break


def _is_free(span: Span, taken: Sequence[Span]) -> bool:
    return all(span[1] <= start or span[0] >= end for start, end in taken)


def _count(question: str, used: Sequence[Span]) -> tuple[int | None, Span | None]:
    for match in _COUNT.finditer(question):
        if _is_free(match.span(), used):
            if match["few"]:
                return (_COUPLE if "couple" in match["few"].lower() else None), None
            return _number(match["n"] or match["n2"] or match["n3"] or match["n4"] or match["n5"]), match.span()
    return None, None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else _NUMBERS.get(text.lower())


def _category(text: str) -> str:
    archive, _, name = text.partition(".")
    return f"{archive.lower()}.{name.upper()}"

"""Questions of every kind and conversations, each with what a right answer has, read from JSON lines."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from paperchat.errors import SourceError
from paperchat.evaluation.numbered_lines import numbered_lines
from paperchat.serialization import paper_as_json
from paperchat.types import AnswerKind, StoredPaper

KINDS: tuple[AnswerKind, ...] = get_args(AnswerKind)
_CONDITION = re.compile(r"(\w+)(?:(>=|<=|=|~)(.+))?")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {">=": operator.ge, "<=": operator.le, "=": operator.eq}
_EXAMPLE = '{"q": "…", "kind": "list", "titles": ["…"]} or {"turns": [ … ]}'


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCondition:
    """A condition on a paper's record: a field that it has (``code``), or how the field compares (``upvotes>=10``).

    ``featured=2026-06-30`` and ``upvotes<=5`` are understood, too; ``text~agent`` asks for a word of title or abstract.
    """

    field: str
    comparison: str = ""
    value: str = ""

    def holds_for(self, stored: StoredPaper) -> bool:
        """Whether the paper meets it; a field that the paper does not have meets none."""
        record = paper_as_json(stored)
        if self.field == "text":
            return self.value.casefold() in f"{stored.paper.title} {stored.paper.abstract}".casefold()
        found = record.get(self.field)
        if found in (None, "", [], {}) or not self.comparison:
            return bool(found)
        if self.comparison == "~":
            return self.value.casefold() in str(found).casefold()
        if isinstance(found, int | float):
            return self.value.isdecimal() and _COMPARISONS[self.comparison](found, int(self.value))
        return _COMPARISONS[self.comparison](str(found), self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierItem:
    """Papers by their places in the answer to an earlier turn, and the field of theirs that is asked for.

    ``turns`` and ``items`` count from 1; an item of -1 is the last. Of several turns any may be meant.
    """

    turns: tuple[int, ...]
    items: tuple[int, ...]
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantQuestion:
    """A question of a kind, and what a right answer has.

    Attributes:
        sub: what is asked for within the kind; results are also shown by it.
        titles: of the papers that are asked for; for a list or an overview those that matter most.
        also_ok: titles of other papers that are no mistake.
        facts: strings of the papers' texts. Each has alternatives; a comparison has one entry for each of ``titles``.
        facts_all: like ``facts``, but each of them must be quoted.
        gold: strings of which one must be in the answer's text.
        gold_any_number: whether any number in the text will do.
        min_hits: how many of ``titles`` or ``facts`` there must be; 0 where the question does not say.
        abstain: whether the library does not say it.
        from_previous: what is asked for is that of papers that an earlier turn listed.
        subset_of: the turn whose papers are to be narrowed down, to those that meet ``where``.
        not_in: the turn whose papers are not to be named again.
        shorter_than: the turn whose answer must be longer.
    """

    q: str
    kind: AnswerKind
    sub: str = ""
    titles: tuple[str, ...] = ()
    also_ok: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    facts_all: tuple[tuple[str, ...], ...] = ()
    gold: tuple[str, ...] = ()
    gold_any_number: bool = False
    min_hits: int = 0
    abstain: bool = False
    from_previous: EarlierItem | None = None
    subset_of: int = 0
    where: PaperCondition | None = None
    not_in: int = 0
    shorter_than: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSeries:
    """Questions asked one after the other: one question by itself, or the turns of a conversation."""

    turns: tuple[AssistantQuestion, ...]
    is_conversation: bool


def read_assistant_questions(file: Path) -> list[QuestionSeries]:
    """The questions and conversations of a file of JSON lines.

    Raises:
        SourceError: the file cannot be read, or a line of it is no question.
    """
    return [_series(line, where) for line, where in numbered_lines(file, holds="questions")]


def _series(line: str, where: str) -> QuestionSeries:
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise TypeError("not an object")
        rows = row.get("turns", [row])
        if not isinstance(rows, list) or not rows:
            raise TypeError("turns is not a list of questions")
        turns = tuple(_question(one, place) for place, one in enumerate(rows, start=1))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise SourceError(f"{where} is not a question ({why}): each line is {_EXAMPLE}") from error
    return QuestionSeries(turns=turns, is_conversation="turns" in row)


def _question(row: Mapping[str, Any], place: int) -> AssistantQuestion:
    question = AssistantQuestion(
        q=_text(row["q"], "q"),
        kind=_kind(row["kind"]),
        sub=str(row.get("sub") or ""),
        titles=_texts(row, "titles"),
        also_ok=_texts(row, "also_ok"),
        facts=_alternatives(row, "facts"),
        facts_all=_alternatives(row, "facts_all"),
        gold=_texts(row, "gold"),
        gold_any_number=bool(row.get("gold_any_number")),
        min_hits=_count(row.get("min_hits"), "min_hits"),
        abstain=bool(row.get("abstain")),
        from_previous=_earlier_item(row["gold_from_previous"], place) if row.get("gold_from_previous") else None,
        subset_of=_turn(row.get("subset_of"), "subset_of", place),
        where=_condition(row["where"]) if row.get("where") else None,
        not_in=_turn(row.get("not_in"), "not_in", place),
        shorter_than=_turn(row.get("shorter_than"), "shorter_than", place),
    )
    if question.kind == "comparison" and len(question.facts) not in (0, len(question.titles)):
        raise ValueError("a comparison has an entry of facts for each of its titles")
    if not _can_be_scored(question):
        raise ValueError(f"nothing says what a right answer of the kind {question.kind} has")
    return question


def _can_be_scored(question: AssistantQuestion) -> bool:
    if question.kind == "help" or question.abstain or question.from_previous or question.subset_of:
        return True
    if question.kind in ("list", "overview"):
        return bool(question.titles)
    if question.kind == "summary":
        return bool(question.facts)
    if question.kind == "comparison":
        return bool(question.titles and question.facts)
    return bool(question.titles or question.facts or question.facts_all or question.gold or question.gold_any_number)


def _earlier_item(row: Mapping[str, Any], place: int) -> EarlierItem:
    items, turns = (value if isinstance(value, list) else [value] for value in (row["item"], row["turn"]))
    if not items or not all(type(item) is int and item for item in items):
        raise ValueError("item is a place in a list, from 1, or -1 for the last")
    if not turns or not all(turns):
        raise ValueError("turn is the number of an earlier turn")
    return EarlierItem(
        turns=tuple(_turn(turn, "turn", place) for turn in turns),
        items=tuple(items),
        field=_text(row["field"], "field"),
    )


def _condition(text: object) -> PaperCondition:
    match = _CONDITION.fullmatch(_text(text, "where").strip())
    if not match:
        raise ValueError(f"where {text!r} is no condition such as code or upvotes>=10")
    field, comparison, value = match.groups()
    return PaperCondition(field=field, comparison=comparison or "", value=(value or "").strip())


def _kind(value: object) -> AnswerKind:
    for kind in KINDS:
        if value == kind:
            return kind
    raise ValueError(f"{value!r} is none of the kinds {', '.join(KINDS)}")


def _turn(value: object, name: str, place: int) -> int:
    turn = _count(value, name)
    if turn >= place:
        raise ValueError(f"{name} is not the number of an earlier turn")
    return turn


def _count(value: object, name: str) -> int:
    if value is None:
        return 0
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} is no number from 0")
    return value


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = row.get(name) or []
    if not isinstance(values, list):
        raise TypeError(f"{name} is not a list")
    return tuple(_text(value, name) for value in values)


def _alternatives(row: Mapping[str, Any], name: str) -> tuple[tuple[str, ...], ...]:
    values = row.get(name) or []
    if not isinstance(values, list):
        raise TypeError(f"{name} is not a list")
    return tuple(_texts({name: value if isinstance(value, list) else [value]}, name) for value in values)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{name} is not a text")
    return value

"""Scorers: what an answer of each kind lacks of what a right one has."""

from __future__ import annotations

import re
import unicodedata
from calendar import month_name
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from paperchat.evaluation.assistant_questions import AssistantQuestion, EarlierItem
from paperchat.serialization import catalogue_value
from paperchat.types import Answer, StoredPaper

RIGHT_SHARE = 0.7
"""The share of the papers that an answer names which must be right ones."""
_LEADING = 10
_MARK = re.compile(r"(?<!\\)\[\d+\]")
_LIST_NUMBER = re.compile(r"^\s*\d+[.)] ", re.MULTILINE)
_ESCAPE = re.compile(r"\\([^\w\s]|_)")
_MONTHS = "|".join(month_name[1:])
_DATE = re.compile(
    rf"\d{{4}}-\d\d(?:-\d\d)?|\d{{1,2}} (?:{_MONTHS})(?: \d{{4}})?|(?:{_MONTHS}) \d{{1,2}}(?:, \d{{4}})?", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d{1,3})?")
_NOTHING = re.compile(r"\b(?:no|not|none|nothing|without)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTurn:
    """A question with its answer."""

    question: AssistantQuestion
    answer: Answer


def find_failures(question: AssistantQuestion, answer: Answer, earlier: Sequence[ScoredTurn]) -> Iterator[str]:
    """What is wrong with an answer, in plain words; nothing where it is right.

    ``earlier`` are the turns before it, the first of the conversation first.
    """
    if question.abstain:
        if not answer.abstained:
            yield "answered what the library does not say"
        return
    if question.kind == "help":
        yield from _help_failures(answer)
    elif question.from_previous:
        yield from _earlier_item_failures(question, question.from_previous, answer, earlier)
    elif question.subset_of:
        yield from _narrowed_failures(question, answer, earlier[question.subset_of - 1])
    elif question.kind in ("list", "overview"):
        yield from _title_failures(question, answer, earlier)
    elif question.kind == "summary":
        yield from _summary_failures(question, answer)
    elif question.kind == "comparison":
        yield from _comparison_failures(question, answer)
    elif question.kind == "fact":
        yield from _fact_failures(question, answer)
    else:
        yield from _catalogue_failures(question, answer, earlier)
    if question.not_in:
        again = _ids(answer) & _ids(earlier[question.not_in - 1].answer)
        if again:
            yield f"{len(again)} papers named again"
    if question.shorter_than and len(answer.text) >= len(earlier[question.shorter_than - 1].answer.text):
        yield f"not shorter than the answer of turn {question.shorter_than}"


def _help_failures(answer: Answer) -> Iterator[str]:
    if answer.kind != "help":
        yield f"answered as {answer.kind}"
    if answer.citations:
        yield "a paper is quoted"
    if answer.abstained:
        yield "abstained"


def _title_failures(question: AssistantQuestion, answer: Answer, earlier: Sequence[ScoredTurn]) -> Iterator[str]:
    """Failures of an answer that names papers: too few of those asked for, or too many others."""
    before = _titles(earlier[question.not_in - 1].answer) if question.not_in else set()
    sought = [title for title in question.titles if _normalized(title) not in before]
    if not sought:
        return
    named = [_normalized(one.paper.paper.title) for one in answer.papers]
    text = _normalized(_plain_text(answer))
    hits = sum(_normalized(title) in named or (not named and _normalized(title) in text) for title in sought)
    needed = min(question.min_hits or _half_of_leading(len(question.titles)), len(sought))
    if hits < needed:
        yield f"{hits} of {needed} titles"
    if len(sought) == 1 and named[:1] == [_normalized(sought[0])]:
        return
    right = {_normalized(title) for title in (*question.titles, *question.also_ok)}
    yield from _share_failures(sum(name in right for name in named), len(named))


def _half_of_leading(count: int) -> int:
    """How many of so many papers must be named where a question does not say: half of the first ten."""
    return (min(count, _LEADING) + 1) // 2


def _share_failures(right: int, named: int) -> Iterator[str]:
    if right < RIGHT_SHARE * named:
        yield f"{right} of the {named} papers named are right"


def _summary_failures(question: AssistantQuestion, answer: Answer) -> Iterator[str]:
    quoted = _quoted(answer, question.titles)
    hits = sum(_has_one(quoted, fact) for fact in question.facts)
    needed = question.min_hits or len(question.facts) // 2 + 1
    if hits < needed:
        yield f"{hits} of {needed} facts quoted"


def _comparison_failures(question: AssistantQuestion, answer: Answer) -> Iterator[str]:
    for title, fact in zip(question.titles, question.facts, strict=True):
        if not _has_one(_quoted(answer, (title,)), fact):
            yield f"no fact quoted of {title}"


def _fact_failures(question: AssistantQuestion, answer: Answer) -> Iterator[str]:
    quoted = _quoted(answer, (*question.titles, *question.also_ok))
    if question.facts and not any(_has_one(quoted, fact) for fact in question.facts):
        yield "no fact quoted"
    missing = sum(not _has_one(quoted, fact) for fact in question.facts_all)
    if missing:
        yield f"{missing} of {len(question.facts_all)} facts not quoted"
    yield from _gold_failures(question, answer)
    if not (question.facts or question.facts_all or question.gold) and not quoted:
        yield "not quoted from the right paper"


def _catalogue_failures(question: AssistantQuestion, answer: Answer, earlier: Sequence[ScoredTurn]) -> Iterator[str]:
    """Failures of a record, a feed, or what is said of the library: the text decides where it is known."""
    if question.gold_any_number and not _NUMBER.search(_plain_text(answer)):
        yield "no number"
    yield from _gold_failures(question, answer)
    if not question.gold and question.titles:
        yield from _title_failures(question, answer, earlier)


def _gold_failures(question: AssistantQuestion, answer: Answer) -> Iterator[str]:
    if question.gold and not has_gold(answer, question.gold):
        yield f"the text has none of {', '.join(map(repr, question.gold[:3]))}"


def has_gold(answer: Answer, gold: Iterable[str]) -> bool:
    """Whether the text of an answer, or its reason if it abstains, has one of these strings.

    A number is not found in another one, in a name such as GPT-4, in a date, or in the numbering of a list.
    """
    plain = _normalized(_plain_text(answer))
    undated = _DATE.sub(" ", plain)
    raw = _normalized(answer.text)
    for one in map(_normalized, gold):
        if _NUMBER.fullmatch(one):
            if re.search(rf"(?<![\w.,-]){re.escape(one)}(?![\w-]|[.,]\d)", undated):
                return True
            continue
        before = r"(?<!\d)(?<!\d[.,])" if one[0].isdigit() else ""
        after = r"(?!\d)" if one[-1].isdigit() else ""
        pattern = f"{before}{re.escape(one)}{after}"
        if re.search(pattern, plain) or re.search(pattern, raw):
            return True
    return False


def _earlier_item_failures(
    question: AssistantQuestion, item: EarlierItem, answer: Answer, earlier: Sequence[ScoredTurn]
) -> list[str]:
    """What is wrong, whichever turn is meant."""
    readings = [list(_item_failures(question, item, answer, turn, earlier[turn - 1].answer)) for turn in item.turns]
    return min(readings, key=len)


def _item_failures(
    question: AssistantQuestion, item: EarlierItem, answer: Answer, turn: int, listing: Answer
) -> Iterator[str]:
    listed = [one.paper for one in listing.papers]
    papers = [listed[place - 1 if place > 0 else place] for place in item.items if abs(place) <= len(listed)]
    if len(papers) < len(item.items):
        yield f"turn {turn} names {len(listed)} papers only"
        return
    if question.kind in ("record", "library", "feed"):
        for paper in papers:
            gold = _field_gold(paper, item.field)
            if not (has_gold(answer, gold) if gold else _NOTHING.search(_plain_text(answer))):
                yield f"the text does not have the {item.field} of {paper.paper.title}"
        return
    quoted = {one.paper.paper_id for one in answer.citations}
    sought = {paper.paper_id for paper in papers}
    if not sought <= quoted:
        yield f"no quote of {', '.join(one.paper.title for one in papers if one.paper_id not in quoted)}"
    elif quoted - sought:
        yield f"{len(quoted - sought)} other papers are quoted"


def _field_gold(stored: StoredPaper, field: str) -> list[str]:
    """The strings of which one is in a right answer about this field of a paper; none where nothing is stored."""
    paper = stored.paper
    if field == "authors":
        return list(paper.authors)
    if field in ("first_author", "last_author"):
        return list(paper.authors[:1] if field == "first_author" else paper.authors[-1:])
    if field == "date":
        return [form for day in (paper.date, paper.daily.get("featured", "")) for form in _date_forms(str(day or ""))]
    if field in ("url", "id"):
        return [value for value in (paper.url, paper.arxiv_id) if value]
    value = catalogue_value(stored, field)
    return [value] if value else []


def _date_forms(day: str) -> list[str]:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return [day] if day else []
    month = month_name[found.month]
    return [day, f"{found.day} {month} {found.year}", f"{month} {found.day}, {found.year}"]


def _narrowed_failures(question: AssistantQuestion, answer: Answer, narrowed: ScoredTurn) -> Iterator[str]:
    """Failures of an answer that keeps those papers of an earlier one, or of its topic, that meet a condition."""
    where = question.where
    others = [one for one in answer.papers if where and not where.holds_for(one.paper)]
    if others:
        yield f"{len(others)} papers do not meet the condition"
    expected = {one.paper.paper_id for one in narrowed.answer.papers if where is None or where.holds_for(one.paper)}
    if question.titles:
        hits, needed = _hits(question, answer), question.min_hits or _half_of_leading(len(question.titles))
    else:
        hits, needed = len(expected & _ids(answer)), _half_of_leading(len(expected))
    if hits < needed:
        yield f"{hits} of {needed} papers kept"
    known = {
        *_titles(narrowed.answer),
        *(_normalized(title) for one in (question, narrowed.question) for title in (*one.titles, *one.also_ok)),
    }
    yield from _share_failures(
        sum(_normalized(one.paper.paper.title) in known for one in answer.papers), len(answer.papers)
    )


def _hits(question: AssistantQuestion, answer: Answer) -> int:
    named = _titles(answer)
    return sum(_normalized(title) in named for title in question.titles)


def _titles(answer: Answer) -> set[str]:
    return {_normalized(one.paper.paper.title) for one in answer.papers}


def _ids(answer: Answer) -> set[str]:
    return {one.paper.paper_id for one in answer.papers}


def _quoted(answer: Answer, titles: Collection[str]) -> str:
    """The quotes of papers with these titles, or all of them, with those in a table."""
    keys = {_normalized(title) for title in titles}
    cells = (cell for row in answer.table or () for cell in row.cells.values())
    return _normalized(
        " ".join(
            one.quote.text
            for one in (*answer.citations, *cells)
            if not keys or _normalized(one.paper.paper.title) in keys
        )
    )


def _has_one(quoted: str, alternatives: Iterable[str]) -> bool:
    return any(_normalized(one) in quoted for one in alternatives)


def _plain_text(answer: Answer) -> str:
    """The text as it is read, with the reason of an abstention, without marks, list numbers, and markup."""
    text = f"{answer.text} {answer.reason or ''}" if answer.abstained else answer.text
    return _ESCAPE.sub(r"\1", _LIST_NUMBER.sub("", _MARK.sub("", text)).replace("**", ""))


def _normalized(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()

"""Which sentences of one paper make its summary, and under which labels, in the order of the text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from paperchat import lexicon
from paperchat.kinds.paper_sentences import is_under_conclusion
from paperchat.survey.found_limits import is_under_limitations
from paperchat.survey.quote_selection import DUPLICATE_SIMILARITY, EMPTY_PRAISE_PATTERN, centroid
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.sentence_roles import Role
from paperchat.text.facts import extract_numbers
from paperchat.understanding.request import Length

SummaryPart = Literal["Problem", "Approach", "Findings", "Limits"]
PARTS: tuple[SummaryPart, ...] = ("Problem", "Approach", "Findings", "Limits")
_PART_ROLES: Mapping[SummaryPart, tuple[Role, ...]] = {
    "Problem": ("background", "problem"),
    "Approach": ("method", "data"),
    "Findings": ("result", "code"),
    "Limits": ("limitation",),
}
_FORWARD_COSTS: Mapping[SummaryPart, float] = {"Problem": 0.0, "Approach": 0.4, "Findings": 1.6, "Limits": 1.2}
_BACKWARD_COST = 2.5
"""What a change of the part from one sentence to the next costs: a summary should not go back and forth."""

_SHARE = 0.75
"""A summary of the usual length has this share of an abstract's sentences, …"""
_COUNTS: Mapping[Length, tuple[int, int]] = {"short": (3, 4), "normal": (5, 8), "long": (12, 12)}
"""… but no fewer and no more than these."""
_FROM_FULL_TEXT: Mapping[Length, int] = {"short": 0, "normal": 1, "long": 2}
"""So many sentences each of the conclusion and of the limitations of a full text follow."""
_MIN_SELF_CONTAINMENT = 0.5
"""A sentence that is less understandable by itself needs the one before it."""
_SELF_CONTAINMENT_WEIGHT = 0.8
_CENTRALITY_WEIGHT = 0.6
_TITLE_WEIGHT = 0.5
_ROLE_WEIGHTS: Mapping[SummaryPart, Mapping[Role, float]] = {
    "Problem": {"problem": 0.08},
    "Approach": {"method": 0.08, "data": 0.05},
    "Findings": {"result": 0.1, "limitation": 0.05},
    "Limits": {"limitation": 0.1},
}
_MAX_ROLE_SCORE = 5.0
_NUMBER_BONUS = 0.25
_LEAD_BONUS = 0.35
_INTRODUCTION_BONUS = 0.8
"""What the paper presents belongs into a summary, however short."""
_PRESENTED_BONUS = 2.5
"""What the paper presents is its approach, though what that brings may be said with it: "we propose X, which gains"."""
_FIRST_OF_PART_BONUS = 0.6
_LACK_PENALTY = 1.5
_REPETITION_PENALTY = 0.3
_SUMMING_UP_SELF_CONTAINMENT = 0.8
_LEXICON = lexicon.load("paper_summaries")
_ANNOUNCEMENT_PATTERN = re.compile(_LEXICON.regex("announcement"), re.IGNORECASE)
_INTRODUCTION_PATTERN = re.compile(_LEXICON.regex("introduction"), re.IGNORECASE)
_FURTHER_PATTERN = re.compile(_LEXICON.regex("further"), re.IGNORECASE)
_SUMMING_UP_PATTERN = re.compile(_LEXICON.regex("summing_up"), re.IGNORECASE)


def select_summary(
    sentences: Sequence[SurveySentence], length: Length, count: int | None = None
) -> list[tuple[SummaryPart, list[SurveySentence]]]:
    """The sentences of a summary by part, in the order of the text.

    Args:
        sentences: those of one paper, in text order.
        count: so many sentences are asked for; by default what the length says.
    """
    abstract = [one for one in sentences if one.quote.passage.basis == "abstract"]
    body = abstract or [one for one in sentences if not is_under_limitations(one) and not is_under_conclusion(one)]
    parts = label_parts(body)
    least, most = (count, count) if count else _COUNTS[length]
    chosen = _choose(body, parts, min(max(math.ceil(_SHARE * len(body)), least), most))
    grouped: list[tuple[SummaryPart, list[SurveySentence]]] = []
    for at in sorted(chosen):
        _append(grouped, parts[at], body[at])
    extra = 0 if count else _FROM_FULL_TEXT[length]
    ends: tuple[tuple[SummaryPart, Callable[[SurveySentence], bool]], ...] = (
        ("Findings", _concludes),
        ("Limits", is_under_limitations),
    )
    for part, of_part in ends:
        quoted = [one for _, several in grouped for one in several]
        found = [
            one
            for one in sentences
            if one.quote.passage.basis == "full_text" and of_part(one) and not _repeats(one, quoted)
        ]
        for at in sorted(_choose(found, [part] * len(found), extra)):
            _append(grouped, part, found[at])
    return grouped


def label_parts(sentences: Sequence[SurveySentence]) -> list[SummaryPart]:
    """The part of each sentence: the likeliest sequence that seldom goes back."""
    paths: dict[SummaryPart, tuple[float, list[SummaryPart]]] = {part: (0.0, []) for part in PARTS}
    for sentence in sentences:
        paths = {
            part: max(
                (
                    (value - _cost(path, part) + _part_score(sentence, part), [*path, part])
                    for value, path in paths.values()
                ),
                key=lambda one: one[0],
            )
            for part in PARTS
        }
    return max(paths.values(), key=lambda one: one[0])[1]


def _cost(path: Sequence[SummaryPart], part: SummaryPart) -> float:
    if not path or path[-1] == part:
        return 0.0
    return _FORWARD_COSTS[part] if PARTS.index(part) > PARTS.index(path[-1]) else _BACKWARD_COST


def _part_score(sentence: SurveySentence, part: SummaryPart) -> float:
    score = max(sentence.role_scores[role] for role in _PART_ROLES[part])
    return score + (_PRESENTED_BONUS if part == "Approach" and _introduces(sentence) else 0.0)


def _choose(sentences: Sequence[SurveySentence], parts: Sequence[SummaryPart], count: int) -> set[int]:
    """The indexes of the ``count`` best, or fewer; none without the sentence before it that it needs."""
    if not sentences or count < 1:
        return set()
    values = score_sentences(sentences, parts)
    chosen: set[int] = set()
    while len(chosen) < count:
        best: tuple[float, set[int]] | None = None
        for at in range(len(sentences)):
            new = _with_predecessors(sentences, at) - chosen
            if at in chosen or len(chosen) + len(new) > count:
                continue
            gain = sum(
                values[one]
                + (_FIRST_OF_PART_BONUS if parts[one] not in {parts[other] for other in chosen} else 0.0)
                - _REPETITION_PENALTY
                * max((float(sentences[one].vector @ sentences[other].vector) for other in chosen), default=0.0)
                for one in new
            ) / len(new)
            if best is None or gain > best[0]:
                best = gain, new
        if best is None:
            break
        chosen |= best[1]
    return chosen


def is_announcement(text: str) -> bool:
    """Whether a sentence only announces what there is, or praises it."""
    return bool(_ANNOUNCEMENT_PATTERN.search(text) or EMPTY_PRAISE_PATTERN.search(text))


def score_sentences(sentences: Sequence[SurveySentence], parts: Sequence[SummaryPart]) -> list[float]:
    """How much each sentence of a paper adds to its summary, given its part."""
    centre = centroid(sentences)
    values = []
    introducing = next((at for at, one in enumerate(sentences) if _introduces(one)), None)
    for at, (one, part) in enumerate(zip(sentences, parts, strict=True)):
        value = (
            _SELF_CONTAINMENT_WEIGHT * _self_containment(one)
            + _CENTRALITY_WEIGHT * float(one.vector @ centre)
            + _TITLE_WEIGHT * one.topic_similarity
        )
        if part == "Findings":
            value += _NUMBER_BONUS if extract_numbers(one.text) else 0.0
        for role, weight in _ROLE_WEIGHTS[part].items():
            value += weight * min(one.role_scores[role], _MAX_ROLE_SCORE)
        if at == introducing:
            value += _INTRODUCTION_BONUS
        leads = at == 0 or parts[at - 1] != part
        ends = at == len(parts) - 1 or parts[at + 1] != part
        if (part == "Approach" and leads) or (part == "Problem" and ends):
            value += _LEAD_BONUS
        if is_announcement(one.text):
            value -= _LACK_PENALTY
        values.append(value)
    return values


def _with_predecessors(sentences: Sequence[SurveySentence], at: int) -> set[int]:
    """A sentence with those before it that it cannot be understood without."""
    needed = {at}
    while at and _self_containment(sentences[at]) < _MIN_SELF_CONTAINMENT:
        if sentences[at - 1].quote.passage.passage_id != sentences[at].quote.passage.passage_id:
            break
        at -= 1
        needed.add(at)
    return needed


def _self_containment(sentence: SurveySentence) -> float:
    """What sums up the findings refers to all of them, and needs no one sentence; nor does what says what is new."""
    is_whole = _SUMMING_UP_PATTERN.search(sentence.text) or _introduces(sentence)
    return max(sentence.self_containment, _SUMMING_UP_SELF_CONTAINMENT if is_whole else 0.0)


def _introduces(sentence: SurveySentence) -> bool:
    """Whether it says what the paper presents: "to this end, we propose …"."""
    return bool(_INTRODUCTION_PATTERN.search(sentence.text)) and not _FURTHER_PATTERN.search(sentence.text)


def _concludes(sentence: SurveySentence) -> bool:
    return is_under_conclusion(sentence) and not is_under_limitations(sentence)


def _repeats(sentence: SurveySentence, quoted: Sequence[SurveySentence]) -> bool:
    return any(float(sentence.vector @ one.vector) >= DUPLICATE_SIMILARITY for one in quoted)


def _append(
    grouped: list[tuple[SummaryPart, list[SurveySentence]]], part: SummaryPart, sentence: SurveySentence
) -> None:
    if not grouped or grouped[-1][0] != part:
        grouped.append((part, []))
    grouped[-1][1].append(sentence)

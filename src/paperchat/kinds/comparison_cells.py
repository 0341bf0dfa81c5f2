"""The cells of a comparison: what each paper is, its method, data, size, result and limits, as exact quotes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from paperchat import lexicon
from paperchat.kinds.number_comparison import find_counts
from paperchat.kinds.summary_selection import SummaryPart, label_parts, score_sentences
from paperchat.survey.quote_formatting import short_title
from paperchat.survey.quote_selection import EMPTY_PRAISE_PATTERN, POINTER_PATTERN
from paperchat.survey.sections.comparison import cue_weight, find_excerpt
from paperchat.survey.sentence_extraction import SurveySentence, best_clause
from paperchat.survey.sentence_roles import Role
from paperchat.survey.types import Column
from paperchat.text.facts import extract_numbers
from paperchat.types import Quote, StoredPaper

WHAT_IT_IS, ASKED, SIZE = "what it is", "asked", "size"
ASPECTS: tuple[str, ...] = (ASKED, WHAT_IT_IS, "method", "data", SIZE, "result", "limits")
"""The aspects in their order; the first only where the question asks for something in particular."""
_COLUMNS: tuple[tuple[str, Column], ...] = (
    ("method", "method"),
    ("data", "data"),
    ("limits", "limitation"),
)
_MAX_CELL = 260
"""In characters; a longer sentence is cut to its clauses."""
_MAX_SIZE_CELL = 160
_NUMBER_BONUS = 0.3

_LEXICON = lexicon.load("paper_comparisons")
_DEFINITION_PATTERN = re.compile(_LEXICON.regex("wording.definition"), re.IGNORECASE)


def find_cells(paper: StoredPaper, sentences: Sequence[SurveySentence], asked: Quote | None) -> dict[str, Quote]:
    """The quote for each aspect that the paper's sentences fill, in the order of `ASPECTS`.

    Args:
        asked: what the paper says of what the question asks for in particular.
    """
    cells: dict[str, Quote] = {ASKED: asked} if asked else {}
    if sentences:
        parts = label_parts(sentences)
        values = score_sentences(sentences, parts)
        of_part: dict[SummaryPart, list[tuple[float, SurveySentence]]] = defaultdict(list)
        for part, value, sentence in zip(parts, values, sentences, strict=True):
            of_part[part].append((value, sentence))
        approach = [one for _, one in of_part["Approach"]] or list(sentences)
        what = max(approach, key=lambda one: _definition_score(paper, one))
        cells[WHAT_IT_IS] = _clause(what, "method")
        others = [one for one in sentences if one is not what]
        for aspect, column in _COLUMNS:
            if quote := find_excerpt(column, others, set(cells.values()), most=_MAX_CELL):
                cells[aspect] = quote
        if "method" not in cells:
            left = [one for part in ("Approach", "Findings") for _, one in of_part[part] if one is not what]
            _fill(cells, "method", "method", [(_describes(one), one) for one in left])
        _fill(cells, "result", "result", [(value + _is_measured(one), one) for value, one in of_part["Findings"]])
        if quote := _size(sentences, cells):
            cells[SIZE] = quote
    return {aspect: cells[aspect] for aspect in ASPECTS if aspect in cells}


def _describes(sentence: SurveySentence) -> float:
    """How much rather the sentence describes the work than its results."""
    return max(sentence.role_scores["method"], sentence.role_scores["data"]) - sentence.role_scores["result"]


def _is_measured(sentence: SurveySentence) -> float:
    return _NUMBER_BONUS if extract_numbers(sentence.text) else 0.0


def _fill(cells: dict[str, Quote], aspect: str, role: Role, scored: Sequence[tuple[float, SurveySentence]]) -> None:
    """Fill a cell with the best of the sentences, if there is one, cut to clauses where it is long."""
    if scored:
        cells[aspect] = _clause(max(scored, key=lambda pair: pair[0])[1], role)


def _definition_score(paper: StoredPaper, one: SurveySentence) -> float:
    """How well the sentence says what the paper is about."""
    return (
        (1.0 if _DEFINITION_PATTERN.search(one.text) else 0.0)
        + (0.5 if short_title(paper.paper.title).casefold() in one.text.casefold() else 0.0)
        + 0.2 * min(one.role_scores["method"], 4.0)
        + one.topic_similarity
        + 0.5 * one.self_containment
        + (0.5 if one.quote.passage.basis == "abstract" else 0.0)
        - (1.0 if POINTER_PATTERN.search(one.text) or EMPTY_PRAISE_PATTERN.search(one.text) else 0.0)
    )


def _clause(sentence: SurveySentence, role: Role) -> Quote:
    start, end = best_clause(sentence.text, lambda clause: cue_weight(role, clause), most=_MAX_CELL)
    return Quote(passage=sentence.quote.passage, start=sentence.quote.start + start, end=sentence.quote.start + end)


def _size(sentences: Sequence[SurveySentence], cells: Mapping[str, Quote]) -> Quote | None:
    """The clause with the most numbers of what is counted, where the work and not its results is told of.

    Of a sentence that another cell has, the first such number alone.
    """

    def weight(clause: str) -> float:
        return float(len(find_counts(clause)))

    def score(one: SurveySentence) -> float:
        count = min(weight(one.text), 3.0)
        return count + 0.3 * min(max(_describes(one), -3.0), 3.0) if count else -np.inf

    best = max(sentences, key=score)
    counts = find_counts(best.text)
    if not counts:
        return None
    start, end = best_clause(best.text, weight, most=_MAX_SIZE_CELL)
    first = best.quote.start
    if not weight(best.text[start:end]) or any(_overlaps(best, start, end, one) for one in cells.values()):
        start, end = counts[0].span()
    return Quote(passage=best.quote.passage, start=first + start, end=first + end)


def _overlaps(sentence: SurveySentence, start: int, end: int, other: Quote) -> bool:
    if other.passage.passage_id != sentence.quote.passage.passage_id:
        return False
    return sentence.quote.start + start < other.end and other.start < sentence.quote.start + end

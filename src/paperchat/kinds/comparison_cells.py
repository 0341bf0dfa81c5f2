"""The cells of a comparison: what each paper is, its method, data, size, result and limits, as exact quotes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from paperchat import lexicon
from paperchat.kinds.comparison_aspects import ASKED, ASPECTS, SIZE, WHAT_IT_IS
from paperchat.kinds.number_comparison import description_score, find_counts, find_measures
from paperchat.kinds.summary_selection import SummaryPart, is_announcement, label_parts, score_sentences
from paperchat.survey.quote_selection import EMPTY_PRAISE_PATTERN, POINTER_PATTERN
from paperchat.survey.sections.comparison import cue_weight, find_excerpt
from paperchat.survey.sentence_extraction import SurveySentence, best_clause
from paperchat.survey.types import Column
from paperchat.text.facts import extract_numbers
from paperchat.text.paper_title import short_title
from paperchat.types import Quote, StoredPaper

_COLUMNS: tuple[tuple[str, Column], ...] = (
    ("method", "method"),
    ("data", "data"),
    ("limits", "limitation"),
)
_MAX_CELL = 300
"""In characters; a longer sentence is cut to its clauses."""
_MAX_DEFINITION = 400
_MAX_SIZE_CELL = 160
_NUMBER_BONUS = 0.3
_KIND_WEIGHT = 1.0

_LEXICON = lexicon.load("paper_comparisons")
_KIND_PATTERN = re.compile(_LEXICON.regex("wording.kind"), re.IGNORECASE)
_DEFINITION_PATTERN = re.compile(_LEXICON.regex("wording.definition"), re.IGNORECASE)


def find_cells(
    paper: StoredPaper, sentences: Sequence[SurveySentence], asked: Quote | None, *, is_decisive: bool = False
) -> dict[str, Quote]:
    """The quote for each aspect that the paper's sentences fill, in the order of `ASPECTS`; no quote twice.

    Args:
        asked: what the paper says of what the question asks for in particular.
        is_decisive: that decides which of the papers is larger or the like, and stays even if another cell has it.
    """
    cells: dict[str, Quote] = {ASKED: asked} if asked else {}
    abstract = [one for one in sentences if one.quote.passage.basis == "abstract"]
    body = abstract or sentences
    parts = label_parts(body)
    scored = list(zip(parts, score_sentences(body, parts), body, strict=True))
    scored = [one for one in scored if not (POINTER_PATTERN.search(one[2].text) or is_announcement(one[2].text))]
    if scored:
        of_part: dict[SummaryPart, list[tuple[float, SurveySentence]]] = defaultdict(list)
        for part, value, sentence in scored:
            of_part[part].append((value, sentence))
        quotable = [one for _, _, one in scored]
        approach = [one for _, one in of_part["Approach"]] or quotable
        what = max(approach, key=lambda one: _definition_score(paper, one))
        cells[WHAT_IT_IS] = _clause(
            what, lambda clause: cue_weight("method", clause) + _says_kind(clause), _MAX_DEFINITION
        )
        if asked and not is_decisive and _overlaps(asked, what.quote):
            del cells[ASKED]
        others = [one for one in quotable if one is not what and one.quote != asked]
        if best := _best([(value + _is_measured(one), one) for value, one in of_part["Findings"] if one in others]):
            cells["result"] = _clause(best, lambda clause: cue_weight("result", clause))
            others.remove(best)
        others += [one for one in sentences if one not in body]
        for aspect, column in _COLUMNS:
            if quote := find_excerpt(column, others, set(cells.values()), most=_MAX_CELL):
                cells[aspect] = quote
                others = [one for one in others if not _overlaps(quote, one.quote)]
        left = [(_describes(one), one) for _, one in of_part["Approach"] if one in others]
        if "method" not in cells and (best := _best(left)):
            cells["method"] = _clause(best, lambda clause: cue_weight("method", clause))
        if quote := _size(quotable, cells):
            cells[SIZE] = quote
    return {aspect: cells[aspect] for aspect in ASPECTS if aspect in cells}


def _best(scored: Sequence[tuple[float, SurveySentence]]) -> SurveySentence | None:
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def _describes(sentence: SurveySentence) -> float:
    """How much rather the sentence describes the work than its results."""
    return max(sentence.role_scores["method"], sentence.role_scores["data"]) - sentence.role_scores["result"]


def _is_measured(sentence: SurveySentence) -> float:
    return _NUMBER_BONUS if extract_numbers(sentence.text) else 0.0


def _definition_score(paper: StoredPaper, one: SurveySentence) -> float:
    """How well the sentence says what the paper is about."""
    return (
        (1.0 if _DEFINITION_PATTERN.search(one.text) else 0.0)
        + _says_kind(one.text)
        + (1.0 if short_title(paper.paper.title).casefold() in one.text.casefold() else 0.0)
        + 0.2 * min(one.role_scores["method"], 4.0)
        + one.topic_similarity
        + 0.5 * one.self_containment
        + (0.5 if one.quote.passage.basis == "abstract" else 0.0)
        - (1.0 if POINTER_PATTERN.search(one.text) or EMPTY_PRAISE_PATTERN.search(one.text) else 0.0)
    )


def _says_kind(clause: str) -> float:
    return _KIND_WEIGHT if _KIND_PATTERN.search(clause) else 0.0


def _clause(sentence: SurveySentence, weight: Callable[[str], float], most: int = _MAX_CELL) -> Quote:
    start, end = best_clause(sentence.text, weight, most=most)
    first = sentence.quote.start
    return Quote(passage=sentence.quote.passage, start=first + start, end=first + end)


def _size(sentences: Sequence[SurveySentence], cells: Mapping[str, Quote]) -> Quote | None:
    """The clause with the number that describes the work best; the number alone where another cell has the clause."""
    measures = find_measures(sentences)
    if not measures:
        return None
    best = max(measures, key=description_score)
    sentence = best.sentence
    start, end = best_clause(
        sentence.text, lambda clause: float(best.text in clause) + len(find_counts(clause)) / 10, most=_MAX_SIZE_CELL
    )
    first = sentence.quote.start
    clause = Quote(passage=sentence.quote.passage, start=first + start, end=first + end)
    if best.text not in clause.text or any(_overlaps(clause, one) for one in cells.values()):
        at = first + sentence.text.index(best.text)
        return Quote(passage=sentence.quote.passage, start=at, end=at + len(best.text))
    return clause


def _overlaps(one: Quote, other: Quote) -> bool:
    return one.passage.passage_id == other.passage.passage_id and one.start < other.end and other.start < one.end

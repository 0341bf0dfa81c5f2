"""The comparison table: an excerpt of each paper on problem, method, data, result and limitation, and its code URL."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from paperchat import lexicon
from paperchat.survey.found_limits import limit_of, limit_strength, names_failure
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import POINTER_PATTERN
from paperchat.survey.sentence_extraction import MAX_CLAUSE_LENGTH, SurveySentence, best_clause
from paperchat.survey.sentence_roles import ROLE_CUES, Role
from paperchat.survey.types import COLUMNS, Column, ComparisonRow
from paperchat.text.facts import extract_numbers
from paperchat.types import Citation, Quote, StoredPaper

_COLUMN_ROLES: Mapping[Column, Role] = {
    "problem": "problem",
    "method": "method",
    "data": "data",
    "result": "result",
    "limitation": "limitation",
}
_MIN_ROLE_SCORES: Mapping[Column, float] = {
    "problem": 1.5,
    "method": 1.7,
    "data": 1.5,
    "result": 1.9,
}
"""The role score that a sentence needs to fill a cell."""
_MIN_CLAUSE_WEIGHT = 0.8
_FAILING_WEIGHT = 1.0
_MIN_INFORMATIVE_WORDS = 3
"""So many words must be left of an excerpt without the uninformative ones."""
_MIN_URL_LENGTH = 9

_URL_PATTERN = re.compile(
    r"(?:https?://|www\.|\b(?:github|gitlab|bitbucket)\.(?:com|io|org)/)[^\s<>\"'’”)\]{}|\\]+", re.IGNORECASE
)
_WORD_OR_NUMBER_PATTERN = re.compile(r"[^\W\d_][\w'’-]{2,}|\d[\d.,]*\s?%?")
_LEXICON = lexicon.load("survey_comparison")
_CODE_HOST_PATTERN = re.compile(_LEXICON.regex("code_host"), re.IGNORECASE)
_OFFERED_PATTERN = re.compile(_LEXICON.regex("offered"), re.IGNORECASE)
_UNINFORMATIVE_PATTERN = re.compile(_LEXICON.regex("uninformative"), re.IGNORECASE)


def compare_papers(
    papers: Sequence[StoredPaper],
    sentences: Mapping[str, Sequence[SurveySentence]],
    numbering: CitationNumbering,
) -> tuple[ComparisonRow, ...]:
    """Make one row per paper, in the given order; the text's citations must be numbered before."""
    return tuple(
        ComparisonRow(paper=paper, cells=_cells(paper, sentences.get(paper.paper_id, ()), numbering))
        for paper in papers
    )


def cue_weight(role: Role, text: str) -> float:
    """The weight of the cues for a role, and of a number for a result; 0 where the text is uninformative."""
    if len(_WORD_OR_NUMBER_PATTERN.findall(_UNINFORMATIVE_PATTERN.sub(" ", text))) < _MIN_INFORMATIVE_WORDS:
        return 0.0
    weight = sum(cue.weight for cue in ROLE_CUES if cue.role == role and cue.pattern.search(text))
    return weight + (1.0 if role == "result" and extract_numbers(text) else 0.0)


def _cells(
    paper: StoredPaper, sentences: Sequence[SurveySentence], numbering: CitationNumbering
) -> dict[Column, Citation]:
    cells: dict[Column, Citation] = {}
    used: set[Quote] = set()
    for column in COLUMNS:
        quote = _code_url(sentences) if column == "code" else find_excerpt(column, sentences, used)
        if quote:
            used.add(quote)
            cells[column] = numbering.cite_cell(quote, paper)
    return cells


def find_excerpt(
    column: Column, sentences: Sequence[SurveySentence], used: Collection[Quote], *, most: int = MAX_CLAUSE_LENGTH
) -> Quote | None:
    """Find the best excerpt of a paper's sentences for a column but ``code``, of at most ``most`` characters.

    It is none of the quotes ``used`` already; ``None`` where nothing fills the column.
    """
    role = _COLUMN_ROLES[column]

    def limit_score(one: SurveySentence) -> float:
        return 2 * limit_of(one) + one.self_containment

    def score(one: SurveySentence) -> float:
        return (
            one.role_scores[role]
            + 2 * one.role_margin(role)
            + one.self_containment
            + (1.0 if column == "result" and extract_numbers(one.text) else 0.0)
            + (1.0 if one.quote.passage.basis == "abstract" else 0.0)
        )

    def weight(clause: str) -> float:
        return (
            limit_strength(clause) + _FAILING_WEIGHT * names_failure(clause) if is_limit else cue_weight(role, clause)
        )

    is_limit = column == "limitation"
    candidates = [
        one
        for one in sentences
        if (limit_of(one) if is_limit else one.role_scores[role] >= _MIN_ROLE_SCORES[column] and _may_fill(column, one))
    ]
    for one in sorted(candidates, key=limit_score if is_limit else score, reverse=True):
        start, end = best_clause(one.text, weight, most=most)
        if weight(one.text[start:end]) < _MIN_CLAUSE_WEIGHT:
            continue
        quote = Quote(passage=one.quote.passage, start=one.quote.start + start, end=one.quote.start + end)
        if quote not in used:
            return quote
    return None


def _may_fill(column: Column, sentence: SurveySentence) -> bool:
    """Whether a sentence may fill a column other than limitations; a result may count samples, but is no data."""
    if POINTER_PATTERN.search(sentence.text):
        return column in ("data", "method") and sentence.role == column
    if column == "data":
        return sentence.role in ("data", "method", "code", "other")
    return True


def _code_url(sentences: Sequence[SurveySentence]) -> Quote | None:
    for one in sentences:
        for match in _URL_PATTERN.finditer(one.text):
            url = match[0].rstrip(".,;:!?*")
            if len(url) >= _MIN_URL_LENGTH and (_CODE_HOST_PATTERN.search(url) or _OFFERED_PATTERN.search(one.text)):
                start = one.quote.start + match.start()
                return Quote(passage=one.quote.passage, start=start, end=start + len(url))
    return None

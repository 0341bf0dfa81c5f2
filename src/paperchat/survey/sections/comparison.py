"""The comparison of papers: for each what it asks, does, uses, finds, leaves open, and where its code is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from paperchat.survey.quote_selection import POINTS_ELSEWHERE
from paperchat.survey.quoting import Numbers
from paperchat.survey.sections.limitations import tells_of_a_gap
from paperchat.survey.sentence_roles import CUES, Role
from paperchat.survey.statements import Statement, best_clause
from paperchat.survey.types import COLUMNS, Column, Row
from paperchat.text.facts import numbers as numbers_in
from paperchat.types import Citation, Quote, StoredPaper

_ROLES: Mapping[Column, Role] = {
    "problem": "problem",
    "method": "method",
    "data": "data",
    "result": "result",
    "limitation": "limitation",
}
_LEAST: Mapping[Column, float] = {"problem": 1.5, "method": 1.7, "data": 1.5, "result": 1.9, "limitation": 2.6}
"""So much must speak for a sentence's role for it to fill a cell."""
_LEAST_OF_A_CLAUSE = 0.8
_ADDRESS = re.compile(
    r"(?:https?://|www\.|\b(?:github|gitlab|bitbucket)\.(?:com|io|org)/)[^\s<>\"'’”)\]{}|\\]+", re.IGNORECASE
)
_CODE_HOST = re.compile(
    r"github|gitlab|bitbucket|huggingface|zenodo|osf\.io|figshare|codeocean|sourceforge|code|project", re.IGNORECASE
)
_SAYS_SOMETHING = re.compile(r"[^\W\d_][\w'’-]{2,}|\d[\d.,]*\s?%?")
_SAYS_NOTHING = re.compile(
    r"\b(?:built (?:up)?on this|based on (?:this|our \w+)|in this (?:\w+ )?(?:paper|work|study|context|report)|this "
    r"(?:paper|work|"
    r"study|report)|we|our|the|and|its|this|these|that|such|with|for|from|are|is|also|further|"
    r"propos\w*|introduc\w*|present\w*|develop\w*|investigat\w*|identif\w*|highlight\w*|outlin\w*|remain\w*|called|"
    r"named|"
    r"termed|novel|new|first|several|two|three|four|key|main|major|significant|important|comprehensive|critical|open|"
    r"problems?|challenges?|directions?|limitations?|framework|insights?|results?|approach(?:es)?|methods?)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 3
"""So many words must be left of an excerpt without those that any paper uses."""
_OFFERED = re.compile(
    r"\b(?:code|data\w*|models?|weights|project|demo|page|website|available|released?|source)\b", re.I
)


def comparison(
    papers: Sequence[StoredPaper], statements: Mapping[str, Sequence[Statement]], numbers: Numbers
) -> tuple[Row, ...]:
    """One row a paper, in the given order; the text's citations must be numbered before."""
    return tuple(Row(paper=paper, cells=_cells(paper, statements.get(paper.paper_id, ()), numbers)) for paper in papers)


def _cells(paper: StoredPaper, said: Sequence[Statement], numbers: Numbers) -> dict[Column, Citation]:
    cells: dict[Column, Citation] = {}
    used: set[Quote] = set()
    for column in COLUMNS:
        quote = _address(said) if column == "code" else _excerpt(column, said, used)
        if quote:
            used.add(quote)
            cells[column] = numbers.cell(quote, paper)
    return cells


def _excerpt(column: Column, said: Sequence[Statement], used: set[Quote]) -> Quote | None:
    role = _ROLES[column]

    def value(one: Statement) -> float:
        return (
            one.strengths[role]
            + 2 * one.clear(role)
            + one.alone
            + (1.0 if column == "result" and numbers_in(one.text) else 0.0)
            + (1.0 if one.quote.passage.basis == "abstract" else 0.0)
        )

    fitting = [one for one in said if one.strengths[role] >= _LEAST[column] and _may_fill(column, one)]
    for one in sorted(fitting, key=value, reverse=True):
        start, end = best_clause(one.text, lambda clause: cue_weight(role, clause))
        if cue_weight(role, one.text[start:end]) < _LEAST_OF_A_CLAUSE:
            continue
        quote = Quote(passage=one.quote.passage, start=one.quote.start + start, end=one.quote.start + end)
        if quote not in used:
            return quote
    return None


def _may_fill(column: Column, one: Statement) -> bool:
    """A result may count samples as well, but does not say what the data are; a challenge that is announced is none."""
    if POINTS_ELSEWHERE.search(one.text):
        return column in ("data", "method") and one.role == column
    if column == "data":
        return one.role in ("data", "method", "code", "other")
    return column != "limitation" or tells_of_a_gap(one.text)


def cue_weight(role: Role, text: str) -> float:
    """What in the wording alone speaks for a role, a number for a result; nothing where hardly anything is said."""
    if len(_SAYS_SOMETHING.findall(_SAYS_NOTHING.sub(" ", text))) < _FEWEST_WORDS:
        return 0.0
    found = sum(cue.weight for cue in CUES if cue.role == role and cue.pattern.search(text))
    return found + (1.0 if role == "result" and numbers_in(text) else 0.0)


def _address(said: Sequence[Statement]) -> Quote | None:
    for one in said:
        for match in _ADDRESS.finditer(one.text):
            address = match[0].rstrip(".,;:!?*")
            if len(address) > 8 and (_CODE_HOST.search(address) or _OFFERED.search(one.text)):
                start = one.quote.start + match.start()
                return Quote(passage=one.quote.passage, start=start, end=start + len(address))
    return None

"""Contrasts: papers that contradict each other, that differ on one benchmark, and that call something disputed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.answering.verification import Verifier
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import MIN_SELF_CONTAINMENT, QuoteSelector, centroid
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.types import Section

NONE_FOUND = "No two of the papers read contradict each other in so many words."
_DISPUTED_LABEL = "Disputed, or against what others hold, as the papers say themselves"

_MAX_CLAIMS = 1200
"""So many sentences, the most relevant first, are compared in pairs."""
_MIN_SIMILARITY = 0.72
"""Two sentences below this cosine do not have the same words but for a few."""
_MAX_COMPARED_PAIRS = 800
"""So many pairs at most, the nearest first, are compared word by word."""
_MAX_PAIRS = 3
_MAX_DISPUTED = 4
_MAX_BENCHMARKS, _MAX_REPORTED = 4, 4
_NUMBERS_LABEL = "Different numbers on"
_DISPUTED_PATTERN = re.compile(lexicon.load("survey_disagreements").regex("disputed"), re.IGNORECASE)
_NAME = r"(?P<name>[A-Z][\w./-]*(?:[ -](?:[A-Z0-9][\w./-]*))*)"
_VALUE = r"(?P<value>\d{1,3}(?:\.\d+)?)\s?\\*%"
_ON = r"\bon\s+(?:the\s+)?(?:\w+\s+){0,1}?"
_PATTERNS = (
    re.compile(rf"{_VALUE}(?P<between>[^.;,%]{{0,50}}?){_ON}{_NAME}"),
    re.compile(rf"{_ON}{_NAME}(?P<between>[^.;%]{{0,50}}?){_VALUE}"),
)
_CHANGE_PATTERN = re.compile(lexicon.load("survey_disagreements").regex("change"), re.IGNORECASE)
_LEVEL_BEFORE = 45
"""In so many characters before a value, what it is the value of is named."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkNumber:
    """A share, in percent, that is reported on a benchmark."""

    benchmark: str
    value: float

    @property
    def key(self) -> str:
        """The same for all spellings of the name."""
        return re.sub(r"[\W_]+", "", self.benchmark).casefold()


def disagreements_section(
    sentences: Sequence[SurveySentence], verifier: Verifier, selector: QuoteSelector, numbering: CitationNumbering
) -> Section:
    """The section; where no two papers contradict each other, it says so."""
    pairs = list(_contradictions(sentences, verifier))[:_MAX_PAIRS]
    parts = [_format_pair(one, other, numbering) for one, other in pairs] or [NONE_FOUND]
    for pair in pairs:
        for sentence in pair:
            selector.mark_used(sentence)
    numbers = list(_different_numbers(sentences))[:_MAX_BENCHMARKS]
    if numbers and not pairs:
        parts = []
    for benchmark, several in numbers:
        parts.append(f"**{_NUMBERS_LABEL} {escape_markdown(benchmark)}**\n\n{numbering.quote_list(several)}")
        for sentence in several:
            selector.mark_used(sentence)
    disputed = _select_disputed(sentences, selector)
    if disputed:
        parts.append(f"**{_DISPUTED_LABEL}**\n\n{numbering.quote_list(disputed)}")
    papers = dict.fromkeys(
        one.paper.paper_id for several in (*pairs, *(of for _, of in numbers), disputed) for one in several
    )
    return Section(
        kind="disagreements", title="Contrasts and disagreements", text="\n\n".join(parts), papers=tuple(papers)
    )


def _format_pair(one: SurveySentence, other: SurveySentence, numbering: CitationNumbering) -> str:
    return f"- {numbering.attributed_quote(one)}\n- to the contrary, {numbering.attributed_quote(other)}"


def _contradictions(
    sentences: Sequence[SurveySentence], verifier: Verifier
) -> Iterator[tuple[SurveySentence, SurveySentence]]:
    claims = sorted(
        (one for one in sentences if one.role in ("result", "problem", "limitation", "background")),
        key=lambda one: -one.relevance,
    )[:_MAX_CLAIMS]
    if not claims:
        return
    vectors = np.stack([one.vector for one in claims])
    cosines = np.triu(vectors @ vectors.T, 1)
    near = np.argwhere(cosines >= _MIN_SIMILARITY)
    nearest = near[np.argsort(-cosines[near[:, 0], near[:, 1]], kind="stable")[:_MAX_COMPARED_PAIRS]]
    used: set[str] = set()
    for first, second in nearest.tolist():
        one, other = claims[first], claims[second]
        ids = {one.paper.paper_id, other.paper.paper_id}
        if len(ids) == 2 and not ids & used and verifier.opposed(one.text, other.text):
            used |= ids
            yield one, other


def _different_numbers(sentences: Sequence[SurveySentence]) -> Iterator[tuple[str, list[SurveySentence]]]:
    """Benchmarks on which papers report different values, with the sentences, best value first."""
    found: dict[str, dict[str, tuple[BenchmarkNumber, SurveySentence]]] = defaultdict(dict)
    for one in sentences:
        if one.role == "result" and one.self_containment >= MIN_SELF_CONTAINMENT:
            for number in benchmark_numbers(one.text):
                found[number.key].setdefault(one.paper.paper_id, (number, one))
    for of_papers in sorted(found.values(), key=lambda of: (-len(of), -max(one.relevance for _, one in of.values()))):
        reported = sorted(of_papers.values(), key=lambda pair: -pair[0].value)
        if len(reported) > 1 and reported[0][0].value != reported[-1][0].value:
            shown = reported if len(reported) <= _MAX_REPORTED else [reported[0], *reported[1 - _MAX_REPORTED :]]
            yield shown[0][0].benchmark, [one for _, one in shown]


def _select_disputed(sentences: Sequence[SurveySentence], selector: QuoteSelector) -> list[SurveySentence]:
    disputed = [one for one in sentences if _DISPUTED_PATTERN.search(one.text)]
    if not disputed:
        return []
    centre = centroid(sentences)

    def score(one: SurveySentence) -> float:
        return one.self_containment * 0.5 + float(one.vector @ centre) + one.topic_similarity + 0.2 * one.relevance

    candidates = [one for one in disputed if one.self_containment >= MIN_SELF_CONTAINMENT]
    return selector.select(candidates, score, _MAX_DISPUTED)


def benchmark_numbers(sentence: str) -> Iterator[BenchmarkNumber]:
    """The values on named benchmarks that a sentence reports; gains and comparisons are none."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(sentence):
            name = match["name"].strip(" .-")
            around = f"{sentence[max(match.start() - _LEVEL_BEFORE, 0) : match.start()]} {match['between']}"
            if len(name) <= _LONGEST_NAME and _is_benchmark(name) and not _CHANGE_PATTERN.search(around):
                yield BenchmarkNumber(benchmark=name, value=float(match["value"]))


def _is_benchmark(name: str) -> bool:
    """Whether a name with a capital is no common word: it has a second capital or a digit."""
    return sum(letter.isupper() or letter.isdigit() for letter in name) > 1

"""Explanations: questions for what something is, how it works or why, and the sentences that say so, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from paperchat import lexicon
from paperchat.answering.passage_scoring import ScoredPassage
from paperchat.retrieval.answer_type import classify_answer
from paperchat.storage.name_normalization import fold
from paperchat.types import Quote

ExplanationKind = Literal["definition", "how", "why"]

MAX_EXPLANATION_SENTENCES = 4
"""Sentences of the best passage, …"""
MAX_BEHIND = 4.5
"""… each no further behind its best one than this, in log-odds with what its wording adds; …"""
MAX_WITH_CONTEXT = 5
"""… and so many with the sentences that they go on from."""
MAX_OTHER_PAPERS = 2
"""Papers besides the best one that a definition is quoted from."""

_WORDING = 2.5
_OPENS_WITH_TERM = 2.5
_LEXICON = lexicon.load("explanations")
_WHY_QUESTION = re.compile(_LEXICON.regex("why_question"), re.IGNORECASE)
_HOW_QUESTION = re.compile(_LEXICON.regex("how_question"), re.IGNORECASE)
_FIGURE_QUESTION = re.compile(_LEXICON.regex("figure_question"), re.IGNORECASE)
_DEFINITION_QUESTION = re.compile(_LEXICON.regex("definition_question"), re.IGNORECASE)
_PROPERTY_WORD = re.compile(_LEXICON.regex("property_word"), re.IGNORECASE)
_GOES_ON = re.compile(_LEXICON.regex("goes_on"), re.IGNORECASE)
_WORDINGS: dict[ExplanationKind, re.Pattern[str]] = {
    "definition": re.compile(_LEXICON.regex("defines"), re.IGNORECASE),
    "how": re.compile(_LEXICON.regex("says_how"), re.IGNORECASE),
    "why": re.compile(_LEXICON.regex("says_why"), re.IGNORECASE),
}
_ARTICLE = re.compile(r"^(?:an? |the )", re.IGNORECASE)
_CONTEXT = re.compile(r"\s+(?:in|for|within|when|from)\s.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An explanation that is asked for; ``term`` is what is to be defined, as `fold` has it."""

    kind: ExplanationKind
    term: str = ""


def find_explanation(question: str) -> Explanation | None:
    """The explanation that the question asks for; ``None`` for one that asks for a fact."""
    text = " ".join(question.split())
    if _WHY_QUESTION.search(text):
        return Explanation(kind="why")
    if _HOW_QUESTION.search(text) and not _FIGURE_QUESTION.search(text):
        return Explanation(kind="how")
    match = _DEFINITION_QUESTION.search(text)
    if match is None or classify_answer(text):
        return None
    term = next(part for part in match.groupdict().values() if part)
    term = _ARTICLE.sub("", _CONTEXT.sub("", term.strip(" \"'“”‘’`?.!,:")))
    return None if _PROPERTY_WORD.search(term) else Explanation(kind="definition", term=fold(term))


def select_explanation(scored: Sequence[ScoredPassage], asked: Explanation) -> list[Quote]:
    """The sentences of the best passage that explain, with what they go on from; of other papers, their definitions."""
    quotes = _explaining_sentences(scored[0], asked)
    papers = {scored[0].passage.paper_id}
    for one in scored[1:]:
        if len(papers) > MAX_OTHER_PAPERS or asked.kind != "definition":
            break
        if one.passage.paper_id not in papers and (quote := _definition(one, asked)):
            papers.add(one.passage.paper_id)
            quotes.append(quote)
    return quotes


def _explaining_sentences(one: ScoredPassage, asked: Explanation) -> list[Quote]:
    scores = one.sentence_scores + _wording_scores(one, asked)
    best = int(np.argmax(one.sentence_scores))
    enough = scores.max() - MAX_BEHIND
    ordered = [best, *(int(number) for number in np.argsort(-scores, kind="stable") if number != best)]
    trusted = [
        number for number in ordered if number == best or one.alignment.spans[number][1] <= one.passage.trusted_end
    ]
    chosen = [number for number in trusted if number == best or scores[number] >= enough][:MAX_EXPLANATION_SENTENCES]
    for number in list(chosen):
        before = number - 1
        if before in trusted and before not in chosen and _GOES_ON.match(_sentence(one, number)):
            chosen.append(before)
    return [
        Quote(passage=one.passage, start=start, end=end)
        for start, end in (one.alignment.spans[number] for number in sorted(chosen[:MAX_WITH_CONTEXT]))
    ]


def _wording_scores(one: ScoredPassage, asked: Explanation) -> NDArray[np.float64]:
    """What the wording of each sentence adds to its score."""
    scores = np.zeros(len(one.alignment.spans))
    for number in range(len(scores)):
        sentence = _sentence(one, number)
        if asked.kind == "definition":
            scores[number] = _definition_score(sentence, asked.term)
        elif _WORDINGS[asked.kind].search(sentence):
            scores[number] = _WORDING
    return scores


def _definition_score(sentence: str, term: str) -> float:
    words = fold(sentence)
    if not term or f" {term}" not in f" {words}":
        return 0.0
    opens = words.startswith((term, f"a {term}", f"an {term}", f"the {term}"))
    worded = bool(_WORDINGS["definition"].search(sentence)) or _is_explained_by_apposition(sentence, term)
    return _OPENS_WITH_TERM * opens + _WORDING * worded


def _is_explained_by_apposition(sentence: str, term: str) -> bool:
    """Whether the term is followed by what it is: "X, a method", "X (ABC), where", "X: …", "X, in which"."""
    form = r"\W+".join(map(re.escape, term.split()))
    after = r"\w*(?:\s*\([^)]*\))?(?:\s*[:—]|\s*,\s*(?:an?|the|in which|where|when|which|i\.e\.|that is|defined)\b)"
    return bool(re.search(form + after, sentence, re.IGNORECASE))


def _definition(one: ScoredPassage, asked: Explanation) -> Quote | None:
    """The best sentence of a passage that says what the term is."""
    scores = _wording_scores(one, asked)
    candidates = [
        number
        for number in np.flatnonzero(scores >= _WORDING)
        if one.alignment.spans[number][1] <= one.passage.trusted_end
    ]
    if not candidates:
        return None
    best = max(candidates, key=lambda number: (scores + one.sentence_scores)[number])
    start, end = one.alignment.spans[best]
    return Quote(passage=one.passage, start=start, end=end)


def _sentence(one: ScoredPassage, number: int) -> str:
    start, end = one.alignment.spans[number]
    return one.passage.text[start:end]

"""Evidence: the fewest exact sentences that answer, or none; and the quotes that a language model is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.asked_names import lacks_asked_name
from paperchat.answering.calibration import Calibration, to_probability
from paperchat.answering.explanations import find_explanation, select_explanation
from paperchat.answering.passage_scoring import ScoredPassage
from paperchat.retrieval.sentence_vectors import Vectors
from paperchat.text.facts import have_same_facts
from paperchat.text.sentences import expand_to_words
from paperchat.text.tokens import count_tokens
from paperchat.types import Quote

SUFFICIENT_PROBABILITY = 0.9
"""Sentences of a passage are quoted until they hold the answer with this probability, …"""
MAX_SENTENCES = 4
"""… but no more than this many."""
MIN_PASSAGE_PROBABILITY = 0.2
"""Another passage is quoted too when it is the right one with at least this probability, …"""
MAX_PASSAGES = 3
"""… up to this many passages."""
MIN_HIGHLIGHT_PROBABILITY = 0.1
"""The answer within a quote is highlighted where the reader gives it this probability, …"""
MAX_HIGHLIGHT_SHARE = 0.7
"""… and it is no more than this share of its sentence."""
MIN_RELATIVE_MATCH = 0.85
"""A question for papers gets those whose words match at least this share of how well the best one's do."""

MAX_NEAREST = 3
"""How many quotes an abstention shows as near."""

QUOTE_TOKEN_BUDGET = 1200
"""Tokens of quotes for a language model, as tiktoken counts them: what a context of 2,048 tokens holds besides the
prompt and the reply."""
MAX_QUOTES = 12
EXTRA_SENTENCES_PER_PASSAGE = 3
"""How many sentences of each passage are given besides the evidence."""
SAME_SENTENCE_COSINE = 0.93
"""Two sentences of at least this cosine, with the same numbers and polarity, say the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``quotes`` by paper, best paper first, each paper's in the order of its text; ``confidence`` in [0, 1].

    ``answers`` are the stretches of some of them that answer, as offsets in their passages. ``missing`` is a name in
    the question that none of the passages has, so that none of them answers.
    """

    quotes: tuple[Quote, ...]
    confidence: float
    answers: Mapping[Quote, tuple[int, int]] = field(default_factory=dict)
    missing: str = ""


def select_evidence(scored: Sequence[ScoredPassage], calibration: Calibration) -> Evidence:
    """The quotes that answer, from passages sorted best first; no quotes where nothing answers."""
    if not scored:
        return Evidence(quotes=(), confidence=0.0)
    missing = {one: _missing_name(one) for one in scored}
    scored = [one for one in scored if not missing[one]]
    if not scored:
        return Evidence(quotes=(), confidence=0.0, missing=next(iter(missing.values())))
    best = scored[0]
    confidence = to_probability(float(calibration.answerable(best.features)))
    if confidence < calibration.threshold:
        return Evidence(quotes=(), confidence=confidence)
    if best.question.asks_for_papers:
        return Evidence(quotes=tuple(_best_sentence_per_paper(scored)), confidence=confidence)
    probabilities = _softmax(np.array([passage.score for passage in scored]))
    likely = [
        passage
        for passage, probability in zip(scored, probabilities, strict=True)
        if probability >= MIN_PASSAGE_PROBABILITY
    ]
    if explanation := find_explanation(best.question.text):
        quotes = select_explanation(scored, explanation)
    else:
        quotes = _best_sentences(best, most=MAX_SENTENCES)
    for passage in likely[1:MAX_PASSAGES]:
        quotes += [quote for quote in _best_sentences(passage, most=1) if quote not in quotes]
    ordered = group_by_paper(quotes)
    return Evidence(quotes=ordered, confidence=confidence, answers=answer_spans(best, ordered))


def _missing_name(one: ScoredPassage) -> str:
    return lacks_asked_name(one.question.text, one.paper.paper.title, one.passage.text)


def quotes_other_papers(scored: Sequence[ScoredPassage]) -> bool:
    """Whether the question is one that other papers are quoted for, too, however unlikely each is the right one."""
    if not scored:
        return False
    question = scored[0].question
    explanation = find_explanation(question.text)
    return question.asks_for_papers or bool(explanation and explanation.kind == "definition")


def answer_spans(
    scored: ScoredPassage, quotes: Sequence[Quote], sentence: tuple[int, int] | None = None
) -> dict[Quote, tuple[int, int]]:
    """The answer within a sentence of a passage, by default its best one, where the reader is sure enough of it."""
    start, end = sentence or scored.alignment.spans[int(np.argmax(scored.sentence_scores))]
    answer = scored.reader_output.best_answer((start, end)) if scored.reader_output else None
    quote = next(
        (one for one in quotes if one.passage == scored.passage and one.start <= start and end <= one.end), None
    )
    if answer is None or quote is None or answer[1] < math.log(MIN_HIGHLIGHT_PROBABILITY):
        return {}
    first, last = expand_to_words(scored.passage.text, answer[0])
    return {quote: (first, last)} if last - first <= MAX_HIGHLIGHT_SHARE * (end - start) else {}


def _best_sentence_per_paper(scored: Sequence[ScoredPassage]) -> list[Quote]:
    """The best sentence of every paper whose words match about as well as those of the best one."""
    matches = [float(passage.alignment.in_context.mean()) for passage in scored]
    enough = MIN_RELATIVE_MATCH * max(matches)
    chosen: dict[str, ScoredPassage] = {}
    for passage, match in zip(scored, matches, strict=True):
        if match >= enough:
            chosen.setdefault(passage.passage.paper_id, passage)
    return [quote for passage in chosen.values() for quote in _best_sentences(passage, most=1)]


def group_by_paper(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The quotes with those of a paper together, and each paper's in the order of its text."""
    papers = list(dict.fromkeys(quote.passage.paper_id for quote in quotes))
    return tuple(
        sorted(quotes, key=lambda quote: (papers.index(quote.passage.paper_id), quote.passage.start + quote.start))
    )


def _best_sentences(scored: ScoredPassage, *, most: int) -> list[Quote]:
    probabilities = _softmax(scored.sentence_scores)
    chosen: list[int] = []
    for number in np.argsort(-probabilities, kind="stable")[:most]:
        chosen.append(int(number))
        if probabilities[chosen].sum() >= SUFFICIENT_PROBABILITY:
            break
    return [
        Quote(passage=scored.passage, start=start, end=end)
        for start, end in (scored.alignment.spans[number] for number in sorted(chosen))
    ]


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max())
    probabilities: NDArray[np.float64] = powers / powers.sum()
    return probabilities


def select_nearest(scored: Sequence[ScoredPassage]) -> tuple[Quote, ...]:
    """What comes nearest to an answer, though it is none: the best sentences of the best passages.

    Different papers go first. No sentence from the first suspected prompt injection of its passage on is given.
    """
    quotes = [quote for one in scored if (quote := _best_trusted_sentence(one))]
    first_of_paper = {quote.passage.paper_id: quote for quote in reversed(quotes)}
    ordered = sorted(quotes, key=lambda quote: first_of_paper[quote.passage.paper_id] is not quote)
    return tuple(ordered[:MAX_NEAREST])


def _best_trusted_sentence(one: ScoredPassage) -> Quote | None:
    for number in np.argsort(-one.sentence_scores, kind="stable"):
        start, end = one.alignment.spans[number]
        if end <= one.passage.trusted_end and end > start:
            return Quote(passage=one.passage, start=start, end=end)
    return None


def select_model_quotes(
    evidence: Sequence[Quote],
    scored: Sequence[ScoredPassage],
    *,
    embed: Callable[[Sequence[str]], Vectors],
    budget: int = QUOTE_TOKEN_BUDGET,
) -> tuple[Quote, ...]:
    """Quotes for a language model: the evidence, then the best sentences of each scored passage, best passages first.

    Of sentences that say the same the first is kept; those that differ in a number or a negation both are. From the
    first sentence with a suspected prompt injection on, nothing of a passage is given.

    Args:
        embed: gives the unit vectors of sentences, [sentences, dimension].
        budget: in tokens.
    """
    candidates = [one for one in _candidate_quotes(evidence, scored) if one.end <= one.passage.trusted_end]
    chosen: list[Quote] = []
    seen: list[tuple[str, Vectors]] = []
    for quote, vector in zip(candidates, embed([one.text for one in candidates]), strict=True):
        budget -= count_tokens(quote.text)
        if budget < 0 or len(chosen) == MAX_QUOTES:
            break
        if any(
            float(vector @ other) >= SAME_SENTENCE_COSINE and have_same_facts(quote.text, text) for text, other in seen
        ):
            continue
        chosen.append(quote)
        seen.append((quote.text, vector))
    return tuple(chosen)


def _candidate_quotes(evidence: Sequence[Quote], scored: Sequence[ScoredPassage]) -> list[Quote]:
    candidates = dict.fromkeys(evidence)
    for place in range(EXTRA_SENTENCES_PER_PASSAGE):
        for one in scored:
            best = np.argsort(-one.sentence_scores, kind="stable")
            if place < len(best):
                start, end = one.alignment.spans[int(best[place])]
                candidates[Quote(passage=one.passage, start=start, end=end)] = None
    return [*candidates]

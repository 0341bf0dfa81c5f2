"""Evidence in a full text: the sentences of a paper that answer, in whichever sections, and how sure they do.

A paper's body has dozens of passages that all are about the question's subject, so its sentences are compared with one
another rather than passage by passage. ``full_text_evidence.json`` has the weights; ``benchmarks.fit_full_text`` fits
them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from paperchat.answering.calibration import Calibration, to_probability
from paperchat.answering.evidence_selection import Evidence, answer_spans, group_by_paper
from paperchat.answering.paper_passages import MATCH_SIGNALS
from paperchat.answering.passage_encoding import Span
from paperchat.answering.passage_scoring import PassageScorer, ScoredPassage
from paperchat.answering.scoring_features import PASSAGE_FEATURES, SENTENCE_FEATURES
from paperchat.retrieval.paper_terms import write_out
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion, RetrievedPassage
from paperchat.retrieval.search import Searcher
from paperchat.text.sentences import has_words
from paperchat.text.table_rows import is_row, with_header
from paperchat.types import Filters, Quote
from paperchat.understanding.section_words import is_section_asked

WEIGHTS_FILE = Path(__file__).with_name("full_text_evidence.json")
SENTENCE_SIGNALS = (
    "cosine",
    "telling_words_in_context",
    "telling_words_by_stem",
    "reader_starts",
    "reader_spans",
)
PASSAGE_SIGNALS = ("words_beside_title_in_context", "reader_answerable", "reader_somewhere", "reader_span")
SIGNALS = (*SENTENCE_SIGNALS, *PASSAGE_SIGNALS, *MATCH_SIGNALS, "row", "header", "bare", "section_asked")
"""What a sentence of a full text is judged by: alignment and reader, how it matches among the paper's, whether
it is a row of a table with or without a number, or of nothing but numbers, and whether its section is asked for."""
MOST_PASSAGES = 120
"""So many passages of a paper are compared; those that match best are read."""
MAX_SENTENCES = 5
"""No more than this many sentences are quoted, …"""
SUFFICIENT_PROBABILITY = 0.97
"""… and fewer where they hold the answer with this probability."""
MAX_PREFERRED = 5
"""How many passages under a heading that is asked for are looked at first."""
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FullTextWeights:
    """Weights of ``SIGNALS``; and of confidence and best sentence, with a bias, for whether there is an answer."""

    sentence: NDArray[np.float64]
    confidence: float
    best_sentence: float
    bias: float


@cache
def load_full_text_weights() -> FullTextWeights:
    """The weights that ship with the package."""
    data: dict[str, Any] = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return FullTextWeights(
        sentence=np.array([data["sentence"][name] for name in SIGNALS]),
        confidence=data["answerable"]["confidence"],
        best_sentence=data["answerable"]["best_sentence"],
        bias=data["answerable"]["bias"],
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaperReading:
    """The passages of one paper that the reader has read, best first, and `MATCH_SIGNALS` of each by its id."""

    question: str
    passages: tuple[ScoredPassage, ...]
    matches: Mapping[str, NDArray[np.float64]]


def score_full_text(
    asked: EmbeddedQuestion,
    retrieved: Sequence[RetrievedPassage],
    scored: Sequence[ScoredPassage],
    *,
    searcher: Searcher,
    scorer: PassageScorer,
    filters: Filters | None = None,
    vector: npt.ArrayLike | None = None,
) -> PaperReading | None:
    """More passages of the paper that the question means by a name, or else of that which is best among those scored.

    There are none where the passages ``retrieved`` have only its abstract, without a reader, and for a question
    that asks for papers.
    """
    if not scored or scored[0].reader_output is None or scored[0].question.asks_for_papers:
        return None
    if all(one.passage.basis != "full_text" for one in retrieved):
        return None
    paper_id = searcher.paper_with_own_name(asked.text, filters) or scored[0].passage.paper_id
    question = write_out(asked.text)
    vector = vector if question == asked.text else None
    of_paper = searcher.passages_of_paper(asked, paper_id, filters, most=MOST_PASSAGES)
    if all(one.passage.basis != "full_text" for one in of_paper):
        return None
    matched = scorer.match_within_paper(question, of_paper, vector=vector)
    leading = prefer_sections(question, [one for one, _ in matched])
    passages = scorer.score(question, leading, within_paper=True)
    if not passages:
        return None
    matches = {one.passage.passage_id: match.sentences for one, match in matched}
    return PaperReading(question=question, passages=tuple(passages), matches=matches)


def prefer_sections(question: str, retrieved: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """The passages of a paper with those first whose section the question asks for, as its words say."""
    asked_for = [one for one in retrieved if is_section_asked(question, one.passage.section)][:MAX_PREFERRED]
    chosen = {one.passage.passage_id for one in asked_for}
    return [*asked_for, *(one for one in retrieved if one.passage.passage_id not in chosen)]


def full_text_signals(reading: PaperReading) -> list[NDArray[np.float64]]:
    """``SIGNALS`` of each sentence of each passage, [sentences, signals]."""
    return [_signals_of(scored, reading) for scored in reading.passages]


def _signals_of(scored: ScoredPassage, reading: PaperReading) -> NDArray[np.float64]:
    of_sentences = scored.sentences[:, [SENTENCE_FEATURES.index(name) for name in SENTENCE_SIGNALS]]
    of_passage = scored.features[[PASSAGE_FEATURES.index(name) for name in PASSAGE_SIGNALS]]
    is_asked = is_section_asked(reading.question, scored.passage.section)
    texts = [scored.passage.text[start:end] for start, end in scored.alignment.spans]
    others = [
        (row and has_number, row and not has_number, not is_worded, is_asked)
        for row, has_number, is_worded in ((is_row(text), bool(_DIGIT.search(text)), has_words(text)) for text in texts)
    ]
    return np.hstack(
        [
            of_sentences,
            np.tile(of_passage, (len(texts), 1)),
            reading.matches[scored.passage.passage_id],
            np.array(others, dtype=np.float64),
        ]
    )


def quote_spans(scored: ScoredPassage) -> list[Span | None]:
    """The span that each sentence of a passage is quoted with: a row with its header; ``None`` where it is no quote.

    A row of bare numbers is none, unless what they are stands above them.
    """
    text, spans = scored.passage.text, scored.alignment.spans
    found = [with_header(text, spans, number) for number in range(len(spans))]
    return [span if has_words(text[slice(*span)]) else None for span in found]


def select_full_text_evidence(reading: PaperReading, calibration: Calibration) -> Evidence:
    """The quotes that answer, from the passages of one paper that the reader has read; none where nothing answers."""
    weights = load_full_text_weights()
    scores = [signals @ weights.sentence for signals in full_text_signals(reading)]
    spans = [quote_spans(one) for one in reading.passages]
    for found, of_passage in zip(scores, spans, strict=True):
        found[[span is None for span in of_passage]] = -np.inf
    flat = np.concatenate(scores)
    best = float(flat.max())
    if not math.isfinite(best):
        return Evidence(quotes=(), confidence=0.0)
    confidence = float(calibration.answerable(reading.passages[0].features))
    confidence = weights.confidence * confidence + weights.best_sentence * best + weights.bias
    probability = to_probability(confidence)
    if probability < calibration.threshold:
        return Evidence(quotes=(), confidence=probability)
    shares = np.exp(flat - best) / np.exp(flat - best).sum()
    places = [(passage, number) for passage, found in enumerate(scores) for number in range(len(found))]
    quotes: list[Quote] = []
    total = 0.0
    for at in np.argsort(-flat, kind="stable"):
        passage, number = places[int(at)]
        span = spans[passage][number]
        if span is None or total >= SUFFICIENT_PROBABILITY:
            break
        added = _with_quote(quotes, Quote(passage=reading.passages[passage].passage, start=span[0], end=span[1]))
        if len(added) > MAX_SENTENCES:
            break
        quotes = added
        total += float(shares[at])
    passage, number = places[int(np.argmax(flat))]
    ordered = group_by_paper(quotes)
    answers = answer_spans(reading.passages[passage], ordered, reading.passages[passage].alignment.spans[number])
    return Evidence(quotes=ordered, confidence=probability, answers=answers)


def _with_quote(quotes: Sequence[Quote], quote: Quote) -> list[Quote]:
    """The quotes and one more; of those of one table, which begin alike, the longest."""
    if any(_contains(one, quote) for one in quotes):
        return list(quotes)
    return [*(one for one in quotes if not _contains(quote, one)), quote]


def _contains(one: Quote, other: Quote) -> bool:
    return one.passage == other.passage and one.start <= other.start and other.end <= one.end

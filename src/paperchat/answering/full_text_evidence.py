"""Evidence in a full text: the sentences of a paper that answer, in whichever sections, and how sure they do.

A paper's body has dozens of passages that all are about the question's subject, so its sentences are compared with one
another rather than passage by passage. ``full_text_evidence.json`` has the weights; ``benchmarks.fit_full_text`` fits
them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_index.core.schema import NodeWithScore, QueryBundle
from numpy.typing import NDArray

from paperchat.answering.calibration import Calibration
from paperchat.answering.evidence_selection import Evidence, answer_spans, group_by_paper
from paperchat.answering.passage_scoring import PassageScorer, ScoredPassage
from paperchat.answering.scoring_features import PASSAGE_FEATURES, SENTENCE_FEATURES
from paperchat.retrieval.search import Searcher
from paperchat.types import Filters, Quote
from paperchat.understanding.section_words import is_section_asked

WEIGHTS_FILE = Path(__file__).with_name("full_text_evidence.json")
SENTENCE_SIGNALS = ("cosine", "telling_words_in_context", "reader_starts", "reader_spans")
PASSAGE_SIGNALS = ("words_beside_title_in_context", "reader_answerable", "reader_somewhere", "reader_span")
SIGNALS = (*SENTENCE_SIGNALS, *PASSAGE_SIGNALS, "ranked", "row", "header", "section_asked")
"""What a sentence of a full text is judged by: alignment and reader, retrieval, whether it is a row of a table with or
without a number, and whether the question asks for its section."""
MAX_SENTENCES = 5
"""No more than this many sentences are quoted, …"""
SUFFICIENT_PROBABILITY = 0.95
"""… and fewer where they hold the answer with this probability."""
MAX_PREFERRED = 5
"""How many passages under a heading that is asked for are looked at first."""
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
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


def score_full_text(
    query: QueryBundle,
    nodes: Sequence[NodeWithScore],
    scored: Sequence[ScoredPassage],
    *,
    searcher: Searcher,
    scorer: PassageScorer,
    filters: Filters | None = None,
    vector: npt.ArrayLike | None = None,
) -> list[ScoredPassage]:
    """More passages of the paper that is best among those scored, best first.

    There are none where the passages retrieved, ``nodes``, have only its abstract, without a reader, and for a question
    that asks for papers.
    """
    if not scored or scored[0].reader_output is None or scored[0].question.asks_for_papers:
        return []
    paper_id = scored[0].passage.paper_id
    own = [item.node.metadata for item in nodes if item.node.metadata["paper_id"] == paper_id]
    if all(metadata["basis"] != "full_text" for metadata in own):
        return []
    nodes = searcher.passages(query, replace(filters or Filters(), papers=(paper_id,)))
    return scorer.score(query.query_str, prefer_sections(query.query_str, nodes), vector=vector, within_paper=True)


def prefer_sections(question: str, nodes: Sequence[NodeWithScore]) -> list[NodeWithScore]:
    """The passages of a paper with those first whose section the question asks for, as its words say."""
    asked_for = [item for item in nodes if is_section_asked(question, item.node.metadata["section"])][:MAX_PREFERRED]
    chosen = {item.node_id for item in asked_for}
    return [*asked_for, *(item for item in nodes if item.node_id not in chosen)]


def full_text_signals(scored: ScoredPassage, question: str) -> NDArray[np.float64]:
    """``SIGNALS`` of each sentence of a passage, [sentences, signals]."""
    of_sentences = scored.sentences[:, [SENTENCE_FEATURES.index(name) for name in SENTENCE_SIGNALS]]
    of_passage = scored.features[[PASSAGE_FEATURES.index(name) for name in PASSAGE_SIGNALS]]
    is_asked = is_section_asked(question, scored.passage.section)
    texts = [scored.passage.text[start:end] for start, end in scored.alignment.spans]
    others = [
        (scored.ranked, is_row and has_number, is_row and not has_number, is_asked)
        for is_row, has_number in ((not _SENTENCE_END.search(text), bool(_DIGIT.search(text))) for text in texts)
    ]
    return np.hstack([of_sentences, np.tile(of_passage, (len(texts), 1)), np.array(others, dtype=np.float64)])


def select_full_text_evidence(scored: Sequence[ScoredPassage], calibration: Calibration, question: str) -> Evidence:
    """The quotes that answer, from passages of one paper that the reader has read; none where nothing answers."""
    weights = load_full_text_weights()
    scores = [full_text_signals(one, question) @ weights.sentence for one in scored]
    scores = [np.where(one.is_quotable, found, -np.inf) for one, found in zip(scored, scores, strict=True)]
    flat = np.concatenate(scores)
    best = float(flat.max())
    if not math.isfinite(best):
        return Evidence(quotes=(), confidence=0.0)
    confidence = float(calibration.answerable(scored[0].features))
    confidence = weights.confidence * confidence + weights.best_sentence * best + weights.bias
    probability = 1 / (1 + math.exp(-max(min(confidence, 50.0), -50.0)))
    if probability < calibration.threshold:
        return Evidence(quotes=(), confidence=probability)
    shares = np.exp(flat - best) / np.exp(flat - best).sum()
    places = [(passage, number) for passage, found in enumerate(scores) for number in range(len(found))]
    quotes: list[Quote] = []
    total = 0.0
    for at in np.argsort(-flat, kind="stable")[:MAX_SENTENCES]:
        if not np.isfinite(flat[at]):
            break
        passage, number = places[int(at)]
        start, end = scored[passage].alignment.spans[number]
        quotes.append(Quote(passage=scored[passage].passage, start=start, end=end))
        total += float(shares[at])
        if total >= SUFFICIENT_PROBABILITY:
            break
    leading = scored[places[int(np.argmax(flat))][0]]
    ordered = group_by_paper(quotes)
    return Evidence(quotes=ordered, confidence=probability, answers=answer_spans(leading, ordered))

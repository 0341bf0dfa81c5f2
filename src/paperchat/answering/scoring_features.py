"""Features of a passage and of its sentences: alignment with the question's words, and the reader's signals.

Besides the cosine of whole sentences, each content word of the question is matched with the words of the passage
twice: by stem, and by the cosine of the two words' vectors in context (late interaction, as in ColBERT).
A word that the title already has, or that most sentences have, says little about which sentence answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.passage_encoding import PassageEncoding, Span, StemmedPassage
from paperchat.models.cross_encoder import ReaderOutput
from paperchat.models.minilm import TokenEmbeddings
from paperchat.retrieval.answer_type import ANSWER_TYPES, find_answer_candidates, score_answer_candidates
from paperchat.retrieval.query_analysis import AnalyzedQuestion, QuestionWord

Floats = NDArray[np.float64]

SENTENCE_ALIGNMENT = (
    "cosine",
    "words_in_context",
    "words_by_stem",
    "telling_words_in_context",
    "telling_words_by_stem",
    "worst_word",
    "harder_half",
    "telling_words_close",
    *(f"{kind}_offered" for kind in ANSWER_TYPES),
    *(f"{kind}_fits" for kind in ANSWER_TYPES),
    "digits_unwanted",
    "first",
    "last",
    "position",
)
PASSAGE_ALIGNMENT = (
    "sentence_cosine",
    "words_in_context",
    "words_by_stem",
    "worst_word",
    "rarest_unmatched",
    "words_beside_title_in_context",
    "words_beside_title_by_stem",
    "words_unseen_in_library",
    "words_in_title",
    "best_sentence_in_context",
    "best_sentence_telling_by_stem",
    "kind_asked",
    *(f"{kind}_asked" for kind in ANSWER_TYPES),
    *(f"{kind}_fits" for kind in ANSWER_TYPES),
    "best_sentence",
    "unmatched_words",
    "unmatched_share",
    "question_length",
)
SENTENCE_SIGNALS = ("reader_starts", "reader_spans")
PASSAGE_SIGNALS = ("reader_answerable", "reader_somewhere", "reader_span")
SENTENCE_FEATURES = (*SENTENCE_ALIGNMENT, *SENTENCE_SIGNALS)
PASSAGE_FEATURES = (*PASSAGE_ALIGNMENT, *PASSAGE_SIGNALS)
PAPER_FEATURES = ("ranked", *PASSAGE_FEATURES)
UNALIGNED_FEATURES = ("ranked", "words_by_stem")
"""The names of the columns, in order; the weights files name them too. The last are those that take no model."""

_CLOSE = 0.6
_IN_TITLE = 0.3
_NO_TELLING_WORD = 0.8
_LEAST_SHARE = 0.01
_FURTHEST_BEHIND = 8.0
_FURTHEST = 12.0
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """A question against one passage.

    Attributes:
        spans: the passage's sentences, as character offsets in its text.
        sentences: [sentences, ``SENTENCE_ALIGNMENT``].
        in_context, by_stem: how well each question word is matched anywhere in title and passage, [words].
        in_title: whether the title has the word, [words].
    """

    spans: tuple[Span, ...]
    sentences: Floats
    in_context: Floats
    by_stem: Floats
    in_title: Floats


def match_stems(question: AnalyzedQuestion, passage: StemmedPassage) -> float:
    """The feature ``words_by_stem``: the share of the question's words that a passage or its title has, by weight."""
    weights = np.array([word.weight for word in question.words])
    return float(weights @ _coverage(question.words, passage.stems) / weights.sum())


def align_question(
    question: AnalyzedQuestion, words: NDArray[np.floating], vector: NDArray[np.floating], encoding: PassageEncoding
) -> Alignment:
    """The question against a passage.

    Args:
        words: the mean vector of the tokens of each question word, [words, dimension].
        vector: the mean vector of the question's tokens, [dimension].
    """
    passage, tokens = encoding.passage, encoding.tokens
    title, text, spans = passage.title, passage.text, passage.spans
    weights = np.array([word.weight for word in question.words])
    # Not a matrix product: the threads that BLAS has for one of this size wait for processors which models keep busy.
    similarity = np.einsum("wd,td->wt", words, tokens.vectors)
    in_title = _coverage(question.words, passage.title_stems)

    sentence_counts = np.array(
        [sum(bool(word.stems & stems) for stems in passage.sentence_stems) for word in question.words]
    )
    rarity = np.log(1 + (len(spans) + 0.5) / (sentence_counts + 0.5))
    known = np.array([_IN_TITLE if word.stems & passage.title_stems else 1.0 for word in question.words])
    telling = weights * rarity * known
    telling = telling / telling.sum()
    weights = weights / weights.sum()

    words_of_head = select_head_vectors(question, words)
    cosines = encoding.sentences @ vector

    rows = []
    for number, (start, end) in enumerate(spans):
        shift = len(title) + 1
        inside = (tokens.offsets[:, 0] >= shift + start) & (tokens.offsets[:, 1] <= shift + end)
        context = similarity[:, inside].max(axis=1) if inside.any() else np.zeros(len(weights))
        exact = _coverage(question.words, passage.sentence_stems[number])
        offers, fits = _answer_type_features(question, words_of_head, title, text, (start, end), tokens)
        rows.append(
            (
                cosines[number],
                weights @ context,
                weights @ exact,
                telling @ context,
                telling @ exact,
                context.min(),
                np.sort(context)[: max(1, len(context) // 2)].mean(),
                telling @ (context > _CLOSE),
                *offers,
                *fits,
                not any(offers) and bool(_DIGIT.search(text, start, end)),
                number == 0,
                number == len(spans) - 1,
                number / len(spans),
            )
        )
    return Alignment(
        spans=spans,
        sentences=np.array(rows, dtype=np.float64),
        in_context=similarity.max(axis=1) if similarity.shape[1] else np.zeros(len(weights)),
        by_stem=_coverage(question.words, passage.stems),
        in_title=in_title,
    )


def passage_features(question: AnalyzedQuestion, alignment: Alignment, *, sentence_scores: Floats) -> Floats:
    """``PASSAGE_ALIGNMENT`` of a passage, given the scores of its sentences."""
    raw = np.array([word.weight for word in question.words])
    weights = raw / raw.sum()
    unmatched = raw * (1 - alignment.by_stem)
    besides_title = raw * (1 - (alignment.in_title == 1))
    total = float(besides_title.sum())
    best = int(np.argmax(sentence_scores))
    unmatched_words = (alignment.in_context < _CLOSE) & (alignment.by_stem < 1)
    sentences = {name: alignment.sentences[:, i] for i, name in enumerate(SENTENCE_ALIGNMENT)}
    unseen = np.array([word.weight >= 1.0 for word in question.words])
    return np.array(
        [
            sentences["cosine"].max(),
            weights @ alignment.in_context,
            weights @ alignment.by_stem,
            alignment.in_context.min(),
            unmatched.max(),
            besides_title @ alignment.in_context / total if total > 0.1 else _NO_TELLING_WORD,
            besides_title @ alignment.by_stem / total if total > 0.1 else _NO_TELLING_WORD,
            weights @ unseen,
            weights @ (alignment.in_title == 1),
            sentences["words_in_context"][best],
            sentences["telling_words_by_stem"][best],
            float(question.expects is not None),
            *(float(question.expects is not None and question.expects.kind == kind) for kind in ANSWER_TYPES),
            *(sentences[f"{kind}_fits"][best] for kind in ANSWER_TYPES),
            sentence_scores[best],
            unmatched_words.sum(),
            unmatched_words.mean(),
            math.log(1 + len(question.words)),
        ],
        dtype=np.float64,
    )


def select_head_vectors(question: AnalyzedQuestion, words: NDArray[np.floating]) -> NDArray[np.floating]:
    """Vectors of the words that say which thing is asked for, [words of the head, dimension]."""
    spans = question.expects.head if question.expects else ()
    heads = [i for i, word in enumerate(question.words) if any(a < word.end and b > word.start for a, b in spans)]
    selected: NDArray[np.floating] = words[heads]
    return selected


def _answer_type_features(
    question: AnalyzedQuestion, head: NDArray[np.floating], title: str, text: str, span: Span, tokens: TokenEmbeddings
) -> tuple[list[float], list[float]]:
    """Whether the sentence offers an answer of the type asked for, and how well it fits; one value for each type."""
    offers, fits = [0.0] * len(ANSWER_TYPES), [0.0] * len(ANSWER_TYPES)
    if question.expects is None:
        return offers, fits
    kind = question.expects.kind
    start, end = span
    shift = len(title) + 1 + start
    things = [
        (a + shift, b + shift)
        for a, b in find_answer_candidates(kind, text[start:end], excluded=f"{question.text} {title}")
    ]
    inside = (tokens.offsets[:, 0] >= shift) & (tokens.offsets[:, 1] <= shift + end - start)
    closeness = (head @ tokens.vectors[inside].T).mean(axis=0) if len(head) else np.zeros(0)
    offers[ANSWER_TYPES.index(kind)] = float(bool(things))
    fits[ANSWER_TYPES.index(kind)] = score_answer_candidates(kind, things, tokens.offsets[inside], closeness)
    return offers, fits


def _coverage(words: tuple[QuestionWord, ...], stems: frozenset[str]) -> Floats:
    """Share of each word's stems that are among ``stems``, [words]."""
    return np.array([len(word.stems & stems) / len(word.stems) if word.stems else 0.0 for word in words])


def reader_signals(output: ReaderOutput | None, spans: Sequence[Span]) -> tuple[Floats, Floats]:
    """``SENTENCE_SIGNALS`` of each sentence, [sentences, signals], and ``PASSAGE_SIGNALS``; all 0 without a reader.

    Of a sentence, if one of them answers: the logarithms of how likely the answer starts in it, and of how likely its
    best answer is relative to that of the passage. Of the passage: log-odds that it answers, by the head made for it
    and by the answer's start; and by how much its best answer is likelier than none, as a logarithm.
    """
    if output is None:
        return np.zeros((len(spans), len(SENTENCE_SIGNALS))), np.zeros(len(PASSAGE_SIGNALS))
    answers = _best_answers(output, spans)
    return _sentence_signals(output.start_probabilities(spans), answers), _passage_signals(output, answers)


def _sentence_signals(starts: Floats, answers: Floats) -> Floats:
    behind = answers - answers.max(initial=-np.inf)
    return np.stack(
        [np.log(starts / max(starts.sum(), 1e-12) + _LEAST_SHARE), np.maximum(behind, -_FURTHEST_BEHIND)], axis=1
    )


def _passage_signals(output: ReaderOutput, answers: Floats) -> Floats:
    nowhere = output.no_answer
    somewhere = np.log(-np.expm1(min(nowhere, -1e-6))) - nowhere
    likeliest = answers.max(initial=-_FURTHEST)
    signals: Floats = np.clip([output.answerable, somewhere, likeliest - nowhere], -_FURTHEST, _FURTHEST)
    return signals


def _best_answers(output: ReaderOutput, spans: Sequence[Span]) -> Floats:
    """Log-probability of the likeliest answer in each sentence, no less than ``-2 * _FURTHEST``."""
    answers = [answer[1] if (answer := output.best_answer(span)) else -np.inf for span in spans]
    return np.maximum(np.array(answers, dtype=np.float64), -2 * _FURTHEST)

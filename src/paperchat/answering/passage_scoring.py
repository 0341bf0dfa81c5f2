"""Passage scoring: which sentences of the leading passages answer, and which paper is the right one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from paperchat.answering.calibration import Calibration
from paperchat.answering.instrumentation import span
from paperchat.answering.paper_passages import PassageMatch, match_passages
from paperchat.answering.passage_encoding import PassageEncoder
from paperchat.answering.scoring_features import (
    Alignment,
    align_question,
    match_stems,
    passage_features,
    reader_signals,
)
from paperchat.models.cross_encoder import Reader, ReaderOutput, Window
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.passage_retrieval import RetrievedPassage
from paperchat.retrieval.query_analysis import AnalyzedQuestion, analyze_question, content_words, correct_spelling
from paperchat.retrieval.sentence_vectors import SentenceIndex, Vectors
from paperchat.storage.library import Library
from paperchat.text.sentences import has_words
from paperchat.types import Passage, StoredPaper

_T = TypeVar("_T")

SCORED_PAPERS = 5
"""Passages of at most this many papers are scored, …"""
PASSAGES_PER_PAPER = 3
"""… of each at most this many, …"""
SCORED_PASSAGES = 8
"""… and no more than this many in all."""
PASSAGES_OF_ONE_PAPER = 12
"""How many passages are scored, and read by the reader, of a paper alone, whose full text may have dozens."""
READER_PASSAGES = 5
"""How many of these, the best by alignment, the reader reads."""
CITED_MARGIN = 1.4
"""Where only passages that can be cited are scored, those are left out that will hardly come within this of the best
score: a passage further behind is the right one with a probability below .2, and not cited."""

UNWORDED = 10.0
"""By how much a row of bare numbers, which is no quote, answers worse than any sentence of its passage."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredPassage:
    """A passage with its scores for a question.

    Attributes:
        retrieved: with its score from retrieval, in [0, 1].
        reader_output: what the reader says, where it has read this passage.
        sentences: ``SENTENCE_FEATURES`` of each sentence, [sentences, features].
        is_quotable: whether each sentence can be a quote: bare numbers cannot, [sentences].
        sentence_scores: how well each sentence answers, [sentences]; comparable within a question.
        features: ``PASSAGE_FEATURES``.
        score: how likely this is the passage asked for; comparable within a question.
    """

    retrieved: RetrievedPassage
    question: AnalyzedQuestion
    alignment: Alignment
    reader_output: ReaderOutput | None
    sentences: NDArray[np.float64]
    is_quotable: NDArray[np.bool_]
    sentence_scores: NDArray[np.float64]
    features: NDArray[np.float64]
    score: float

    @property
    def passage(self) -> Passage:
        """The passage itself."""
        return self.retrieved.passage

    @property
    def paper(self) -> StoredPaper:
        """The paper that it is from."""
        return self.retrieved.paper


def score_passage(
    retrieved: RetrievedPassage,
    question: AnalyzedQuestion,
    alignment: Alignment,
    reader_output: ReaderOutput | None = None,
    *,
    calibration: Calibration,
) -> ScoredPassage:
    """Scores from the alignment and, where there is one, the reader's output."""
    sentence_signals, passage_signals = reader_signals(reader_output, alignment.spans)
    sentences = np.hstack([alignment.sentences, sentence_signals])
    scores = calibration.sentence(sentences)
    passage = retrieved.passage
    is_table_possible = passage.basis == "full_text"
    is_worded = np.array(
        [not is_table_possible or has_words(passage.text[start:end]) for start, end in alignment.spans]
    )
    if is_worded.any():
        scores = np.where(is_worded, scores, scores.min() - UNWORDED)
    features = np.concatenate([passage_features(question, alignment, sentence_scores=scores), passage_signals])
    return ScoredPassage(
        retrieved=retrieved,
        question=question,
        alignment=alignment,
        reader_output=reader_output,
        sentences=sentences,
        is_quotable=is_worded,
        sentence_scores=scores,
        features=features,
        score=float(calibration.paper(np.array([retrieved.score, *features]))),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """A question, the vectors of its words [words, 384], and that of all its tokens."""

    question: AnalyzedQuestion
    words: Vectors
    vector: Vectors


class PassageScorer:
    """Scores the leading passages of a ranking by word alignment, and by the reader if there is one."""

    def __init__(
        self,
        *,
        library: Library,
        encoder: MiniLM,
        index: SentenceIndex,
        calibration: Calibration,
        reader: Reader | None = None,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._passages = PassageEncoder(encoder=encoder, stem=library.analyse)
        self._index = index
        self._calibration = calibration
        self._reader = reader

    def score(
        self,
        text: str,
        retrieved: Sequence[RetrievedPassage],
        *,
        within_paper: bool = False,
        only_citable: bool = False,
        at_least: int = 1,
    ) -> list[ScoredPassage]:
        """The leading ones of the passages, best first; none when the question has no content word.

        Args:
            within_paper: the passages are all of one paper, and more of them are scored and read.
            only_citable: passages that are too far behind the best to be cited beside it are left out, unread, …
            at_least: … but for so many passages, the likeliest.
        """
        with span("PassageScorer.score"):
            return self._score(text, retrieved, within_paper=within_paper, only_citable=only_citable, at_least=at_least)

    def _score(
        self,
        text: str,
        retrieved: Sequence[RetrievedPassage],
        *,
        within_paper: bool,
        only_citable: bool,
        at_least: int,
    ) -> list[ScoredPassage]:
        if within_paper:
            leading = list(filter(is_quotable, retrieved))[:PASSAGES_OF_ONE_PAPER]
        else:
            leading = select_leading_passages(retrieved)
        question = self._analyze(text, [part for one in leading for part in (_heading(one), one.passage.text)])
        if not leading or not question.words:
            return []
        tokens = self._encoder.encode_question_tokens(question.text)
        asked = _Asked(
            question=question,
            words=tokens.mean_vectors((word.start, word.end) for word in question.words),
            vector=tokens.mean_vectors([(0, len(question.text))])[0],
        )
        if only_citable:
            return self._score_citable(asked, leading, at_least)
        return self._read(asked, self._align(asked, leading), len(leading) if within_paper else READER_PASSAGES)

    def match_within_paper(
        self, text: str, retrieved: Sequence[RetrievedPassage], *, vector: npt.ArrayLike | None = None
    ) -> list[tuple[RetrievedPassage, PassageMatch]]:
        """The passages of one paper with how they match, the best ones first.

        Args:
            vector: of ``text`` by this scorer's encoder, where it is known.
        """
        retrieved = list(filter(is_quotable, retrieved))
        if not retrieved:
            return []
        passages = [one.passage for one in retrieved]
        by_id = self._index.vectors(passages)
        matches = match_passages(
            text,
            passages,
            title=retrieved[0].paper.paper.title,
            vector=np.asarray(self._encoder.encode_question(text) if vector is None else vector, dtype=np.float32),
            vectors=[by_id[passage.passage_id] for passage in passages],
            stem=self._library.analyse,
        )
        matched = zip(retrieved, matches, strict=True)
        return sorted(matched, key=lambda one: (-one[1].score, one[0].passage.passage_id))

    def _score_citable(self, asked: _Asked, leading: Sequence[RetrievedPassage], at_least: int) -> list[ScoredPassage]:
        """Those that may be the best or be cited beside it, best first.

        The first is read at once. How high the scores of the others can come is known well enough before they are
        encoded, and better before they are read, for most of them to be left out.
        """
        with ThreadPoolExecutor(1, "reader") as pool:
            reading = pool.submit(self._outputs, asked, leading[:1])
            scored = self._with_outputs(self._align(asked, leading[:1]), reading.result())
        least = scored[0].score - CITED_MARGIN
        ceilings = [(self._ceiling(asked.question, one), one) for one in leading[1:]]
        aligned = self._align(asked, _above(ceilings, least, at_least - 1))
        rise = self._calibration.late_rise
        within_reach = _above([(one.score + rise, one) for one in aligned], least, at_least - 1)
        scored += self._read(asked, within_reach, READER_PASSAGES - 1)
        return sorted(scored, key=lambda one: (one.reader_output is None, *_order(one)))

    def _ceiling(self, question: AnalyzedQuestion, one: RetrievedPassage) -> float:
        stemmed = self._passages.stem(_heading(one), one.passage.text)
        return float(self._calibration.ceiling(np.array([one.score, match_stems(question, stemmed)])))

    def _align(self, asked: _Asked, retrieved: Sequence[RetrievedPassage]) -> list[ScoredPassage]:
        """Scored without the reader, in order."""
        encodings = self._passages.encode([(_heading(one), one.passage.text) for one in retrieved])
        return [
            score_passage(
                one,
                asked.question,
                align_question(asked.question, asked.words, asked.vector, encoding),
                calibration=self._calibration,
            )
            for one, encoding in zip(retrieved, encodings, strict=True)
        ]

    def _read(self, asked: _Asked, aligned: Sequence[ScoredPassage], most: int) -> list[ScoredPassage]:
        """Best first; the reader reads the best ``most`` of them, and the others come after these."""
        ordered = sorted(aligned, key=_order)
        first = ordered[:most]
        outputs = self._outputs(asked, [one.retrieved for one in first])
        return [*sorted(self._with_outputs(first, outputs), key=_order), *ordered[most:]]

    def _outputs(self, asked: _Asked, retrieved: Sequence[RetrievedPassage]) -> Sequence[ReaderOutput | None]:
        if self._reader is None:
            return [None] * len(retrieved)
        windows = [Window(title=_heading(one), text=one.passage.text) for one in retrieved]
        return self._reader.read(asked.question.text, windows)

    def _with_outputs(
        self, aligned: Sequence[ScoredPassage], outputs: Sequence[ReaderOutput | None]
    ) -> list[ScoredPassage]:
        return [
            score_passage(one.retrieved, one.question, one.alignment, output, calibration=self._calibration)
            for one, output in zip(aligned, outputs, strict=True)
        ]

    def _analyze(self, text: str, passages: Sequence[str]) -> AnalyzedQuestion:
        frequency = self._document_frequency(text)
        unknown = {form for form, count in frequency.items() if not count}
        corrected = correct_spelling(text, unknown=unknown, passages=passages)
        if corrected != text:
            frequency = self._document_frequency(corrected)
        return analyze_question(
            corrected,
            stems={form: frozenset(self._library.analyse(form)) for form in frequency},
            frequency=frequency,
            passages=self._library.passage_count(),
        )

    def _document_frequency(self, text: str) -> dict[str, int]:
        """In how many passages each content word of ``text`` occurs."""
        forms = {form for _, _, form in content_words(text)}
        counts = self._library.document_frequency(forms)
        return {form: counts.get(form, 0) for form in forms}


def _above(ranked: Sequence[tuple[float, _T]], least: float, at_least: int) -> list[_T]:
    """The highest of these, down to ``least``, but ``at_least`` so many; equals in their order."""
    ordered = sorted(ranked, key=lambda one: -one[0])
    return [one for place, (highest, one) in enumerate(ordered) if place < at_least or highest >= least]


def _order(one: ScoredPassage) -> tuple[float, str]:
    """Sorts the best first."""
    return -one.score, one.passage.passage_id


def _heading(retrieved: RetrievedPassage) -> str:
    """What stands above the passage: the paper's title and, in its full text, the section's heading."""
    title, passage = retrieved.paper.paper.title, retrieved.passage
    return f"{title} › {passage.section}" if passage.basis == "full_text" else title


def select_leading_passages(retrieved: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """The passages to score, in order: the first ``SCORED_PASSAGES`` within the limits for papers."""
    per_paper: dict[str, int] = {}
    selected: list[RetrievedPassage] = []
    for one in filter(is_quotable, retrieved):
        paper_id = one.passage.paper_id
        if len(selected) == SCORED_PASSAGES or (paper_id not in per_paper and len(per_paper) == SCORED_PAPERS):
            break
        per_paper[paper_id] = per_paper.get(paper_id, 0) + 1
        if per_paper[paper_id] <= PASSAGES_PER_PAPER:
            selected.append(one)
    return selected


def is_quotable(retrieved: RetrievedPassage) -> bool:
    """Whether the passage is a paper's own statement; a bare title can be retrieved, but is never quoted."""
    return retrieved.passage.section != "Title" and bool(retrieved.passage.text.strip())

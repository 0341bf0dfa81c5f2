"""Passage scoring: which sentences of the leading passages answer, and which paper is the right one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import repeat

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
    passage_features,
    reader_signals,
)
from paperchat.models.cross_encoder import Reader, ReaderOutput, Window
from paperchat.models.minilm import DIMENSION, MiniLM
from paperchat.retrieval.passage_retrieval import RetrievedPassage
from paperchat.retrieval.query_analysis import AnalyzedQuestion, analyze_question, content_words, correct_spelling
from paperchat.retrieval.sentence_vectors import SentenceIndex, Vectors
from paperchat.storage.library import Library
from paperchat.text.sentences import has_words
from paperchat.types import Passage, StoredPaper

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
FIRST_READ = 2
"""Where only passages that can be cited are scored, so many are read first, …"""
CITED_MARGIN = 1.4
"""… and then the others that may yet come within this of the best score: a passage further behind is the right one
with a probability below .2, and not cited."""

UNWORDED = 10.0
"""By how much a row of bare numbers, which is no quote, answers worse than any sentence of its passage."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredPassage:
    """A passage with its scores for a question.

    Attributes:
        retrieved: with its score from retrieval, in [0, 1].
        vectors: of its sentences, float32 [sentences, 384].
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
    vectors: Vectors
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
    vectors: Vectors,
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
        vectors=vectors,
        reader_output=reader_output,
        sentences=sentences,
        is_quotable=is_worded,
        sentence_scores=scores,
        features=features,
        score=float(calibration.paper(np.array([retrieved.score, *features]))),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Candidate:
    """A passage that is aligned with a question; ``vectors`` and cosines of its sentences may come later."""

    retrieved: RetrievedPassage
    question: AnalyzedQuestion
    alignment: Alignment
    vectors: Vectors = field(default_factory=lambda: np.empty((0, DIMENSION), np.float32))

    def with_sentences(self, vectors: Vectors, question: Vectors) -> _Candidate:
        return replace(self, vectors=vectors, alignment=self.alignment.with_cosines(vectors @ question))

    def score(self, output: ReaderOutput | None = None, *, calibration: Calibration) -> ScoredPassage:
        return score_passage(
            self.retrieved, self.question, self.alignment, self.vectors, output, calibration=calibration
        )


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
        vector: npt.ArrayLike | None = None,
        within_paper: bool = False,
        only_citable: bool = False,
    ) -> list[ScoredPassage]:
        """The leading ones of the passages, best first; none when the question has no content word.

        Args:
            vector: of ``text`` by this scorer's encoder, where it is known.
            within_paper: the passages are all of one paper, and more of them are scored and read.
            only_citable: passages that are too far behind the best to be cited beside it are left out, unread.
        """
        with span("PassageScorer.score"):
            return self._score(text, retrieved, vector, within_paper=within_paper, only_citable=only_citable)

    def _score(
        self,
        text: str,
        retrieved: Sequence[RetrievedPassage],
        vector: npt.ArrayLike | None,
        *,
        within_paper: bool,
        only_citable: bool,
    ) -> list[ScoredPassage]:
        if within_paper:
            leading = list(filter(is_quotable, retrieved))[:PASSAGES_OF_ONE_PAPER]
        else:
            leading = select_leading_passages(retrieved)
        titles = [_heading(one) for one in leading]
        question = self._analyze(text, [*titles, *(one.passage.text for one in leading)])
        if not leading or not question.words:
            return []
        named = [(title, one.passage.text) for title, one in zip(titles, leading, strict=True)]
        with ThreadPoolExecutor(1, "ahead") as pool:
            ahead = pool.submit(self._look_ahead, question.text, leading[0]) if only_citable else None
            question_tokens, encodings = self._passages.encode(question.text, named)
            if ahead:
                ahead.result()
        if vector is None or question.text != text:
            vector = self._encoder.encode_question(question.text)
        words = question_tokens.mean_vectors((word.start, word.end) for word in question.words)
        candidates = [
            _Candidate(retrieved=one, question=question, alignment=align_question(question, words, encoding))
            for one, encoding in zip(leading, encodings, strict=True)
        ]
        question_vector = np.asarray(vector, dtype=np.float32)
        if only_citable:
            return self._score_citable(candidates, question_vector)
        return self._score_all(candidates, question_vector, len(candidates) if within_paper else READER_PASSAGES)

    def match_within_paper(
        self, text: str, retrieved: Sequence[RetrievedPassage], *, vector: npt.ArrayLike | None = None
    ) -> list[tuple[RetrievedPassage, PassageMatch]]:
        """The passages of one paper with how they match, the best ones first; ``vector`` as for `score`."""
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

    def _look_ahead(self, question: str, first: RetrievedPassage) -> None:
        """Have remembered what will be asked for: the passage that is ranked first is nearly always read."""
        self._index.vectors([first.passage])
        if self._reader is not None:
            self._reader.read(question, [Window(title=_heading(first), text=first.passage.text)])

    def _score_citable(self, candidates: Sequence[_Candidate], vector: Vectors) -> list[ScoredPassage]:
        """Those that may be the best or be cited beside it, best first.

        What a score can yet gain and lose is known, so that most passages need not be read.
        """
        falls, rises = self._calibration.late_range()
        early = [(one.score(calibration=self._calibration), one) for one in candidates]
        early.sort(key=lambda found: _order(found[0]))
        likely = early[0][0].score + (falls + rises) / 2 - CITED_MARGIN - rises
        first = [one for scored, one in early[:FIRST_READ] if scored.score >= likely]
        read = self._score_all(first, vector, READER_PASSAGES)
        least = read[0].score - CITED_MARGIN - rises
        others = [one for scored, one in early[len(first) :] if scored.score >= least]
        if not others:
            return read
        read += self._score_all(others, vector, READER_PASSAGES - len(first))
        return sorted(read, key=lambda one: (one.reader_output is None, *_order(one)))

    def _score_all(self, candidates: Sequence[_Candidate], vector: Vectors, most: int) -> list[ScoredPassage]:
        """Scored, best first; the reader reads the best ``most`` of them, and the others come after these."""
        if self._reader is None:
            return self._scored(self._with_sentences(candidates, vector))
        if len(candidates) <= most:
            with ThreadPoolExecutor(1, "reader") as pool:
                reading = pool.submit(self._read, self._reader, candidates)
                embedded = self._with_sentences(candidates, vector)
                return self._scored(embedded, reading.result())
        embedded = self._with_sentences(candidates, vector)
        scored = self._scored(embedded)
        leading = {one.passage.passage_id for one in scored[:most]}
        first = [one for one in embedded if one.retrieved.passage.passage_id in leading]
        return [*self._scored(first, self._read(self._reader, first)), *scored[most:]]

    def _with_sentences(self, candidates: Sequence[_Candidate], vector: Vectors) -> list[_Candidate]:
        vectors = self._index.vectors([one.retrieved.passage for one in candidates])
        return [one.with_sentences(vectors[one.retrieved.passage.passage_id], vector) for one in candidates]

    @staticmethod
    def _read(reader: Reader, candidates: Sequence[_Candidate]) -> list[ReaderOutput]:
        windows = [Window(title=_heading(one.retrieved), text=one.retrieved.passage.text) for one in candidates]
        return reader.read(candidates[0].question.text, windows)

    def _scored(
        self, candidates: Sequence[_Candidate], outputs: Sequence[ReaderOutput] | None = None
    ) -> list[ScoredPassage]:
        """Best first."""
        read = zip(candidates, outputs or repeat(None), strict=False)
        return sorted((one.score(output, calibration=self._calibration) for one, output in read), key=_order)

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

"""A close reading of the leading passages: which of their sentences answer, and which paper is the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from llama_index.core.schema import NodeWithScore
from numpy.typing import NDArray

from paperchat.answering.calibration import Calibration
from paperchat.answering.features import Alignment, align, embedded_text, passage_features, reader_signals, word_vectors
from paperchat.models.cross_encoder import Judgement, Reader, Window
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.query_analysis import Question, content_words, mended, read_question
from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.storage.library import Library
from paperchat.storage.nodes import to_passage
from paperchat.types import Passage


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """One passage read closely.

    Attributes:
        ranked: its score from retrieval and ranking, in [0, 1].
        judgement: the reader's, where it has read this passage.
        sentences: ``SENTENCE_FEATURES`` of each sentence, [sentences, features].
        sentence_scores: how well each sentence answers, [sentences]; comparable within a question.
        features: ``PASSAGE_FEATURES``.
        score: how likely this is the passage asked for; comparable within a question.
    """

    node: NodeWithScore
    passage: Passage
    question: Question
    alignment: Alignment
    judgement: Judgement | None
    sentences: NDArray[np.float64]
    sentence_scores: NDArray[np.float64]
    features: NDArray[np.float64]
    ranked: float
    score: float


def read_closely(
    item: NodeWithScore,
    passage: Passage,
    question: Question,
    alignment: Alignment,
    judgement: Judgement | None = None,
    *,
    calibration: Calibration,
) -> Reading:
    of_sentences, of_passage = reader_signals(judgement, alignment.spans)
    sentences = np.hstack([alignment.sentences, of_sentences])
    scores = calibration.sentence(sentences)
    aligned = passage_features(question, alignment, sentence_scores=scores)
    features = np.concatenate([aligned, of_passage])
    return Reading(
        node=item,
        passage=passage,
        question=question,
        alignment=alignment,
        judgement=judgement,
        sentences=sentences,
        sentence_scores=scores,
        features=features,
        ranked=item.get_score(),
        score=float(calibration.paper(np.array([item.get_score(), *features]))),
    )


READ = 5
"""So many papers are read closely, …"""
EACH = 3
"""… and of each so many passages, …"""
MOST = 8
"""… but no more passages than these."""
BY_READER = 5
"""Of these the reader reads so many, those that the words speak for."""


class Examiner:
    """Reads the first passages of a ranking word by word, and by the reader if there is one."""

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
        self._index = index
        self._calibration = calibration
        self._reader = reader

    def read(self, text: str, nodes: Sequence[NodeWithScore]) -> list[Reading]:
        """The leading ones of the passages, best first; none when the question has no content word."""
        leading = leading_passages(nodes)
        passages = [to_passage(item.node) for item in leading]
        titles = [_heading(item) for item in leading]
        question = self._question(text, [*titles, *(passage.text for passage in passages)])
        if not leading or not question.words:
            return []
        asked, *tokens = self._encoder.encode_tokens(
            [
                question.text,
                *(embedded_text(title, passage.text) for title, passage in zip(titles, passages, strict=True)),
            ]
        )
        vector = self._encoder.encode([question.text])[0]
        words = word_vectors(question, asked)
        sentences = self._index.vectors(passages)
        readings = []
        for item, passage, title, pieces in zip(leading, passages, titles, tokens, strict=True):
            alignment = align(
                question,
                words,
                title=title,
                text=passage.text,
                tokens=pieces,
                cosines=sentences[passage.passage_id] @ vector,
                stem=self._library.analyse,
            )
            readings.append(read_closely(item, passage, question, alignment, calibration=self._calibration))
        return self._read_by_reader(_sorted(readings))

    def _read_by_reader(self, readings: list[Reading]) -> list[Reading]:
        """The first ones as the reader sees them, and the others behind them."""
        if self._reader is None:
            return readings
        first = readings[:BY_READER]
        windows = [Window(title=_heading(reading.node), text=reading.passage.text) for reading in first]
        judgements = self._reader.read(first[0].question.text, windows)
        read = [
            read_closely(one.node, one.passage, one.question, one.alignment, judgement, calibration=self._calibration)
            for one, judgement in zip(first, judgements, strict=True)
        ]
        return [*_sorted(read), *readings[BY_READER:]]

    def _question(self, text: str, passages: Sequence[str]) -> Question:
        frequency = self._frequency(text)
        meant = mended(text, unknown={form for form, count in frequency.items() if not count}, passages=passages)
        if meant != text:
            frequency = self._frequency(meant)
        return read_question(
            meant,
            stems={form: frozenset(self._library.analyse(form)) for form in frequency},
            frequency=frequency,
            passages=self._library.passage_count(),
        )

    def _frequency(self, text: str) -> dict[str, int]:
        """In how many passages each content word of ``text`` occurs."""
        forms = {form for _, _, form in content_words(text)}
        found = self._library.document_frequency(forms)
        return {form: found.get(form, 0) for form in forms}


def _sorted(readings: Sequence[Reading]) -> list[Reading]:
    """Best first."""
    return sorted(readings, key=lambda reading: (-reading.score, reading.passage.passage_id))


def _heading(item: NodeWithScore) -> str:
    """What stands above the passage: the paper's title and, in its full text, the section's heading."""
    title = str(item.node.metadata["title"])
    return f"{title} › {item.node.metadata['section']}" if item.node.metadata["basis"] == "full_text" else title


def leading_passages(nodes: Sequence[NodeWithScore]) -> list[NodeWithScore]:
    """Those to be read closely, in their order: the first ``MOST`` that the limits for papers leave."""
    taken: dict[str, int] = {}
    chosen: list[NodeWithScore] = []
    for item in filter(quotable, nodes):
        paper_id = item.node.metadata["paper_id"]
        if len(chosen) == MOST or (paper_id not in taken and len(taken) == READ):
            break
        taken[paper_id] = taken.get(paper_id, 0) + 1
        if taken[paper_id] <= EACH:
            chosen.append(item)
    return chosen


def quotable(item: NodeWithScore) -> bool:
    """Whether the passage is a paper's own statement; a bare title is found, but never quoted."""
    return bool(item.node.metadata["section"] != "Title" and item.node.get_content().strip())

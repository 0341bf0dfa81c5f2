"""The sentence of a paper that says most of what a comparison asks for: its speed, or an aspect that was added."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from paperchat import lexicon
from paperchat.answering.calibration import CALIBRATION_FILE, WITHOUT_READER_FILE, load_calibration
from paperchat.answering.passage_scoring import PassageScorer, ScoredPassage
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.quote_selection import POINTER_PATTERN
from paperchat.survey.sentence_extraction import best_clause
from paperchat.types import Filters, Quote, StoredPaper

_NUMBER_BONUS = 1.0
"""In the unit of the sentences' scores: a sentence with a number answers which of several has more."""
_NAME_BONUS = 1.5
"""One that has the name of what is asked, as of a benchmark, does so even more."""
_COINED_PATTERN = re.compile(r"\w[A-Z\d]")
_SURELY_ANSWERED = -2.5
"""Log-odds of the reader's, above which a passage speaks of an aspect in other words."""
_NAMED = 0.99
"""A sentence with so much of an aspect's words speaks of it; rare words weigh more."""
_PARTLY_NAMED, _NEAR = 0.5, 0.42
"""A sentence with so much of an aspect's words, or a related one, speaks of it where it is so near in meaning."""
_MAX_ASPECT_CELL = 160
"""In characters; a longer sentence is cut to its clauses."""
_ASPECT_QUESTION = "What about {}?"
_LEXICON = lexicon.load("paper_comparisons")
_FRAME_PATTERN = re.compile(_LEXICON.regex("wording.frame"), re.IGNORECASE)
_ASPECT_PATTERN = re.compile(_LEXICON.regex("wording.aspect"), re.IGNORECASE)
_RELATED = tuple(
    (re.compile(one.regex("pattern"), re.IGNORECASE), one.text("words")) for one in _LEXICON.tables("related")
)
_NUMBER_PATTERN = re.compile(r"\d")
_SET_PHRASE_PATTERN = re.compile(_LEXICON.regex("wording.set_phrase"), re.IGNORECASE)


def without_names(question: str, names: Sequence[str]) -> str:
    """The question without the papers' names, in whatever letter case."""
    for name in sorted(names, key=len, reverse=True):
        question = re.sub(re.escape(name), " ", question, flags=re.IGNORECASE)
    return question


def asked_text(rest: str) -> str:
    """What a comparison asks for in particular, given its question without names; empty where that is nothing."""
    words = re.findall(r"[^\W\d_][\w-]+", _ASPECT_PATTERN.sub(" ", _FRAME_PATTERN.sub(" ", rest)))
    related = [words_of for pattern, words_of in _RELATED if pattern.search(rest)]
    return " ".join([*related, *words]) if words or related else ""


class AskedSentenceFinder:
    """Finds what papers say of what is asked, as answers to questions are found; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM, reader: Reader | None) -> None:
        self._library = library
        self._encoder = encoder
        self._searcher = searcher
        self._scorer = PassageScorer(
            library=library,
            encoder=encoder,
            index=searcher.sentences,
            calibration=load_calibration(CALIBRATION_FILE if reader else WITHOUT_READER_FILE),
            reader=reader,
        )

    def find(self, paper: StoredPaper, asked: str, filters: Filters, *, by_number: bool) -> Quote | None:
        """The paper's best sentence; ``None`` where it has none, or nothing is asked for.

        Args:
            by_number: a number answers.
        """
        if not asked:
            return None
        own = Filters(papers=(paper.paper_id,), basis=filters.basis)
        scored = self._scorer.score(asked, self._searcher.passages(asked, own))
        names = [one for one in asked.split() if _COINED_PATTERN.search(one)]
        candidates = [pair for passage in scored[:1] for pair in _sentences(passage, names, by_number=by_number)]
        return max(candidates, key=lambda pair: pair[0], default=(0.0, None))[1]

    def find_on(self, paper: StoredPaper, aspect: str, filters: Filters) -> Quote | None:
        """What the paper says of an aspect, cut to its clauses; ``None`` where it says nothing of it."""
        own = Filters(papers=(paper.paper_id,), basis=filters.basis)
        scored = self._scorer.score(
            _ASPECT_QUESTION.format(aspect), self._searcher.passages(aspect, own), within_paper=True
        )
        vector = np.asarray(self._encoder.encode_question(aspect), dtype=np.float32)
        weights = self._weights(aspect)
        related = self._stems(" ".join(words for pattern, words in _RELATED if pattern.search(aspect)))
        found: list[tuple[float, Quote]] = []
        vectors = self._searcher.sentences.vectors([one.passage for one in scored])
        for one in scored:
            answered = one.reader_output is not None and one.reader_output.answerable > _SURELY_ANSWERED
            cosines, most = vectors[one.passage.passage_id] @ vector, float(np.max(one.sentence_scores))
            for (start, end), cosine, value in zip(one.alignment.spans, cosines, one.sentence_scores, strict=True):
                text = one.passage.text[start:end]
                if end > one.passage.trusted_end or POINTER_PATTERN.search(text):
                    continue
                stems = self._stems(text if "model" in aspect.casefold() else _SET_PHRASE_PATTERN.sub(" ", text))
                named = sum(weight for stem, weight in weights.items() if stem in stems)
                share = max(named, _PARTLY_NAMED * bool(related & stems))
                is_answer = answered and float(value) == most
                if share > _NAMED or (share >= _PARTLY_NAMED and cosine >= _NEAR) or is_answer:
                    quote = Quote(passage=one.passage, start=start, end=end)
                    found.append((share + float(cosine) + float(is_answer), quote))
        if not found:
            return None
        return self._clause(max(found, key=lambda pair: pair[0])[1], related | {*weights})

    def _weights(self, aspect: str) -> dict[str, float]:
        """The stems of an aspect's words, the rarer the weightier; all together weigh 1."""
        words = aspect.split()
        frequency, passages = self._library.document_frequency(words), self._library.passage_count()
        rarity = {
            stem: math.log(2 + passages / (1 + frequency.get(word, 0))) for word in words for stem in self._stems(word)
        }
        return {stem: weight / sum(rarity.values()) for stem, weight in rarity.items()}

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(self._library.analyse(text))

    def _clause(self, quote: Quote, stems: frozenset[str]) -> Quote:
        start, end = best_clause(quote.text, lambda clause: len(stems & self._stems(clause)), most=_MAX_ASPECT_CELL)
        return Quote(passage=quote.passage, start=quote.start + start, end=quote.start + end)


def _sentences(scored: ScoredPassage, names: Sequence[str], *, by_number: bool) -> list[tuple[float, Quote | None]]:
    text = scored.passage.text
    return [
        (
            float(value)
            + (_NUMBER_BONUS if by_number and _NUMBER_PATTERN.search(text[start:end]) else 0.0)
            + (_NAME_BONUS if any(one.lower() in text[start:end].lower() for one in names) else 0.0),
            Quote(passage=scored.passage, start=start, end=end),
        )
        for (start, end), value in zip(scored.alignment.spans, np.asarray(scored.sentence_scores), strict=True)
        if end <= scored.passage.trusted_end and not POINTER_PATTERN.search(text[start:end])
    ]

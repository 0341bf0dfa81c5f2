"""The sentence of a paper that says most of what a comparison asks for in particular, such as its speed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from llama_index.core.schema import QueryBundle

from paperchat import lexicon
from paperchat.answering.calibration import CALIBRATION_FILE, WITHOUT_READER_FILE, load_calibration
from paperchat.answering.passage_scoring import PassageScorer, ScoredPassage
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.quote_selection import POINTER_PATTERN
from paperchat.types import Filters, Quote, StoredPaper

_NUMBER_BONUS = 1.0
"""In the unit of the sentences' scores: a sentence with a number answers which of several has more."""
_NAME_BONUS = 1.5
"""One that has the name of what is asked, as of a benchmark, does so even more."""
_COINED_PATTERN = re.compile(r"\w[A-Z\d]")
_LEXICON = lexicon.load("paper_comparisons")
_FRAME_PATTERN = re.compile(_LEXICON.regex("wording.frame"), re.IGNORECASE)
_ASPECT_PATTERN = re.compile(_LEXICON.regex("wording.aspect"), re.IGNORECASE)
_RELATED = tuple(
    (re.compile(one.regex("pattern"), re.IGNORECASE), one.text("words")) for one in _LEXICON.tables("related")
)
_NUMBER_PATTERN = re.compile(r"\d")


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
        scored = self._scorer.score(asked, self._searcher.passages(QueryBundle(asked), own))
        names = [one for one in asked.split() if _COINED_PATTERN.search(one)]
        candidates = [pair for passage in scored[:1] for pair in _sentences(passage, names, by_number=by_number)]
        return max(candidates, key=lambda pair: pair[0], default=(0.0, None))[1]


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

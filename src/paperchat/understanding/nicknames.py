"""Papers that a question describes instead of naming them: "the data journalist paper"."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import paper_id_of
from paperchat.types import Filters

_CANDIDATES = 12
_MOST_PAPERS = 5
_LEAST_COVERAGE = 0.74
"""A paper has this share of a description's words, weighted by their rarity."""
_LEAST_TITLE_COVERAGE = 0.7
_AS_GOOD = 0.12
_ABSTRACTS = Filters(basis="abstract")


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedPapers:
    """The papers that a description fits, the best first; ``nearest`` are those that have most of its words.

    ``fitting`` is how many it fits at all, of at most 12 that are looked at; ``has_unknown_word`` says that a word of
    the description is nowhere in the library.
    """

    papers: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    fitting: int = 0
    has_unknown_word: bool = False


class DescriptionMatcher:
    """Finds papers by a few words of their titles and abstracts; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def find(self, description: str, *, in_title: bool = False) -> DescribedPapers:
        """The papers that have the words of the description; with ``in_title`` their titles must have them."""
        forms = list(dict.fromkeys(form for _, _, form in content_words(description)))
        frequency = self._library.document_frequency(forms)
        stems = {form: frozenset(self._library.analyse(form)) for form in forms}
        weights = self._weights(frequency)
        if not weights:
            return DescribedPapers()
        total = sum(weights.values())
        hits = self._library.lexical_search(" ".join(forms), _CANDIDATES, _ABSTRACTS)
        texts = self._library.titles_and_texts(passage_id for passage_id, _ in hits)
        scored: dict[str, tuple[float, float]] = {}
        for passage_id, _ in hits:
            title, text = texts[passage_id]
            in_head = self._covered(title, stems, weights) / total
            covered = self._covered(f"{title} {text}", stems, weights) / total
            paper_id = paper_id_of(passage_id)
            scored[paper_id] = max(scored.get(paper_id, (0.0, 0.0)), (in_head if in_title else covered, in_head))
        ranked = sorted(scored, key=lambda one: scored[one], reverse=True)
        least = _LEAST_TITLE_COVERAGE if in_title else _LEAST_COVERAGE
        fitting = [one for one in ranked if scored[one][0] >= least]
        best = sum(scored[fitting[0]]) if fitting else 0.0
        return DescribedPapers(
            papers=tuple(one for one in fitting if sum(scored[one]) >= best - _AS_GOOD)[:_MOST_PAPERS],
            nearest=tuple(ranked[:3]),
            fitting=len(fitting),
            has_unknown_word=any(not count for count in frequency.values()),
        )

    def _weights(self, frequency: dict[str, int]) -> dict[str, float]:
        passages = max(self._library.passage_count(), 1)
        return {form: math.log(1 + (passages + 0.5) / (count + 0.5)) for form, count in frequency.items()}

    def _covered(self, text: str, stems: dict[str, frozenset[str]], weights: dict[str, float]) -> float:
        present: Iterable[str] = frozenset(self._library.analyse(text))
        return sum(weight for form, weight in weights.items() if stems[form] and stems[form] <= frozenset(present))

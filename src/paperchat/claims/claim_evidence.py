"""Evidence on a claim: the papers near it or its opposite, and of each the sentences that may decide its stance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

import numpy as np
from numpy.typing import NDArray

from paperchat.answering.passage_scoring import is_quotable
from paperchat.claims.opposing_forms import opposing_forms
from paperchat.claims.stance_cues import states_aim, states_conclusion, states_motivation
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters, Passage, Quote, StoredPaper

MIN_SIMILARITY = 0.4
"""A paper none of whose sentences has this cosine with the claim or an opposing form of it is about something else."""
MAX_SENTENCES = 6
"""So many sentences of a paper are read for a claim, besides its title."""
_CONCLUSION_BONUS = 0.1
_MIN_SENTENCE_LENGTH = 20  # characters; less is a heading or a fragment

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvidenceSentence:
    """A sentence of a paper that may decide its stance, or the paper's title, as the catalogue has it.

    Attributes:
        cosine: the greatest similarity with the claim and its opposing forms.
        vector: its embedding, float32 [384].
    """

    quote: Quote
    cosine: float
    vector: Vectors

    @property
    def is_title(self) -> bool:
        """Whether it is the title."""
        return self.quote.passage.basis == "record"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaperEvidence:
    """What a paper may say of a claim: at least one sentence, the nearest and conclusions first; the title last."""

    paper: StoredPaper
    sentences: tuple[EvidenceSentence, ...]

    @property
    def cosine(self) -> float:
        """That of the nearest sentence."""
        return max(one.cosine for one in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClaimEvidence:
    """The evidence on a claim, nearest paper first, and the numbers of passages and papers that were considered."""

    evidence: tuple[PaperEvidence, ...]
    passages: int
    papers: int


class ClaimEvidenceFinder:
    """Finds the evidence on a claim in a library; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher, encoder: MiniLM) -> None:
        self._library = library
        self._searcher = searcher
        self._encoder = encoder

    def find(self, claim: str, filters: Filters | None, *, most: int) -> ClaimEvidence:
        """Find the evidence on the claim in at most ``most`` papers, of those near it and those near its opposite."""
        forms = (claim, *opposing_forms(claim))
        passages = self._passages(forms, filters, most=most)
        papers = self._library.papers(passages)
        considered = [passage for paper_id in papers for passage in passages[paper_id]]
        sentences = self._searcher.sentences.vectors(considered)
        titles = [stored.paper.own_title for stored in papers.values()]
        vectors = self._encoder.encode([*forms, *titles])
        claim_forms, title_vectors = vectors[: len(forms)], vectors[len(forms) :]
        found = (
            find_paper_evidence(
                stored,
                passages[paper_id],
                [sentences[passage.passage_id] for passage in passages[paper_id]],
                title,
                claim_forms,
            )
            for (paper_id, stored), title in zip(papers.items(), title_vectors, strict=True)
        )
        evidence = sorted(filter(None, found), key=lambda one: (-one.cosine, one.paper.paper_id))
        return ClaimEvidence(evidence=tuple(evidence), passages=len(considered), papers=len(papers))

    def _passages(self, forms: Sequence[str], filters: Filters | None, *, most: int) -> dict[str, list[Passage]]:
        """The passages of the ``most`` best papers, by their best place in the search for any of the forms."""
        rankings = [
            [one.passage for one in self._searcher.passages(form, filters, papers=most) if is_quotable(one)]
            for form in forms
        ]
        leading = [dict.fromkeys(passage.paper_id for passage in ranking) for ranking in rankings]
        by_place = dict.fromkeys(one for one in chain.from_iterable(zip_longest(*leading)) if one is not None)
        passages: dict[str, dict[str, Passage]] = {paper_id: {} for paper_id in islice(by_place, most)}
        for passage in chain.from_iterable(rankings):
            if passage.paper_id in passages:
                passages[passage.paper_id].setdefault(passage.passage_id, passage)
        return {paper_id: list(own.values()) for paper_id, own in passages.items()}


def find_paper_evidence(
    stored: StoredPaper,
    passages: Sequence[Passage],
    sentences: Sequence[Vectors],
    title: Vectors,
    claim_forms: Vectors,
) -> PaperEvidence | None:
    """Find the evidence of one paper; ``None`` where none of its sentences is near the claim.

    Args:
        sentences: for each passage the vectors of its sentences, float32 [sentences, 384].
        title: the title's vector, float32 [384].
        claim_forms: the vectors of the claim and of its opposing forms, float32 [forms, 384].
    """
    quotes = [
        Quote(passage=passage, start=start, end=end)
        for passage in passages
        for start, end in sentence_spans(passage.text)
    ]
    quotes.append(Quote.of_record(stored.paper_id, "title", stored.paper.own_title))
    vectors = np.vstack([*sentences, title])
    cosines = (vectors @ claim_forms.T).max(axis=1)
    found = [
        EvidenceSentence(quote=quote, cosine=float(cosine), vector=vector)
        for quote, cosine, vector in zip(quotes, cosines, vectors, strict=True)
        if len(quote.text) >= _MIN_SENTENCE_LENGTH
    ]
    of_text = sorted((one for one in found if not one.is_title), key=_preference, reverse=True)[:MAX_SENTENCES]
    chosen = (*of_text, *(one for one in found if one.is_title))
    if max((one.cosine for one in chosen), default=0.0) < MIN_SIMILARITY:
        return None
    return PaperEvidence(paper=stored, sentences=chosen)


def _preference(sentence: EvidenceSentence) -> float:
    """Its nearness; a conclusion is preferred to what asks or opens an abstract."""
    text = sentence.quote.text
    return sentence.cosine + _CONCLUSION_BONUS * (states_conclusion(text) - states_aim(text) - states_motivation(text))

"""Aspects of a claim: clusters of the papers near it, named by their keyphrases, at most two levels deep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from paperchat.claims.stance_classifier import ClassifiedPaper
from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.clustering import cluster_papers
from paperchat.survey.keyphrases import build_vocabulary
from paperchat.survey.theme_names import format_theme_name, name_themes
from paperchat.survey.types import Aspect, PaperStance

WHOLE_CLAIM = "The claim as a whole"
"""The name of the aspect of papers that share no distinctive term."""
MIN_DECIDED = 3
"""Papers are split into aspects where at least so many of them take a side."""


def find_aspects(
    library: Library, encoder: MiniLM, claim: str, classified: Sequence[ClassifiedPaper], papers: Sequence[PaperStance]
) -> tuple[Aspect, ...]:
    """Find the aspects, that with the most papers for or against first.

    There are none where fewer than ``MIN_DECIDED`` papers take a side. ``papers`` are those classified, in that order.
    """
    return _split(library, encoder, claim, classified, papers, has_sub_aspects=True)


def _split(
    library: Library,
    encoder: MiniLM,
    context: str,
    classified: Sequence[ClassifiedPaper],
    papers: Sequence[PaperStance],
    *,
    has_sub_aspects: bool,
) -> tuple[Aspect, ...]:
    """The aspects of these papers; their names leave out the words of ``context``."""
    if sum(one.position != "neutral" for one in papers) < MIN_DECIDED:
        return ()
    vocabulary = build_vocabulary(
        library,
        [one.paper.paper.title for one in classified],
        [" ".join(dict.fromkeys(sentence.quote.passage.text for sentence in one.sentences)) for one in classified],
    )
    vectors = np.stack([one.sentences[0].vector for one in classified])
    groups = cluster_papers(vectors, vocabulary)
    if len(groups) < 2:
        return ()
    by_name: dict[str, list[int]] = {}
    for group, terms in zip(
        groups, name_themes(library, encoder, vocabulary, groups, vectors=vectors, topic=context), strict=True
    ):
        by_name.setdefault(format_theme_name(terms) or WHOLE_CLAIM, []).extend(group)
    aspects = []
    for name, group in by_name.items():
        members = [papers[at] for at in group]
        below = (
            _split(
                library, encoder, f"{context} {name}", [classified[at] for at in group], members, has_sub_aspects=False
            )
            if has_sub_aspects
            else ()
        )
        aspects.append(_aspect(name, members, below))
    if len(aspects) < 2:
        return ()
    return tuple(sorted(aspects, key=lambda one: (-(one.support + one.oppose), -one.neutral, one.name)))


def _aspect(name: str, papers: Sequence[PaperStance], below: tuple[Aspect, ...]) -> Aspect:
    counts = Counter(one.position for one in papers)
    strongest = sorted(papers, key=lambda one: (one.position == "neutral", -one.confidence))
    return Aspect(
        name=name,
        support=counts["support"],
        oppose=counts["oppose"],
        neutral=counts["neutral"],
        citations=tuple(number for one in strongest for number in one.citations),
        aspects=below,
    )

"""Aspects of a claim: what the papers near it speak of beside what it says itself, two levels deep at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from paperchat.claims.claim_evidence import Evidence
from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.survey.clustering import divided
from paperchat.survey.keyphrases import vocabulary_of
from paperchat.survey.theme_names import as_name, named
from paperchat.survey.types import Aspect, Weighed

WHOLE = "The claim as a whole"
"""What the aspect is called of all papers that share no telling term."""


def aspects_of(
    library: Library, encoder: MiniLM, claim: str, evidence: Sequence[Evidence], papers: Sequence[Weighed]
) -> tuple[Aspect, ...]:
    """The aspects, that with most papers taking a side first. ``papers`` are those of the evidence, in its order."""
    if not papers:
        return ()
    return _split(library, encoder, claim, evidence, papers, deeper=True)


def _split(
    library: Library,
    encoder: MiniLM,
    said: str,
    evidence: Sequence[Evidence],
    papers: Sequence[Weighed],
    *,
    deeper: bool,
) -> tuple[Aspect, ...]:
    """The aspects of these papers; ``said`` is what their names need not say again."""
    vocabulary = vocabulary_of(
        library,
        [one.paper.paper.title for one in evidence],
        [" ".join(dict.fromkeys(quote.passage.text for quote in one.quotes)) for one in evidence],
    )
    vectors = np.stack([one.vector for one in evidence])
    groups = divided(vectors, vocabulary)
    if len(groups) < 2 and not deeper:
        return ()
    by_name: dict[str, list[int]] = {}
    for group, terms in zip(
        groups, named(library, encoder, vocabulary, groups, vectors=vectors, topic=said), strict=True
    ):
        by_name.setdefault(as_name(terms) or WHOLE, []).extend(group)
    found = []
    for name, group in by_name.items():
        inside = [papers[at] for at in group]
        below = (
            _split(library, encoder, f"{said} {name}", [evidence[at] for at in group], inside, deeper=False)
            if deeper and len(by_name) > 1
            else ()
        )
        found.append(_aspect(name, inside, below))
    return tuple(sorted(found, key=lambda one: (-(one.support + one.oppose), -one.neutral, one.name)))


def _aspect(name: str, papers: Sequence[Weighed], below: tuple[Aspect, ...]) -> Aspect:
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

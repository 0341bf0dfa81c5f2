"""What the papers found have in common: how many there are of each year, category and author."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from paperchat.types import StoredPaper

LONGEST = 20

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts over ``papers`` papers, the commonest of each kind first, at most ``LONGEST``; years newest first."""

    papers: int
    years: Counts
    categories: Counts
    authors: Counts

    def as_json(self) -> dict[str, Any]:
        return {
            name: value if name == "papers" else [{"value": kind, "papers": count} for kind, count in value]
            for name, value in asdict(self).items()
        }


def facets_of(papers: Iterable[StoredPaper]) -> Facets:
    known = [stored.paper for stored in papers]
    return Facets(
        papers=len(known),
        years=tuple(sorted(Counter(paper.date[:4] for paper in known if paper.date).items(), reverse=True)),
        categories=_commonest(name for paper in known for name in dict.fromkeys(paper.categories)),
        authors=_commonest(name for paper in known for name in dict.fromkeys(paper.authors)),
    )


def _commonest(values: Iterable[str]) -> Counts:
    return tuple(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))[:LONGEST])

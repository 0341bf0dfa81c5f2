"""Facets of a search result: how many papers there are of each year, category and author."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

MAX_FACET_VALUES = 20


class Faceted(Protocol):
    """What facets are counted of: a paper, or its entry in the directory."""

    @property
    def date(self) -> str:
        """ISO, empty where it is not known."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Of arXiv."""

    @property
    def authors(self) -> tuple[str, ...]:
        """Their names."""


FacetCounts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """Counts over ``papers`` papers: years newest first; of categories and authors the `MAX_FACET_VALUES` commonest."""

    papers: int
    years: FacetCounts
    categories: FacetCounts
    authors: FacetCounts

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready dict: the number of papers, and of each facet its values with their counts."""
        return {
            name: value if name == "papers" else [{"value": kind, "papers": count} for kind, count in value]
            for name, value in asdict(self).items()
        }


def count_facets(papers: Iterable[Faceted]) -> Facets:
    """The facets of these papers."""
    known = list(papers)
    return Facets(
        papers=len(known),
        years=tuple(sorted(Counter(paper.date[:4] for paper in known if paper.date).items(), reverse=True)),
        categories=_most_common(name for paper in known for name in dict.fromkeys(paper.categories)),
        authors=_most_common(name for paper in known for name in dict.fromkeys(paper.authors)),
    )


def _most_common(values: Iterable[str]) -> FacetCounts:
    return tuple(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_FACET_VALUES])

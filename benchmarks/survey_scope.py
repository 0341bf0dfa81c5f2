"""Which papers a survey selects for its topic, and how it groups them into themes.

    python -m benchmarks.survey_scope --home LIBRARY show TOPIC …   the first and the last that match, and the themes
    python -m benchmarks.survey_scope --home LIBRARY keywords       random topics, against the keywords of Daily Papers

LIBRARY has the 542 days of Daily Papers. About two papers in three have keywords, which are not complete: a paper
without a keyword may well be about it. So of the papers that match a keyword taken as a topic, only two things can be
counted: how many of the papers with the keyword are found, and how many of the first ten either have it or contain all
its words. Topics are keywords of two or three words that 10 to 60 papers have.

Themes are compared with keywords, too: the correlation, over all pairs of papers read, of being in one theme and of
sharing keywords (each weighted by its rarity among them). Chance gives 0.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections import Counter
from pathlib import Path

import numpy as np

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.clustering import find_themes
from paperchat.survey.scope import Scope, ScopeResolver
from paperchat.survey.types import Theme
from paperchat.types import Paper

TOPICS_DRAWN = 50
SEED = 2026
OTHER_FIELDS = (
    "medieval French poetry",
    "malaria vaccines",
    "coral reef bleaching",
    "Roman trade routes",
    "zebrafish embryos",
    "monetary policy",
    "steel bridges",
    "glacier retreat",
    "kidney transplantation",
    "tectonic plates",
    "childhood asthma",
    "bird migration",
    "coffee farming",
    "superconductivity",
    "black holes",
    "stem cells",
    "gothic cathedrals",
    "wheat yield",
    "tenant law",
    "osteoporosis",
)


def keywords_of(paper: Paper) -> set[str]:
    given = paper.daily.get("keywords") or ()
    return {one.strip().lower() for one in (given.split(",") if isinstance(given, str) else given)}


def has_all_words(library: Library, paper: Paper, topic: str) -> bool:
    return set(library.analyse(topic)) <= set(library.analyse(f"{paper.title} {paper.abstract}"))


def theme_keyword_correlation(scope: Scope, themes: tuple[Theme, ...]) -> float | None:
    theme_of = {paper_id: place for place, theme in enumerate(themes) for paper_id in theme.papers}
    tagged = [(theme_of[one.paper.paper_id], keywords_of(one.paper.paper)) for one in scope.papers]
    tagged = [(theme, keywords) for theme, keywords in tagged if keywords]
    counts = Counter(keyword for _, keywords in tagged for keyword in keywords)
    pairs = [
        (float(one == other), sum(math.log(len(tagged) / counts[word]) for word in mine & theirs))
        for place, (one, mine) in enumerate(tagged)
        for other, theirs in tagged[:place]
    ]
    same, shared = np.array(pairs).T
    return float(np.corrcoef(same, shared)[0, 1]) if same.std() and shared.std() else None


def show_scope(library: Library, encoder: MiniLM, scope: Scope) -> None:
    print(f"\n{scope.topic}: {scope.matched} match, {len(scope.papers)} read")
    titles = [f"{one.relevance:.2f} {one.paper.paper.title}" for one in scope.papers]
    ends = [f"out  {one.paper.paper.title}" for one in scope.omitted]
    for line in [*titles[:15], "…", *titles[15:][-5:], *ends[:5]]:
        print(f"  {line}")
    named = {one.paper.paper_id: one.paper.paper.title for one in scope.papers}
    for theme in find_themes(library, encoder, scope):
        print(f"  * {theme.name} ({len(theme.papers)}): {' | '.join(named[one][:60] for one in theme.papers[:4])}")


def measure_keywords(library: Library, encoder: MiniLM, resolver: ScopeResolver) -> None:
    tagged: dict[str, set[str]] = {}
    for stored in library.all_papers():
        for keyword in keywords_of(stored.paper):
            tagged.setdefault(keyword, set()).add(stored.paper_id)
    topics = sorted(one for one, papers in tagged.items() if 10 <= len(papers) <= 60 and 2 <= len(one.split()) <= 3)
    found, confirmed, together = [], [], []
    for topic in random.Random(SEED).sample(topics, TOPICS_DRAWN):
        scope = resolver.resolve(topic)
        ids = {one.paper.paper_id for one in scope.papers} | {one.paper.paper_id for one in scope.omitted}
        first = [one.paper for one in scope.papers[:10]]
        found.append(len(ids & tagged[topic]) / len(tagged[topic]))
        right = [one.paper_id in tagged[topic] or has_all_words(library, one.paper, topic) for one in first]
        confirmed.append(statistics.fmean(right) if right else 0.0)
        agreed = (
            theme_keyword_correlation(scope, find_themes(library, encoder, scope)) if len(scope.papers) >= 30 else None
        )
        together += [agreed] if agreed is not None else []
        print(
            f"{topic:40} {scope.matched:4} match {found[-1]:.2f} found {confirmed[-1]:.2f} of the first ten confirmed"
        )
    wrongly = {topic: resolver.resolve(topic).matched for topic in OTHER_FIELDS}
    print(f"found {statistics.fmean(found):.3f}, of the first ten confirmed {statistics.fmean(confirmed):.3f}")
    print(f"themes and keywords: {statistics.fmean(together):.3f} over {len(together)} topics")
    print(f"topics of other fields that match nothing: {sum(not n for n in wrongly.values())} of {len(wrongly)}")
    print({topic: count for topic, count in wrongly.items() if count})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("what", choices=["show", "keywords"])
    parser.add_argument("topics", nargs="*")
    options = parser.parse_args()
    with PaperChat.open(options.home) as chat:
        encoder = MiniLM()
        searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
        matcher = chat.components.topic_matcher
        resolver = ScopeResolver(library=chat.library, searcher=searcher, encoder=encoder, matcher=matcher)
        if options.what == "keywords":
            measure_keywords(chat.library, encoder, resolver)
        for topic in options.topics:
            show_scope(chat.library, encoder, resolver.resolve(topic))


if __name__ == "__main__":
    main()

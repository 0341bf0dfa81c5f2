"""Themes are those that a reader would make, their names say what is in them, and the map keeps them together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from survey_scopes import resolver_of, scope_of, scoped_paper
from threadpoolctl import threadpool_info

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.survey.clustering import UNDIVIDED_NAME, find_themes, layout_points
from paperchat.survey.scope import Scope, ScopedPaper
from paperchat.survey.types import MapPoint, Theme
from paperchat.types import Paper

GROUPS = {
    "surgery": ("Jumpstarting Surgical", "improved surgical foundation"),
    "driving": ("UniSim", "Bird's Eye View", "Practical Collaborative Perception"),
    "evaluation": ("LabSafety Bench", "SAGE-Eval", "MobileSafetyBench"),
    "toxicity": ("Toxicity in ChatGPT", "Stereotyping Harms", "Ethical and social risks"),
    "regulation and risk": ("Frontier AI Regulation", "Catastrophic AI Risks", "Superintelligent Agents"),
}
"""Papers of the sample page that a reader would put together, by the beginning of their titles."""


@pytest.fixture(scope="module")
def page(sample: PaperChat) -> Scope:
    """A scope of all papers of the sample page."""
    stored = list(sample.papers())
    vectors = sample.library.vectors([f"{one.paper_id}#abstract.0" for one in stored])
    papers = tuple(
        ScopedPaper(paper=one, passages=(), vector=vectors[f"{one.paper_id}#abstract.0"], relevance=0.5)
        for one in stored
    )
    return Scope(topic="safety", papers=papers, omitted=(), matched=len(papers))


@pytest.fixture(scope="module")
def themes(sample: PaperChat, page: Scope) -> tuple[Theme, ...]:
    return find_themes(sample.library, MiniLM(), page)


def theme_with(themes: tuple[Theme, ...], page: Scope, title: str) -> Theme:
    paper_id = next(one.paper.paper_id for one in page.papers if title in one.paper.paper.title)
    return next(theme for theme in themes if paper_id in theme.papers)


def themes_of_groups(themes: tuple[Theme, ...], page: Scope) -> dict[str, set[str]]:
    """The names of the themes that the papers of each of ``GROUPS`` are in."""
    return {name: {theme_with(themes, page, title).name for title in titles} for name, titles in GROUPS.items()}


def test_the_sample_page_splits_as_a_reader_would_split_it(page: Scope, themes: tuple[Theme, ...]) -> None:
    found = themes_of_groups(themes, page)
    assert all(len(names) == 1 for names in found.values()), found
    assert len(set.union(*found.values())) == len(GROUPS)
    assert "surgical" in next(iter(found["surgery"])).lower()
    assert "toxic" in next(iter(found["toxicity"])).lower()
    assert "risk" in next(iter(found["regulation and risk"])).lower()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_finds_the_same_groups_with_the_vectors_of_another_processor(
    sample: PaperChat, page: Scope, seed: int
) -> None:
    noise = np.random.default_rng(seed)
    moved = [one.vector + noise.normal(0, 0.0023, one.vector.shape) for one in page.papers]  # to a cosine of .999
    papers = tuple(
        replace(one, vector=(vector / np.linalg.norm(vector)).astype(np.float32))
        for one, vector in zip(page.papers, moved, strict=True)
    )
    elsewhere = replace(page, papers=papers)
    found = themes_of_groups(find_themes(sample.library, MiniLM(), elsewhere), elsewhere)
    assert all(len(names) == 1 for names in found.values()), found
    assert len(set.union(*found.values())) == len(GROUPS)


def test_every_paper_is_in_one_theme_and_the_largest_comes_first(page: Scope, themes: tuple[Theme, ...]) -> None:
    assert sorted(paper for theme in themes for paper in theme.papers) == sorted(
        one.paper.paper_id for one in page.papers
    )
    sizes = [len(theme.papers) for theme in themes]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] >= 2
    assert 3 <= len(themes) <= 7


def test_names_are_one_or_two_terms_that_occur_and_say_more_than_the_topic(
    page: Scope, themes: tuple[Theme, ...]
) -> None:
    texts = " ".join(f"{one.paper.paper.title} {one.paper.paper.abstract}" for one in page.papers)
    assert len({theme.name for theme in themes}) == len(themes)
    for theme in themes:
        assert 1 <= len(theme.terms) <= 2
        assert theme.name.lower() == " and ".join(theme.terms).lower()
        assert not theme.name[0].islower()
        assert all(term.lower() in texts.lower() and term.lower() != "safety" for term in theme.terms)


def test_the_same_papers_have_the_same_themes(sample: PaperChat, page: Scope, themes: tuple[Theme, ...]) -> None:
    assert find_themes(sample.library, MiniLM(), page) == themes


def test_a_handful_of_papers_is_one_theme_and_none_is_none(sample: PaperChat) -> None:
    few = resolver_of(sample).resolve("safety", most=5)
    (theme,) = find_themes(sample.library, MiniLM(), few)
    assert theme.papers == tuple(one.paper.paper_id for one in few.papers)
    assert find_themes(sample.library, MiniLM(), resolver_of(sample).resolve("medieval French poetry")) == ()


@pytest.mark.parametrize("count", [9, 20])
def test_papers_that_all_say_the_same_are_one_theme(sample: PaperChat, count: int) -> None:
    one = scoped_paper(Paper(title="Coral reefs", abstract="Coral reefs bleach."), 0, 0.5)
    alike = tuple(
        replace(one, paper=replace(one.paper, paper_id=f"paper:{number}"), relevance=1 - number / 100)
        for number in range(count)
    )
    scope = Scope(topic="reefs", papers=alike, omitted=(), matched=count)
    (theme,) = themes = find_themes(sample.library, MiniLM(), scope)
    assert len(theme.papers) == count
    assert len({(point.x, point.y) for point in layout_points(scope, themes)}) == count


def test_clustering_by_several_threads_leaves_the_process_with_its_threads(
    sample: PaperChat, page: Scope, themes: tuple[Theme, ...]
) -> None:
    before = [library["num_threads"] for library in threadpool_info()]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: find_themes(sample.library, MiniLM(), page), range(6)))
    assert all(one == themes for one in found)
    assert [library["num_threads"] for library in threadpool_info()] == before


def test_papers_that_say_nothing_are_in_one_theme_that_is_not_the_topic(sample: PaperChat) -> None:
    blank = tuple(scoped_paper(Paper(title=""), place, 0.5) for place in range(9))
    themes = find_themes(sample.library, MiniLM(), Scope(topic="blank pages", papers=blank, omitted=(), matched=9))
    assert {theme.name for theme in themes} == {UNDIVIDED_NAME}
    assert sum(len(theme.papers) for theme in themes) == 9


def test_no_theme_is_named_after_the_topics_own_short_form(sample: PaperChat) -> None:
    scope = resolver_of(sample).resolve("safety of large language models")
    terms = {term.lower() for theme in find_themes(sample.library, MiniLM(), scope) for term in theme.terms}
    assert terms
    assert not terms & {"llm", "llms", "llm models"}


def test_a_single_plain_word_stands_alone_only_if_it_is_a_quality(themes: tuple[Theme, ...]) -> None:
    single = [theme.name for theme in themes if theme.name.isalpha() and theme.name[1:].islower()]
    assert all(name.endswith(("ity", "ness", "ation")) for name in single)


def positions(points: tuple[MapPoint, ...]) -> list[tuple[float, float]]:
    return [(one.x, one.y) for one in points]


def test_every_paper_has_a_position_and_its_theme(sample: PaperChat) -> None:
    scope = resolver_of(sample).resolve("safety")
    themes = find_themes(sample.library, MiniLM(), scope)
    points = layout_points(scope, themes)
    assert [one.paper for one in points] == [one.paper for one in scope.papers]
    assert all(one.paper.paper_id in themes[one.theme].papers for one in points)
    assert all(0 <= value <= 1 for place in positions(points) for value in place)
    assert layout_points(scope, themes) == points


def test_papers_of_a_theme_are_nearer_to_one_another_than_to_the_others(sample: PaperChat) -> None:
    scope = resolver_of(sample).resolve("safety")
    points = layout_points(scope, find_themes(sample.library, MiniLM(), scope))
    at = np.array(positions(points))
    between = np.linalg.norm(at[:, None] - at[None, :], axis=2)
    same = np.equal.outer([one.theme for one in points], [one.theme for one in points])
    assert between[same].mean() < 0.6 * between[~same].mean()


def test_a_few_papers_are_placed_too_and_none_covers_another() -> None:
    for size in range(1, 6):
        scope = scope_of([Paper(title=str(number)) for number in range(size)])
        theme = Theme(name="All", terms=(), papers=tuple(one.paper.paper_id for one in scope.papers))
        found = positions(layout_points(scope, [theme]))
        assert len(set(found)) == size
    assert positions(
        layout_points(scope_of([Paper(title="one")]), [Theme(name="", terms=(), papers=("paper:0",))])
    ) == [(0.5, 0.5)]
    assert layout_points(Scope(topic="", papers=(), omitted=(), matched=0), []) == ()


def test_papers_at_the_edge_of_the_topic_are_in_a_last_group(sample: PaperChat) -> None:
    papers = tuple(scoped_paper(Paper(title=""), place, 0.9 if place < 12 else 0.2) for place in range(15))
    themes = find_themes(sample.library, MiniLM(), Scope(topic="blank pages", papers=papers, omitted=(), matched=15))
    assert [theme.is_rest for theme in themes] == [False] * (len(themes) - 1) + [True]
    assert themes[-1].papers == tuple(one.paper.paper_id for one in papers[12:])

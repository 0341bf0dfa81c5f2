"""Places on the map: within it, the same each time, and near for papers of a theme."""

from __future__ import annotations

import numpy as np
from survey_scopes import scope_of, scoper_of

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.survey.clustering import find_themes, layout_points
from paperchat.survey.scope import Scope
from paperchat.survey.types import MapPoint, Theme
from paperchat.types import Paper


def places(points: tuple[MapPoint, ...]) -> list[tuple[float, float]]:
    return [(one.x, one.y) for one in points]


def test_every_paper_has_a_place_and_its_theme(sample: PaperChat) -> None:
    scope = scoper_of(sample).resolve("safety")
    themes = find_themes(sample.library, MiniLM(), scope)
    points = layout_points(scope, themes)
    assert [one.paper for one in points] == [one.paper for one in scope.papers]
    assert all(one.paper.paper_id in themes[one.theme].papers for one in points)
    assert all(0 <= value <= 1 for place in places(points) for value in place)
    assert layout_points(scope, themes) == points


def test_papers_of_a_theme_are_nearer_to_one_another_than_to_the_others(sample: PaperChat) -> None:
    scope = scoper_of(sample).resolve("safety")
    points = layout_points(scope, find_themes(sample.library, MiniLM(), scope))
    at = np.array(places(points))
    between = np.linalg.norm(at[:, None] - at[None, :], axis=2)
    same = np.equal.outer([one.theme for one in points], [one.theme for one in points])
    assert between[same].mean() < 0.6 * between[~same].mean()


def test_a_few_papers_are_placed_too_and_none_covers_another() -> None:
    for size in range(1, 6):
        scope = scope_of([Paper(title=str(number)) for number in range(size)])
        theme = Theme(name="All", terms=(), papers=tuple(one.paper.paper_id for one in scope.papers))
        found = places(layout_points(scope, [theme]))
        assert len(set(found)) == size
    assert places(layout_points(scope_of([Paper(title="one")]), [Theme(name="", terms=(), papers=("paper:0",))])) == [
        (0.5, 0.5)
    ]
    assert layout_points(Scope(topic="", papers=(), omitted=(), matched=0), []) == ()

"""The map shows every paper of a survey, can be read and reached by anybody, and lets nothing through."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from render_samples import HOSTILE, stored

from paperchat.render.survey_map import map_png, map_svg
from paperchat.survey.types import Coverage, MapPoint, Survey, Theme
from paperchat.types import Paper

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("Draft trees", "KV cache compression, long contexts", "$x_1$ and \\frac{", "中文 & <b>bold</b>")


def survey_of(size: int, names: tuple[str, ...] = NAMES, title: str = "A paper") -> Survey:
    rng = np.random.default_rng(1)
    papers = [
        stored(
            Paper(title=f"{title} {place}", date=f"2024-{place % 12 + 1:02}-01", daily={"upvotes": place * 3}),
            f"arxiv:2410.{place:05}",
        )
        for place in range(size)
    ]
    centres = rng.random((len(names), 2))
    points = tuple(
        MapPoint(paper=paper, theme=place % len(names), x=float(x), y=float(y))
        for place, paper in enumerate(papers)
        for x, y in [np.clip(centres[place % len(names)] + rng.normal(0, 0.07, 2), 0, 1)]
    )
    themes = tuple(
        Theme(
            name=name,
            terms=(name.split(",")[0],),
            papers=tuple(one.paper.paper_id for one in points if one.theme == place),
        )
        for place, name in enumerate(names)
    )
    return Survey(
        topic="speculative decoding",
        summary="",
        sections=(),
        citations=(),
        table=(),
        coverage=Coverage(matched=size, read=size, cited=0, since="", until="", abstracts=size, full_texts=0),
        themes=themes,
        points=points,
        model="extractive",
        timings_ms={},
    )


def points_in(svg: str) -> list[ElementTree.Element]:
    return [element for element in ElementTree.fromstring(svg).iter() if element.get("data-paper")]


def test_every_paper_is_a_point_that_tells_of_itself_and_can_be_reached_by_the_keyboard() -> None:
    survey = survey_of(60)
    found = points_in(map_svg(survey))
    assert [one.get("data-paper") for one in found] == [one.paper.paper_id for one in survey.points]
    assert [one.get("data-theme") for one in found] == [str(one.theme) for one in survey.points]
    assert {one.get("tabindex") for one in found} == {"0"}
    titles = [one.findtext(f"{SVG}title") for one in found]
    assert titles == [f"{one.paper.paper.title}, {one.paper.paper.date}" for one in survey.points]


def test_its_text_is_text_in_the_pages_own_colour_and_nothing_lies_behind_it() -> None:
    svg = map_svg(survey_of(20))
    texts = " ".join("".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(f"{SVG}text"))
    assert "speculative decoding: 20 papers" in texts
    assert all(name in texts for name in NAMES)
    assert "currentColor" in svg
    assert "#ffffff" not in svg
    assert "<style" not in svg  # it would hold for the whole page


def test_it_is_small_and_the_same_each_time() -> None:
    survey = survey_of(60)
    assert len(map_svg(survey)) < 100_000
    assert map_svg(survey) == map_svg(survey)
    assert map_png(survey) == map_png(survey)


def test_hostile_titles_names_and_topics_are_shown_as_what_they_are() -> None:
    survey = replace(survey_of(4, (HOSTILE, "<script>alert(1)</script>"), HOSTILE), topic=f"{HOSTILE}<svg onload=x>")
    svg = map_svg(survey)
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
    assert tags <= {"svg", "g", "path", "use", "defs", "clipPath", "rect", "title", "text", "tspan"}
    assert not re.search("[\x00-\x08\x1b\u202e\u2066]", svg)
    assert map_png(survey)


@pytest.mark.parametrize("size", [0, 1, 2, 200])
def test_any_number_of_papers_can_be_drawn(size: int) -> None:
    survey = survey_of(size) if size else replace(survey_of(0), themes=(), points=())
    assert len(points_in(map_svg(survey))) == size
    assert Image.open(io.BytesIO(map_png(survey))).width >= 1000


def test_upvotes_and_dates_are_shown_when_asked_for() -> None:
    survey = survey_of(12)
    pictures = {map_svg(survey, upvotes=up, dates=day) for up in (True, False) for day in (True, False)}
    assert len(pictures) == 4
    assert "larger: more upvotes on Daily Papers; fainter: older" in map_svg(survey, dates=True)
    assert "upvotes" not in map_svg(survey, upvotes=False)


def test_names_do_not_cover_one_another_where_themes_lie_together() -> None:
    survey = survey_of(24, tuple(f"A rather long name {letter}" for letter in "abcdef"))
    together = replace(survey, points=tuple(replace(one, x=0.5, y=0.5) for one in survey.points))
    names = [
        (float(text.get("x", "")), float(text.get("y", "")))
        for text in ElementTree.fromstring(map_svg(together)).iter(f"{SVG}text")
        if "font-weight: 700" in text.get("style", "") and text.text in {theme.name for theme in survey.themes}
    ]
    assert len(names) == len(survey.themes)
    assert all(
        abs(one[0] - other[0]) > 80 or abs(one[1] - other[1]) > 9
        for place, one in enumerate(names)
        for other in names[:place]
    )

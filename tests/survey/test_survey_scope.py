"""Papers that match a topic are found and no others, on the sample and on libraries made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from survey_scopes import resolver_of, titles_of

from paperchat.assistant import PaperChat
from paperchat.errors import UsageError
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.survey.scope import ScopeResolver
from paperchat.survey.topic_matcher import TopicMatcher
from paperchat.types import Filters, Paper
from support import WordEmbedding, add_papers, open_library


@pytest.mark.parametrize(
    "topic", ["medieval French poetry", "malaria vaccines", "quantum chemistry", "zebrafish", "??"]
)
def test_a_topic_of_which_the_library_knows_nothing_matches_nothing(sample: PaperChat, topic: str) -> None:
    scope = resolver_of(sample).resolve(topic)
    assert (scope.papers, scope.omitted, scope.matched) == ((), (), 0)


def test_a_narrow_topic_has_its_papers_alone_in_whatever_form_they_say_it(sample: PaperChat) -> None:
    found = titles_of(resolver_of(sample).resolve("surgery"))
    assert found == [
        "Jumpstarting Surgical Computer Vision",
        "Scaling up self-supervised learning for improved surgical foundation models",
    ]


def test_a_broad_topic_has_many_best_first_and_those_that_tell_of_it_lead(sample: PaperChat) -> None:
    scope = resolver_of(sample).resolve("safety")
    assert 20 <= scope.matched == len(scope.papers) <= 35
    assert all("safe" in title.lower() for title in titles_of(scope)[:8])
    relevances = [one.relevance for one in scope.papers]
    assert relevances == sorted(relevances, reverse=True)
    assert 0 < relevances[-1] <= relevances[0] <= 1


def test_what_is_read_is_the_abstract_with_its_place_among_papers(sample: PaperChat) -> None:
    first = resolver_of(sample).resolve("safety").papers[0]
    assert [one.basis for one in first.passages] == ["abstract"]
    assert first.passages[0].text in first.paper.paper.abstract
    assert first.vector.shape == (384,)
    assert np.linalg.norm(first.vector) == pytest.approx(1, abs=1e-3)


def test_of_many_the_best_are_read_and_the_others_are_named_with_the_reason(sample: PaperChat) -> None:
    whole = resolver_of(sample).resolve("safety")
    part = resolver_of(sample).resolve("safety", most=5)
    assert titles_of(part) == titles_of(whole)[:5]
    assert part.matched == whole.matched == len(part.papers) + len(part.omitted)
    assert [one.paper.paper.title for one in part.omitted] == titles_of(whole)[5:]
    assert {one.reason for one in part.omitted} == {"it matches less well than the 5 papers that were read"}


def test_filters_hold(sample: PaperChat) -> None:
    resolver = resolver_of(sample)
    two = tuple(one.paper.paper_id for one in resolver.resolve("safety").papers[:2])
    assert {one.paper.paper_id for one in resolver.resolve("safety", Filters(papers=two)).papers} == set(two)
    assert resolver.resolve("safety", Filters(authors=("Nobody Atall",))).matched == 0
    assert resolver.resolve("safety", Filters(basis="full_text")).matched == 0
    with pytest.raises(UsageError):
        resolver.resolve("safety", Filters(since="yesterday"))


def test_a_short_form_that_papers_explain_finds_the_long_one_and_the_other_way_round(sample: PaperChat) -> None:
    resolver = resolver_of(sample)
    short, long = titles_of(resolver.resolve("VLMs")), titles_of(resolver.resolve("vision language models"))
    named = "Rethinking Bottlenecks in Safety Fine-Tuning of Vision Language Models"
    assert named in short
    assert named in long


def test_a_slip_of_the_keyboard_is_forgiven(sample: PaperChat) -> None:
    resolver = resolver_of(sample)
    wrong, right = (set(titles_of(resolver.resolve(one))[:2]) for one in ("surgicl vision", "surgical vision"))
    assert wrong == right


def test_an_empty_library_has_nothing(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path / "library") as chat:
        assert resolver_of(chat).resolve("safety").matched == 0


def test_another_embedder_will_do_and_places_are_still_the_encoders(tmp_path: Path) -> None:
    papers = [
        Paper(title="Malaria vaccines in children", abstract="A malaria vaccine was given to children in Kenya."),
        Paper(title="Bridges of steel", abstract="Cracks in welded steel bridges grow under load."),
        Paper(title="", abstract="Vaccines against malaria are compared; each vaccine is given twice."),
    ]
    encoder = MiniLM()
    with open_library(tmp_path / "library") as library:
        add_papers(library, *papers)
        searcher = Searcher(library=library, embedder=WordEmbedding(), encoder=encoder)
        matcher = TopicMatcher(library=library, searcher=searcher, encoder=encoder)
        resolver = ScopeResolver(library=library, searcher=searcher, encoder=encoder, matcher=matcher)
        scope = resolver.resolve("malaria vaccine")
    assert {one.paper.paper.abstract[:7] for one in scope.papers} == {"A malar", "Vaccine"}
    assert all(one.vector.shape == (384,) for one in scope.papers)

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from paperchat.assistant import PaperChat
from paperchat.claims.aspects import MIN_DECIDED
from paperchat.claims.claim_wording import verdict_label
from paperchat.errors import StoppedError, UsageError
from paperchat.survey.types import Aspect, WeighedClaim
from paperchat.types import Filters

CLAIM = "Vitamin D supplementation reduces the risk of falls in older adults."
PAPERS = [
    {
        "id": "2101.00001",
        "title": "Vitamin D and falls in nursing homes",
        "authors": ["Ada Lovelace", "Alan Turing"],
        "date": "2021-01-05",
        "abstract": "Falls are common in nursing homes. We found that vitamin D supplementation reduces the risk of "
        "falls in older adults by 20%. Bone density was measured, too.",
    },
    {
        "id": "2201.00002",
        "title": "A second trial of vitamin D",
        "authors": ["Ada Lovelace", "Alan Turing"],
        "date": "2022-01-05",
        "abstract": "We treated 300 people. Our results show that vitamin D supplementation reduced the risk of falls "
        "in older adults living at home.",
    },
    {
        "id": "2301.00003",
        "title": "Monthly doses of vitamin D",
        "authors": ["Grace Hopper"],
        "date": "2023-01-05",
        "abstract": "We gave monthly doses. Vitamin D supplementation did not reduce the risk of falls in older adults "
        "compared with placebo.",
    },
    {
        "id": "2301.00005",
        "title": "Yearly doses of vitamin D",
        "authors": ["Katherine Johnson"],
        "date": "2023-01-05",
        "comment": "This paper has been withdrawn by the authors due to an error in the analysis",
        "abstract": "We gave yearly doses. Vitamin D supplementation did not reduce the risk of falls in older adults "
        "compared with placebo.",
    },
    {
        "id": "2301.00004",
        "title": "A telescope on the far side of the Moon",
        "authors": ["Emmy Noether"],
        "date": "2023-02-05",
        "abstract": "Radio noise from the Earth hides the early universe. We describe a telescope for the far side.",
    },
]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder = tmp_path_factory.mktemp("trials")
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, PAPERS)), encoding="utf-8")
    with PaperChat.open(folder / "library") as chat:
        assert chat.ingest(folder / "papers.jsonl").added == len(PAPERS)
        yield chat


def sides(found: WeighedClaim) -> dict[str, str]:
    return {one.paper.paper_id: one.position for one in found.papers}


def all_aspects(aspects: tuple[Aspect, ...]) -> Iterator[Aspect]:
    for one in aspects:
        yield one
        yield from all_aspects(one.aspects)


def test_papers_have_stances_and_groups_are_counted(trials: PaperChat) -> None:
    found = trials.claim(CLAIM)
    assert sides(found) == {
        "arxiv:2101.00001": "support",
        "arxiv:2201.00002": "support",
        "arxiv:2301.00003": "oppose",
        "arxiv:2301.00005": "neutral",
    }
    assert found.verdict == "mixed"
    assert found.reason == (
        "2 papers of 1 group support the claim; 1 paper opposes it; 1 withdrawn paper is not counted."
    )
    assert verdict_label(found) == "Mixed"


def test_the_opposite_claim_has_the_sides_change(trials: PaperChat) -> None:
    found = trials.claim("Vitamin D supplementation does not reduce the risk of falls in older adults.")
    assert sides(found)["arxiv:2301.00003"] == "support"
    assert sides(found)["arxiv:2101.00001"] != "support"


def test_every_quote_is_exact(sample: PaperChat) -> None:
    found = sample.claim("Fine-tuning can undo safety training.")
    assert found.citations
    assert [citation.number for citation in found.citations] == list(range(1, len(found.citations) + 1))
    for citation in found.citations:
        stored, passages = sample.paper(citation.paper.paper_id)
        texts = {one.passage_id: one.text for one in passages}
        text = texts.get(citation.quote.passage.passage_id, stored.paper.title)
        assert text[citation.quote.start : citation.quote.end] == citation.quote.text
    assert any(citation.quote.passage.basis == "record" for citation in found.citations)


def test_papers_are_split_into_aspects_only_where_three_take_a_side(trials: PaperChat, sample: PaperChat) -> None:
    two = trials.claim(CLAIM, filters=Filters(until="2022-12-31"))
    assert (two.aspects, verdict_label(two)) == ((), "Supported by one group")
    for claim in ("Fine-tuning can undo safety training.", "Reasoning improves accuracy."):
        found = sample.claim(claim)
        decided = sum(one.position != "neutral" for one in found.papers)
        assert bool(found.aspects) <= (decided >= MIN_DECIDED)
        for aspect in all_aspects(found.aspects):
            assert aspect.name
            assert aspect.citations
            if aspect.aspects:
                assert aspect.support == sum(below.support for below in aspect.aspects)
                assert not any(below.aspects for below in aspect.aspects)


def test_one_paper_is_called_one_and_a_hedge_takes_no_side(tmp_path: Path) -> None:
    papers = [
        {
            "id": "2401.00001",
            "title": "A trial",
            "abstract": "We treated 90 people. Our results show that zinc lozenges shorten colds in adults by a day.",
        },
        {
            "id": "2401.00002",
            "title": "A review",
            "abstract": "Colds are common. Zinc lozenges may possibly shorten colds in adults.",
        },
    ]
    (tmp_path / "papers.jsonl").write_text("\n".join(map(json.dumps, papers)), encoding="utf-8")
    with PaperChat.open(tmp_path / "library") as chat:
        chat.ingest(tmp_path / "papers.jsonl")
        found = chat.claim("Zinc lozenges shorten colds in adults.")
    assert sides(found) == {"arxiv:2401.00001": "support", "arxiv:2401.00002": "neutral"}
    assert (found.verdict, verdict_label(found)) == ("supported", "One paper says so")


def test_what_the_library_does_not_speak_of_has_no_aspects(sample: PaperChat) -> None:
    found = sample.claim("Brazil won the 2018 football World Cup.")
    assert (found.verdict, found.aspects, found.citations) == ("not_enough_evidence", (), ())
    assert found.reason == "No paper in the library speaks of this."
    assert found.papers_considered


def test_an_empty_library_has_not_enough(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path) as chat:
        assert chat.claim(CLAIM).verdict == "not_enough_evidence"


def test_filters_hold(trials: PaperChat) -> None:
    found = trials.claim(CLAIM, filters=Filters(until="2022-12-31"))
    assert sides(found) == {"arxiv:2101.00001": "support", "arxiv:2201.00002": "support"}
    assert (found.verdict, found.filters.until) == ("supported", "2022-12-31")


def test_most_limits_the_papers(trials: PaperChat) -> None:
    assert trials.claim(CLAIM, most=1).papers_considered == 1
    with pytest.raises(UsageError, match="at least 1"):
        trials.claim(CLAIM, most=0)
    with pytest.raises(UsageError, match="empty"):
        trials.claim(" ")


def test_it_reports_progress_and_can_be_stopped(trials: PaperChat) -> None:
    stages: list[tuple[str, int, int]] = []
    trials.claim(CLAIM, progress=lambda *step: stages.append(step))
    assert stages == [("finding papers", 0, 1), ("judging them", 0, 1), ("finding aspects", 0, 1)]
    stopped = threading.Event()
    with pytest.raises(StoppedError):
        trials.claim(CLAIM, progress=lambda *_: stopped.set(), stopped=stopped)


def test_the_event_loop_stays_free(trials: PaperChat) -> None:
    async def weigh() -> tuple[WeighedClaim, int]:
        task = asyncio.create_task(trials.aclaim(CLAIM))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.001)
            turns += 1
        return task.result(), turns

    found, turns = asyncio.run(weigh())
    assert found.verdict == "mixed"
    assert turns > 1


def test_a_withdrawn_paper_is_shown_and_not_counted(trials: PaperChat) -> None:
    found = trials.claim(CLAIM)
    withdrawn = next(one for one in found.papers if one.paper.paper.withdrawn)
    assert withdrawn.position == "neutral"
    assert sum(one.position == "oppose" for one in found.papers) == 1


@pytest.mark.parametrize(
    "claim", ["Vitamin-D-Gaben senken das Sturzrisiko älterer Menschen.", "维生素可降低老年人跌倒的风险"]
)
def test_a_claim_in_another_language_is_not_settled_by_nearness(trials: PaperChat, claim: str) -> None:
    assert trials.claim(claim).verdict == "not_enough_evidence"

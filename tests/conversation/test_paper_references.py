"""Expressions of a follow-up that stand for papers of the conversation."""

from __future__ import annotations

import pytest

from paperchat import PaperChat
from paperchat.conversation.conversation_thread import ConversationThread
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.paper_references import PaperReferenceFinder
from paperchat.types import StoredPaper
from paperchat.understanding.request import Mention, Request

TITLES = (
    "LabSafety Bench",
    "RiOSWorld",
    "Jumpstarting Surgical Computer Vision",
    "MobileSafetyBench",
)


@pytest.fixture(scope="module")
def papers(sample: PaperChat) -> list[StoredPaper]:
    found = {title: one for title in TITLES for one in sample.library.all_papers() if one.paper.title.startswith(title)}
    return [found[title] for title in TITLES]


def listing(papers: list[StoredPaper], topic: str = "safety") -> EarlierTurn:
    request = Request(question=f"papers on {topic}", kind="list", topic=topic)
    return EarlierTurn(question=request.question, papers=tuple(papers), listed=tuple(papers), request=request)


def about(paper: StoredPaper) -> EarlierTurn:
    request = Request(question="who wrote it?", kind="record", mentions=(Mention(text="it", papers=(paper.paper_id,)),))
    return EarlierTurn(question=request.question, papers=(paper,), listed=(paper,), request=request)


def referred(sample: PaperChat, said: str, *turns: EarlierTurn) -> list[str]:
    finder = PaperReferenceFinder(library=sample.library, searcher=sample.components.searcher)
    references = finder.find(said, ConversationThread(turns))
    return [paper.paper.title.partition(":")[0] for one in references for paper in one.papers]


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ("who wrote the second one", [2]),
        ("2nd one - who wrote it", [2]),
        ("second?", [2]),
        ("and number three, what is it about", [3]),
        ("summarise the last one please", [4]),
        ("the very first one: link?", [1]),
        ("the top one there, has it got code?", [1]),
        ("compare the first two", [1, 2]),
        ("compare the last two papers", [3, 4]),
        ("compare the first and the third", [1, 3]),
        ("compare 1 and 4", [1, 4]),
        ("tell me about paper 2", [2]),
        ("is there code for the first", [1]),
        ("wer hat das zweite Papier geschrieben", [2]),
        ("résume le premier", [1]),
        ("resume el último", [4]),
        ("谁写了第二篇", [2]),
        ("why is that one better", []),
        ("the first author?", []),
        ("what came out last week", []),
        ("was it the first to do so?", []),
        ("the ninth one", []),
    ],
)
def test_places_in_the_list(sample: PaperChat, papers: list[StoredPaper], said: str, places: list[int]) -> None:
    expected = [papers[place - 1].paper.title.partition(":")[0] for place in places]
    assert referred(sample, said, listing(papers)) == expected


def test_a_place_is_one_of_the_latest_list_unless_another_is_meant(
    sample: PaperChat, papers: list[StoredPaper]
) -> None:
    turns = [listing(papers[:3]), listing(papers[2:], "surgery"), about(papers[3])]
    assert referred(sample, "who wrote the first one", *turns) == [papers[2].paper.title.partition(":")[0]]
    assert referred(sample, "who wrote the third one", *turns) == [papers[2].paper.title.partition(":")[0]]
    assert referred(sample, "the second one in your first list", *turns) == ["RiOSWorld"]
    assert referred(sample, "who made the other one?", *turns) == [papers[2].paper.title.partition(":")[0]]


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("what does the one on surgical vision explore?", "Jumpstarting Surgical Computer Vision"),
        ("the surgical one, who wrote it", "Jumpstarting Surgical Computer Vision"),
        ("the one about mobile devices: link", "MobileSafetyBench"),
        ("and rios world, how many tasks?", "RiOSWorld"),
        ("how big is labsafetybench", "LabSafety Bench"),
        ("what does it cost?", ""),
    ],
)
def test_papers_by_name_and_by_a_few_words(sample: PaperChat, papers: list[StoredPaper], said: str, title: str) -> None:
    assert referred(sample, said, listing(papers)) == ([title] if title else [])


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("what does the mobile safety one measure?", "MobileSafetyBench"),
        ("the one about chemistry labs, how big is it", "LabSafety Bench"),
        ("what does the paper on Generation Alpha's language find?", "Understanding Gen Alpha Digital Language"),
    ],
)
def test_parts_of_names_and_papers_beyond_the_list(
    sample: PaperChat, papers: list[StoredPaper], said: str, title: str
) -> None:
    assert referred(sample, said, listing(papers)) == [title]

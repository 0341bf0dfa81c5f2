"""What a reader follows, saves and asks again, on a small library that grows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daily_library import DailyPaper, ingest_daily, make_daily_library
from older_library import downgrade
from paperchat.assistant import PaperChat
from paperchat.errors import NotFoundError, UsageError
from paperchat.evaluation.exact_quotes import quotes_are_exact
from paperchat.reading.digest import DigestPaper
from paperchat.render.reading_json import digest_as_json, standing_check_as_json

MRI = DailyPaper(
    number=6,
    day="2026-05-08",
    title="Faster Brain MRI with Diffusion",
    abstract="Scanning takes long. We propose SwiftScan, a diffusion model that reconstructs brain MRI from a tenth of "
    "the measurements. SwiftScan shortens brain MRI to four minutes.",
    upvotes=7,
    authors=("Song Han",),
)
POETRY = DailyPaper(
    number=7,
    day="2026-05-08",
    title="Sonnets by Rule",
    abstract="Poetry has metre. We present SonnetGen, a grammar that writes sonnets.",
    upvotes=1,
)


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[PaperChat]:
    with make_daily_library(tmp_path) as opened:
        yield opened


def test_what_is_followed_is_listed_once_and_belongs_to_its_owner(chat: PaperChat) -> None:
    mine, others = chat.reading(), chat.reading("user:ada")
    mine.follow("author", "Müller, Zoë")
    first = mine.follow("topic", "Brain  MRI")
    assert mine.follow("topic", "brain mri") == first
    others.follow("topic", "music")
    assert [(one.kind, one.name) for one in mine.follows()] == [("topic", "Brain MRI"), ("author", "Müller, Zoë")]
    assert mine.unfollow("zoe muller").kind == "author"
    with pytest.raises(NotFoundError, match="music"):
        mine.unfollow("music")
    for name in ("", "a\nb\x00", "!!", "x" * 300):
        with pytest.raises(UsageError):
            mine.follow("topic", name)
    mine.follow("author", "Brain MRI")
    with pytest.raises(UsageError, match="--kind"):
        mine.unfollow("brain mri")
    assert mine.unfollow("brain mri", "author").kind == "author"
    assert [one.name for one in others.follows()] == ["music"]


def test_a_collection_keeps_its_papers_and_belongs_to_its_owner(chat: PaperChat) -> None:
    mine = chat.reading()
    assert mine.save("thesis", ["2605.00001", "arxiv:2605.00003", "2605.00001v1"]).papers == 2
    assert [one.paper.arxiv_id for one in mine.saved("thesis")] == ["2605.00001", "2605.00003"]
    with pytest.raises(NotFoundError):
        mine.save("thesis", ["2605.00002", "9999.99999"])
    assert mine.save("thesis", []).papers == 2
    with pytest.raises(NotFoundError, match="thesis"):
        chat.reading("user:ada").saved("thesis")
    assert mine.unsave("thesis", ["2605.00003", "2605.00002"]) == 1
    chat.remove(["2605.00001"])
    assert mine.saved("thesis") == []
    assert mine.delete_collection("thesis").name == "thesis"
    assert mine.collections() == []


def test_a_saved_paper_stays_saved_where_it_gets_another_id(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text('{"title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n', encoding="utf-8")
    with PaperChat.open(tmp_path / "library") as chat:
        chat.ingest(file)
        (before,) = chat.papers()
        chat.reading().save("birds", [before.paper_id])
        for owner in ("", "user:ada"):
            chat.reading(owner).mark("upvote", before.paper_id)
        file.write_text(
            '{"id": "2401.00001", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n', encoding="utf-8"
        )
        chat.ingest(file)
        assert [one.paper_id for one in chat.reading().saved("birds")] == ["arxiv:2401.00001"]
        assert chat.library.marks.upvotes(["arxiv:2401.00001"]) == {"arxiv:2401.00001": 2}


def test_marks_are_the_owners_and_what_is_of_no_interest_is_left_out(chat: PaperChat) -> None:
    mine, others = chat.reading(), chat.reading("user:ada")
    mine.follow("topic", "brain MRI")
    assert {one.paper.paper.arxiv_id for one in mine.for_you()} == {"2605.00001", "2605.00002"}
    for _ in range(2):
        mine.mark("upvote", "2605.00005")
    others.mark("upvote", "arxiv:2605.00005v2")
    mine.mark("hidden", "2605.00001")
    assert chat.library.marks.upvotes(["arxiv:2605.00005", "arxiv:2605.00001"]) == {"arxiv:2605.00005": 2}
    found = [one.paper.paper.arxiv_id for one in mine.for_you()]
    assert "2605.00002" in found
    assert not {"2605.00001", "2605.00005"} & {*found}
    assert [one.paper.paper.arxiv_id for one in mine.digest("week").papers] == ["2605.00002"]
    assert len(others.digest("week").papers) == 5
    mine.mark("read", "2605.00002")
    assert "2605.00002" not in [one.paper.paper.arxiv_id for one in mine.for_you()]
    mine.mark("read", "2605.00002", on=False)
    assert [one.paper.arxiv_id for one in mine.marked("upvote")] == ["2605.00005"]
    assert mine.marked("read") == others.marked("hidden") == []
    with pytest.raises(NotFoundError):
        mine.mark("read", "9999.99999")
    chat.remove(["2605.00005"])
    assert mine.marked("upvote") == []


def test_papers_near_an_upvoted_one_are_for_its_reader(chat: PaperChat) -> None:
    ingest_daily(chat, MRI)
    reading = chat.reading()
    reading.mark("upvote", "2605.00006")
    found = reading.ranked_for_you(until="2026-05-06")
    assert {one.entry.paper_id for one in found} == {"arxiv:2605.00001", "arxiv:2605.00002"}
    assert found[0].reasons[0].text == "near “Faster Brain MRI with Diffusion”, which you upvoted"


def test_a_library_of_an_earlier_version_is_migrated(chat: PaperChat) -> None:
    home = chat.library.home
    chat.close()
    downgrade(home, "0007")
    with PaperChat.open(home) as opened:
        assert opened.reading().follows() == []
        assert opened.reading().follow("topic", "owls").name == "owls"


def test_two_who_ask_a_standing_question_at_once_keep_what_is_new(chat: PaperChat) -> None:
    chat.reading().add_standing_question("Which papers are on brain MRI?")
    ingest_daily(chat, MRI)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: chat.reading().check_standing_questions(), range(2)))
    assert sorted(check.state for (check,) in found) in (["changed", "unchanged"], ["changed", "not_asked"])
    assert chat.reading().standing_history("1")[-1].new


def test_a_standing_question_says_what_is_new_in_its_answer_and_when_nothing_is(chat: PaperChat) -> None:
    mine = chat.reading()
    first = mine.add_standing_question("Which papers are on brain MRI?")
    assert first.state == "first"
    assert first.change
    assert {one.paper.paper.arxiv_id for one in first.change.new} == {"2605.00001", "2605.00002"}
    assert mine.add_standing_question("Which papers are on  brain MRI?").state == "not_asked"
    assert [one.state for one in mine.check_standing_questions()] == ["not_asked"]
    assert [one.state for one in mine.check_standing_questions(again=True)] == ["unchanged"]
    ingest_daily(chat, POETRY)
    assert [one.state for one in mine.check_standing_questions()] == ["unchanged"]
    ingest_daily(chat, MRI)
    (check,) = mine.check_standing_questions()
    assert check.state == "changed"
    assert check.change
    assert [one.paper.paper.arxiv_id for one in check.change.new] == ["2605.00006"]
    assert quotes_are_exact(chat, check.change.answer)
    assert chat.replay(check.change.answer.id).holds
    assert json.loads(json.dumps(standing_check_as_json(check)))["change"]["new"][0]["quote"] in MRI.abstract
    assert [one.state for one in mine.check_standing_questions()] == ["not_asked"]
    chat.remove(["2605.00001"])
    (check,) = mine.check_standing_questions()
    assert check.change
    assert not check.change.new
    assert [one.paper.paper.title for one in check.change.gone] == ["Wavelets for Brain MRI"]
    history = mine.standing_history("1")
    assert [len(one.new) for one in history] == [2, 1, 0]
    mine.remove_standing_question("1")
    with pytest.raises(NotFoundError):
        chat.cited(history[0].answer.id)


def test_a_question_without_an_answer_stands_until_there_is_one(chat: PaperChat) -> None:
    mine = chat.reading()
    question = "How many minutes does SwiftScan need for brain MRI?"
    first = mine.add_standing_question(question)
    assert first.change
    assert first.change.answer.abstained
    ingest_daily(chat, MRI)
    (check,) = mine.check_standing_questions()
    assert check.change
    assert check.change.was_abstained
    assert "four minutes" in check.change.new[0].quote.text
    digest = mine.digest()
    assert [one.question.question for one in digest.changes] == [question]


def test_a_digest_has_the_days_papers_for_what_is_followed_with_quotes_and_reasons(chat: PaperChat) -> None:
    mine = chat.reading()
    everything = mine.digest("week")
    assert [one.upvotes for one in everything.papers] == [21, 12, 9, 3, 0]
    assert mine.digest().since == mine.digest().until == "2026-05-07"
    mine.follow("topic", "brain MRI")
    mine.follow("author", "S. Han")
    mine.follow("organization", "IBM")
    digest = mine.digest("week")
    reasons = {one.paper.paper.arxiv_id: [reason.text for reason in one.reasons] for one in digest.papers}
    assert reasons == {
        "2605.00001": ["topic “brain MRI”", "author Song Han"],
        "2605.00002": ["topic “brain MRI”"],
        "2605.00003": ["organisation IBM Research"],
        "2605.00004": ["author Song Han"],
        "2605.00005": ["organisation IBM"],
    }
    passages = chat.library.passages(one.quote.quote.passage.passage_id for one in digest.papers if one.quote)
    for one in digest.papers:
        assert one.quote
        quote = one.quote.quote
        assert passages[quote.passage.passage_id].text[quote.start : quote.end] == quote.text
    assert digest_as_json(digest)["papers"][0]["quote"]["quote"]
    assert [one.paper.paper.arxiv_id for one in mine.digest("day", until="2026-05-04").papers] == [
        "2605.00001",
        "2605.00002",
    ]
    empty = mine.digest("day", until="2026-05-06")
    assert not empty.has_news
    assert not chat.reading("user:ada").follows()
    with pytest.raises(UsageError):
        mine.digest("day", until="yesterday")


def test_a_library_without_papers_or_their_days_has_a_digest_too(tmp_path: Path) -> None:
    file = tmp_path / "owls.jsonl"
    file.write_text('{"title": "Owls", "abstract": "Owls sleep in trees."}\n', encoding="utf-8")
    with PaperChat.open(tmp_path / "library") as chat:
        digest = chat.reading().digest("week")
        assert (digest.papers, digest.since, digest.has_news) == ((), "", False)
        chat.ingest(file)
        assert [one.paper.paper.title for one in chat.reading().digest().papers] == ["Owls"]


def test_papers_for_you_are_near_what_is_followed_and_saved_each_with_its_reason(
    untouched_sample: Path, tmp_path: Path
) -> None:
    shutil.copytree(untouched_sample, tmp_path / "library")
    with PaperChat.open(tmp_path / "library") as sample:
        mine = sample.reading()
        assert "2605.00002" not in [one.paper.paper.arxiv_id for one in mine.for_you()]
        saved = next(one for one in sample.papers() if "LabSafety Bench" in one.paper.title)
        mine.save("thesis", [saved.paper_id])
        near = mine.for_you(days=3650, most=5)
        assert 0 < len(near) <= 5
        assert all("saved to thesis" in one.reasons[0].text for one in near)
        vectors = sample.library.paper_vectors(one.paper_id for one in sample.papers())
        cosines = sorted((float(one @ vectors[saved.paper_id]) for one in vectors.values()), reverse=True)
        found = [float(vectors[one.paper.paper_id] @ vectors[saved.paper_id]) for one in near]
        assert found == pytest.approx(cosines[1 : len(near) + 1], abs=1e-5)
        mine.follow("topic", "prompt injection")
        mixed = mine.for_you(days=3650, most=6)
        assert {"topic “prompt injection”"} < {one.reasons[0].text for one in mixed}
        assert all(one.quote for one in mixed)
        assert ids_of(mixed).isdisjoint({saved.paper_id})
        with pytest.raises(UsageError):
            mine.for_you(days=0)


def ids_of(papers: Sequence[DigestPaper]) -> set[str]:
    return {one.paper.paper_id for one in papers}

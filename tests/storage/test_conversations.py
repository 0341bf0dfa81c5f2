"""Conversations are kept in order, under a name, and are gone when they are deleted."""

import json
import threading
from pathlib import Path

import pytest

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.conversations import Conversation
from paperchat.storage.library import Library
from paperchat.types import Filters
from support import open_library


def say(library: Library, talk: Conversation, question: str, answer: str = "Yes.") -> str:
    answer_id = f"{talk.conversation_id}-{question}"
    library.conversations.add_turn(
        talk,
        question=question,
        standalone_question=question.upper(),
        answer_id=answer_id,
        answer_text=answer,
        body=json.dumps({"id": answer_id}),
    )
    return answer_id


def named(library: Library, *names: str, owner: str = "") -> None:
    for name in names:
        say(library, library.conversations.new(name, owner=owner), f"About {name}?")


def test_what_was_said_is_there_after_reopening(home: Path) -> None:
    filters = Filters(since="2024", authors=("Ada Lovelace", "Alan Turing"), basis="abstract")
    with open_library(home) as library:
        talk = library.conversations.new("zebras", filters=filters)
        say(library, talk, "Do they have stripes?")
        say(library, library.conversations.get("zebras"), "Why?")
    with open_library(home) as library:
        kept = library.conversations.get("zebras")
        assert (kept.turns, kept.filters, kept.conversation_id) == (2, filters, talk.conversation_id)
        assert library.conversations.get(talk.conversation_id) == kept
        turns = library.conversations.turns(kept)
        assert [(turn.ordinal, turn.question, turn.standalone_question) for turn in turns] == [
            (1, "Do they have stripes?", "DO THEY HAVE STRIPES?"),
            (2, "Why?", "WHY?"),
        ]
        assert library.conversations.turns(kept, last=1) == turns[1:]
        assert kept.created <= kept.updated
        assert kept.updated.endswith("+00:00")


def test_one_without_a_turn_is_not_kept(library: Library) -> None:
    library.conversations.new("nothing said")
    assert library.conversations.all() == []


def test_the_latest_is_listed_first(library: Library) -> None:
    named(library, "first", "second", "third")
    say(library, library.conversations.get("first"), "And then?")
    assert [one.name for one in library.conversations.all()] == ["first", "third", "second"]


def test_they_are_searched_by_name_question_and_answer(library: Library) -> None:
    say(library, library.conversations.new("zebras"), "Do they have stripes?", "Yes, 26 of them.")
    say(library, library.conversations.new("gnus"), "Do they have horns?", "100% of them.")
    for words, found in (
        ("ZEBRA", ["zebras"]),
        ("horns", ["gnus"]),
        ("26 stripes zebras", ["zebras"]),
        ("they", ["gnus", "zebras"]),
        ("zebras horns", []),
        ("100%", ["gnus"]),
        ("id", []),
    ):
        assert sorted(one.name for one in library.conversations.all(matching=words)) == found


def test_a_renamed_one_is_found_under_its_new_name_only(library: Library) -> None:
    named(library, "old", "other")
    with_paper_id = library.conversations.rename(library.conversations.get("old"), "  new ")
    assert with_paper_id == library.conversations.get("new")
    assert library.conversations.find("old") is None
    with pytest.raises(UsageError, match="already"):
        library.conversations.rename(with_paper_id, "other")


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "\x1b[31m", "x" * 201])
def test_a_name_that_cannot_be_one_is_refused(library: Library, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        library.conversations.new(name)
    named(library, "old")
    with pytest.raises(UsageError, match="name"):
        library.conversations.rename(library.conversations.get("old"), name)


def test_a_deleted_one_is_gone_with_its_answers(library: Library) -> None:
    talk = library.conversations.new("zebras")
    answer_id = say(library, talk, "Why?")
    named(library, "gnus")
    kept = library.conversations.get("zebras")
    library.conversations.delete(kept)
    assert [one.name for one in library.conversations.all()] == ["gnus"]
    with pytest.raises(NotFoundError):
        library.answer(answer_id)
    with pytest.raises(NotFoundError, match="deleted"):
        say(library, kept, "Still there?")
    with pytest.raises(NotFoundError, match="conversations list"):
        library.conversations.get("zebras")


def test_nobody_sees_those_of_another(library: Library) -> None:
    named(library, "mine", owner="ada")
    named(library, "mine", owner="alan")
    (hers,) = library.conversations.all(owner="ada")
    assert library.conversations.all() == []
    assert library.conversations.find(hers.conversation_id, owner="alan") is None
    assert library.conversations.all(owner="alan", matching="mine") != [hers]


def test_filters_can_be_put_in_force_and_lifted(library: Library) -> None:
    named(library, "zebras")
    talk = library.conversations.set_filters(library.conversations.get("zebras"), Filters(since="2024"))
    assert library.conversations.get("zebras").filters == talk.filters == Filters(since="2024")
    library.conversations.set_filters(talk, Filters())
    assert not library.conversations.get("zebras").filters


def test_two_that_ask_at_once_each_get_a_turn(library: Library) -> None:
    started = [library.conversations.new("zebras") for _ in range(8)]
    threads = [
        threading.Thread(target=say, args=(library, talk, f"Question {number}?")) for number, talk in enumerate(started)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (talk,) = library.conversations.all()
    turns = library.conversations.turns(talk)
    assert [turn.ordinal for turn in turns] == list(range(1, 9))
    assert {turn.question for turn in turns} == {f"Question {number}?" for number in range(8)}

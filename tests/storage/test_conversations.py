"""Conversations are stored in order, under a name, in branches, and deleted with their turns."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from older_library import downgrade
from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.conversations import Conversation
from paperchat.storage.library import Library
from paperchat.types import Filters
from support import open_library

pytestmark = pytest.mark.both_databases


def add_turn(library: Library, conversation: Conversation, question: str, answer: str = "Yes.") -> str:
    answer_id = f"{conversation.conversation_id}-{question}"
    library.conversations.add_turn(
        conversation,
        question=question,
        standalone_question=question.upper(),
        answer_id=answer_id,
        answer_text=answer,
        body=json.dumps({"id": answer_id}),
    )
    return answer_id


def add_conversations(library: Library, *names: str, owner: str = "") -> None:
    for name in names:
        add_turn(library, library.conversations.new(name, owner=owner), f"About {name}?")


def test_turns_persist_after_reopening(home: Path) -> None:
    filters = Filters(since="2024", authors=("Ada Lovelace", "Alan Turing"), basis="abstract")
    with open_library(home) as library:
        conversation = library.conversations.new("zebras", filters=filters)
        add_turn(library, conversation, "Do they have stripes?")
        add_turn(library, library.conversations.get("zebras"), "Why?")
    with open_library(home) as library:
        kept = library.conversations.get("zebras")
        assert (kept.turns, kept.filters, kept.conversation_id) == (2, filters, conversation.conversation_id)
        assert library.conversations.get(conversation.conversation_id) == kept
        turns = library.conversations.turns(kept)
        assert [(turn.ordinal, turn.question, turn.standalone_question) for turn in turns] == [
            (1, "Do they have stripes?", "DO THEY HAVE STRIPES?"),
            (2, "Why?", "WHY?"),
        ]
        assert library.conversations.turns(kept, last=1) == turns[1:]
        assert kept.created <= kept.updated
        assert kept.updated.endswith("+00:00")


def test_a_conversation_without_a_turn_is_not_stored(library: Library) -> None:
    library.conversations.new("nothing said")
    assert library.conversations.all() == []


def test_the_latest_conversation_is_listed_first(library: Library) -> None:
    add_conversations(library, "first", "second", "third")
    add_turn(library, library.conversations.get("first"), "And then?")
    assert [one.name for one in library.conversations.all()] == ["first", "third", "second"]


def test_conversations_are_searched_by_name_question_and_answer(library: Library) -> None:
    add_turn(library, library.conversations.new("zebras"), "Do they have stripes?", "Yes, 26 of them.")
    add_turn(library, library.conversations.new("gnus"), "Do they have horns?", "100% of them.")
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


@pytest.mark.security
@pytest.mark.parametrize("words", ["a" * 201, "a " * 13, "word " * 15_000])
def test_a_search_of_many_words_is_refused_in_one_line(library: Library, words: str) -> None:
    with pytest.raises(UsageError, match=r"^search for at most 12 words with 200 characters in the conversations$"):
        library.conversations.all(matching=words)


def test_a_renamed_conversation_is_found_under_its_new_name_only(library: Library) -> None:
    add_conversations(library, "old", "other")
    with_paper_id = library.conversations.rename(library.conversations.get("old"), "  new ")
    assert with_paper_id == library.conversations.get("new")
    assert library.conversations.find("old") is None
    with pytest.raises(UsageError, match="already"):
        library.conversations.rename(with_paper_id, "other")


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "\x1b[31m", "x" * 201])
def test_an_invalid_name_is_refused(library: Library, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        library.conversations.new(name)
    add_conversations(library, "old")
    with pytest.raises(UsageError, match="name"):
        library.conversations.rename(library.conversations.get("old"), name)


def test_deleting_a_conversation_deletes_its_answers(library: Library) -> None:
    conversation = library.conversations.new("zebras")
    answer_id = add_turn(library, conversation, "Why?")
    add_conversations(library, "gnus")
    kept = library.conversations.get("zebras")
    library.conversations.delete(kept)
    assert [one.name for one in library.conversations.all()] == ["gnus"]
    with pytest.raises(NotFoundError):
        library.answer(answer_id)
    with pytest.raises(NotFoundError, match="deleted"):
        add_turn(library, kept, "Still there?")
    with pytest.raises(NotFoundError, match="conversations list"):
        library.conversations.get("zebras")


def test_owners_do_not_see_each_others_conversations(library: Library) -> None:
    add_conversations(library, "mine", owner="ada")
    add_conversations(library, "mine", owner="alan")
    (hers,) = library.conversations.all(owner="ada")
    assert library.conversations.all() == []
    assert library.conversations.find(hers.conversation_id, owner="alan") is None
    assert library.conversations.all(owner="alan", matching="mine") != [hers]


def test_filters_can_be_set_and_cleared(library: Library) -> None:
    add_conversations(library, "zebras")
    conversation = library.conversations.set_filters(library.conversations.get("zebras"), Filters(since="2024"))
    assert library.conversations.get("zebras").filters == conversation.filters == Filters(since="2024")
    library.conversations.set_filters(conversation, Filters())
    assert not library.conversations.get("zebras").filters


def test_concurrent_questions_each_get_a_turn(library: Library) -> None:
    started = [library.conversations.new("zebras") for _ in range(8)]
    threads = [
        threading.Thread(target=add_turn, args=(library, conversation, f"Question {number}?"))
        for number, conversation in enumerate(started)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (conversation,) = library.conversations.all()
    turns = library.conversations.turns(conversation)
    assert [turn.ordinal for turn in turns] == list(range(1, 9))
    assert {turn.question for turn in turns} == {f"Question {number}?" for number in range(8)}


def test_a_question_asked_again_begins_a_branch_and_deletes_nothing(library: Library) -> None:
    stored = library.conversations
    first, second = (add_turn(library, stored.new("zebras"), question) for question in ("Why?", "How?"))
    conversation = stored.get("zebras")
    again = add_turn(library, replace(conversation, after=""), "Why, again?")
    onward = add_turn(library, conversation, "And then?")
    assert [turn.answer_id for turn in stored.turns(conversation)] == [again, onward]
    assert [turn.answer_id for turn in stored.turns(conversation, last=1)] == [onward]
    assert stored.branches(conversation) == {"": (first, again), first: (second,), again: (onward,)}
    assert stored.get("zebras").turns == 4
    for opened in (first, second):
        stored.open_branch(conversation, opened)
        assert [turn.answer_id for turn in stored.turns(conversation)] == [first, second]
    stored.open_branch(conversation, "unknown")
    assert [turn.answer_id for turn in stored.turns(conversation)] == [first, second]
    assert [turn.answer_id for turn in stored.turns(replace(conversation, after=again))] == [again]
    assert [one.name for one in stored.all(matching="why again")] == ["zebras"]
    stored.delete(conversation)
    with pytest.raises(NotFoundError):
        library.answer(onward)


def test_conversations_from_before_there_were_branches_are_one_branch_each(home: Path) -> None:
    with open_library(home) as library:
        for name in ("zebras", "gnus"):
            answers = [add_turn(library, library.conversations.new(name), question) for question in ("Why?", "How?")]
    downgrade(home, "0007")
    with open_library(home) as library:
        conversation = library.conversations.get("gnus")
        assert [turn.answer_id for turn in library.conversations.turns(conversation)] == answers
        assert library.conversations.branches(conversation) == {"": (answers[0],), answers[0]: (answers[1],)}

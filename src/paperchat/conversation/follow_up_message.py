"""A message of a conversation, read on its own: what it corrects or returns to, its words, and what it asks for."""

from __future__ import annotations

import re
from typing import cast

from paperchat import lexicon
from paperchat.conversation.filter_phrases import extract_filters
from paperchat.types import Filters
from paperchat.understanding.kind_rules import is_small_talk
from paperchat.understanding.request import RecordField, Request
from paperchat.understanding.request_parser import RequestParser

EDGE = " \t\n,.;:!?…–—-\"'"
"""Characters around a phrase that are no part of it."""

_LEXICON = lexicon.load("request_follow_ups")
(
    _LEAD_IN,
    _CORRECTION,
    _CORRECTION_END,
    _TOPIC_RETURN,
    _PAPER_REFERENCE,
    _ACKNOWLEDGEMENT,
    _ANY_PAPERS,
    _ONE,
    _WHICH,
    _OF_LIBRARY,
    _NEW_TOPIC,
) = (
    re.compile(_LEXICON.regex(name), re.IGNORECASE)
    for name in (
        "lead_in",
        "correction",
        "correction_end",
        "topic_return",
        "paper_reference",
        "acknowledgement",
        "any_papers",
        "that_one",
        "asks_which",
        "of_library",
        "new_topic",
    )
)
_SELECTION_WORDS, _BARE_WORDS = _LEXICON.words("selection_words"), _LEXICON.words("bare_reference")
_FIELDS = tuple(
    (one.text("field"), re.compile(one.regex("pattern"), re.IGNORECASE)) for one in _LEXICON.tables("fields")
)
_PREPOSITION, _QUESTION_START = (
    re.compile(lexicon.load("follow_ups").regex(name), re.IGNORECASE)
    for name in ("preposition_start", "question_start")
)


class FollowUpMessage:
    """A message without the words that only lead in, correct, or return to a topic.

    ``text`` is what remains, ``bare`` is that without punctuation around it, ``parsed`` is what it would ask for
    without context. ``is_rephrased`` says that it corrected or returned to something, ``only_sets_filters``
    that it has nothing but filter phrases, ``is_small_talk`` that it is surely a greeting, thanks, or about the
    assistant, ``may_be_small_talk`` that it is unless it is about papers of the conversation.
    """

    def __init__(self, question: str, *, filters: Filters, parser: RequestParser) -> None:
        self.filters = filters
        self.parser = parser
        self.text, self.is_rephrased = _essence(question)
        self.bare = self.text.strip(EDGE)
        self.parsed = parser.parse(self.text, filters)
        whole = self.parsed if self.text == question else parser.parse(question, filters)
        asks_for_people = self.parsed.kind == "record" and not self.is_phrase
        self.only_sets_filters = not extract_filters(self.text, filters, marked_only=asks_for_people).question
        is_certain = bool(_ACKNOWLEDGEMENT.fullmatch(question.strip(EDGE))) or is_small_talk(question)
        self.is_small_talk = is_certain and not self.only_sets_filters
        is_help = whole.kind == self.parsed.kind == "help"
        self.may_be_small_talk = is_help and not (self.only_sets_filters or self.is_rephrased)

    def read(self, text: str) -> Request:
        """What another wording of the message asks for."""
        return self.parser.parse(text, self.filters) if text != self.text else self.parsed

    def fields_asked(self, title: str, text: str = "") -> tuple[RecordField, ...]:
        """The fields of the catalogue that the message, or a part of it, asks for of the paper with this title."""
        text = text or self.bare
        if found := _short_field(text):
            return (found,)
        if self.parsed.kind != "record" and " " in self.parsed.topic:
            return ()  # "company policies" are no company
        read = self.parser.parse(f"{text} of “{title}”", self.filters)
        return read.fields if read.kind == "record" else ()

    @property
    def has_topic(self) -> bool:
        """Whether the message is about something besides conditions that papers satisfy."""
        return bool(words_besides_conditions(self.parsed.topic))

    @property
    def is_phrase(self) -> bool:
        """Whether it begins with a preposition, so that it is no sentence: "in 2014?"."""
        return bool(_PREPOSITION.match(self.bare))

    @property
    def is_question(self) -> bool:
        """Whether it begins as a question or a request does, and is no mere phrase: "did anyone …"."""
        return bool(_QUESTION_START.match(self.bare))

    @property
    def names_papers(self) -> bool:
        """Whether it asks for papers, or for anything there is, by such a word."""
        return bool(_ANY_PAPERS.search(self.bare))

    @property
    def is_of_library(self) -> bool:
        """Whether it has a word of libraries and what is new in them, or of overviews."""
        return bool(_OF_LIBRARY.search(self.bare))

    @property
    def asks_which(self) -> bool:
        """Whether it asks which paper it is."""
        return bool(_WHICH.match(self.bare))

    @property
    def refers_to_one(self) -> bool:
        """Whether it has "the first one" or the like."""
        return bool(_ONE.search(self.bare))

    @property
    def refers_to_paper(self) -> bool:
        """Whether it has "it", "that", "the paper" or the like."""
        return bool(_PAPER_REFERENCE.search(self.bare))


def without_new_topic(question: str) -> str:
    """The question without the words by which it leaves what was spoken of; empty where it has none."""
    match = _NEW_TOPIC.match(question)
    return question[match.end() :] if match else ""


def has_words(text: str) -> bool:
    """Whether the text says something besides referring to a paper."""
    return any(word.lower() not in _BARE_WORDS for word in re.findall(r"\w+", text))


def words_besides_conditions(text: str) -> str:
    """The text, or nothing where all its words only select papers: "the ones with"."""
    words = text.strip(EDGE).split()
    return "" if all(word.lower().strip(EDGE) in _SELECTION_WORDS for word in words) else " ".join(words)


def _short_field(text: str) -> RecordField | None:
    """The field that so few words ask for that they ask for none outside of a conversation: "when?"."""
    return next((cast(RecordField, field) for field, pattern in _FIELDS if pattern.fullmatch(text.strip(EDGE))), None)


def _essence(question: str) -> tuple[str, bool]:
    text, is_rephrased = question.strip(), False
    for pattern in (_CORRECTION_END, _LEAD_IN, _CORRECTION, _LEAD_IN, _TOPIC_RETURN):
        rest = pattern.sub("", text, count=1) if pattern is _CORRECTION_END else _without_beginning(pattern, text)
        if rest.strip() and rest != text:
            text = rest.strip()
            is_rephrased = is_rephrased or pattern is not _LEAD_IN
    return text, is_rephrased


def _without_beginning(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return text[match.end() :] if match else text

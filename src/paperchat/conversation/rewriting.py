"""Rewrites follow-ups: references replaced by names, and missing parts taken from the previous question."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.conversation.coreference import Span, find_back_reference
from paperchat.conversation.focus import find_names
from paperchat.text.paper_title import short_title
from paperchat.types import StoredPaper

_PAPER_TITLE_PATTERN = re.compile(r", in “[^”]+”(?=\W*$)")
_LEXICON = lexicon.load("follow_ups")
_EXPLANATION_PATTERN = re.compile(_LEXICON.regex("explanation_question"), re.IGNORECASE)
_COUNTED_PATTERN = re.compile(_LEXICON.regex("counting_question"), re.IGNORECASE)
_VERBS = _LEXICON.words("verbs")
_ANOTHER_PATTERN = re.compile(_LEXICON.regex("another"), re.IGNORECASE)
_TITLE_PREPOSITIONS = _LEXICON.words("title_prepositions")
_MAX_NAME_WORDS = 3
_MAX_NOUN_WORDS = 4


def add_paper_title(question: str, paper: StoredPaper) -> str:
    """Append the paper's title, unless the question already has its name."""
    head = short_title(paper.paper.title)
    if head.lower() in question.lower():
        return question
    return f"{question.rstrip(' ?.!')}, in “{head if find_names(head) else paper.paper.title}”?"


def strip_paper_title(question: str) -> str:
    """Remove the title that `add_paper_title` appended."""
    return _PAPER_TITLE_PATTERN.sub("", question)


def append_to_previous(previous: str, question: str) -> str:
    """Append the question to the previous one, for a question with too few words of its own."""
    return f"{strip_paper_title(previous).rstrip(' ?.!')}: {question}"


def replace_reference(question: str, reference: tuple[str, Span], previous: str, paper: StoredPaper) -> str:
    """Replace what refers back by the name of its referent, where that has one."""
    kind, (_, end) = reference
    name = _subject(previous, paper)
    is_noun_phrase = kind in ("it", "there", "that noun") or (
        kind in ("this", "that") and not question[end:].strip(" ?.!")
    )
    return _replace_span(question, reference[1], name) if name and is_noun_phrase else question


def replace_pronoun(question: str, subject: str) -> str:
    """Replace the pronoun in the question by ``subject``, or append it where there is none."""
    reference = find_back_reference(question)
    return _replace_span(question, reference[1], subject) if reference else f"{question.rstrip(' ?.!')}, in {subject}?"


def append_phrase(previous: str, phrase: str) -> str:
    """Append ``phrase`` to the previous question, replacing one that begins with the same preposition."""
    preposition = re.escape(phrase.split()[0].lower())
    stem = re.sub(rf"\s+{preposition}\s+[^,]{{1,60}}$", "", previous.rstrip(" ?.!"), flags=re.IGNORECASE)
    return f"{stem} {phrase.strip(' ?.!')}?"


def replace_subject(previous: str, subject: str) -> str:
    """The previous question with ``subject`` for what it counts or asks for; ``subject`` alone where that is unclear.

    "How many regulations went into it?", "policies" → "How many policies went into it?"
    """
    if _ANOTHER_PATTERN.match(subject):
        return f"{previous.rstrip(' ?.!')}, {subject}"
    counted = _COUNTED_PATTERN.match(previous)
    nouns = counted["what"].split() if counted else []
    if not counted or nouns[0].lower() in _VERBS or len(subject.split()) > _MAX_NOUN_WORDS:
        return subject
    verbs = [word for word in nouns[1:] if word.lower() in _VERBS]
    return " ".join([counted["how"], subject.strip(" ?.!"), *verbs, previous[counted.end() :].strip()])


def insert_title(question: str, span: Span, paper: StoredPaper) -> str:
    """Replace the span that refers to the paper by its title."""
    start, end = span
    first_word = question[start:end].split()[0].lower()
    preposition = f"{first_word} " if first_word in _TITLE_PREPOSITIONS else ""
    return f"{question[:start]}{preposition}“{short_title(paper.paper.title)}”{question[end:]}"


def find_explained_subject(question: str) -> str:
    """X, where the question is what X is or does; else the only name in it, if there is exactly one."""
    match = _EXPLANATION_PATTERN.fullmatch(question.rstrip(" ?.!"))
    subject = (match["what"] or match["does"]) if match else ""
    names = find_names(question)
    return "" if find_back_reference(subject) else subject or (names[0] if len(names) == 1 and not match else "")


def _subject(previous: str, paper: StoredPaper) -> str:
    """What the previous question is about, by name: the paper's own where it has one, or what it asks to explain."""
    head = short_title(paper.paper.title)
    if len(head.split()) <= _MAX_NAME_WORDS and head.lower() in previous.lower():
        return head
    match = _EXPLANATION_PATTERN.fullmatch(strip_paper_title(previous).rstrip(" ?.!"))
    return find_explained_subject(strip_paper_title(previous)) if match else ""


def _replace_span(question: str, span: Span, name: str) -> str:
    start, end = span
    word = question[start:end].lower()
    replacement = {"its": f"{name}'s", "their": f"{name}'s", "there": f"in {name}"}.get(word, name)
    return question[:start] + replacement + question[end:]

"""Follow-ups put into words: what refers back replaced by its name, what is left out taken from the question before."""

from __future__ import annotations

import re

from paperchat.conversation.coreference import Span, back_reference
from paperchat.conversation.focus import names_in, short_title
from paperchat.types import StoredPaper

_CONTEXT = re.compile(r", in “[^”]+”(?=\W*$)")
_SUBJECT = re.compile(
    r"(?:what|who) (?:(?:is|are|was|were) (?P<what>\S+(?: \S+){0,4})"
    r"|(?:does|do) (?P<does>\S+(?: \S+){0,2}) (?:do|mean))",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?P<how>(?:\w+ )?(?:how many|which|what)) (?P<what>[\w-]+(?: [\w-]+)?)(?= )", re.IGNORECASE)
_VERBS = frozenset("is are was were do does did can could has have had will would went".split())
_ANOTHER = re.compile(r"the (?:other|others|first|second|third|last|latter|former|next|rest)\b", re.IGNORECASE)
_LONGEST_NAME = 3
_LONGEST_NOUN = 4


def within(question: str, paper: StoredPaper) -> str:
    """The question with the paper's title, unless it has its name."""
    head = short_title(paper)
    if head.lower() in question.lower():
        return question
    return f"{question.rstrip(' ?.!')}, in “{head if names_in(head) else paper.paper.title}”?"


def without_context(question: str) -> str:
    """The question without the title that `within` has given it."""
    return _CONTEXT.sub("", question)


def after(before: str, question: str) -> str:
    """The question as a part of the one before, for what says too little by itself."""
    return f"{without_context(before).rstrip(' ?.!')}: {question}"


def named(question: str, reference: tuple[str, Span], before: str, paper: StoredPaper) -> str:
    """The question with the name of what it refers back to, where that has one."""
    kind, (_, end) = reference
    name = _subject(before, paper)
    stands_alone = kind in ("it", "there", "kind") or (kind in ("this", "that") and not question[end:].strip(" ?.!"))
    return _put(question, reference[1], name) if name and stands_alone else question


def about(question: str, what: str) -> str:
    """The question with ``what`` for the pronoun in it, or at its end."""
    reference = back_reference(question)
    return _put(question, reference[1], what) if reference else f"{question.rstrip(' ?.!')}, in {what}?"


def appended(before: str, phrase: str) -> str:
    """``phrase`` at the end of the question before, in place of one that begins with the same preposition."""
    preposition = re.escape(phrase.split()[0].lower())
    stem = re.sub(rf"\s+{preposition}\s+[^,]{{1,60}}$", "", before.rstrip(" ?.!"), flags=re.IGNORECASE)
    return f"{stem} {phrase.strip(' ?.!')}?"


def instead(before: str, what: str) -> str:
    """The question before with ``what`` in place of what it counts or asks for; ``what`` where that cannot be told.

    "How many regulations went into it?", "policies" → "How many policies went into it?"
    """
    if _ANOTHER.match(what):
        return f"{before.rstrip(' ?.!')}, {what}"
    counted = _COUNTED.match(before)
    nouns = counted["what"].split() if counted else []
    if not counted or nouns[0].lower() in _VERBS or len(what.split()) > _LONGEST_NOUN:
        return what
    kept = [word for word in nouns[1:] if word.lower() in _VERBS]
    return " ".join([counted["how"], what.strip(" ?.!"), *kept, before[counted.end() :].strip()])


def titled(question: str, span: Span, paper: StoredPaper) -> str:
    """The question with the paper's title where it refers to it."""
    start, end = span
    said = question[start:end].split()[0].lower()
    preposition = f"{said} " if said in ("in", "of", "from", "by") else ""
    return f"{question[:start]}{preposition}“{short_title(paper)}”{question[end:]}"


def explained(question: str) -> str:
    """X, where the question is what X is or does; else its only name, if there is one."""
    asked = _SUBJECT.fullmatch(question.rstrip(" ?.!"))
    subject = (asked["what"] or asked["does"]) if asked else ""
    names = names_in(question)
    return "" if back_reference(subject) else subject or (names[0] if len(names) == 1 and not asked else "")


def _subject(before: str, paper: StoredPaper) -> str:
    """What the question before is about, by name: the paper's own where it has one, or what it asks to explain."""
    head = short_title(paper)
    if len(head.split()) <= _LONGEST_NAME and head.lower() in before.lower():
        return head
    asked = _SUBJECT.fullmatch(without_context(before).rstrip(" ?.!"))
    return explained(without_context(before)) if asked else ""


def _put(question: str, span: Span, name: str) -> str:
    start, end = span
    word = question[start:end].lower()
    put = {"its": f"{name}'s", "their": f"{name}'s", "there": f"in {name}"}.get(word, name)
    return question[:start] + put + question[end:]

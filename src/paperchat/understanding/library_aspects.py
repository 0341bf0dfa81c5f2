"""What a question about the library asks for, its topic, and whether it is papers of the library that it counts."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.understanding.request import Ranked

_LEXICON, _KINDS = lexicon.load("library_questions"), lexicon.load("request_kinds")
_ASPECTS = {name: re.compile(_LEXICON.regex(f"aspects.{name}"), re.IGNORECASE) for name in _LEXICON.keys("aspects")}
_TOPIC_BEFORE, _TOPIC_AFTER, _COUNTED_BEFORE, _COUNTED_AFTER, _TOPIC_ASKED = (
    re.compile(_LEXICON.regex(name), re.IGNORECASE)
    for name in ("topic_before", "topic_after", "topic_counted", "topic_counted_after", "topic_asked")
)
_TOPIC_BEGUN = re.compile(rf"(?:\w+\s+)?(?:{_LEXICON.regex('topic_begun')})\s+", re.IGNORECASE)
_COUNTED, _PAPERS, _OWN, _HOLDINGS = (
    re.compile(_KINDS.regex(f"library.{name}"), re.IGNORECASE) for name in ("counted", "papers", "own", "holdings")
)
_RANKED: dict[Ranked, re.Pattern[str]] = {
    name: re.compile(_LEXICON.regex(f"ranked.{name}"), re.IGNORECASE) for name in ("authors", "organizations")
}
_FILLER = _KINDS.words("library.filler")
_SHARE = re.compile(_LEXICON.regex("share.words"), re.IGNORECASE)
_WHOLE = 0.6
_WORD = re.compile(r"[\w'’-]+")


def ranked_on_topic(question: str) -> tuple[Ranked, str]:
    """Who is asked for by how many papers they have on a topic, and the topic; both empty in other questions."""
    for ranked, pattern in _RANKED.items():
        if match := pattern.search(question):
            topic = next(filter(None, match.groupdict().values()))
            words = [word.lower() for word in _WORD.findall(topic)]
            return (ranked, topic) if not all(word in _FILLER for word in words) else ("", "")
    return "", ""


def find_aspect(question: str) -> str:
    """The name of what a question about the library asks for, empty where it is the number of papers."""
    return next((name for name, pattern in _ASPECTS.items() if pattern.search(question)), "")


def asks_for_share(question: str) -> bool:
    """Whether the part of all papers is asked for that some are."""
    return bool(_SHARE.search(question))


def library_topic(topic: str, question: str) -> str:
    """The topic, where the question has it as one: "papers on …", "… papers"; empty where it is about the library."""
    has_aspect = bool(aspect := find_aspect(question))
    if has_aspect and all(word.lower() in _FILLER for word in _WORD.findall(_ASPECTS[aspect].sub(" ", topic))):
        return ""
    asked = None if has_aspect or _is_within(topic, question) else _TOPIC_ASKED.search(question)
    if asked:
        return asked["topic"]
    if begun := _TOPIC_BEGUN.match(topic):
        topic = topic[begun.end() :]
    place = question.lower().find(topic.lower()) if topic else -1
    if place < 0:
        return topic
    before, after = question[:place], question[place + len(topic) :]
    is_counted = _COUNTED_BEFORE.search(before) and _COUNTED_AFTER.search(after)
    is_of_papers = before.strip() and _TOPIC_AFTER.search(after)
    return topic if _TOPIC_BEFORE.search(before) or ((is_of_papers or is_counted) and not has_aspect) else ""


def is_about_library(topic: str, question: str, outside: str) -> bool:
    """Whether the library may be what is asked about, so that a number of its papers does not answer another question.

    Where a number is asked for, the question speaks of the library as such, or of nothing but papers, see `is_total`;
    elsewhere it has a word for what a library holds.
    """
    if _OWN.search(question):
        return True
    if _COUNTED.search(question):
        return is_total(topic, question, outside)
    return bool(_PAPERS.search(question) or _HOLDINGS.search(question) or find_aspect(question))


def is_total(topic: str, question: str, outside: str) -> bool:
    """Whether a number of papers, or of what the catalogue has of them, answers all of the question.

    Each of its words ``outside`` of names, days and conditions then says what is counted, or is of the topic that the
    counted papers have: another word, "how many *states*", "papers with *zero* upvotes", asks for another number.
    """
    left = outside
    if found := library_topic(topic, question):
        before, _, after = left.partition(found)
        left = f"{_TOPIC_BEFORE.sub(' ', before)} {after}"
    aspect = find_aspect(question)
    for pattern in (_COUNTED, _PAPERS, _HOLDINGS, *([_ASPECTS[aspect]] if aspect else [])):
        left = pattern.sub(" ", left)
    return all(word.lower() in _FILLER or word.isdigit() for word in _WORD.findall(left))


def _is_within(topic: str, question: str) -> bool:
    """Whether a topic is some of the question's words, and not nearly all of them."""
    return bool(topic) and len(topic) < len(question.strip(" ?.!")) * _WHOLE

"""Replies to greetings, thanks, questions about the program, and requests that no library of papers can answer."""

from __future__ import annotations

import re
import zlib
from calendar import month_name
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from paperchat import lexicon
from paperchat.answering.suggestions import suggested_title
from paperchat.kinds.catalogue_counts import count_topics
from paperchat.kinds.draft import Draft
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry, DirectoryView
from paperchat.text.describe import pluralize
from paperchat.text.paper_title import head_of
from paperchat.understanding.request import Request

_LEXICON = lexicon.load("help_replies")
_FALLBACK_LANGUAGE = "en"
_LANGUAGES = (*_LEXICON.keys("languages"), _FALLBACK_LANGUAGE, "zh", "ja", "ko", "ru")
_LANGUAGE_WORDS = {name: _LEXICON.words(f"languages.{name}") for name in _LEXICON.keys("languages")}
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_WORD_PATTERN = re.compile(r"[^\W\d_]+")
_EMPTY = "The library has no papers yet: add some with `paperchat ingest`, and then ask about them."
_RECENT = 300
"""So many of the newest papers give the suggested questions."""
_LEADING = 12
_LONGEST_TOPIC = 40
_LONGEST_NAME = 3
"""In words: titles with a short name before the colon make the better questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    name: str
    pattern: re.Pattern[str]
    texts: Mapping[str, str]
    suggests: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Examples:
    """What suggested questions are about: papers by upvotes, topics and authors by number of papers."""

    papers: Sequence[str] = ()
    authored: Sequence[str] = ()
    coded: Sequence[str] = ()
    topics: Sequence[str] = ()
    authors: Sequence[str] = ()
    month: str = ""


def _read_replies() -> tuple[_Reply, ...]:
    replies = []
    for table in _LEXICON.tables("replies"):
        keys = table.keys()
        replies.append(
            _Reply(
                name=table.text("name"),
                pattern=re.compile(table.regex("pattern"), re.IGNORECASE),
                texts={one: table.text(one) for one in _LANGUAGES if one in keys},
                suggests=table.text("suggests").split(),
            )
        )
    return tuple(replies)


_REPLIES = _read_replies()


class HelpResponder:
    """Gives one short reply, and three questions that this library can answer; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._examples = DirectoryView(library.directory, partial(_make_examples, library))

    def answer(self, request: Request) -> Draft:
        """The reply, in the language of the request for the commonest ones; never a quote."""
        entries = self._library.directory.entries()
        if not entries:
            return Draft(text=_EMPTY)
        question = " ".join(request.question.split())
        reply = find_reply(question)
        text = reply.texts.get(find_language(question)) or reply.texts[_FALLBACK_LANGUAGE]
        text = text.format(count=pluralize(len(entries), "paper"), n=f"{len(entries):,}")
        return Draft(text=text, suggestions=self._suggestions(reply, question))

    def _suggestions(self, reply: _Reply, question: str) -> tuple[str, ...]:
        """One question for each kind that the reply suggests, another for each wording of the question."""
        examples = self._examples.current()
        seed = zlib.crc32(question.lower().encode("utf-8", "replace"))
        found = []
        for kind in (*reply.suggests, "new", "library"):
            templates = _LEXICON.phrases(f"questions.{kind}")
            turned = templates[seed % len(templates) :] + templates[: seed % len(templates)]
            found += list(islice((one for each in turned if (one := _filled(each, examples, seed))), 1))
        return tuple(dict.fromkeys(found))[:3]


def find_reply(question: str) -> _Reply:
    """The first reply whose pattern occurs in the question; the last one for anything else."""
    return next((one for one in _REPLIES[:-1] if one.pattern.search(question)), _REPLIES[-1])


def find_language(question: str) -> str:
    """The language of the question, where it is one of the commonest; else English."""
    for language, pattern in _SCRIPTS:
        if pattern.search(question):
            return language
    words = {word.lower() for word in _WORD_PATTERN.findall(question)}
    hits = {name: len(words & known) for name, known in _LANGUAGE_WORDS.items()}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] * 3 >= len(words) and hits[best] else _FALLBACK_LANGUAGE


def _make_examples(library: Library, entries: Mapping[str, DirectoryEntry]) -> _Examples:
    recent = list(islice(entries.values(), _RECENT))
    liked = sorted(recent, key=lambda one: -1 if one.upvotes is None else one.upvotes, reverse=True)
    named = [one for one in liked if 0 < len(head_of(one.title).split()) <= _LONGEST_NAME]
    titled = [(suggested_title(one.title), one) for one in (named or liked)[: _LEADING * 2]]
    shown = [(short, one) for short, one in titled if short][:_LEADING]
    topics = [name for name, _ in count_topics(recent, library.analyse) if len(name) <= _LONGEST_TOPIC]
    authors = Counter(name for one in recent for name in set(one.authors)).most_common(_LEADING)
    newest = recent[0].day if recent else ""
    return _Examples(
        papers=[short for short, _ in shown],
        authored=[short for short, one in shown if one.authors],
        coded=[short for short, one in shown if one.code],
        topics=topics[:_LEADING],
        authors=[name for name, count in authors if count > 1] or [name for name, _ in authors],
        month=f"{month_name[int(newest[5:7])]} {newest[:4]}" if len(newest) > len("2026") else "",
    )


def _filled(template: str, examples: _Examples, seed: int) -> str:
    """The question with names of the library; empty where it lacks one."""
    values = {
        name: several[seed % len(several)] if several else ""
        for name, several in (
            ("paper", examples.papers),
            ("authored", examples.authored),
            ("coded", examples.coded),
            ("topic", examples.topics),
            ("author", examples.authors),
        )
    }
    values["other"] = examples.papers[(seed + 1) % len(examples.papers)] if len(examples.papers) > 1 else ""
    values["month"] = examples.month
    lacks = any("{" + name + "}" in template and not value for name, value in values.items())
    return "" if lacks else template.format(**values)

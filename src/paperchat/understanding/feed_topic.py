"""Whether what is left of a question for new papers is their topic, or only more words that ask."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

from paperchat import lexicon
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.understanding.topic_phrase import ANY_SOUGHT, find_topic, topic_parts, topic_words

_LEXICON = lexicon.load("topic_phrases")
_INTRODUCED = re.compile(_LEXICON.regex("introduced.before"), re.IGNORECASE)
_OF_PAPERS = re.compile(rf"{_LEXICON.regex('introduced.after')}|\s*(?:{ANY_SOUGHT})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w-]*")


class FeedTopicReader:
    """Tells topics from words that ask, by what the library's papers are about; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._entries: Mapping[str, DirectoryEntry] = {}
        self._subjects: frozenset[str] = frozenset()

    def read(self, topic: str, question: str) -> str:
        """The parts of a topic that the question introduces as one, or that have a word of the catalogue's keywords.

        A subject that the library has not is kept where the question says that it is one, "papers on geology": nothing
        is then found on it. "Led the list", "say", and "put out" are left out.
        """
        if not topic:
            return ""
        parts = (find_topic(part, ()).topic for part in topic_parts(topic))
        return ", ".join(one for one in parts if one and (_is_introduced(one, question) or self._has_subject(one)))

    def _has_subject(self, topic: str) -> bool:
        subjects = self._current()
        return any(stem in subjects for word in topic_words(topic) for stem in self._library.analyse(word))

    def _current(self) -> frozenset[str]:
        """The stems of the words of all keywords, of a title where a paper has none."""
        entries = self._library.directory.entries()
        with self._lock:
            if self._entries is not entries:
                texts = (text for one in entries.values() for text in one.keywords or (one.title,))
                words = {word.lower() for text in texts for word in _WORD.findall(text)}
                self._subjects = frozenset(self._library.analyse(" ".join(sorted(words))))
                self._entries = entries
            return self._subjects


def _is_introduced(topic: str, question: str) -> bool:
    """Whether the question says that these words are a topic: "papers on …", "… papers"."""
    place = question.lower().find(topic.lower())
    if place < 0:
        return False
    before, after = question[:place], question[place + len(topic) :]
    return bool(_INTRODUCED.search(before) or _OF_PAPERS.match(after))

"""Examples to begin with: topics of the library, what its papers say of them, and questions of several kinds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from paperchat.kinds.catalogue_counts import count_topics
from paperchat.storage.paper_directory import DirectoryEntry, DirectoryView
from paperchat.survey.sentence_extraction import score_self_containment
from paperchat.survey.sentence_roles import Role, score_roles, top_role
from paperchat.text.paper_title import short_title
from paperchat.text.sentences import sentence_spans
from paperchat.types import Filters

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_SHOWN = 4
_NAMED = 3
_RECENT = 600
"""So many of the newest papers give the topics."""
_LEADING = 40
_READ = 60
"""So many of the newest papers are read for claims."""
_TOPIC_WORDS = range(2, 4)
_CLAIM_LENGTH = range(40, 105)  # characters
_GENERAL: frozenset[Role] = frozenset({"background", "problem"})
"""What is said of a subject, rather than of the paper's own work."""
_MIN_SELF_CONTAINMENT = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomExamples:
    """Topics to survey, sentences of papers to weigh, and questions to ask."""

    topics: Sequence[str] = ()
    claims: Sequence[str] = ()
    questions: Sequence[str] = ()


class ExampleFinder:
    """Finds examples anew where the library has changed; safe to share between threads."""

    def __init__(self, pc: PaperChat) -> None:
        self._examples = DirectoryView(pc.library.directory, partial(_find, pc))

    def find(self) -> RoomExamples:
        """The examples for the library as it is."""
        return self._examples.current()


def _find(pc: PaperChat, entries: Mapping[str, DirectoryEntry]) -> RoomExamples:
    recent = list(islice(entries.values(), _RECENT))
    topics = list(islice(_topics(count_topics(recent, pc.library.analyse), [one.title for one in recent]), _LEADING))
    claims = sorted(set(_claims(pc)), key=lambda sentence: _place(sentence, topics))
    on_topics = [sentence for sentence in claims if _place(sentence, topics) < len(topics)]
    return RoomExamples(
        topics=topics[:_SHOWN],
        claims=(on_topics or claims)[: _SHOWN - 1],
        questions=list(_questions(topics[:_SHOWN], [one.title for one in recent])),
    )


def _questions(topics: Sequence[str], titles: Sequence[str]) -> Iterator[str]:
    """A list, a summary and a comparison, of papers whose titles name what they are about."""
    named = (name for title in titles if (name := short_title(title)) != title.rstrip("."))
    names = list(islice(dict.fromkeys(named), _NAMED))
    if topics:
        yield f"Which papers are about {topics[-1]}?"
    if names:
        yield f"What is {names[0]} about?"
    if len(names) == _NAMED:
        yield f"Compare {names[1]} and {names[2]}"


def _topics(counted: Iterable[tuple[str, int]], titles: Sequence[str]) -> Iterator[str]:
    """Topics of a few words that are no part of another and, in titles, of no longer name."""
    text, found = "\n".join(titles).lower(), list[str]()
    for name, _ in counted:
        following = Counter(re.findall(rf"\b{re.escape(name)} (\w{{1,4}})", text)).most_common(1)
        is_part = bool(following) and 2 * following[0][1] > text.count(name)
        if len(name.split()) in _TOPIC_WORDS and not is_part and not any(name in one or one in name for one in found):
            found.append(name)
            yield name


def _claims(pc: PaperChat) -> Iterator[str]:
    """Sentences of recent abstracts that stand for themselves."""
    for listed in pc.library.recent.list_papers(Filters(), order="newest", limit=_READ):
        abstract = listed.stored.paper.abstract
        sentences = [abstract[start:end] for start, end in sentence_spans(abstract)]
        for sentence, scores in zip(sentences, score_roles(sentences), strict=True):
            is_claim = top_role(scores) in _GENERAL and len(sentence) in _CLAIM_LENGTH and sentence.endswith(".")
            if is_claim and score_self_containment(sentence) >= _MIN_SELF_CONTAINMENT:
                yield sentence


def _place(sentence: str, topics: Sequence[str]) -> int:
    """Where in the topics stands the first one that the sentence names."""
    words = sentence.lower()
    return next((at for at, topic in enumerate(topics) if topic in words), len(topics))

"""What a conversation is about: the papers cited last, and how much of a question they speak of."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from paperchat.retrieval.query_analysis import content_words
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import Answer, Passage, StoredPaper

ELSEWHERE = 0.4
"""A question is on something else when another paper has this share of its words more than the one in focus, …"""
SPECIFIC = 0.6
"""… one of which is at least so rare, from 0 to 1."""
RIVALS = 3
"""So many other papers are looked at."""
_MOST_PASSAGES = 6
# A capital or a digit within a word.
_NAME = re.compile(r"\b\w*(?:[a-z\d][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*|\b\d\w*[A-Za-z][\w-]*")
_STAND_IN = re.compile(r"\bones?\b", re.IGNORECASE)
_LONGEST_NAME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An earlier turn: what was asked, as it was understood, and the papers its answer cites, in order.

    ``marks`` has the paper of each mark ``[n]``, ``quoted`` the passages that are quoted.
    """

    question: str
    papers: tuple[StoredPaper, ...] = ()
    marks: Mapping[int, str] = field(default_factory=dict)
    quoted: tuple[Passage, ...] = ()

    @classmethod
    def of(cls, answer: Answer) -> Said:
        papers = {citation.paper.paper_id: citation.paper for citation in answer.citations}
        quoted = {citation.quote.passage.passage_id: citation.quote.passage for citation in answer.citations}
        return cls(
            question=answer.standalone_question,
            papers=tuple(papers.values()),
            marks={citation.number: citation.paper.paper_id for citation in answer.citations},
            quoted=tuple(quoted.values()),
        )


class Weights:
    """Content words with their stems, each weighing by its rarity in the library, from 0 to 1."""

    def __init__(self, library: Library, text: str) -> None:
        forms = {form for _, _, form in content_words(text)}
        frequency = library.document_frequency(forms)
        passages = max(library.passage_count(), 1)
        rarest = math.log(1 + (passages + 0.5) / 0.5)
        self._stems = {form: frozenset(library.analyse(form)) for form in forms if frequency.get(form)}
        self.of = {
            form: math.log(1 + (passages - min(frequency[form], passages) + 0.5) / (frequency[form] + 0.5)) / rarest
            for form in self._stems
        }
        self.total = sum(self.of.values())

    def said_by(self, stems: frozenset[str]) -> frozenset[str]:
        """The words of which a stem is among ``stems``."""
        return frozenset(form for form, own in self._stems.items() if own & stems)

    def sum(self, forms: Sequence[str] | frozenset[str]) -> float:
        return sum(self.of[form] for form in forms)


class Focus:
    """The papers cited last, and the one of them that a question is about."""

    def __init__(self, question: str, turn: Said, *, library: Library, searcher: Searcher) -> None:
        self._library = library
        self._searcher = searcher
        self._quoted = turn.quoted
        self.cited = turn.papers
        self.marks = turn.marks
        weights = Weights(library, question)
        self.paper = max(turn.papers, key=lambda paper: weights.sum(weights.said_by(self._stems(paper))))

    @classmethod
    def of(cls, question: str, said: Sequence[Said], *, library: Library, searcher: Searcher) -> Focus | None:
        """What a question that comes after what was ``said`` is about, if it refers back.

        A turn without an answer went on about the papers before where it has their title, and was about the paper
        nearest to it where that has half of its words.
        """
        last, cited = said[-1], next((turn for turn in reversed(said) if turn.papers), None)
        went_on = cited and any(short_title(paper).lower() in last.question.lower() for paper in cited.papers)
        if cited and (last.papers or went_on):
            return cls(question, cited, library=library, searcher=searcher)
        nearest = searcher.passages(last.question)[:1]
        weights = Weights(library, last.question)
        for paper in library.papers(item.node.metadata["paper_id"] for item in nearest).values():
            if weights.total and weights.sum(weights.said_by(stems_of(library, paper))) >= weights.total / 2:
                return cls(question, Said(question=last.question, papers=(paper,)), library=library, searcher=searcher)
        return None

    def lacks_a_name_of(self, text: str) -> bool:
        """Whether the text has a name that the library knows and the paper does not have."""
        weights = Weights(self._library, text)
        here = weights.said_by(self._stems(self.paper))
        return any(name in weights.of and name not in here for name in names_in(text))

    def is_left_by(self, text: str) -> bool:
        """Whether the text is on something that the paper does not speak of, and another does."""
        weights = Weights(self._library, text)
        if not weights.total:
            return False
        if self.lacks_a_name_of(text):
            return True
        here = weights.said_by(self._stems(self.paper))
        others = [
            weights.said_by(
                frozenset(self._library.analyse(f"{item.node.metadata['title']} {item.node.get_content()}"))
            )
            for item in self._searcher.passages(text, papers=RIVALS)[: 2 * RIVALS]
        ]
        there = max(others, key=weights.sum, default=frozenset())
        is_specific = any(weights.of[form] >= SPECIFIC for form in there - here)
        return is_specific and weights.sum(there) - weights.sum(here) >= ELSEWHERE * weights.total

    def _stems(self, paper: StoredPaper) -> frozenset[str]:
        return stems_of(self._library, paper, [one for one in self._quoted if one.paper_id == paper.paper_id])


def stems_of(library: Library, paper: StoredPaper, passages: Sequence[Passage] = ()) -> frozenset[str]:
    """Stems of the title, the abstract, or the beginning where there is none, and these passages."""
    own = library.passages_of(paper.paper_id)
    abstract = [passage for passage in own if passage.basis == "abstract"]
    read = [*(abstract or own[:_MOST_PASSAGES]), *passages]
    return frozenset(library.analyse(" ".join([paper.paper.title, *(passage.text for passage in read)])))


def says_something(text: str) -> bool:
    """Whether it has a content word: "which ones?" has none."""
    return bool(content_words(_STAND_IN.sub(" ", text)))


def names_in(text: str) -> list[str]:
    """Words that are names by their form: LaTeX, GPT-4o, MIS."""
    return [found[0] for found in _NAME.finditer(text)]


def short_title(paper: StoredPaper) -> str:
    """What comes before the colon where that is a name, else the whole title."""
    head, colon, _ = paper.paper.title.partition(":")
    return head.strip() if colon and len(head.split()) <= _LONGEST_NAME else paper.paper.title

"""The focus of a conversation: the papers cited last, and whether a question is still about them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from paperchat import lexicon
from paperchat.retrieval.query_analysis import content_words
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.text.paper_title import short_title
from paperchat.types import Answer, Passage, StoredPaper
from paperchat.understanding.request import Request

TOPIC_CHANGE_SHARE = 0.4
"""A question changes the topic when another paper covers this share of its term weight more than the paper in focus
does, …"""
SPECIFIC_TERM_WEIGHT = 0.6
"""… and one of those terms has at least this weight, from 0 to 1."""
COMPETING_PAPERS = 3
"""How many other papers are compared with the one in focus."""
_MAX_PASSAGES = 6
# A capital or a digit within a word.
_NAME_PATTERN = re.compile(r"\b\w*(?:[a-z\d][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*|\b\d\w*[A-Za-z][\w-]*")
_PRO_FORM_PATTERN = re.compile(lexicon.load("follow_ups").regex("pro_form"), re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierTurn:
    """An earlier turn of a conversation.

    ``question`` is the standalone question, ``papers`` are those that its answer cites, in citation order, ``marks``
    maps each citation mark ``[n]`` to a paper id, and ``quoted`` are the quoted passages. ``request`` is what was
    asked for, and ``listed`` are the papers that the answer lists or is about, in its order.
    """

    question: str
    papers: tuple[StoredPaper, ...] = ()
    marks: Mapping[int, str] = field(default_factory=dict)
    quoted: tuple[Passage, ...] = ()
    request: Request | None = None
    listed: tuple[StoredPaper, ...] = ()

    @classmethod
    def from_answer(cls, answer: Answer, request: Request | None = None) -> EarlierTurn:
        """The turn that ended with this answer to the request."""
        papers = {citation.paper.paper_id: citation.paper for citation in answer.citations}
        passages = [citation.quote.passage for citation in answer.citations]
        quoted = {passage.passage_id: passage for passage in passages if passage.basis != "record"}
        return cls(
            question=answer.standalone_question,
            papers=tuple(papers.values()),
            marks={citation.number: citation.paper.paper_id for citation in answer.citations},
            quoted=tuple(quoted.values()),
            request=request,
            listed=tuple(one.paper for one in answer.papers),
        )


class TermWeights:
    """The content words of a text that the library has, each weighted by its rarity there, from 0 to 1.

    ``of`` maps each term to its weight, ``total`` is their sum.
    """

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

    def terms_in(self, stems: frozenset[str]) -> frozenset[str]:
        """The terms that share a stem with ``stems``."""
        return frozenset(form for form, own in self._stems.items() if own & stems)

    def sum(self, terms: Sequence[str] | frozenset[str]) -> float:
        """The weight of these terms together."""
        return sum(self.of[term] for term in terms)


class Focus:
    """The papers cited last (``cited``), and the one of them that a question is about (``paper``)."""

    def __init__(self, question: str, turn: EarlierTurn, *, library: Library, searcher: Searcher) -> None:
        self._library = library
        self._searcher = searcher
        self._quoted = turn.quoted
        self.cited = turn.papers
        self.marks = turn.marks
        weights = TermWeights(library, question)
        self.paper = max(turn.papers, key=lambda paper: weights.sum(weights.terms_in(self._stems(paper))))

    @classmethod
    def find(
        cls, question: str, history: Sequence[EarlierTurn], *, library: Library, searcher: Searcher
    ) -> Focus | None:
        """The focus that a follow-up to ``history``, the latest turn last, would refer to; ``None`` if there is none.

        A last turn without citations keeps the papers cited before it if it has a title of theirs. Otherwise its
        focus is the paper nearest to it, if that covers half of its term weight.
        """
        last, cited = history[-1], next((turn for turn in reversed(history) if turn.papers), None)
        asked = last.question.lower()
        is_continued = cited and any(short_title(one.paper.title).lower() in asked for one in cited.papers)
        if cited and (last.papers or is_continued):
            return cls(question, cited, library=library, searcher=searcher)
        nearest = searcher.passages(last.question)[:1]
        weights = TermWeights(library, last.question)
        for paper in library.papers(one.passage.paper_id for one in nearest).values():
            if weights.total and weights.sum(weights.terms_in(paper_stems(library, paper))) >= weights.total / 2:
                return cls(
                    question, EarlierTurn(question=last.question, papers=(paper,)), library=library, searcher=searcher
                )
        return None

    def has_foreign_name(self, text: str) -> bool:
        """Whether the text has a name that occurs in the library but not in the paper."""
        weights = TermWeights(self._library, text)
        here = weights.terms_in(self._stems(self.paper))
        return any(name in weights.of and name not in here for name in find_names(text))

    def is_topic_change(self, text: str) -> bool:
        """Whether the text is about something that another paper covers and the paper in focus does not."""
        weights = TermWeights(self._library, text)
        if not weights.total:
            return False
        if self.has_foreign_name(text):
            return True
        here = weights.terms_in(self._stems(self.paper))
        others = [
            weights.terms_in(frozenset(self._library.analyse(f"{one.paper.paper.title} {one.passage.text}")))
            for one in self._searcher.passages(text, papers=COMPETING_PAPERS)[: 2 * COMPETING_PAPERS]
        ]
        there = max(others, key=weights.sum, default=frozenset())
        is_specific = any(weights.of[form] >= SPECIFIC_TERM_WEIGHT for form in there - here)
        return is_specific and weights.sum(there) - weights.sum(here) >= TOPIC_CHANGE_SHARE * weights.total

    def _stems(self, paper: StoredPaper) -> frozenset[str]:
        return paper_stems(self._library, paper, [one for one in self._quoted if one.paper_id == paper.paper_id])


def paper_stems(library: Library, paper: StoredPaper, passages: Sequence[Passage] = ()) -> frozenset[str]:
    """Stems of the title, of the abstract (or the first passages where there is none), and of ``passages``."""
    own = library.passages_of(paper.paper_id)
    abstract = [passage for passage in own if passage.basis == "abstract"]
    texts = [*(abstract or own[:_MAX_PASSAGES]), *passages]
    return frozenset(library.analyse(" ".join([paper.paper.title, *(passage.text for passage in texts)])))


def has_content_words(text: str) -> bool:
    """Whether the text has a content word: "which ones?" has none."""
    return bool(content_words(_PRO_FORM_PATTERN.sub(" ", text)))


def find_names(text: str) -> list[str]:
    """Words that are names by their form: LaTeX, GPT-4o, MIS."""
    return [match[0] for match in _NAME_PATTERN.finditer(text)]

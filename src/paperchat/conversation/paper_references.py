"""Finds the papers of a conversation that a follow-up refers to: by place, by name, or by a few words about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from paperchat import lexicon
from paperchat.conversation.conversation_thread import ConversationThread, papers_of, unique
from paperchat.conversation.focus import TermWeights, find_names, paper_stems
from paperchat.models.minilm import is_common_word
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.names.title_forms import name_key
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.types import Filters, StoredPaper
from paperchat.understanding.paper_names import PaperNameIndex
from paperchat.understanding.request import RecordField

LEAST_COVERAGE = 0.5
"""A paper fits a description where it has this share of the description's weight; …"""
LEAST_LISTED_COVERAGE = 0.35
"""… this one where the latest list has it; …"""
LEAST_NOUN_COVERAGE = 0.8
"""… this one where the description may be something else than a paper; …"""
LEAST_OTHER_COVERAGE = 0.7
"""… and this one where the conversation has not had it."""
_LISTED_BONUS = 0.6
"""A paper of the latest list is meant before one that fits better by this share, …"""
_KNOWN_BONUS = 0.5
"""… and one of the conversation before others by this."""
_NEARNESS_BONUS = 0.4
"""The nearest paper to the description and the topic is meant before one that fits better by this."""
_NEAR_PAPERS = 10

_LEXICON = lexicon.load("paper_references")
_PLACES: Mapping[str, int] = {
    word: int(one.number("place")) for one in _LEXICON.tables("places") for word in one.phrases("words")
}
_NUMBERS: Mapping[str, int] = {
    word: int(one.number("number")) for one in _LEXICON.tables("numbers") for word in one.phrases("words")
}


def _compile(key: str) -> re.Pattern[str]:
    alternatives = {"places": _PLACES, "numbers": _NUMBERS}
    pattern = _LEXICON.regex(key)
    for name, words in alternatives.items():
        ordered = sorted(map(re.escape, words), key=len, reverse=True)
        pattern = pattern.replace(f"<{name}>", "|".join(ordered))
    return re.compile(pattern, re.IGNORECASE)


_SEVERAL, _TWO, _ONE, _NUMBER, _TWO_NUMBERS = map(
    _compile, ("place.several", "place.two", "place.one", "place.number", "place.two_numbers")
)
_BOTH, _OTHER, _NEXT, _PREVIOUS = map(_compile, ("place.both", "place.other", "place.after", "place.before"))
_EXTREMES = tuple(map(_compile, ("place.most_liked", "place.newest", "place.oldest")))
_MORE = tuple(map(_compile, ("which.more_liked", "which.newer", "which.older")))
_BEFORE, _AFTER, _NOUN, _TOPIC, _BARE = (
    _compile(f"described.{name}") for name in ("before", "after", "noun", "topic", "bare")
)
_IGNORED = _LEXICON.words("ignored.words")
_TOKEN_PATTERN = re.compile(r"[^\W_]+(?=['’]s\b)|(?<!['’])[^\W_]+")
_MOST_NAME_TOKENS = 8
_TITLE_WEIGHT = 0.5
_MARK_PATTERN = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperReference:
    """The papers that a part of a question refers to, and where that part is.

    ``shown_by`` is the value of the catalogue by which a paper is told from the others: "the newest of them".
    """

    papers: tuple[StoredPaper, ...]
    start: int
    end: int
    shown_by: RecordField | None = None


class PaperReferenceFinder:
    """Finds references to papers of the conversation; safe to share between threads."""

    def __init__(self, *, library: Library, searcher: Searcher) -> None:
        self._library = library
        self._searcher = searcher

    def find(self, question: str, thread: ConversationThread) -> list[PaperReference]:
        """The references in the question's order: to places in a list, else to names, else to descriptions."""
        return (
            self.find_places(question, thread)
            or self._find_names(question, thread)
            or list(self._find_described(question, thread))[:1]
        )

    def find_places(self, question: str, thread: ConversationThread) -> list[PaperReference]:
        """The references to places in a list, or to citation marks."""
        return list(self._find_places(question, thread))

    def find_nearest(self, question: str, thread: ConversationThread) -> list[PaperReference]:
        """The reference by a description of which no paper of the list has the words: to the most similar one.

        A name that no paper has describes none of them; a word that is no common one is a name.
        """
        papers = papers_of(thread.lists[0]) if thread.lists else ()
        for pattern in (_AFTER, _BEFORE):
            for match in pattern.finditer(question):
                if papers and not re.search(r"\bones\b", match[0]) and not self._names_of_none(match["about"], papers):
                    nearest = self._nearest(match["about"], papers)
                    return [PaperReference(papers=nearest, start=match.start(), end=match.end())]
        return []

    def _names_of_none(self, text: str, papers: Sequence[StoredPaper]) -> bool:
        """Whether it has a name that is not in the library, or a word that is no common one and in none of these."""
        known = TermWeights(self._library, text).of
        if any(name not in known and name.lower() not in known for name in find_names(text)):
            return True
        names = filter(_is_name, _telling_words(text))
        return any(not any(_has_name(one, name) for one in papers) for name in names)

    def stored(self, paper_ids: Sequence[str]) -> tuple[StoredPaper, ...]:
        """The papers of these ids, in order."""
        found = self._library.papers(paper_ids)
        return tuple(found[one] for one in paper_ids if one in found)

    def _find_places(self, question: str, thread: ConversationThread) -> Iterator[PaperReference]:
        for match in _MARK_PATTERN.finditer(question):
            for turn in reversed(thread.turns):
                by_id = {paper.paper_id: paper for paper in turn.papers}
                if paper := by_id.get(turn.marks.get(int(match[1]), "")):
                    yield PaperReference(papers=(paper,), start=match.start(), end=match.end())
                    break
        for pattern, places_of in _PLACE_PATTERNS:
            for match in pattern.finditer(question):
                papers = _at_places(places_of(match), _lists_meant(match, thread))
                if papers:
                    yield PaperReference(papers=papers, start=match.start(), end=match.end())
                    return
        lists = thread.lists
        if found := self._extreme(question, papers_of(lists[0]) if lists else ()):
            yield found
            return
        both, other = _BOTH.search(question), _OTHER.search(question)
        if lists and both and len(papers_of(lists[0])) == len("ab"):
            yield PaperReference(papers=papers_of(lists[0]), start=both.start(), end=both.end())
        elif lists and other:
            current = thread.paper
            remaining = (
                tuple(one for one in papers_of(turn) if current is None or one.paper_id != current.paper_id)
                for turn in lists
            )
            if others := next(filter(None, remaining), ()):
                best = _DescriptionScorer(self._library).best(_without(question, other), others)
                yield PaperReference(papers=best or others[:1], start=other.start(), end=other.end())

    @staticmethod
    def find_neighbour(question: str, thread: ConversationThread) -> PaperReference | None:
        """The paper after or before the one spoken of last, in the latest list that has both."""
        match, step = _NEXT.search(question), 1
        if match is None:
            match, step = _PREVIOUS.search(question), -1
        spoken_of = papers_of(thread.latest)
        if match is None or len(spoken_of) != 1:
            return None
        for turn in thread.lists:
            ids = [paper.paper_id for paper in papers_of(turn)]
            if spoken_of[0].paper_id in ids and 0 <= ids.index(spoken_of[0].paper_id) + step < len(ids):
                paper = papers_of(turn)[ids.index(spoken_of[0].paper_id) + step]
                return PaperReference(papers=(paper,), start=match.start(), end=match.end())
        return None

    def find_more(self, message: str, papers: Sequence[StoredPaper]) -> PaperReference | None:
        """The one of the papers that has more upvotes, or came first or last, where that is the whole message."""
        return self._extreme(message, papers, _MORE)

    def _extreme(
        self, question: str, papers: Sequence[StoredPaper], patterns: Sequence[re.Pattern[str]] = _EXTREMES
    ) -> PaperReference | None:
        """The one of the papers that has most upvotes, is the newest or the oldest, by the pattern that matches."""
        entries = self._library.directory.get(one.paper_id for one in papers)
        listed = [one for one in papers if one.paper_id in entries]
        values: tuple[tuple[Callable[[StoredPaper], Any], RecordField], ...] = (
            (lambda one: entries[one.paper_id].upvotes or 0, "upvotes"),
            (lambda one: entries[one.paper_id].day, "date"),
            (lambda one: [-ord(letter) for letter in entries[one.paper_id].day], "date"),
        )
        for pattern, (value, field) in zip(patterns, values, strict=True):
            match = pattern.search(question)
            if match and listed:
                best = max(listed, key=value)
                return PaperReference(papers=(best,), start=match.start(), end=match.end(), shown_by=field)
        return None

    def _find_names(self, question: str, thread: ConversationThread) -> list[PaperReference]:
        """Papers of the conversation by their short names, which may be common words elsewhere: "apex", "nexus"."""
        known = self._library.directory.get(one.paper_id for one in thread.papers)
        if not known:
            return []
        papers = {one.paper_id: one for one in thread.papers}
        index = PaperNameIndex(known)
        tokens = list(_TOKEN_PATTERN.finditer(question))
        found: list[PaperReference] = []
        place = 0
        while place < len(tokens):
            named = _longest_name(tokens[place : place + _MOST_NAME_TOKENS], index)
            if named is None:
                place += 1
                continue
            length, ids = named
            reference = PaperReference(
                papers=(papers[ids[0]],), start=tokens[place].start(), end=tokens[place + length - 1].end()
            )
            if all(one.papers != reference.papers for one in found):
                found.append(reference)
            place += length
        return found

    def _find_described(self, question: str, thread: ConversationThread) -> Iterator[PaperReference]:
        scorer = _DescriptionScorer(self._library)
        for pattern, is_certain in ((_AFTER, True), (_BEFORE, True), (_NOUN, False), (_TOPIC, False), (_BARE, False)):
            for match in pattern.finditer(question):
                if pattern is _TOPIC and re.search(r"\bones?\b", match[0]):
                    continue
                wanted = 2 if re.search(r"\bones\b", match[0]) else 1
                found = self._described(match["about"], thread, scorer, is_certain=is_certain, is_name=pattern is _BARE)
                found = found[:wanted]
                if not is_certain and thread.paper in found:
                    continue
                if found:
                    start, end = match.span("about") if pattern in (_TOPIC, _BARE) else match.span()
                    yield PaperReference(papers=found, start=start, end=end)

    def _described(
        self,
        about: str,
        thread: ConversationThread,
        scorer: _DescriptionScorer,
        *,
        is_certain: bool,
        is_name: bool,
    ) -> tuple[StoredPaper, ...]:
        """The papers that fit the words best, those of the conversation before others.

        Where the words may be something else than a paper, it has all of them, and others of the library only in their
        titles; as a name of its own they stand in the title of one of the conversation.
        """
        recent = papers_of(thread.lists[0]) if thread.lists else ()
        known = {paper.paper_id for paper in thread.papers} | {paper.paper_id for paper in recent}
        listing = thread.listing
        topic = listing.request.topic if listing and listing.request else ""
        queries = dict.fromkeys((f"{topic} {about}".strip(), about))
        found = [one for query in queries for one in self._searcher.passages(query, papers=_NEAR_PAPERS)]
        near = list(dict.fromkeys(one.passage.paper_id for one in found))
        others = self.stored([one for one in near if one not in known])
        name = _name_in(about)
        if is_certain:
            groups = [(recent, LEAST_LISTED_COVERAGE, _LISTED_BONUS), (thread.papers, LEAST_COVERAGE, _KNOWN_BONUS)]
            groups.append((others, 1 + _TITLE_WEIGHT if name else LEAST_OTHER_COVERAGE, 0.0))
        else:
            least = 1 + _TITLE_WEIGHT if is_name else LEAST_NOUN_COVERAGE
            groups = [(unique((*recent, *thread.papers)), least, _LISTED_BONUS)]
            in_title = [one for score, one in scorer.scored(about, others) if score >= 1 + _TITLE_WEIGHT]
            groups += [(tuple(in_title), least, 0.0)] if len(in_title) == 1 and not is_name else []
        scored = [
            (
                score + bonus + (_NEARNESS_BONUS / (1 + near.index(paper.paper_id)) if paper.paper_id in near else 0.0),
                paper,
            )
            for papers, least, bonus in groups
            for score, paper in scorer.scored(about, papers)
            if score > 0 and score >= least and (not name or _has_name(paper, name))
        ]
        return unique(paper for _, paper in sorted(scored, key=lambda one: -one[0]))

    def _nearest(self, about: str, papers: Sequence[StoredPaper]) -> tuple[StoredPaper, ...]:
        """The paper whose text is most like the description."""
        found = self._searcher.passages(about, Filters(papers=tuple(paper.paper_id for paper in papers)))
        by_id = {paper.paper_id: paper for paper in papers}
        return tuple(by_id[one.passage.paper_id] for one in found[:1]) or tuple(papers[:1])


class _DescriptionScorer:
    """Scores papers by the words of a description that they have; reads each paper once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._stems: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {}

    def best(self, about: str, papers: Sequence[StoredPaper]) -> tuple[StoredPaper, ...]:
        """The paper that has most of the description's words; none where no paper has any."""
        ranked = sorted(self.scored(about, papers), key=lambda one: -one[0])
        return tuple(paper for score, paper in ranked[:1] if score > 0)

    def scored(self, about: str, papers: Sequence[StoredPaper]) -> list[tuple[float, StoredPaper]]:
        """The share of the description's words that each paper has, more where its title has them."""
        words = _telling_words(about)
        weights = TermWeights(self._library, " ".join(words))
        unknown = {word for word in words if word not in weights.of}
        total = weights.total + len(unknown)
        scored: list[tuple[float, StoredPaper]] = []
        if total:
            self._read(papers)
        for paper in papers if total else ():
            everywhere, in_title, people = self._stems[paper.paper_id]
            parts = {word for word in words if word.lower() in people or word.lower() in _title_parts(paper)}
            covered = weights.sum(weights.terms_in(everywhere) | (parts & weights.of.keys()))
            titled = weights.terms_in(in_title) | {word for word in parts & weights.of.keys() if word not in people}
            covered += len(parts & unknown) + _TITLE_WEIGHT * weights.sum(titled)
            scored.append((covered / total, paper))
        return scored

    def _read(self, papers: Sequence[StoredPaper]) -> None:
        """Read of each new paper the stems of its text, those of its title, and the words of its people."""
        new = {one.paper_id: one for one in papers if one.paper_id not in self._stems}
        entries = self._library.directory.get(new)
        for paper_id, paper in new.items():
            self._stems[paper_id] = (
                paper_stems(self._library, paper),
                frozenset(self._library.analyse(paper.paper.title)),
                _people_words(entries[paper_id]) if paper_id in entries else frozenset(),
            )


def _telling_words(text: str) -> list[str]:
    return [word for word in _TOKEN_PATTERN.findall(text) if word.lower() not in _IGNORED]


def _is_name(word: str) -> bool:
    """Whether it is no common word, or is written in capitals: "DPO", "resnet", "CLIP"."""
    return word.isalpha() and (not is_common_word(word.lower()) or (len(word) > 1 and word.isupper()))


def _name_in(about: str) -> str:
    """The name that a description consists of; empty where it has more, or other words."""
    words = _telling_words(about)
    return words[0] if len(words) == 1 and _is_name(words[0]) else ""


def _has_name(paper: StoredPaper, name: str) -> bool:
    """Whether a paper has the name as a word, in capitals where it is written so: "CLIP" is not in "Clipping"."""
    flags = 0 if name.isupper() else re.IGNORECASE
    word = re.compile(rf"(?<![^\W_]){re.escape(name)}s?(?![^\W_])", flags)
    return bool(word.search(f"{paper.paper.title} {paper.paper.abstract}"))


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + text[match.end() :]


def _at_places(places: Sequence[int], lists: Sequence[Sequence[StoredPaper]]) -> tuple[StoredPaper, ...]:
    """The papers at these places of the first list that has them all."""
    for papers in lists:
        if places and all(-len(papers) <= place <= len(papers) for place in places):
            return unique(papers[place - 1 if place > 0 else place] for place in places)
    return ()


def _lists_meant(match: re.Match[str], thread: ConversationThread) -> list[tuple[StoredPaper, ...]]:
    lists = [papers_of(turn) for turn in thread.lists]
    which = (match.groupdict().get("which_list") or "").lower()
    if which in ("first", "original") or match.groupdict().get("very"):
        return lists[::-1]
    return lists[1:] + lists[:1] if which in ("previous", "earlier") else lists


def _several_places(match: re.Match[str]) -> list[int]:
    amount, place = _NUMBERS[match["amount"].lower()], _PLACES.get(match["place"].lower(), 1)
    return list(range(-amount, 0)) if place < 0 else list(range(1, amount + 1))


_PLACE_PATTERNS = (
    (_SEVERAL, _several_places),
    (_TWO, lambda match: [_PLACES[match["place"].lower()], _PLACES[match["other"].lower()]]),
    (_TWO_NUMBERS, lambda match: [_NUMBERS[match["amount"].lower()], _NUMBERS[match["other_amount"].lower()]]),
    (_ONE, lambda match: [_PLACES[match["place"].lower()]]),
    (_NUMBER, lambda match: [_NUMBERS[match["amount"].lower()]]),
)


def _longest_name(tokens: Sequence[re.Match[str]], index: PaperNameIndex) -> tuple[int, list[str]] | None:
    """How many of the tokens are a name, and the papers of that name."""
    found = None
    key = ""
    for length, token in enumerate(tokens, start=1):
        key += name_key(token[0])
        names = [name for name in index.find(key) if name.rank < 2 or length == 1]
        if names and (length > 1 or token[0].lower() not in _IGNORED):
            found = length, [name.paper_id for name in names]
    return found


@lru_cache(maxsize=4096)
def _parts_of_title(title: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", title))


def _title_parts(paper: StoredPaper) -> frozenset[str]:
    """The words of a title, and those within its names: "paddle" in PaddleOCR."""
    return _parts_of_title(paper.paper.title)


def _people_words(entry: DirectoryEntry) -> frozenset[str]:
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entry.organization).lower())
    return frozenset([*words, entry.organization.lower(), *(word for key in entry.author_keys for word in key.split())])

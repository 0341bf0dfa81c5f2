"""Finds the papers of a conversation that a follow-up refers to: by place, by name, or by a few words about them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.conversation.conversation_thread import ConversationThread, papers_of, unique
from paperchat.conversation.focus import TermWeights, paper_stems
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.storage.paper_directory import DirectoryEntry
from paperchat.types import Filters, StoredPaper
from paperchat.understanding.paper_names import PaperNameIndex, name_key

LEAST_COVERAGE = 0.5
"""A paper fits a description where it has this share of the description's weight; …"""
LEAST_LISTED_COVERAGE = 0.35
"""… this one where the latest list has it; …"""
LEAST_NOUN_COVERAGE = 0.8
"""… and this one where the description may be something else than a paper."""

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
_MOST_LIKED, _NEWEST, _OLDEST = map(_compile, ("place.most_liked", "place.newest", "place.oldest"))
_BEFORE, _AFTER, _NOUN, _TOPIC = map(
    _compile, ("described.before", "described.after", "described.noun", "described.topic")
)
_IGNORED = _LEXICON.words("ignored.words")
_TOKEN_PATTERN = re.compile(r"[^\W_]+(?=['’]s\b)|(?<!['’])[^\W_]+")
_MOST_NAME_TOKENS = 8
_TITLE_WEIGHT = 0.5
_MARK_PATTERN = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperReference:
    """The papers that a part of a question refers to, and where that part is."""

    papers: tuple[StoredPaper, ...]
    start: int
    end: int


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
        """The reference by a description of which no paper of the list has the words: to the most similar one."""
        papers = papers_of(thread.lists[0]) if thread.lists else ()
        for pattern in (_AFTER, _BEFORE):
            for match in pattern.finditer(question):
                if papers and not re.search(r"\bones\b", match[0]):
                    nearest = self._nearest(match["about"], papers)
                    return [PaperReference(papers=nearest, start=match.start(), end=match.end())]
        return []

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
        if found := self._extreme(question, thread):
            yield found
            return
        both, other = _BOTH.search(question), _OTHER.search(question)
        if lists and both and len(papers_of(lists[0])) == len("ab"):
            yield PaperReference(papers=papers_of(lists[0]), start=both.start(), end=both.end())
        elif lists and other:
            current = thread.paper
            others = tuple(one for one in papers_of(lists[0]) if current is None or one.paper_id != current.paper_id)
            if others:
                best = _DescriptionScorer(self._library).best(_without(question, other), others, least=0.0)
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

    def _extreme(self, question: str, thread: ConversationThread) -> PaperReference | None:
        """The paper of the latest list that has most upvotes, or is the newest or oldest."""
        entries = self._library.directory.entries()
        listed = [one for one in papers_of(thread.lists[0]) if one.paper_id in entries] if thread.lists else []
        for pattern, value in (
            (_MOST_LIKED, lambda one: entries[one.paper_id].upvotes or 0),
            (_NEWEST, lambda one: entries[one.paper_id].day),
            (_OLDEST, lambda one: [-ord(letter) for letter in entries[one.paper_id].day]),
        ):
            match = pattern.search(question)
            if match and listed:
                return PaperReference(papers=(max(listed, key=value),), start=match.start(), end=match.end())
        return None

    def _find_names(self, question: str, thread: ConversationThread) -> list[PaperReference]:
        """Papers of the conversation by their short names, which may be common words elsewhere: "apex", "nexus"."""
        entries = self._library.directory.entries()
        known = {one.paper_id: entries[one.paper_id] for one in thread.papers if one.paper_id in entries}
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
        listed = thread.lists
        recent = papers_of(listed[0]) if listed else ()
        scorer = _DescriptionScorer(self._library)
        for pattern, least in (
            (_AFTER, 0.0),
            (_BEFORE, 0.0),
            (_NOUN, LEAST_NOUN_COVERAGE),
            (_TOPIC, LEAST_NOUN_COVERAGE),
        ):
            for match in pattern.finditer(question):
                about = match["about"]
                wanted = 2 if re.search(r"\bones\b", match[0]) else 1
                found = scorer.best(about, recent, least=least or LEAST_LISTED_COVERAGE, wanted=wanted)
                found = found or scorer.best(about, thread.papers, least=least or LEAST_COVERAGE, wanted=wanted)
                if least and thread.paper in found:
                    continue
                if found:
                    start, end = (match.start("about"), match.end("about")) if pattern is _TOPIC else match.span()
                    yield PaperReference(papers=found, start=start, end=end)

    def _nearest(self, about: str, papers: Sequence[StoredPaper]) -> tuple[StoredPaper, ...]:
        """The paper whose text is most like the description."""
        nodes = self._searcher.passages(about, Filters(papers=tuple(paper.paper_id for paper in papers)))
        by_id = {paper.paper_id: paper for paper in papers}
        return tuple(by_id[node.node.metadata["paper_id"]] for node in nodes[:1]) or tuple(papers[:1])


class _DescriptionScorer:
    """Scores papers by the words of a description that they have; reads each paper once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._stems: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {}

    def best(
        self, about: str, papers: Sequence[StoredPaper], *, least: float, wanted: int = 1
    ) -> tuple[StoredPaper, ...]:
        """The papers that have most of the description's words, a title counting more than an abstract."""
        words = [word for word in _TOKEN_PATTERN.findall(about) if word.lower() not in _IGNORED]
        weights = TermWeights(self._library, " ".join(words))
        unknown = {word for word in words if word not in weights.of}
        total = weights.total + len(unknown)
        scored: list[tuple[float, StoredPaper]] = []
        for paper in papers if total else ():
            everywhere, in_title, people = self._read(paper)
            by_people = {word for word in words if word.lower() in people}
            covered = weights.sum(weights.terms_in(everywhere) | (by_people & weights.of.keys()))
            covered += len(by_people & unknown) + _TITLE_WEIGHT * weights.sum(weights.terms_in(in_title))
            scored.append((covered / total, paper))
        ranked = sorted(scored, key=lambda one: -one[0])
        return tuple(paper for score, paper in ranked[:wanted] if score > 0 and score >= least)

    def _read(self, paper: StoredPaper) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The stems of its text, those of its title, and the words of its people and organisation."""
        if paper.paper_id not in self._stems:
            entry = self._library.directory.entries().get(paper.paper_id)
            self._stems[paper.paper_id] = (
                paper_stems(self._library, paper),
                frozenset(self._library.analyse(paper.paper.title)),
                _people_words(entry) if entry else frozenset(),
            )
        return self._stems[paper.paper_id]


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


def _people_words(entry: DirectoryEntry) -> frozenset[str]:
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entry.organization).lower())
    return frozenset([*words, entry.organization.lower(), *(word for key in entry.author_keys for word in key.split())])

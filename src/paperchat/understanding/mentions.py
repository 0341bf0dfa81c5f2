"""Finds the papers that a question names: by title, short name, id, address, or a few words about them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.errors import NotFoundError
from paperchat.models.minilm import common_words, is_common_word
from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold
from paperchat.storage.names.name_index import NameIndex
from paperchat.storage.names.title_forms import name_key, title_words
from paperchat.understanding.nicknames import DescriptionMatcher
from paperchat.understanding.paper_names import PaperName, PaperNameIndex, most_edits
from paperchat.understanding.question_words import EDGE, MOST_COMMON_WORDS, NOT_NAMES, TOKEN_PATTERN, QuestionWords
from paperchat.understanding.request import Mention

_LEXICON = lexicon.load("mentions")
_NO_NAME, _NAME_END, _NO_NICKNAME, _DESCRIPTION_END = (
    re.compile(_LEXICON.regex(name), re.IGNORECASE)
    for name in ("no_name", "name_end", "no_nickname", "description_end")
)
_DESCRIBED_FURTHER = re.compile(_LEXICON.regex("described_further"), re.IGNORECASE)
_JOINING = re.compile(_LEXICON.regex("joining"), re.IGNORECASE)
_NICKNAMES = tuple(re.compile(one.regex("pattern"), re.IGNORECASE) for one in _LEXICON.tables("nicknames"))
_OBJECTS, _SUMMARIZED = (
    tuple(re.compile(one.regex("pattern"), re.IGNORECASE | re.DOTALL) for one in tables)
    for tables in (_LEXICON.tables("objects"), _LEXICON.tables("summarized"))
)
_SEVERAL_PAPERS = 3
"""What in lower case fits so many papers is a topic."""

_ID_PATTERN = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'“”]+"
    r"|\b(?:arxiv|doi|title|key|hash|sha1|sha256)\s?:\s?[^\s<>\"'“”]+"
    r"|(?<![\w./])10\.\d{4,9}/[^\s<>\"'“”]+"
    r"|(?<![\w./])\d{4}\.\d{4,5}(?:v\d+)?(?![\w])"
    r"|(?<![\w./])[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?\b",
    re.IGNORECASE,
)
_ARXIV_PATTERN = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?", re.IGNORECASE)
_DOI_PATTERN = re.compile(r"10\.\d{4,9}/\S+")
_QUOTED_PATTERN = re.compile(r"[\"“„«]([^\"“”«»]{3,300})[\"”“»]|(?<!\w)[‘']([^'‘’]{3,300})[’'](?!\w)")
_NAME_PATTERN = re.compile(r"(?<![\w-])(?=[\w-]*[^\W\d_])(?:[A-Z][a-z]+[A-Z]\w*|[a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]+[A-Z]\w*"
                           r"|[A-Z]\w*-[A-Z0-9][\w-]*|[A-Z][a-z]+\d\w*)(?:-\w+)*")  # fmt: skip
_ARTICLE_PATTERN = re.compile(r"^(?:(?:the|an?|der|die|das|le|la|el|los|il|lo|o)\s+|[ld]['’])", re.IGNORECASE)
_CLAUSE_BEFORE = re.compile(r"(?:(?!\b(?:and|or|vs|versus|with|than|to)\b)[^,;:?!().])*$", re.IGNORECASE)
_CLAUSE_AFTER = re.compile(r"(?:\s*[(,])?(?:(?!\b(?:and|or|vs|versus|than)\b)[^,;:?!.])*", re.IGNORECASE)
_DEFINITE = ("the", "that", "this", "paper", "article", "study")
_MOST_TOKENS = 60
"""A title has no more words than these."""
_MISSPELT_LENGTH = 6
_MOST_MISSPELT_WORDS = 4
_VERSIONLESS_RANK = 2
_MOST_FITTING = 5
"""One word that fits more papers describes none of them."""
_NEAREST = 3
_TELLING_WORDS = 4
"""A description of so many words that fits one paper alone means it."""
_TITLE_WORDS = 2
"""A paper with so many more of the words around a name than another of the name is meant …"""
_MOST_NAMESAKES = 20
"""… where no more papers than these have it in their titles …"""
_MOST_TITLES = 200
"""… of so many that have its words in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMention:
    """A mention and where in the question it stands."""

    mention: Mention
    start: int
    end: int


class MentionFinder:
    """Finds named papers; safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._descriptions = DescriptionMatcher(library)

    def find(self, question: str) -> list[FoundMention]:
        """The papers that the question names, in its order, and the names of papers that the library does not have."""
        return _Search(self._library, self._library.names.current(), self._descriptions, question).run()


class _Search:
    """One question's search."""

    def __init__(self, library: Library, names: NameIndex, descriptions: DescriptionMatcher, question: str) -> None:
        self._library = library
        self._names = names
        self._descriptions = descriptions
        self._question = question
        self._found: list[FoundMention] = []

    def run(self) -> list[FoundMention]:
        self._find_ids()
        self._words = QuestionWords(
            self._library, self._question, is_free=self._is_free, papers=self._names.paper_count()
        )
        self._index = self._index_of(self._names.called(self._possible_keys()))
        self._find_quoted()
        self._find_names()
        self._find_introduced()
        self._find_misspelt()
        self._find_nicknames()
        if not self._found:
            self._find_object()
        self._find_unknown()
        return sorted(self._found, key=lambda one: one.start)

    # Ids and addresses

    def _find_ids(self) -> None:
        for match in _ID_PATTERN.finditer(self._question):
            text = match[0].rstrip(EDGE)
            name = self._id_in(text)
            if name:
                try:
                    papers: tuple[str, ...] = (self._library.paper(name).paper_id,)
                except NotFoundError:
                    papers = ()
                self._add(text, match.start(), papers, ())

    @staticmethod
    def _id_in(text: str) -> str:
        """The part of an address or id that names a paper; empty where an address names none."""
        if doi := _DOI_PATTERN.search(text):
            return doi[0]
        is_address = "//" in text or text.lower().startswith("www.")
        if arxiv := _ARXIV_PATTERN.search(text):
            return arxiv[0] if not is_address or "arxiv" in text or "papers/" in text else ""
        return "" if is_address else text.replace(" ", "")

    # Names of papers in the library

    def _index_of(self, paper_ids: Sequence[str]) -> PaperNameIndex:
        return PaperNameIndex(self._library.directory.get(paper_ids))

    def _possible_keys(self) -> Iterator[str]:
        """The key of each run of words that may be a whole name, and of what stands in quotation marks."""
        for match in _QUOTED_PATTERN.finditer(self._question):
            yield name_key(match[1] or match[2])
        keys = [name_key(one.text) for one in self._words.tokens]
        for place in range(len(keys)):
            key = ""
            for part in keys[place : place + _MOST_TOKENS]:
                key += part
                yield key
                if key.endswith("s"):
                    yield key[:-1]

    def _misspelt(self, key: str) -> tuple[PaperName, ...]:
        for edits in range(1, most_edits(key) + 1):
            if names := self._index_of(self._names.called_nearly(key, edits)).find_misspelt(key):
                return names
        return ()

    def _find_quoted(self) -> None:
        for match in _QUOTED_PATTERN.finditer(self._question):
            group = 1 if match[1] else 2
            text, start = match[group], match.start(group)
            key = name_key(text)
            papers = [name.paper_id for name in self._index.find(key) or self._misspelt(key)]
            if not papers and len(content_words(text)) > MOST_COMMON_WORDS:
                papers = list(self._descriptions.find(text, in_title=True).papers)
            if not self._is_free(start, start + len(text)):
                continue
            if papers:
                self._add(text, start, papers, ())
            elif len(content_words(text)) > 1 and self._words.expects_name(start):
                self._add(text, start, (), self._nearest(text, self._descriptions.find(text).nearest))

    def _find_names(self) -> None:
        place = 0
        while place < len(self._words.tokens):
            window = self._longest_name(place)
            place = window if window > place else place + 1

    def _longest_name(self, place: int) -> int:
        """Adds the longest name that begins with this token; the place after it, or ``place``."""
        first = self._words.tokens[place]
        if not self._words.begins_word(first.start) or not self._is_free(first.start, first.end):
            return place
        key, best = "", place
        found: tuple[PaperName, ...] = ()
        for end in range(place, min(place + _MOST_TOKENS, len(self._words.tokens))):
            key += name_key(self._words.tokens[end].text)
            if not self._index.may_begin(key):
                break
            names = self._index.find(key) or (self._index.find(key[:-1]) if len(key) > 4 and key.endswith("s") else ())
            if (
                names
                and self._words.ends_word(self._words.tokens[end].end)
                and self._words.is_meant(place, end + 1, names)
            ):
                best, found = end + 1, names
        if found:
            start, stop = first.start, self._words.tokens[best - 1].end
            text = self._question[start:stop]
            papers = [one.paper_id for one in _by_case(found, text)]
            self._add(text, start, self._as_described(papers, text, start), ())
        return best

    def _as_described(self, papers: list[str], text: str, start: int) -> list[str]:
        """The papers of a name, first the one that has more of the words around it: "the benchmark MIRA"."""
        before = _CLAUSE_BEFORE.search(self._question[:start])
        after = _CLAUSE_AFTER.match(self._question, start + len(text))
        around = f"{before[0] if before else ''} {after[0] if after else ''}"
        words = {fold(form) for _, _, form in content_words(around)}
        if len(words) < _TITLE_WORDS:
            return papers
        name = re.compile(rf"(?<![\w-]){re.escape(text)}(?![\w-])", re.IGNORECASE)
        form = text.lower()
        titled = self._names.titled_with(title_words(text), _MOST_TITLES)
        namesakes = [
            one
            for one, entry in self._library.directory.get(titled).items()
            if form in entry.title.lower() and one not in papers and name.search(entry.title)
        ]
        if not namesakes or len(namesakes) > _MOST_NAMESAKES:
            return papers
        texts = {
            one: fold(f"{stored.paper.title} {stored.paper.abstract}")
            for one, stored in self._library.papers([*papers, *namesakes]).items()
        }

        def fit(paper: str) -> int:
            return sum(word in texts.get(paper, "") for word in words)

        least = max(map(fit, papers)) + _TITLE_WORDS
        better = [one for one in namesakes if fit(one) >= least]
        return [*sorted(better, key=fit, reverse=True)[:1], *papers]

    def _find_introduced(self) -> None:
        place = 0
        while place < len(self._words.tokens):
            end = self._introduced_name(place)
            place = end if end > place else place + 1

    def _introduced_name(self, place: int) -> int:
        """Adds the longest name that begins with this token, of something that an abstract introduces."""
        for end in range(min(place + MOST_COMMON_WORDS, len(self._words.tokens)), place, -1):
            window = self._words.tokens[place:end]
            start, stop = window[0].start, window[-1].end
            if not self._words.may_be_coined(window) or not self._is_free(start, stop):
                continue
            if not self._words.begins_word(start) or not self._words.ends_word(stop):
                continue
            if self._words.names_topic(start) and not self._words.expects_name(start):
                continue
            key = "".join(name_key(one.text) for one in window)
            papers = self._names.introducing(key, is_word=key in common_words())
            if papers:
                self._add(self._question[start:stop], start, papers, ())
                return end
        return place

    def _find_misspelt(self) -> None:
        for place, token in enumerate(self._words.tokens):
            if self._words.begins_word(token.start):
                self._misspelt_name(place)

    def _misspelt_name(self, place: int) -> None:
        """Adds the longest misspelt name that begins with this token."""
        start = self._words.tokens[place].start
        for end in range(min(place + _MOST_MISSPELT_WORDS, len(self._words.tokens)), place, -1):
            window = self._words.tokens[place:end]
            stop = window[-1].end
            if (
                not self._is_free(start, stop)
                or not self._words.ends_word(stop)
                or not self._words.may_be_misspelt(window)
            ):
                continue
            key = "".join(name_key(one.text) for one in window)
            names = self._misspelt(key) if len(key) >= _MISSPELT_LENGTH else ()
            names = tuple(one for one in names if one.rank < _VERSIONLESS_RANK)
            if names and len(TOKEN_PATTERN.findall(names[0].form)) <= len(window) + 2:
                self._add(self._question[start:stop], start, [one.paper_id for one in names], ())
                return

    # Descriptions

    def _find_nicknames(self) -> None:
        for pattern in _NICKNAMES:
            for match in pattern.finditer(self._question):
                text = _ARTICLE_PATTERN.sub("", _DESCRIPTION_END.sub("", match["name"])).strip(EDGE)
                if not text or _NO_NICKNAME.search(text) or not self._is_free(match.start("name"), match.end("name")):
                    continue
                if any(one.mention.papers for one in self._found) and not self._is_another(match.start(), match.end()):
                    continue
                more = _DESCRIBED_FURTHER.match(self._question, match.end())
                if more and self._is_free(*more.span("more")):
                    further = f"{text} {_DESCRIPTION_END.sub('', more['more'])}"
                    if (described := self._descriptions.find(further)).papers:
                        start = self._question.find(text, match.start("name"))
                        self._add(self._question[start : more.end()].rstrip(EDGE), start, described.papers, ())
                        continue
                described = self._descriptions.find(text)
                papers = described.papers if len(text.split()) > 1 or described.fitting <= _MOST_FITTING else ()
                if described.fitting > 1 or not text.islower():
                    papers = tuple(one for one in papers if not self._only_uses(one, text))
                if papers:
                    self._add(text, self._question.find(text, match.start("name")), papers, ())
                elif (
                    (described.papers or described.has_unknown_word)
                    and not self._found
                    and match[0].lower().startswith(_DEFINITE)
                ):
                    self._add(text, self._question.find(text, match.start("name")), (), described.nearest)

    def _only_uses(self, paper_id: str, text: str) -> bool:
        """Whether a description is one word that a paper has in its abstract alone, as a name: "DPO", "ResNet".

        In capitals it is a name, whatever word it is otherwise: "CLIP" is not in "Clipping".
        """
        is_capitals = text.isalpha() and text.isupper()
        if not text.isalpha() or (is_common_word(fold(text)) and not is_capitals):
            return False
        word = re.compile(rf"(?<![^\W_]){re.escape(text if is_capitals else text.lower())}s?(?![^\W_])")
        return not any(
            word.search(stored.paper.title if is_capitals else stored.paper.title.lower())
            or (not is_capitals and word.search(stored.paper.abstract))
            for stored in self._library.papers([paper_id]).values()
        )

    def _is_another(self, start: int, end: int) -> bool:
        """Whether a description is of another paper than those named: it is joined to one by "and" or "versus"."""
        before = max((one.end for one in self._found if one.end <= start), default=None)
        after = min((one.start for one in self._found if one.start >= end), default=None)
        return (before is not None and bool(_JOINING.fullmatch(self._question[before:start]))) or (
            after is not None and bool(_JOINING.fullmatch(self._question[end:after]))
        )

    def _find_object(self) -> None:
        """What a question about a paper's catalogue entry is about, where it is no name found so far."""
        for pattern in (*_OBJECTS, *_SUMMARIZED):
            match = pattern.match(self._question)
            if not match:
                continue
            text = _ARTICLE_PATTERN.sub("", _NAME_END.sub("", match["name"]).strip(EDGE))
            words = content_words(text)
            if not text or not words or _NO_NAME.match(text) or fold(text) in NOT_NAMES:
                continue
            described = self._descriptions.find(text, in_title=True)
            start = self._question.find(text, match.start("name"))
            told = self._descriptions.find(text) if len(words) >= _TELLING_WORDS else described
            if pattern in _SUMMARIZED and text.islower() and self._descriptions.find(text).fitting >= _SEVERAL_PAPERS:
                return
            if described.papers and len(words) > 1:
                self._add(text, start, described.papers, ())
            elif len(told.papers) == 1:
                self._add(text, start, told.papers, ())
            elif self._looks_like_a_name(text, len(words)):
                self._add(text, start, (), self._nearest(text, described.nearest))
            return

    def _looks_like_a_name(self, text: str, words: int) -> bool:
        if fold(text) in NOT_NAMES or len(text) > 150:
            return False
        tokens = TOKEN_PATTERN.findall(text)
        is_short = len(tokens) <= MOST_COMMON_WORDS or words * 2 >= len(tokens)
        if is_short and any(self._words.is_unknown(one) for one in tokens):
            return True
        capitals = sum(one[:1].isupper() for one in tokens)
        return words > 1 and capitals > 1 and not self._question.isupper()

    def _find_unknown(self) -> None:
        """Names as only papers and systems have them, which are nowhere in the library."""
        people = None
        for match in _NAME_PATTERN.finditer(self._question):
            text = match[0]
            if not self._is_free(match.start(), match.end()) or text.lower() in NOT_NAMES:
                continue
            parts = TOKEN_PATTERN.findall(text)
            apart = re.sub(r"(?<=[^\W\d_])(?=\d)", "-", text)
            if not any(self._words.is_unknown(one) and _is_coined(one, text) for one in parts) or self._is_known(apart):
                continue
            if self._words.names_topic(match.start()):
                continue
            if people is None:
                people = self._words_of_names()
            if name_key(text) not in people and not people.issuperset(name_key(one) for one in parts):
                self._add(text, match.start(), (), self._nearest(text, ()))

    def _is_known(self, text: str) -> bool:
        parts = text.split("-")
        return all(count > 0 for count in self._library.document_frequency(parts).values())

    def _words_of_names(self) -> frozenset[str]:
        """The words of authors' and organisations' names that the question may have."""
        asked = {name_key(one.text) for one in self._words.tokens}
        asked |= {name_key(one) for one in self._question.split()}
        return frozenset(word for word in asked if word and self._names.is_in_names(word))

    def _nearest(self, text: str, described: Sequence[str]) -> tuple[str, ...]:
        similar: tuple[str, ...] = ()
        if len(text.split()) <= MOST_COMMON_WORDS:
            key = name_key(text)
            similar = self._index_of(self._names.called_similarly(key)).find_similar(key, _NEAREST)
        return tuple(dict.fromkeys((*similar, *described)))[:_NEAREST]

    # What is taken

    def _add(self, text: str, start: int, papers: Sequence[str], nearest: Sequence[str]) -> None:
        mention = Mention(text=text, papers=tuple(papers), nearest=tuple(nearest))
        self._found.append(FoundMention(mention=mention, start=start, end=start + len(text)))

    def _is_free(self, start: int, end: int) -> bool:
        return all(end <= one.start or start >= one.end for one in self._found)


def _is_coined(part: str, name: str) -> bool:
    """Whether a part of a name is no ordinary word: it has capitals or digits within, or a number follows it."""
    if re.fullmatch(r"[a-z]+[A-Z]+s?", part):  # mRNA, fMRI
        return False
    return part[1:] != part[1:].lower() or any(c.isdigit() for c in part) or bool(re.search(rf"{part}-\d", name))


def _by_case(names: Sequence[PaperName], text: str) -> Iterator[PaperName]:
    """The names that are written just so, then the others."""
    yield from (one for one in names if one.form == text)
    yield from (one for one in names if one.form != text)

"""The words of a question, and whether some of them may be the name of a paper rather than ordinary words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.models.minilm import common_words
from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import fold, paper_id_of
from paperchat.text.edit_distance import edit_distance
from paperchat.text.field_abbreviations import is_field_abbreviation
from paperchat.types import Filters
from paperchat.understanding.paper_names import PaperName

_LEXICON = lexicon.load("mentions")
_CUE_BEFORE, _CUE_AFTER, _TOPIC_CUE = (
    re.compile(_LEXICON.regex(name), re.IGNORECASE) for name in ("cue_before", "cue_after", "cue_topic")
)
_QUESTION_WORDS = _LEXICON.words("question_words")
_FIELD_WORDS = _LEXICON.words("field_words")
_FUNCTION_WORDS = _LEXICON.words("function_words")
NOT_NAMES = _LEXICON.words("not_names")
EDGE = " \t\n\"'“”„«»‘’`*.,:;!?()[]"
"""Characters around a name that do not belong to it."""
TOKEN_PATTERN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]+")
_GOES_ON_PATTERN = re.compile(r"[-._/][A-Z0-9]|[._/][a-z]|-(?!based|like|style|type|related|trained|inspired)[a-z]")
MOST_COMMON_WORDS = 3
"""A name of more words, all common, counts wherever it stands."""
_MOST_TOKENS = 240
_FREQUENT = 4
"""A word that more passages have than this, or than one in so many, is a common one."""
_FREQUENT_SHARE = 300
_VERSIONLESS_RANK = 2
_FIRST_WORDS_RANK = 3
_PHRASE_PAPERS = 8
_ABSTRACTS = Filters(basis="abstract")
_SHORTEST_MISSPELT = 4
_SHORTEST_PLAIN = 5
"""A shorter word in lower case is none of the names that abstracts introduce."""


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters and digits, or one sign of a script without spaces."""

    text: str
    start: int
    end: int


class QuestionWords:
    """The words of one question.

    Args:
        is_free: whether the characters from a place to another are to be looked at.
        papers: how many papers the library has.
    """

    def __init__(self, library: Library, question: str, *, is_free: Callable[[int, int], bool], papers: int) -> None:
        self._library = library
        self.question = question
        self.tokens = [
            Token(match[0], match.start(), match.end())
            for match in TOKEN_PATTERN.finditer(question)
            if is_free(match.start(), match.end())
        ][:_MOST_TOKENS]
        words = [one.text for one in self.tokens]
        self._frequency = library.document_frequency(words) if words else {}
        self._common = max(_FREQUENT, papers // _FREQUENT_SHARE)

    def names_topic(self, start: int) -> bool:
        """Whether what precedes makes a topic of what follows: "papers on …"."""
        return bool(_TOPIC_CUE.search(self.question[:start]))

    def expects_name(self, start: int) -> bool:
        """Whether a name is to follow: "who wrote …"."""
        return bool(_CUE_BEFORE.search(self.question[:start]))

    def is_meant(self, place: int, end: int, names: Sequence[PaperName]) -> bool:
        """Whether the words are the name, and no common words that happen to be one, too."""
        tokens = self.tokens[place:end]
        start, stop = tokens[0].start, tokens[-1].end
        text, rank = self.question[start:stop], names[0].rank
        if rank == _FIRST_WORDS_RANK:
            return sum(one.text[:1].isupper() for one in tokens) > 1 and not self.question.isupper()
        if len(tokens) == 1 and (is_field_abbreviation(text) or fold(text) in NOT_NAMES):
            return False
        if len(tokens) == 1 and (text in _FIELD_WORDS or (text.islower() and not content_words(text))):
            return False
        if len(tokens) > MOST_COMMON_WORDS or (
            rank < _VERSIONLESS_RANK and any(_is_compound(one.form, tokens) for one in names)
        ):
            return True
        is_rare = any(self._is_rare(one.text) for one in tokens)
        is_exact = rank < _VERSIONLESS_RANK or is_rare
        if self._has_cue(start, stop) or (is_exact and any(self._is_coined_so(one.form, start, stop) for one in names)):
            return True
        is_common = all(one.text.lower() in common_words() for one in tokens)
        if is_rare and not is_common and (rank < _VERSIONLESS_RANK or text != text.lower() or len(tokens) == 1):
            return True
        if _TOPIC_CUE.search(self.question[:start]):
            return False
        if rank < _VERSIONLESS_RANK and any(self._is_written_as(one.form, start, stop) for one in names):
            return True
        if len(tokens) == 1:
            return (
                is_rare
                and rank < _VERSIONLESS_RANK
                and self._follows_function_word(start)
                and self._precedes_function_word(stop)
            )
        return rank < _VERSIONLESS_RANK and self._follows_function_word(start) and self._is_their_phrase(text, names)

    def may_be_misspelt(self, window: Sequence[Token]) -> bool:
        """Whether the words may be a name with a letter too many, too few or wrong, and no word of questions."""
        start, stop = window[0].start, window[-1].end
        text = self.question[start:stop]
        is_placed = self._follows_function_word(start) or text != text.lower() or self._has_cue(start, stop)
        if len(window) == 1:
            return self.is_unknown(text) and is_placed
        if any(self.is_new(one.text) and len(one.text) >= _SHORTEST_MISSPELT for one in window):
            return is_placed
        return not re.search(r"\s", text) and self._has_cue(start, stop)

    def _has_cue(self, start: int, stop: int) -> bool:
        """Whether a name is expected here: "who wrote …", "the … paper"."""
        before, after = self.question[:start], self.question[stop:]
        return bool(_CUE_BEFORE.search(before)) or (
            bool(_CUE_AFTER.search(after)) and self._follows_function_word(start)
        )

    def _follows_function_word(self, start: int) -> bool:
        word = _last_word(self.question[:start]).strip(EDGE)
        return not word or word.lower() in _FUNCTION_WORDS or not content_words(word)

    def _precedes_function_word(self, stop: int) -> bool:
        rest = self.question[stop:]
        word = rest.split()[0].strip(EDGE) if rest.strip() else ""
        return not word or word.lower() in _FUNCTION_WORDS or not content_words(word)

    def _is_their_phrase(self, text: str, names: Sequence[PaperName]) -> bool:
        """Whether hardly any other paper has these words in a row, as an established term would be found in some."""
        hits = self._library.lexical_search(text, _PHRASE_PAPERS, _ABSTRACTS)
        texts = self._library.titles_and_texts(passage_id for passage_id, _ in hits)
        theirs = {one.paper_id for one in names}
        phrase = fold(text)
        others = {
            paper_id_of(passage_id)
            for passage_id, parts in texts.items()
            if any(phrase in fold(part) for part in parts)
        } - theirs
        return len(others) <= 1

    def _is_coined_so(self, form: str, start: int, stop: int) -> bool:
        """Whether a word is written with the capitals within that the name has."""
        text = self.question[start:stop]
        return text == form.strip(EDGE + "+^") and text[1:] != text[1:].lower() and not self.question.isupper()

    def _is_written_as(self, form: str, start: int, stop: int) -> bool:
        """Whether a common word has the capitals of the name, where a common word would have none."""
        text = self.question[start:stop]
        if text != form.strip(EDGE + "+^") or text.islower() or self.question.isupper():
            return False
        if text[1:] != text[1:].lower():
            return True
        capitalised = sum(one.text[:1].isupper() for one in self.tokens)
        begins = not re.search(r"[^\s\W]", self.question[:start]) or re.search(r"[.!?]\s*$", self.question[:start])
        return not begins and capitalised <= max(2, len(self.tokens) // 3)

    def may_be_coined(self, window: Sequence[Token]) -> bool:
        """Whether the words may be a name that few papers have: rare words of the library, as names are written."""
        rare = [one.text for one in window if 0 < self._frequency.get(one.text, 0) <= self._common]
        rare = [word for word in rare if len(word) > 2 and not word.isdigit()]
        if any(re.search(r"\w[A-Z\d]", word) and not re.fullmatch(r"[a-z][A-Z]+s?", word) for word in rare):
            return True
        is_long = len(window) > 1
        return any((is_long or len(word) >= _SHORTEST_PLAIN) and word.lower() not in common_words() for word in rare)

    def _is_rare(self, word: str) -> bool:
        return not word.isdigit() and len(word) > 1 and self._frequency.get(word, 0) <= self._common

    def is_new(self, word: str) -> bool:
        """Whether the library has the word nowhere."""
        return len(word) > 2 and self._frequency.get(word, 0) == 0 and word.lower() not in NOT_NAMES

    def is_unknown(self, word: str) -> bool:
        """Whether the library has the word nowhere, and it is no word of questions that is misspelt."""
        return self.is_new(word) and not any(edit_distance(word.lower(), one, 1) <= 1 for one in _QUESTION_WORDS)

    def begins_word(self, start: int) -> bool:
        """Whether a name may begin here, and not within a compound."""
        return not re.search(r"[^\W_][-./_+'’]$", self.question[max(start - 2, 0) : start])

    def ends_word(self, end: int) -> bool:
        """Whether a name may end here, and not within a compound, other than one such as ``SWE-Explore-based``."""
        return not _GOES_ON_PATTERN.match(self.question, end)


def _last_word(text: str) -> str:
    return text.split()[-1] if text.strip() else ""


def _is_compound(form: str, tokens: Sequence[Token]) -> bool:
    """Whether a name is one word of several parts or has a number, as ``Flow-OPD`` and ``Cosmos 3``."""
    is_one_word = not re.search(r"\s", form) and len(re.findall(r"[A-Z\d]", form)) > 1
    return len(tokens) > 1 and (is_one_word or any(one.text.isdigit() for one in tokens))

"""Wording cues for stances: conclusions, aims, motivation, hedges, null results, comparisons, directions, antonyms."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.text.facts import directions, split_words

_LEXICON = lexicon.load("stance")
_NO_EFFECT_PATTERN = re.compile(_LEXICON.regex("no_effect"), re.IGNORECASE)
_CONCLUSION_PATTERN = re.compile(_LEXICON.regex("conclusion"), re.IGNORECASE)
_AIM_PATTERN = re.compile(_LEXICON.regex("aim"), re.IGNORECASE)
_MOTIVATION_PATTERN = re.compile(_LEXICON.regex("motivation"), re.IGNORECASE)
_HEDGE_PATTERN = re.compile(_LEXICON.regex("hedge"), re.IGNORECASE)
_COMPARATIVE_PATTERN = re.compile(_LEXICON.regex("comparative"), re.IGNORECASE)
_COMPARISON_PATTERN = re.compile(_LEXICON.regex("comparison"), re.IGNORECASE)
_RESPECTS = {
    comparative: respect.words("spoken_of")
    for respect in _LEXICON.tables("respects")
    for comparative in respect.words("compared")
}
"""The words by which a sentence speaks of the respect in which a claim compares, by the comparative."""
_ANTONYMS = _LEXICON.word_pairs("antonyms")
_WORSENING_WORDS = _LEXICON.words("worsening")
_IMPROVING_WORDS = _LEXICON.words("improving")


def is_negative(sentence: str) -> bool:
    """Whether its words of change and judgement go down; less of something bad goes up."""
    words, ways = set(split_words(sentence)), directions(sentence)
    if words & _WORSENING_WORDS and not words & _IMPROVING_WORDS:
        return "down" not in ways
    return ways == {"down"} and not words & _IMPROVING_WORDS


def reports_no_effect(sentence: str) -> bool:
    """Whether it reports that there is no effect, no difference or no evidence."""
    return bool(_NO_EFFECT_PATTERN.search(sentence))


def states_conclusion(sentence: str) -> bool:
    """Whether it reports what was found."""
    return bool(_CONCLUSION_PATTERN.search(sentence))


def states_aim(sentence: str) -> bool:
    """Whether it says what was to be found out, or what was done to do so."""
    return bool(_AIM_PATTERN.search(sentence))


def states_motivation(sentence: str) -> bool:
    """Whether it says why a subject matters, or what is usual there, as the opening sentences of abstracts do."""
    return bool(_MOTIVATION_PATTERN.search(sentence))


def states_hedge(sentence: str) -> bool:
    """Whether it says that something may be so."""
    return bool(_HEDGE_PATTERN.search(sentence))


def lacks_comparison(claim: str, text: str) -> bool:
    """Whether the claim compares and the text does not, or not in that respect: then it is no evidence."""
    comparatives = {match[0].casefold() for match in _COMPARATIVE_PATTERN.finditer(claim)}
    if not comparatives:
        return False
    words = set(split_words(text))
    if any(not words & {*_RESPECTS[one], one} for one in comparatives & _RESPECTS.keys()):
        return True
    return not _COMPARISON_PATTERN.search(text)


def count_antonyms(one: set[str], other: set[str]) -> int:
    """Count the pairs of antonyms of which each of the two texts, given as words, has one side only."""
    return sum(
        bool(one & first and other & second and not other & first)
        or bool(one & second and other & first and not other & second)
        for first, second in _ANTONYMS
    )

"""Wording cues for stances: conclusions, aims, questions, motivation, hedges, null results, shortfalls, comparisons."""

from __future__ import annotations

import re
from collections.abc import Callable

from paperchat import lexicon
from paperchat.claims.opposing_forms import opposing_forms, parse_comparison
from paperchat.models.cross_encoder import Stance
from paperchat.text.facts import directions, has_negation, split_words

_LEXICON = lexicon.load("stance")
_NO_EFFECT_PATTERN = re.compile(_LEXICON.regex("no_effect"), re.IGNORECASE)
_CONCLUSION_PATTERN = re.compile(_LEXICON.regex("conclusion"), re.IGNORECASE)
_AIM_PATTERN = re.compile(_LEXICON.regex("aim"), re.IGNORECASE)
_MOTIVATION_PATTERN = re.compile(_LEXICON.regex("motivation"), re.IGNORECASE)
_HEDGE_PATTERN = re.compile(_LEXICON.regex("hedge"), re.IGNORECASE)
_QUESTION_PATTERN = re.compile(_LEXICON.regex("question"), re.IGNORECASE)
_SHORTFALL_PATTERN = re.compile(_LEXICON.regex("shortfall"), re.IGNORECASE)
_ORDERING_PATTERN = re.compile(_LEXICON.regex("ordering"), re.IGNORECASE)
_BEHIND_PATTERN = re.compile(_LEXICON.regex("behind"), re.IGNORECASE)
_NEGATION_REACH = 2  # words
_FEWEST_WORDS = 3
_FUNCTION_STEMS = frozenset({"do", "did", "doe", "can", "could", "may", "might"})
"""What a claim may have that the sentence has not: who says that it does says that it can."""
_COMPARATIVE_PATTERN = re.compile(_LEXICON.regex("comparative"), re.IGNORECASE)
_COMPARISON_PATTERN = re.compile(_LEXICON.regex("comparison"), re.IGNORECASE)
_RESPECTS = {
    comparative: respect.words("spoken_of")
    for respect in _LEXICON.tables("respects")
    for comparative in respect.words("compared")
}
"""The words by which a sentence speaks of the respect in which a claim compares, by the comparative."""


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


def asserts_nothing(sentence: str) -> bool:
    """Whether it only asks, or says what is studied or unknown."""
    return bool(_QUESTION_PATTERN.search(sentence)) and not states_conclusion(sentence)


def states_shortfall(text: str) -> bool:
    """Whether it says that something fails, is weak or gets worse."""
    return bool(_SHORTFALL_PATTERN.search(text))


def stated_in_words(claim: str, sentence: str, stem: Callable[[str], list[str]]) -> Stance:
    """Whether a sentence says the claim, or an opposing form of it, in its very words and their order."""
    words, is_denied = stem(sentence), has_negation(sentence)

    def says(form: str) -> bool:
        rest = iter(words)
        sought = (word for word in stem(form) if word not in _FUNCTION_STEMS)
        return has_negation(form) == is_denied and all(word in rest for word in sought)

    if len(stem(claim)) < _FEWEST_WORDS:
        return "neither"
    says_claim = says(claim)
    if says_claim == any(says(form) for form in opposing_forms(claim)):
        return "neither"
    return "support" if says_claim else "contradict"


def compared_order(claim: str, sentence: str, stem: Callable[[str], list[str]]) -> float:
    """From 1, where the sentence compares the two things that the claim does in the same order, to -1 for the other.

    "A beats B" and "B is worse than A" are in the same order. 0 where the claim does not compare, or the sentence not
    these.
    """
    compared = parse_comparison(claim)
    if compared is None:
        return 0.0
    one, other = set(stem(compared.one)), set(stem(compared.other))
    one, other = one - other, other - one
    if not one or not other:
        return 0.0
    claimed = _points_up(compared.one, compared.relation)
    found = 0.0
    for match in _ORDERING_PATTERN.finditer(sentence):
        text_before, text_after = sentence[: match.start()], sentence[match.end() :]
        before, after = set(stem(text_before)), set(stem(text_after))
        same = _share(one, before) * _share(other, after) - _share(one, after) * _share(other, before)
        same *= 1 if _points_up(text_before, match[0]) == claimed else -1
        found = same if abs(same) > abs(found) else found
    return found


def _share(words: set[str], of: set[str]) -> float:
    return len(words & of) / len(words)


def _points_up(before: str, relation: str) -> bool:
    """Whether what stands first is the greater or better; a negation just before it, or in it, turns it round."""
    is_denied = has_negation(" ".join([*before.split()[-_NEGATION_REACH:], relation]))
    is_down = "down" in directions(relation) or bool(_BEHIND_PATTERN.search(relation))
    return is_down == is_denied

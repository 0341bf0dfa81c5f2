"""Opposing forms of a claim, by rules: denied, with a word replaced by its opposite, and with its sides swapped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from paperchat import lexicon


@lru_cache(maxsize=32)  # asked for each sentence that is read for a claim
def opposing_forms(claim: str) -> tuple[str, ...]:
    """The claim turned round in up to three ways, to search for what opposes it; empty where no rule applies."""
    text = " ".join(claim.split())
    forms = (_deny(text), _replace_by_antonym(text), _swap_sides(text))
    return tuple(dict.fromkeys(" ".join(form.split()) for form in forms if form))


def _deny(claim: str) -> str:
    """The claim without its negation, or with one."""
    if match := _DENIED_VERB_PATTERN.search(claim):
        verb = match["verb"]
        verb = _third_person(verb) if match["denying"].casefold() in _DENYING_THIRD else verb
        return f"{claim[: match.start()]}{verb}{claim[match.end() :]}"
    if match := _DENIAL_PATTERN.search(claim):
        return f"{claim[: match.start()]}{_DENIALS[match[0].casefold()]}{claim[match.end() :]}"
    match = _first_verb(claim)
    if match is None:
        return ""
    verb = match[0].casefold()
    base = _BASE_FORMS.get(verb)
    denied = _AUXILIARIES.get(verb) or (f"does not {base}" if base else f"do not {match[0]}")
    return f"{claim[: match.start()]}{denied}{claim[match.end() :]}"


def _replace_by_antonym(claim: str) -> str:
    """The claim with a word replaced that has an antonym: the last one before what it compares with and where."""
    verb, than = _first_verb(claim), _COMPARED_WITH_PATTERN.search(claim)
    where = _CIRCUMSTANCE_PATTERN.search(claim, verb.end()) if verb else None
    stop = min((match.start() for match in (than, where) if match), default=len(claim))
    match = _last_with_antonym(claim, stop) or _last_with_antonym(claim, len(claim))
    return f"{claim[: match.start()]}{_ANTONYMS[match[0].casefold()]}{claim[match.end() :]}" if match else ""


def _last_with_antonym(claim: str, stop: int) -> re.Match[str] | None:
    last: re.Match[str] | None = None
    for match in _ANTONYM_PATTERN.finditer(claim, 0, stop):
        is_graded = last is not None and last[0].casefold() in _DEGREES and last.end() + 1 == match.start()
        last = last if is_graded else match  # of "less accurate" only the first word
    return last


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimComparison:
    """A claim that compares: "A", "outperforms", "B", " on C"."""

    one: str
    relation: str
    other: str
    circumstance: str


def parse_comparison(claim: str) -> ClaimComparison | None:
    """Take a claim that compares two things apart; ``None`` where it does not."""
    relation = _COMPARING_PATTERN.search(claim)
    if relation:
        start, end = relation.span()
    else:
        verb, than = _first_verb(claim), _COMPARED_WITH_PATTERN.search(claim)
        if verb is None or than is None or than.start() < verb.start():
            return None
        start, end = verb.start(), than.end()
    where = _CIRCUMSTANCE_PATTERN.search(claim, end + 1)
    stop = where.start() if where else len(claim.rstrip("."))
    one, other = claim[:start].strip(), claim[end:stop].strip()
    found = ClaimComparison(one=one, relation=claim[start:end], other=other, circumstance=claim[stop:])
    return found if one and other else None


def _swap_sides(claim: str) -> str:
    """ "A outperforms B on C" as "B outperforms A on C"."""
    found = parse_comparison(claim)
    return f"{found.other} {found.relation} {found.one}{found.circumstance}" if found else ""


def _first_verb(claim: str) -> re.Match[str] | None:
    """The first verb that is neither the first word nor that of another clause."""
    for match in _VERB_PATTERN.finditer(claim):
        before = claim[: match.start()].split()
        if before and before[-1].casefold() not in _CLAUSE_OPENERS:
            return match
    return None


def _third_person(verb: str) -> str:
    if verb == "have":
        return "has"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{verb}s"


def _word_pattern(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", re.IGNORECASE)


def _table(key: str, words: Iterable[str]) -> dict[str, str]:
    return {word: _LEXICON.text(f"{key}.{word}") for word in words}


_LEXICON = lexicon.load("opposing_forms")
_AUXILIARIES = _table("auxiliaries", _LEXICON.keys("auxiliaries"))
_DENIALS = _table("denials", _LEXICON.keys("denials"))
_OPPOSITES = _table("antonyms", _LEXICON.keys("antonyms"))
_ANTONYMS = {other: one for one, other in reversed(_OPPOSITES.items())} | _OPPOSITES
_CLAUSE_OPENERS = _LEXICON.words("clause_openers")
_DEGREES = _LEXICON.words("degrees")
_DENYING_THIRD = _LEXICON.phrases("denying_third")
_VERBS = _LEXICON.words("verbs")
_BASE_FORMS = {_third_person(verb): verb for verb in _VERBS}
_VERB_PATTERN = _word_pattern([*_AUXILIARIES, *_VERBS, *_BASE_FORMS])
_ANTONYM_PATTERN = _word_pattern(_ANTONYMS)
_DENIALS |= {denied: plain for plain, denied in _AUXILIARIES.items()}
_DENIAL_PATTERN = _word_pattern(_DENIALS)
_DENIED_VERB_PATTERN = re.compile(
    rf"\b(?P<denying>{'|'.join([*_LEXICON.phrases('denying'), *_DENYING_THIRD])}) (?P<verb>\w+)", re.IGNORECASE
)
_COMPARING_PATTERN = re.compile(rf"\b(?:{_LEXICON.regex('comparing')})\b", re.IGNORECASE)
_COMPARED_WITH_PATTERN = re.compile(rf"\b(?:{_LEXICON.regex('compared_with')})\b", re.IGNORECASE)
_CIRCUMSTANCE_PATTERN = re.compile(_LEXICON.regex("circumstance"), re.IGNORECASE)

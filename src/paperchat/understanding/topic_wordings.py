"""Other wordings of a topic: what papers call it, abbreviations written out, and each of several alternatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from paperchat import lexicon
from paperchat.retrieval.query_analysis import content_words
from paperchat.text.field_abbreviations import write_out_abbreviations

_MAX_WORDINGS = 6
_SEPARATOR_PATTERN = re.compile(r"\s*[,;/]\s*(?:and\s+|or\s+)?|\s+(?:and|or|as well as|et|oder|und|ou|y|o)\s+")
_EXAMPLE_PATTERN = re.compile(r"\s*[(,]?\s*\b(?:e\.g\.|for example|such as|like|i\.e\.)\s*,?\s*|\s+\(|\)")
_PARENTHESIS_PATTERN = re.compile(
    r"(?P<before>[^()]+?)\s*\((?:e\.g\.\s*|i\.e\.\s*)?(?P<inside>[^()]+)\)(?P<after>[^()]*)"
)
_QUALIFICATION_PATTERN = re.compile(
    r",\s*(?:and\s+)?(?:\w+ly|in|on|at|by|for|from|to|with|without|via|through|using|including|especially|not|no|but|only)\s",
    re.IGNORECASE,
)
"""What follows a comma says more of the topic, and is no other one: "images without a decoder, directly in pixels"."""


def topic_wordings(topic: str, is_specific: Callable[[str], bool]) -> tuple[str, ...]:
    """Wordings of a topic, the topic itself first; a paper is on it if it is on any of them.

    Args:
        is_specific: whether words say what a paper is about, and not only its field.
    """
    topic = " ".join(topic.split())
    plain, inserted = _without_parentheses(topic)
    parts = [part for part in (*split_alternatives(plain), *inserted) if is_specific(part)]
    wordings = [*dict.fromkeys((topic, plain)), *parts]
    for wording in [topic, *parts]:
        wordings.append(write_out_abbreviations(wording))
        wordings += _with_synonyms(wording)
    return tuple(dict.fromkeys(wordings))[:_MAX_WORDINGS]


def split_alternatives(topic: str) -> list[str]:
    """The alternatives that a topic names: ``korean and japanese benchmarks`` is two; none where it names one thing.

    Where only the last has several words, its head is that of all; where only the first has, so is its beginning.
    """
    if _QUALIFICATION_PATTERN.search(topic):
        return []
    parts = [part for part in _SEPARATOR_PATTERN.split(_EXAMPLE_PATTERN.sub(", ", topic)) if content_words(part)]
    if len(parts) < 2:
        return []
    lengths = [len(content_words(part)) for part in parts]
    if min(lengths) == max(lengths) or min(lengths) > 1 or _EXAMPLE_PATTERN.search(topic.rstrip(")")):
        return parts
    if max(lengths[:-1]) == 1:
        head = _rest(parts[-1])
        return [*(f"{part} {head}" for part in parts[:-1]), parts[-1]]
    if min(lengths[:-1]) > 1:
        beginning = parts[-2].rpartition(" ")[0]
        return [*parts[:-1], f"{beginning} {parts[-1]}"]
    return []


def _without_parentheses(topic: str) -> tuple[str, list[str]]:
    """The topic without what is in parentheses, and what that makes of it.

    ``resources (corpora, data sets) for Greek`` are corpora for Greek or data sets for Greek; at the end only what says
    something by itself counts: abbreviations and phrases, and not ``(maths, physics)``.
    """
    match = _PARENTHESIS_PATTERN.fullmatch(topic)
    if not match or not content_words(match["before"]):
        return topic, []
    before, after = match["before"], match["after"].strip()
    parts = [part for part in _SEPARATOR_PATTERN.split(match["inside"].strip(" .…")) if content_words(part)]
    if after:
        return f"{before} {after}", [f"{part} {after}" for part in parts]
    return before, [part for part in parts if len(content_words(part)) > 1 or part != part.lower()]


def _rest(part: str) -> str:
    """What follows the first content word."""
    return part[content_words(part)[0][1] :].strip()


def _with_synonyms(wording: str) -> Iterator[str]:
    """The wording with one phrase replaced by what papers call it."""
    for pattern, others in _synonyms():
        if match := pattern.search(wording):
            said = _comparable(match[0])
            for other in others:
                if _comparable(other) not in (said, _comparable(wording)):
                    yield f"{wording[: match.start()]}{other}{wording[match.end() :]}"


def _comparable(phrase: str) -> str:
    return phrase.casefold().replace("-", " ").removesuffix("s")


@cache
def _synonyms() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    rows = lexicon.load("topic_synonyms").tables("phrases")
    return tuple((_phrase_pattern(row.phrases("said")), row.phrases("papers")) for row in rows)


def _phrase_pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    alternatives = "|".join(r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", one))) for one in longest_first)
    return re.compile(rf"(?<![\w-])(?:{alternatives})s?(?![\w-])", re.IGNORECASE)

"""Whether a question asks what fails, is missing or open in a field."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.understanding.topic_phrase import Span

_LEXICON = lexicon.load("limit_requests")
_BEFORE, _AFTER = (re.compile(_LEXICON.regex(key), re.IGNORECASE) for key in ("before", "after"))
_AROUND = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _LEXICON.phrases("around"))
_OF_ONE = re.compile(r"(?:the|this|that|these|those|its|their|his|her|our|my|your)\b", re.IGNORECASE)
_OF_PAPERS = re.compile(
    "|".join(lexicon.load("request_kinds").regex(f"features.{key}") for key in ("plural_papers", "singular_paper")),
    re.IGNORECASE,
)


def limit_words(question: str) -> tuple[Span, ...]:
    """The words that ask for limitations or open problems, which are none of the topic; none in other questions."""
    for pattern in _AROUND:
        if match := pattern.search(question):
            return (match.start(), match.start("topic")), (match.end("topic"), match.end())
    match = _BEFORE.search(question) or _AFTER.search(question)
    return (match.span(),) if match else ()


def is_of_field(question: str, asked: Sequence[Span]) -> bool:
    """Whether it is a field whose limitations are asked for by these words, and no one thing, and not the papers."""
    return not _OF_PAPERS.search(question) and not _OF_ONE.match(question, asked[0][1])

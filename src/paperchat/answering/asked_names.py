"""Names in a question, as of a benchmark or a model: a passage without them, or of another version, does not answer."""

from __future__ import annotations

import re
from functools import lru_cache

from paperchat import lexicon
from paperchat.text.field_abbreviations import is_field_abbreviation

_LEXICON = lexicon.load("asked_names")
_COMMON = frozenset(_LEXICON.phrases("common"))
_ALTERNATIVE_PATTERN = re.compile(_LEXICON.regex("alternatives"), re.IGNORECASE)
_UNNAMED = _LEXICON.words("left_out_of_long_forms")
# A capital or a digit within a word, and what is joined to it: TextVQA, GPT-4o, Qwen2.5, mAP.
_NAME_PATTERN = re.compile(r"(?<![\w-])[^\W\d_]\w*(?:-?\d|(?<=[a-z\d])[A-Z]|(?<=[A-Z])[A-Z])(?:[\w-]|\.(?=\d))*")
_PLAIN_PARTS_PATTERN = re.compile(rf"^(?:{_LEXICON.regex('prefixes')})-|(?:-[a-z]{{3,}})+-?$|-$|(?<=[A-Z])s$")
_LIKENED_PATTERN = re.compile(rf"-(?:{_LEXICON.regex('likened')})\b")
_NUMBERED_PATTERN = re.compile(r"([^\W\d_]+)-?(\d+(?:\.\d+)*)")
_WORD_PATTERN = re.compile(r"[^\W_]+")
_MIN_LETTERS = 3


def lacks_asked_name(question: str, *texts: str) -> str:
    """The first name in the question that none of the texts has, as it stands there; empty where they have them all.

    Of a question that says "or", one is enough. A text has an abbreviation also where it has its long form.
    """
    names = asked_names(question)
    missing = [name for name in names if not any(_has(name, text) for text in texts)]
    if len(missing) < len(names) and _ALTERNATIVE_PATTERN.search(question):
        return ""
    return missing[0] if missing else ""


@lru_cache(maxsize=256)
def asked_names(question: str) -> tuple[str, ...]:
    """The names that a question has by their form; not abbreviations that stand for common words."""
    written = (match[0] for match in _NAME_PATTERN.finditer(question))
    plain = (_PLAIN_PARTS_PATTERN.sub("", one) for one in written if not _LIKENED_PATTERN.search(one))
    return tuple(dict.fromkeys(one for one in plain if _is_name(one)))


def _is_name(word: str) -> bool:
    return (
        sum(letter.isalpha() for letter in word) >= _MIN_LETTERS
        and bool(_NAME_PATTERN.fullmatch(word))
        and word.lower() not in _COMMON
        and not is_field_abbreviation(word)
    )


def _has(name: str, text: str) -> bool:
    if _written(name).search(text):
        return True
    if name.isalpha():
        return name.isupper() and _has_long_form(name, text)
    numbered = _NUMBERED_PATTERN.fullmatch(name)
    return bool(numbered and _elided(*numbered.groups()).search(text))


@lru_cache(maxsize=256)
def _written(name: str) -> re.Pattern[str]:
    """The name however its parts are joined: ``GPT-4`` is GPT4 and not GPT-4.1; ``YOLO`` is also in YOLOv8."""
    letters = r"[\W_]?".join(re.escape(letter) for letter in name if letter.isalnum())
    end = r"(?!\d|\.\d)" if name[-1].isdigit() else r"(?=(?:s|v(?=\d))?(?![^\W\d_])|v\d)"
    return re.compile(rf"(?<![^\W_]){letters}{end}", re.IGNORECASE)


@lru_cache(maxsize=256)
def _elided(stem: str, number: str) -> re.Pattern[str]:
    """A number that shares its name with one before it: ``GPT-3 and -4``."""
    return re.compile(
        rf"(?<![^\W_]){re.escape(stem)}[\W_]?\d[^.;:]{{0,40}}?(?:,|/|&|\band\b|\bor\b)\s*-?{re.escape(number)}(?!\d|\.\d)",
        re.IGNORECASE,
    )


def _has_long_form(name: str, text: str) -> bool:
    """Whether successive words begin with the letters of an abbreviation, small words left out."""
    initials = "".join(word[0] for word in _WORD_PATTERN.findall(text.lower()) if word not in _UNNAMED)
    return name.lower() in initials

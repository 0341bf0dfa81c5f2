"""What a language model wrote, taken apart into sentences and the keys of the quotes that they name."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from paperchat.answering.prompts import DROP, SENTINEL
from paperchat.query.keys import ALPHABET, LENGTH
from paperchat.text.sentences import sentence_spans

_OPEN, _CLOSE = r"[\[({<【〔「]", r"[\])}>】〕」]"
_KEY = rf"[{ALPHABET}]{{{LENGTH}}}"
_MARK = re.compile(
    rf"\s*{_OPEN}\s*(?:quotes?|keys?|source)?\s*[:=]?\s*[\"'`]?({_KEY}(?:[\"'`]?(?:\s*[,;/&]\s*|\s+and\s+|\s+)[\"'`]?{_KEY})*)"
    rf"[\"'`]?\s*/?{_CLOSE}"
)
_FOREIGN = re.compile(r"\s*\[\d[\d,;\s–-]*\]")  # a paper's own reference, copied along
_OURS = re.compile(r"\s*\[(\d+)\]")
_TAG = re.compile(r"</?(?:quotes?|answer|response|think)\b[^>]*>", re.IGNORECASE)
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.IGNORECASE | re.DOTALL)
_BEFORE = re.compile(r"^(?:[-*•#>]+\s+|\*+|\s+|\d+[.)]\s+|(?:answer|response)\s*:\s*)+", re.IGNORECASE)
_ENDED = re.compile(r"[.!?…][^\w]*\Z")
_LONGEST_MARK = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A sentence as plain text, and the keys it names, each once."""

    text: str
    keys: tuple[str, ...]


def drafted(text: str, keys: Collection[str], *, whole: bool = True) -> list[Drafted]:
    """The sentences of a draft, in order; of one that is still being written, only those that have ended.

    A mark is a key of ``keys`` in any brackets. Marks of other keys, a paper's own references and markup go.
    """
    listed = [*keys]
    text = _THOUGHT.sub("", text)
    if not whole:
        text = _without_begun_mark(text)
    text = _FOREIGN.sub("", _TAG.sub("", text))

    def numbered(match: re.Match[str]) -> str:
        named = dict.fromkeys(key for key in re.findall(_KEY, match[1]) if key in keys)
        return "".join(f" [{listed.index(key)}]" for key in named)

    text = _MARK.sub(numbered, text)
    spans = _with_marks(text)
    found: list[Drafted] = []
    for start, end in spans if whole else spans[:-1]:
        sentence = text[start:end]
        marks = tuple(dict.fromkeys(listed[int(number)] for number in _OURS.findall(sentence)))
        plain = _plain(_OURS.sub("", sentence))
        if any(letter.isalnum() for letter in plain) and SENTINEL not in plain:
            found.append(Drafted(text=plain, keys=marks))
    if whole and len(found) > 1 and not found[-1].keys and not _ENDED.search(text):
        found.pop()  # cut off in the middle
    return found


def _with_marks(text: str) -> list[tuple[int, int]]:
    """The spans of the sentences, each with the marks that stand behind it."""
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        if spans and not _OURS.sub("", text[start:end]).strip():
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def declined(text: str) -> bool:
    """Whether the draft says that the quotes do not answer."""
    return SENTINEL in _THOUGHT.sub("", text)


def dropped(sentence: Drafted) -> bool:
    return sentence.text.strip(" .").upper() == DROP


def _plain(sentence: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in sentence)
    shown = _BEFORE.sub("", shown).replace("**", "").replace("__", "").replace("`", "")
    return " ".join(shown.split())


def _without_begun_mark(text: str) -> str:
    """Without a bracket at its end that has not been closed yet."""
    begun = max(text.rfind(opening) for opening in "[({<【〔「")
    tail = text[begun:] if begun >= 0 else ""
    return text[:begun] if tail and len(tail) < _LONGEST_MARK and not re.search(_CLOSE, tail) else text

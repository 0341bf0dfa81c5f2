"""What the reader is given: a question or claim, then a title and a window of text, as word pieces."""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Tokenizer

from paperchat.models.onnx import sound

MAX_TOKENS = 384
LONGEST_QUERY = 64
"""Word pieces of a question or claim, and …"""
LONGEST_TITLE = 40
"""… of a title, that are taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderInput:
    """Word pieces in order: ``[CLS] query [SEP] title text [SEP]``.

    Attributes:
        types: 0 for the query's part, 1 for the rest.
        first: the place of the text's first word piece among ``ids``; none where the text is empty.
        offsets: for each word piece of the text, the characters ``text[start:end]`` that it comes from.
    """

    ids: list[int]
    types: list[int]
    first: int
    offsets: list[tuple[int, int]]


def encode(tokenizer: Tokenizer, query: str, *, title: str, text: str) -> ReaderInput:
    """The text is cut at its end where all of it would be more than ``MAX_TOKENS``.

    Args:
        tokenizer: of BERT's word pieces, without truncation or padding.
    """
    start, *asked, end = tokenizer.encode(sound(query)).ids
    asked = asked[:LONGEST_QUERY]
    heading = tokenizer.encode(sound(title), add_special_tokens=False).ids[:LONGEST_TITLE] if title else []
    if heading:
        heading = [*heading, *tokenizer.encode(".", add_special_tokens=False).ids]
    read = tokenizer.encode(sound(text), add_special_tokens=False)
    room = MAX_TOKENS - len(asked) - len(heading) - 3
    before = [start, *asked, end]
    ids = [*before, *heading, *read.ids[:room], end]
    return ReaderInput(
        ids=ids,
        types=[0] * len(before) + [1] * (len(ids) - len(before)),
        first=len(before) + len(heading),
        offsets=read.offsets[:room],
    )

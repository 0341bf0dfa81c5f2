"""The embedded reader: where a text answers a question and whether it does, and whether it backs a claim.

A small cross-encoder, trained by ``train/run.py``; what it is good for is told in ``assets/reader/README.md``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from paperchat.models.onnx import ASSETS, PieceModel, sound

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


LONGEST_ANSWER = 32
"""Word pieces of an answer that is pointed out."""

_OUTPUTS = ("start", "end", "answerable", "stance")

Floats = NDArray[np.float64]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is read: a stretch of a paper's text, and the title it stands under."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """What the reader makes of one window.

    Attributes:
        offsets: int64 [tokens, 2]; word piece i comes from ``text[offsets[i, 0]:offsets[i, 1]]`` of the window.
        starts, ends: log-probabilities that the answer starts, or ends, at each word piece, float64 [tokens]; what is
            missing to a sum of one is the probability that it stands nowhere here.
        nowhere: log-probability of that, by its start.
        answerable: log-odds that the window answers.
        stance: probabilities that it supports, contradicts, and does neither, float64 [3].
    """

    offsets: NDArray[np.int64]
    starts: Floats
    ends: Floats
    nowhere: float
    answerable: float
    stance: Floats

    def starting_in(self, spans: Sequence[Span]) -> Floats:
        """Of stretches of the text, how likely the answer starts in each, float64 [spans]."""
        begins = self.offsets[:, 0]
        return np.array([np.exp(self.starts[(begins >= start) & (begins < end)]).sum() for start, end in spans])

    def answer_in(self, span: Span) -> tuple[Span, float] | None:
        """The likeliest answer within a stretch of the text, and its log-probability; none where nothing was read."""
        inside = np.flatnonzero((self.offsets[:, 0] >= span[0]) & (self.offsets[:, 1] <= span[1]))
        if not len(inside):
            return None
        pairs = self.starts[inside][:, None] + self.ends[inside][None, :]
        places = np.arange(len(inside))
        length = places[None, :] - places[:, None]
        pairs = np.where((length >= 0) & (length < LONGEST_ANSWER), pairs, -np.inf)
        first, last = np.unravel_index(int(pairs.argmax()), pairs.shape)
        return (
            (int(self.offsets[inside[first], 0]), int(self.offsets[inside[last], 1])),
            float(pairs[first, last]),
        )


class Reader:
    """Reads windows of text with a question or a claim in mind; safe to share between threads.

    A window's judgement depends on that window alone; of a longer text about the first 330 word pieces are read. The
    model is loaded at first use.

    Args:
        folder: where ``model.onnx`` is; the package's own by default.
        threads: how many windows are read at a time; by default one for each processor, up to 16.
    """

    def __init__(self, *, folder: Path = ASSETS / "reader", threads: int | None = None) -> None:
        tokenizer = ASSETS / "minilm" / "tokenizer.json"
        self._model = PieceModel(name="reader", folder=folder, tokenizer=tokenizer, threads=threads)

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Reader, folder=self._model.folder, threads=self._model.threads), ()

    def read(self, query: str, windows: Sequence[Window]) -> list[Judgement]:
        """A judgement on each window, in order.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        return self._model.each(functools.partial(self._judge, query), windows)

    def _judge(self, query: str, tokenizer: Tokenizer, window: Window) -> Judgement:
        read = encode(tokenizer, query, title=window.title, text=window.text)
        start, end, answerable, stance = self._model.run(_OUTPUTS, read.ids, read.types)
        inside = slice(read.first, read.first + len(read.offsets))
        starts, ends = _log_shares(start), _log_shares(end)
        return Judgement(
            offsets=np.array(read.offsets, dtype=np.int64).reshape(-1, 2),
            starts=starts[inside],
            ends=ends[inside],
            nowhere=float(starts[0]),
            answerable=float(answerable),
            stance=np.exp(_log_shares(stance)),
        )


def _log_shares(logits: NDArray[np.float32]) -> Floats:
    """Logarithms of the probabilities that the logits stand for."""
    shifted = logits.astype(np.float64) - float(logits.max())
    shares: Floats = shifted - np.log(np.exp(shifted).sum())
    return shares

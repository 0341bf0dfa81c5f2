"""The embedded reader, a cross-encoder that judges a passage of text for a question or a claim.

It predicts where the answer is and whether there is one, and the text's stance on a claim. It is trained by
``train/make_reader.py`` and described in ``assets/reader/README.md``.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from paperchat.models.onnx import ASSETS, OnnxModel, replace_lone_surrogates

MAX_TOKENS = 384
"""Tokens of query, title and text together."""
MAX_QUERY_TOKENS = 64
MAX_TITLE_TOKENS = 40
MAX_ANSWER_TOKENS = 32
_REMEMBERED = 64  # outputs, of some 5 kB each

_OUTPUTS = ("start", "end", "answerable", "stance")

Floats = NDArray[np.float64]
Span = tuple[int, int]
Stance = Literal["support", "contradict", "neither"]
_STANCES: tuple[Stance, ...] = ("support", "contradict", "neither")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of a paper's text to judge, and the paper's title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceProbabilities:
    """Probabilities that a text supports a claim, contradicts it, or neither; they sum to one."""

    support: float
    contradict: float
    neither: float

    @classmethod
    def from_logits(cls, logits: NDArray[np.float32]) -> StanceProbabilities:
        """From a model's ``stance``, [3]."""
        support, contradict, neither = np.exp(_log_softmax(logits)).tolist()
        return cls(support=support, contradict=contradict, neither=neither)

    @property
    def stance(self) -> Stance:
        """The most probable one."""
        return _STANCES[int(np.argmax((self.support, self.contradict, self.neither)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderInput:
    """Token ids in the order ``[CLS] query [SEP] title text [SEP]``.

    Attributes:
        types: 0 for the query's part, 1 for the rest.
        first: the index in ``ids`` of the text's first token, if the text is not empty.
        offsets: for each token of the text, the characters ``text[start:end]`` that it comes from.
    """

    ids: list[int]
    types: list[int]
    first: int
    offsets: list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReaderOutput:
    """The reader's predictions for one window.

    Attributes:
        offsets: int64 [tokens, 2]; token i comes from ``text[offsets[i, 0]:offsets[i, 1]]`` of the window.
        starts, ends: log-probabilities that the answer starts, or ends, at each token, float64 [tokens]; the
            probability missing to one is that of no answer in the window.
        no_answer: log-probability of no answer in the window, by the start.
        answerable: log-odds that the window answers the question.
        stance: probabilities that the window supports the claim, contradicts it, or neither, float64 [3].
    """

    offsets: NDArray[np.int64]
    starts: Floats
    ends: Floats
    no_answer: float
    answerable: float
    stance: Floats

    def start_probabilities(self, spans: Sequence[Span]) -> Floats:
        """The probability that the answer starts in each span of the text, float64 [spans]."""
        begins = self.offsets[:, 0]
        return np.array([np.exp(self.starts[(begins >= start) & (begins < end)]).sum() for start, end in spans])

    def best_answer(self, span: Span) -> tuple[Span, float] | None:
        """The most probable answer within a span of the text, and its log-probability; ``None`` without tokens."""
        inside = np.flatnonzero((self.offsets[:, 0] >= span[0]) & (self.offsets[:, 1] <= span[1]))
        if not len(inside):
            return None
        pairs = self.starts[inside][:, None] + self.ends[inside][None, :]
        positions = np.arange(len(inside))
        length = positions[None, :] - positions[:, None]
        pairs = np.where((length >= 0) & (length < MAX_ANSWER_TOKENS), pairs, -np.inf)
        first, last = np.unravel_index(int(pairs.argmax()), pairs.shape)
        return (
            (int(self.offsets[inside[first], 0]), int(self.offsets[inside[last], 1])),
            float(pairs[first, last]),
        )


class Reader:
    """Judges windows of text for a question or a claim; safe to share between threads.

    A window's output depends on that window alone. Longer texts are truncated to about 330 tokens. The model is
    loaded at first use. The last outputs are remembered: a question that is not answered at once is looked at again.

    Args:
        folder: the folder of ``graph.onnx`` and ``model.onnx``; the package's own by default.
        threads: the number of windows to read at a time; by default one for each processor, up to 16.
    """

    def __init__(self, *, folder: Path = ASSETS / "reader", threads: int | None = None) -> None:
        tokenizer = ASSETS / "minilm" / "tokenizer.json"
        self._model = OnnxModel(name="reader", folder=folder, tokenizer=tokenizer, threads=threads)
        self._remembered: OrderedDict[tuple[str, Window], ReaderOutput] = OrderedDict()
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Reader, folder=self._model.folder, threads=self._model.threads), ()

    def load(self) -> None:
        """Load the model before its first use.

        Raises:
            ModelError: the model's files are missing or damaged.
        """
        self._model.load()

    def unload(self) -> None:
        """Free the model's memory; it is loaded again if it is used again."""
        self._model.unload()

    def read(self, query: str, windows: Sequence[Window]) -> list[ReaderOutput]:
        """The output for each window, in order.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        with self._lock:
            known = {one: output for one in windows if (output := self._remembered.get((query, one)))}
        new = [one for one in dict.fromkeys(windows) if one not in known]
        outputs = self._model.map(functools.partial(self._run, query), new, length=lambda window: len(window.text))
        known |= zip(new, outputs, strict=True)
        with self._lock:
            for one, output in known.items():
                self._remembered[query, one] = output
                self._remembered.move_to_end((query, one))
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return [known[one] for one in windows]

    def _run(self, query: str, tokenizer: Tokenizer, window: Window) -> ReaderOutput:
        encoded = encode_input(tokenizer, query, title=window.title, text=window.text)
        start, end, answerable, stance = self._model.run(_OUTPUTS, encoded.ids, encoded.types)
        inside = slice(encoded.first, encoded.first + len(encoded.offsets))
        starts, ends = _log_softmax(start), _log_softmax(end)
        return ReaderOutput(
            offsets=np.array(encoded.offsets, dtype=np.int64).reshape(-1, 2),
            starts=starts[inside],
            ends=ends[inside],
            no_answer=float(starts[0]),
            answerable=float(answerable),
            stance=np.exp(_log_softmax(stance)),
        )


def encode_input(tokenizer: Tokenizer, query: str, *, title: str, text: str) -> ReaderInput:
    """Encode a query and a window; the end of the text is cut off beyond ``MAX_TOKENS``.

    Args:
        tokenizer: a BERT tokenizer without truncation and padding.
    """
    start, *query_ids, end = tokenizer.encode(replace_lone_surrogates(query)).ids
    query_ids = query_ids[:MAX_QUERY_TOKENS]
    title_ids: list[int] = []
    if title:
        encoded_title = tokenizer.encode(replace_lone_surrogates(title), add_special_tokens=False)
        title_ids = encoded_title.ids[:MAX_TITLE_TOKENS]
    if title_ids:
        title_ids = [*title_ids, *tokenizer.encode(".", add_special_tokens=False).ids]
    encoded = tokenizer.encode(replace_lone_surrogates(text), add_special_tokens=False)
    room = MAX_TOKENS - len(query_ids) - len(title_ids) - 3
    query_part = [start, *query_ids, end]
    ids = [*query_part, *title_ids, *encoded.ids[:room], end]
    return ReaderInput(
        ids=ids,
        types=[0] * len(query_part) + [1] * (len(ids) - len(query_part)),
        first=len(query_part) + len(title_ids),
        offsets=encoded.offsets[:room],
    )


def _log_softmax(logits: NDArray[np.float32]) -> Floats:
    shifted = logits.astype(np.float64) - float(logits.max())
    log_probabilities: Floats = shifted - np.log(np.exp(shifted).sum())
    return log_probabilities

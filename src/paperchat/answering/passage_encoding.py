"""What of a passage does not depend on the question: token vectors, sentence spans and stems, cached in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paperchat.models.minilm import MiniLM, TokenEmbeddings
from paperchat.text.sentences import sentence_spans

Span = tuple[int, int]

CACHED_TOKENS = 40_000
"""How many tokens of passages are cached, the least recently used going first: 60 MB, or about 150 passages."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassageEncoding:
    """A passage under its title.

    Attributes:
        tokens: those of `text_to_embed`, in which ``text`` begins at ``len(title) + 1``.
        spans: the sentences of ``text``, as character offsets in it.
        title_stems, sentence_stems: the stems of the title, and of each sentence.
    """

    title: str
    text: str
    tokens: TokenEmbeddings
    spans: tuple[Span, ...]
    title_stems: frozenset[str]
    sentence_stems: tuple[frozenset[str], ...]


def text_to_embed(title: str, text: str) -> str:
    """The text whose tokens are encoded for a passage."""
    return f"{title}\n{text}"


class PassageEncoder:
    """Encodes passages and questions as token vectors; safe to share between threads."""

    def __init__(
        self, *, encoder: MiniLM, stem: Callable[[str], list[str]], cached_tokens: int = CACHED_TOKENS
    ) -> None:
        self._encoder = encoder
        self._stem = stem
        self._limit = cached_tokens
        self._cache: OrderedDict[tuple[str, str], PassageEncoding] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def encode(
        self, question: str, passages: Sequence[tuple[str, str]]
    ) -> tuple[TokenEmbeddings, list[PassageEncoding]]:
        """The question's tokens, and the encoding of each passage, given as its title and text."""
        with self._lock:
            known = {key: self._cache[key] for key in passages if key in self._cache}
        missing = [key for key in dict.fromkeys(passages) if key not in known]
        question_tokens = self._encoder.encode_question_tokens(question)
        tokens = self._encoder.encode_tokens([text_to_embed(title, text) for title, text in missing])
        for key, passage_tokens in zip(missing, tokens, strict=True):
            known[key] = self._encoding(key, passage_tokens)
        self._remember(known)
        return question_tokens, [known[key] for key in passages]

    def _encoding(self, key: tuple[str, str], tokens: TokenEmbeddings) -> PassageEncoding:
        title, text = key
        spans = tuple(sentence_spans(text))
        return PassageEncoding(
            title=title,
            text=text,
            tokens=tokens,
            spans=spans,
            title_stems=frozenset(self._stem(title)),
            sentence_stems=tuple(frozenset(self._stem(text[start:end])) for start, end in spans),
        )

    def _remember(self, used: dict[tuple[str, str], PassageEncoding]) -> None:
        with self._lock:
            for key, encoding in used.items():
                if key not in self._cache:
                    self._size += len(encoding.tokens.vectors)
                    self._cache[key] = encoding
                self._cache.move_to_end(key)
            while self._size > self._limit:
                _, dropped = self._cache.popitem(last=False)
                self._size -= len(dropped.tokens.vectors)

"""What of a passage does not depend on the question: sentence spans, stems and token vectors, cached in memory."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from paperchat.models.minilm import MiniLM, TokenEmbeddings
from paperchat.retrieval.sentence_vectors import Vectors
from paperchat.text.sentences import sentence_spans

Span = tuple[int, int]

CACHED_TOKENS = 40_000
"""How many tokens of passages are cached, the least recently used going first: 60 MB, or about 150 passages."""


STEMMED_PASSAGES = 256
"""How many passages' sentences and stems are cached, which take no model."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StemmedPassage:
    """A passage under its title.

    Attributes:
        spans: the sentences of ``text``, as character offsets in it.
        title_stems, sentence_stems: the stems of the title, and of each sentence.
    """

    title: str
    text: str
    spans: tuple[Span, ...]
    title_stems: frozenset[str]
    sentence_stems: tuple[frozenset[str], ...]

    @property
    def stems(self) -> frozenset[str]:
        """Those of title and text."""
        return self.title_stems.union(*self.sentence_stems)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassageEncoding:
    """A passage as the encoder reads it, whole.

    Attributes:
        tokens: those of `text_to_embed`, in which the passage's text begins at ``len(title) + 1``.
        sentences: a unit vector for each sentence, the mean of its tokens, float32 [sentences, 384].
    """

    passage: StemmedPassage
    tokens: TokenEmbeddings
    sentences: Vectors


def text_to_embed(title: str, text: str) -> str:
    """The text whose tokens are encoded for a passage."""
    return f"{title}\n{text}"


class PassageEncoder:
    """Encodes passages, given as title and text, as token vectors; safe to share between threads."""

    def __init__(
        self, *, encoder: MiniLM, stem: Callable[[str], list[str]], cached_tokens: int = CACHED_TOKENS
    ) -> None:
        self._encoder = encoder
        self._limit = cached_tokens
        self._cache: OrderedDict[tuple[str, str], PassageEncoding] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

        @functools.lru_cache(maxsize=STEMMED_PASSAGES)
        def stem_passage(title: str, text: str) -> StemmedPassage:
            spans = tuple(sentence_spans(text))
            return StemmedPassage(
                title=title,
                text=text,
                spans=spans,
                title_stems=frozenset(stem(title)),
                sentence_stems=tuple(frozenset(stem(text[start:end])) for start, end in spans),
            )

        self._stem_passage = stem_passage

    def stem(self, title: str, text: str) -> StemmedPassage:
        """The passage's sentences and stems, without its tokens."""
        return self._stem_passage(title, text)

    def encode(self, passages: Sequence[tuple[str, str]]) -> list[PassageEncoding]:
        """The encoding of each passage."""
        with self._lock:
            known = {key: self._cache[key] for key in passages if key in self._cache}
        missing = [key for key in dict.fromkeys(passages) if key not in known]
        tokens = self._encoder.encode_tokens([text_to_embed(title, text) for title, text in missing])
        for key, passage_tokens in zip(missing, tokens, strict=True):
            passage, begins = self.stem(*key), len(key[0]) + 1
            known[key] = PassageEncoding(
                passage=passage,
                tokens=passage_tokens,
                sentences=passage_tokens.mean_vectors((begins + start, begins + end) for start, end in passage.spans),
            )
        self._remember(known)
        return [known[key] for key in passages]

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

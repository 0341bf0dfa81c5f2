"""From paragraphs to the text with its blocks, and the place of every word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from paperchat.ingest.pdf.layout import Body, Line, Paragraph, Piece, Sheet, turned_back
from paperchat.ingest.pdf.patterns import without_marks
from paperchat.ingest.pdf.reference_list import entries_of
from paperchat.text.cleaning import clean
from paperchat.types import Block, BlockKind, Box, PlacedWord

HYPHENS = ("-", "\u2010", "\u2011", "\u00ad")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_LETTERS = re.compile(r"[^\W\d_]+$")
_FIRST_LETTERS = re.compile(r"[^\W\d_]+")
# Before these a hyphen at a line's end is nearly always the word's own.
_OWN = frozenset(
    "self well non state high low large small long short multi cross one two three four five first second real "
    "single fine end pre-trained data task model domain time user human machine computer so half all "
    "open closed zero few many best near right left top down bottom up".split()
)


class Vocabulary:
    """The words of a document, as far as no line break cuts them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        cut = False
        for line in lines:
            words = [match[0].replace("\u2010", "-").replace("\u2011", "-").lower() for match in _WORD.finditer(line)]
            if cut:
                words = words[1:]
            cut = line.rstrip().endswith(HYPHENS)
            if cut:
                words = words[:-1]
            self._counts.update(words)

    def keeps_hyphen(self, head: str, tail: str) -> bool:
        """Whether ``head-`` at a line's end and ``tail`` on the next are one word with a hyphen."""
        before, after = _LETTERS.search(head), _FIRST_LETTERS.match(tail)
        if before is None or after is None or not tail[:1].islower():
            return True
        one, other = before[0].lower(), after[0].lower()
        whole, compound = self._counts[one + other], self._counts[f"{one}-{other}"]
        if whole or compound:
            return compound > whole
        if one in _OWN:
            return True
        return len(one) > 3 and len(other) > 3 and self._counts[one] > 0 and self._counts[other] > 0


_BLOCK_KINDS: Mapping[str, BlockKind] = {
    "text": "text",
    "caption": "caption",
    "table": "table",
    "footnote": "footnote",
    "references": "references",
    "front": "front",
    "abstract": "abstract",
}


@dataclass(slots=True)
class _Word:
    text: str
    box: Box


@dataclass
class Assembly:
    """``text`` grows by paragraphs; a paragraph of the kind and section of the last one goes into its block."""

    sheets: Mapping[int, Sheet]
    vocabulary: Vocabulary
    body: Body
    parts: list[str] = field(default_factory=list)
    length: int = 0
    blocks: list[Block] = field(default_factory=list)
    words: list[PlacedWord] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def add(self, paragraph: Paragraph) -> None:
        kind = _BLOCK_KINDS[paragraph.kind]
        before = self.length
        rows = self._rows(paragraph)
        start: int | None = None
        for row in rows:
            begun = self._add_row(row)
            if start is None and begun is not None:
                start = begun
        if start is None:
            return
        last = self.blocks[-1] if self.blocks else None
        runs_on = last is not None and kind in ("text", "abstract", "front", "references") and last.kind == kind
        if runs_on and last is not None and last.section == paragraph.section and last.end == before:
            self.blocks[-1] = Block(kind=kind, section=last.section, start=last.start, end=self.length)
        else:
            self.blocks.append(Block(kind=kind, section=paragraph.section, start=start, end=self.length))

    def _rows(self, paragraph: Paragraph) -> list[list[Line]]:
        if paragraph.kind in ("table", "front"):
            return [[line] for line in paragraph.lines]
        if paragraph.kind == "references":
            return entries_of(paragraph.lines, self.body)
        return [paragraph.lines]

    def _add_row(self, lines: Sequence[Line]) -> int | None:
        """Adds lines as one line of text; its offset, ``None`` where nothing is left of it."""
        begun: int | None = None
        cut = False
        for line in lines:
            words = list(self._words(line))
            for at, word in enumerate(words):
                mends = cut and at == 0 and word.text[:1].isalnum()
                if begun is None:
                    self._append("\n" if self.length else "")
                    begun = self.length
                elif not mends:
                    self._append(" ")
                elif not self.vocabulary.keeps_hyphen(self._last_word(), word.text):
                    self._drop_hyphen()
                self.words.append(PlacedWord(start=self.length, end=self.length + len(word.text), box=word.box))
                self._append(word.text)
            if words:
                cut = len(words[-1].text) > 1 and words[-1].text.endswith(HYPHENS) and words[-1].text[-2].isalpha()
        return begun

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _last_word(self) -> str:
        return self.parts[-1][:-1]

    def _drop_hyphen(self) -> None:
        self.parts[-1] = self.parts[-1][:-1]
        self.length -= 1
        last = self.words[-1]
        self.words[-1] = PlacedWord(start=last.start, end=last.end - 1, box=last.box)

    def _words(self, line: Line) -> Iterator[_Word]:
        group: list[Piece] = []
        for piece in [*without_marks(line), None]:
            if piece is not None and piece.glued and group:
                group.append(piece)
                continue
            if group:
                text = clean("".join(one.text for one in group))
                text = re.sub(r"\s", "", text)
                if text:
                    yield _Word(text, self._box(group, line.page))
            group = [piece] if piece is not None else []

    def _box(self, pieces: Sequence[Piece], page: int) -> Box:
        left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
        top, bottom = min(piece.top for piece in pieces), max(piece.bottom for piece in pieces)
        return turned_back(self.sheets[page], left, top, right, bottom)

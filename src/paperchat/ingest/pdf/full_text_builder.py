"""Builds the full text from paragraphs: text, blocks, and the box of every word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from paperchat import lexicon
from paperchat.ingest.pdf.layout import BodyStyle, Line, PageLayout, Paragraph, TextSpan, to_page_box
from paperchat.ingest.pdf.patterns import drop_note_markers
from paperchat.ingest.pdf.reference_list import split_entries
from paperchat.text.cleaning import clean
from paperchat.types import Block, BlockKind, Box, PlacedWord

HYPHENS = ("-", "\u2010", "\u2011", "\u00ad")
_WORD_PATTERN = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_LAST_LETTERS_PATTERN = re.compile(r"[^\W\d_]+$")
_FIRST_LETTERS_PATTERN = re.compile(r"[^\W\d_]+")
# After these, a hyphen at the end of a line nearly always belongs to the word.
_COMPOUND_PREFIXES = lexicon.load("pdf_structure").words("compound_prefixes")
_BLOCK_KINDS: Mapping[str, BlockKind] = {
    "text": "text",
    "caption": "caption",
    "table": "table",
    "footnote": "footnote",
    "references": "references",
    "front": "front",
    "abstract": "abstract",
}


class DocumentVocabulary:
    """The words of a document that no line break hyphenates."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        is_hyphenated = False
        for line in lines:
            words = [
                match[0].replace("\u2010", "-").replace("\u2011", "-").lower() for match in _WORD_PATTERN.finditer(line)
            ]
            if is_hyphenated:
                words = words[1:]
            is_hyphenated = line.rstrip().endswith(HYPHENS)
            if is_hyphenated:
                words = words[:-1]
            self._counts.update(words)

    def keeps_hyphen(self, head: str, tail: str) -> bool:
        """Whether ``head-`` at the end of a line and ``tail`` on the next are a hyphenated compound."""
        before, after = _LAST_LETTERS_PATTERN.search(head), _FIRST_LETTERS_PATTERN.match(tail)
        if before is None or after is None or not tail[:1].islower():
            return True
        one, other = before[0].lower(), after[0].lower()
        whole, compound = self._counts[one + other], self._counts[f"{one}-{other}"]
        if whole or compound:
            return compound > whole
        if one in _COMPOUND_PREFIXES:
            return True
        return len(one) > 3 and len(other) > 3 and self._counts[one] > 0 and self._counts[other] > 0


@dataclass(slots=True)
class _Word:
    text: str
    box: Box


@dataclass
class FullTextBuilder:
    """Collects paragraphs; one of the same kind and section as the last is added to the last block."""

    layouts: Mapping[int, PageLayout]
    vocabulary: DocumentVocabulary
    body: BodyStyle
    parts: list[str] = field(default_factory=list)
    length: int = 0
    blocks: list[Block] = field(default_factory=list)
    words: list[PlacedWord] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self.parts)

    def add(self, paragraph: Paragraph) -> None:
        """Append a paragraph."""
        kind = _BLOCK_KINDS[paragraph.kind]
        before = self.length
        rows = self._rows(paragraph)
        start: int | None = None
        for row in rows:
            row_start = self._add_row(row)
            if start is None and row_start is not None:
                start = row_start
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
            return split_entries(paragraph.lines, self.body)
        return [paragraph.lines]

    def _add_row(self, lines: Sequence[Line]) -> int | None:
        """Append lines as one line of text; return its offset, ``None`` if it is empty."""
        start: int | None = None
        is_hyphenated = False
        for line in lines:
            words = list(self._words(line))
            for at, word in enumerate(words):
                is_continuation = is_hyphenated and at == 0 and word.text[:1].isalnum()
                if start is None:
                    self._append("\n" if self.length else "")
                    start = self.length
                elif not is_continuation:
                    self._append(" ")
                elif not self.vocabulary.keeps_hyphen(self._last_word(), word.text):
                    self._drop_hyphen()
                self.words.append(PlacedWord(start=self.length, end=self.length + len(word.text), box=word.box))
                self._append(word.text)
            if words:
                is_hyphenated = (
                    len(words[-1].text) > 1 and words[-1].text.endswith(HYPHENS) and words[-1].text[-2].isalpha()
                )
        return start

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
        group: list[TextSpan] = []
        for span in [*drop_note_markers(line), None]:
            if span is not None and span.joins_previous and group:
                group.append(span)
                continue
            if group:
                text = clean("".join(span.text for span in group))
                text = re.sub(r"\s", "", text)
                if text:
                    yield _Word(text, self._box(group, line.page))
            group = [span] if span is not None else []

    def _box(self, spans: Sequence[TextSpan], page: int) -> Box:
        left, right = min(span.left for span in spans), max(span.right for span in spans)
        top, bottom = min(span.top for span in spans), max(span.bottom for span in spans)
        return to_page_box(self.layouts[page], left, top, right, bottom)

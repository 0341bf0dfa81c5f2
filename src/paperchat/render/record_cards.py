"""An answer from the catalogue as cards: the sentences about a paper's values, read back as a list of its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from paperchat import lexicon
from paperchat.kinds.record_values import ABSTRACT_SAYS
from paperchat.types import Answer, Citation, StoredPaper
from paperchat.understanding.request import RecordField

_SENTENCES = lexicon.load("record_sentences")
_PARAGRAPH_PATTERN = re.compile(r"\n[ \t]*\n+")
_PARTS: Mapping[str, str] = {
    "{title}": r"(?:\*\*(?:\\.|[^\\*])+\*\*|it)",
    "{value}": r"(?P<value>\S.*?)",
    "{mark}": r"(?<!\\)\[(?P<number>\d{1,4})\]",
}
_END = r"\.?(?=\s|$)"
_LABELLED = "{value} {mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A value of the catalogue as Markdown without its mark, or that there is none.

    Attributes:
        field: the field; ``quote`` is a sentence of the abstract in its place.
        citation: what backs it; of a missing value, there may be none.
    """

    field: RecordField | Literal["quote"]
    label: str
    value: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class RecordCard:
    """A paper with the values that are told of it; ``citation`` is that of its title, where that is told."""

    stored: StoredPaper
    citation: Citation | None = None
    rows: tuple[RecordRow, ...] = ()

    @property
    def has_quote(self) -> bool:
        """Whether a sentence of the abstract is among the rows."""
        return any(row.field == "quote" for row in self.rows)


RecordBlock = RecordCard | str
"""A card, or what is none as Markdown with its marks."""


def record_blocks(answer: Answer) -> list[RecordBlock]:
    """Take an answer from the catalogue apart: all that follows of one paper is one card."""
    cited = {citation.number: citation for citation in answer.citations}
    blocks: list[RecordBlock] = []
    for paragraph in _PARAGRAPH_PATTERN.split(answer.text.strip()):
        rows = _rows(paragraph, cited)
        if rows is None:
            is_prose = bool(blocks) and isinstance(blocks[-1], str)
            blocks[-1:] = [f"{blocks[-1]}\n\n{paragraph}"] if is_prose else [*blocks[-1:], paragraph]
            continue
        for row in rows:
            last = blocks[-1] if blocks and isinstance(blocks[-1], RecordCard) else None
            stored = row.citation.paper if row.citation else last.stored if last else None
            if stored is None:
                continue
            if last is None or last.stored.paper_id != stored.paper_id:
                blocks.append(last := RecordCard(stored))
            if row.field == "title":
                blocks[-1] = replace(last, citation=row.citation)
            elif row not in last.rows:
                blocks[-1] = replace(last, rows=(*last.rows, row))
    return blocks


def _rows(paragraph: str, cited: Mapping[int, Citation]) -> list[RecordRow] | None:
    """The values that the sentences of a paragraph tell; ``None`` where one of them tells something else."""
    text, place, rows = re.sub(r"^- ", "", paragraph, flags=re.MULTILINE), 0, []
    while place < len(text.rstrip()):
        found = next(((row, match) for row, pattern in _PATTERNS if (match := pattern.match(text, place))), None)
        if found is None:
            return None
        row, match = found
        parts = match.groupdict()
        citation = cited.get(int(parts["number"])) if parts.get("number") else None
        if parts.get("number") and citation is None:
            return None
        rows.append(replace(row, value=parts.get("value") or "", citation=citation))
        place = match.end()
    return rows


def _patterns() -> Iterator[tuple[RecordRow, re.Pattern[str]]]:
    """What the sentences of each field look like."""
    title = RecordRow(field="title", label="", value="", citation=None)
    yield title, _pattern("{title} {mark}", end=r"(?=\s*$)")
    yield replace(title, field="quote", label="Abstract"), _pattern(f"{ABSTRACT_SAYS}{_LABELLED}")
    for field in get_args(RecordField):
        label = _SENTENCES.text(f"{field}.label")
        row = RecordRow(field=field, label=label or "Venue", value="", citation=None)
        if known := _SENTENCES.text(f"{field}.known"):
            yield row, _pattern(known)
            yield row, _pattern(f"{label}: {_LABELLED}")
        unknown = _SENTENCES.text(f"{field}.unknown")
        yield row, _pattern(unknown)
        yield row, _pattern(unknown.replace(" {mark}", ""))


def _pattern(sentence: str, *, end: str = _END) -> re.Pattern[str]:
    pattern = re.escape(sentence.removesuffix("."))
    for name, part in _PARTS.items():
        pattern = pattern.replace(re.escape(name), part)
    return re.compile(rf"\s*{pattern}{end}")


_PATTERNS = tuple(_patterns())

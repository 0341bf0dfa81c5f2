"""Paragraphs made whole again where a column, a page, a float or a formula had cut them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat.ingest.pdf.layout import Line, Paragraph
from paperchat.ingest.pdf.patterns import ENDED, ITEM, SENTENCE_ENDED

_FIRST_LETTER = re.compile(r"[^\W\d_]")
_NUMBER_OF_FORMULA = re.compile(r"\(\w{1,6}\)$")
_OPERATOR = re.compile(r"[=<>≤≥≈∑∏∫√∈∀∂∇±×∞→]")
_WORD = re.compile(r"[^\W\d_]{4,}")


def joined(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """The paragraphs in order, floats and notes after the paragraph that they had cut."""
    out: list[Paragraph] = []
    waiting: list[Paragraph] = []
    for paragraph in paragraphs:
        if paragraph.kind == "dropped":
            continue
        last = next((one for one in reversed(out) if one.kind not in ("caption", "table", "footnote")), None)
        if paragraph.kind in ("caption", "table", "footnote"):
            _add_float(waiting, paragraph)
        elif last is not None and paragraph.kind == last.kind and _is_one(last, paragraph, interrupted=bool(waiting)):
            last.extend(paragraph)
        else:
            out.extend(waiting)
            waiting = []
            out.append(paragraph)
    return [*out, *waiting]


def _add_float(waiting: list[Paragraph], paragraph: Paragraph) -> None:
    """Rows go to the table before them, and a caption's later paragraphs and a note's stay their own."""
    if waiting and paragraph.kind == "table" and waiting[-1].kind == "table" and waiting[-1].page == paragraph.page:
        waiting[-1].extend(paragraph)
    else:
        waiting.append(paragraph)


def _is_one(last: Paragraph, paragraph: Paragraph, *, interrupted: bool) -> bool:
    """A list of references is one paragraph, whose entries are told apart later."""
    if paragraph.kind == "references":
        return True
    return paragraph.kind in ("text", "abstract") and _goes_on(last, paragraph, interrupted=interrupted)


def _goes_on(last: Paragraph, paragraph: Paragraph, *, interrupted: bool) -> bool:
    before, after = last.lines[-1], paragraph.lines[0]
    text, following = last.text.rstrip(), paragraph.text
    elsewhere = interrupted or (before.page, before.column, before.band) != (after.page, after.column, after.band)
    formula_before, formula_after = _is_formula(before), _is_formula(after)
    first = _FIRST_LETTER.search(following)
    lower = first is not None and first[0].islower() and first.start() < 3
    if ITEM.match(following) and not (elsewhere and _is_full(before) and not ENDED.search(text)):
        return False
    if formula_after:
        return not SENTENCE_ENDED.search(text)
    if formula_before:
        return lower or not SENTENCE_ENDED.search(_NUMBER_OF_FORMULA.sub("", text).rstrip())
    if text.endswith("-") or lower:
        return True
    return elsewhere and not ENDED.search(text) and not _looks_apart(before.size, after.size)


def _is_full(line: Line) -> bool:
    return line.edges is None or line.edges[1] - line.right < 1.5 * line.size


def _looks_apart(one: float, other: float) -> bool:
    return abs(one - other) > 0.08 * max(one, other)


def _is_formula(line: Line) -> bool:
    text = line.text
    return line.math > 0.35 or (not _WORD.search(text) and len(text) < 80 and bool(_OPERATOR.search(text)))

"""A survey's text as rows: each quote below its paper, with its number in the margin; what is no quote stays prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.render.answer_layout import plain_text
from paperchat.types import Citation

_HEADING_PATTERN = re.compile(r"\*\*(?P<text>(?:\\.|[^*\\])+)\*\*")
_ATTRIBUTED_PATTERN = re.compile(
    r"(?:- )?(?P<label>[^*]* –|[^*]*,|) ?\*\*(?P<title>(?:\\.|[^*\\])+)\*\*(?: \((?P<about>[^()]*)\))?(?P<after>.*)",
    re.DOTALL,
)
_QUOTE_PATTERN = re.compile(r"(?P<lead>.*?)\s*\[(?P<number>\d{1,4})\]\s*", re.DOTALL)
_AROUND = " ,:–"
_SEE = "see"
"""What stands before the mark of a paper that is quoted elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRow:
    """A quote of a paper; ``label`` and ``why`` are what the survey says of it, ``about`` the year.

    Where it is not shown, as it is quoted elsewhere, the row names the paper.
    """

    kind: ClassVar = "row"
    citation: Citation
    is_shown: bool
    label: str = ""
    about: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RowHeading:
    """What the rows below it are about."""

    kind: ClassVar = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """What is no quote, as Markdown with its marks."""

    kind: ClassVar = "prose"
    text: str


SurveyBlock = QuoteRow | RowHeading | Prose


def survey_blocks(text: str, citations: Sequence[Citation]) -> list[SurveyBlock]:
    """Take the Markdown of a survey's section apart, line by line."""
    cited = {citation.number: citation for citation in citations}
    blocks: list[SurveyBlock] = []
    for block in _blocks(text, cited):
        last = blocks[-1] if blocks else None
        if isinstance(block, Prose) and isinstance(last, Prose):
            blocks[-1] = Prose(f"{last.text}\n{block.text}")
        elif not isinstance(block, Prose) or block.text:
            blocks.append(block)
    return blocks


def _blocks(text: str, cited: dict[int, Citation]) -> Iterator[SurveyBlock]:
    for line in text.strip().splitlines():
        if heading := _HEADING_PATTERN.fullmatch(line.strip()):
            yield RowHeading(plain_text(heading["text"]))
        else:
            yield _row(line, cited) or Prose(line)


def _row(line: str, cited: dict[int, Citation]) -> QuoteRow | None:
    """A line that is one quote with its paper before it; its title holds no other mark."""
    quoted = _QUOTE_PATTERN.fullmatch(line)
    citation = cited.get(int(quoted["number"])) if quoted else None
    attributed = _ATTRIBUTED_PATTERN.fullmatch(quoted["lead"]) if quoted else None
    if not citation or not attributed or citation.status != "quoted":
        return None
    quote, after = escape_markdown(citation.quote.text), attributed["after"]
    is_shown = after.endswith(f": {quote}")
    if not is_shown and after.strip(_AROUND) != _SEE:
        return None
    return QuoteRow(
        citation=citation,
        is_shown=is_shown,
        label=attributed["label"].strip(_AROUND),
        about=attributed["about"] or "",
        why=after[: -len(quote)].strip(_AROUND) if is_shown else "",
    )

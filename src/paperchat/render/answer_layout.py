"""The layout of an answer: the papers of its list and its table apart from the text around them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paperchat.answering.quote_markdown import escape_markdown, render_quote
from paperchat.kinds.comparison_aspects import ASKED
from paperchat.survey.survey_wording import COLUMN_HEADINGS
from paperchat.text.describe import one_line
from paperchat.types import Answer, AnswerPaper, Citation

_COLUMN_HEADINGS: Mapping[str, str] = dict([*COLUMN_HEADINGS.items(), (ASKED, "What is asked")])
NEAREST = "Near, but not an answer"
_WORD_PATTERN = re.compile(r"\w+")
_ITEM_PATTERN = re.compile(r"(?P<number>\d{1,6})\. +(?P<text>\S.*)", re.DOTALL)
_TITLE_PATTERN = re.compile(
    r"\*\*(?P<title>(?:\\.|[^\\*])+)\*\*(?: \((?P<details>(?:\\.|[^()\\])*)\))?(?:[:,] *| +|$)(?P<text>.*)", re.DOTALL
)
_ESCAPE_PATTERN = re.compile(r"\\([^\w\s])")
_MARK_PATTERN = re.compile(r"(?<!\\)\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCard:
    """A paper of a numbered list.

    Attributes:
        details: what stands in brackets after the title, as Markdown: mostly the day.
        text: what follows, as Markdown with marks.
    """

    number: int
    listed: AnswerPaper
    details: str
    text: str

    @property
    def has_sentence(self) -> bool:
        """Whether the text is more than marks."""
        return bool(_MARK_PATTERN.sub("", self.text).strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLayout:
    """An answer's Markdown in parts: ``before`` its list or table, and ``after`` it; all is ``before`` without one."""

    before: str
    papers: tuple[PaperCard, ...] = ()
    after: str = ""


def answer_layout(answer: Answer) -> AnswerLayout:
    """Take an answer apart; what is not a list of its papers or its table stays text."""
    lines = answer.text.split("\n")
    if answer.table:
        rows = [place for place, line in enumerate(lines) if line.startswith("|")]
        if rows:
            return _parts(lines, rows[0], rows[-1] + 1)
    first, last, items = _numbered_items(lines)
    if items and len(items) == len(answer.papers):
        papers = [_listed(item, paper) for item, paper in zip(items, answer.papers, strict=True)]
        if all(papers):
            return _parts(lines, first, last, [one for one in papers if one])
    return AnswerLayout(before=answer.text)


def plain_text(markdown: str) -> str:
    """The text that escaped Markdown stands for."""
    return _ESCAPE_PATTERN.sub(r"\1", markdown)


def understood_as(answer: Answer) -> str:
    """The standalone question, where it differs from what was asked in more than case and punctuation."""
    asked, understood = (
        _WORD_PATTERN.findall(text.casefold()) for text in (answer.question, answer.standalone_question)
    )
    return "" if asked == understood else one_line(answer.standalone_question)


def shows_understood(answer: Answer) -> bool:
    """Whether a reader is told how the question was read: not where a fact was asked for without conditions."""
    return bool(answer.understood) and (answer.kind not in ("fact", "help") or bool(answer.filters))


def aspect_heading(aspect: str) -> str:
    """The heading of an aspect in a table."""
    plain = one_line(aspect.replace("_", " "))
    return _COLUMN_HEADINGS.get(aspect, "") or plain[:1].upper() + plain[1:]


def last_shown(answer: Answer) -> int:
    """The number of the last paper in the answer's list, with those that earlier answers listed."""
    papers = answer_layout(answer).papers
    return papers[-1].number if papers else len(answer.papers)


def is_shown_in_text(citation: Citation, text: str) -> bool:
    """Whether the Markdown has the quote already."""
    return render_quote(citation) in text or escape_markdown(citation.quote.text) in text


def _parts(lines: Sequence[str], first: int, last: int, papers: Sequence[PaperCard] = ()) -> AnswerLayout:
    before, after = ("\n".join(part).strip("\n") for part in (lines[:first], lines[last:]))
    return AnswerLayout(before=before, papers=tuple(papers), after=after)


def _numbered_items(lines: Sequence[str]) -> tuple[int, int, list[re.Match[str]]]:
    """The items of the only numbered list, with the lines that go on with them; no item where there are several."""
    starts = [place for place, line in enumerate(lines) if _ITEM_PATTERN.match(line)]
    if not starts:
        return 0, 0, []
    ends = [*starts[1:], len(lines)]
    items = []
    for start, end in zip(starts, ends, strict=True):
        own = [lines[start], *_continuation(lines[start + 1 : end])]
        item = _ITEM_PATTERN.match(" ".join(line.strip() for line in own))
        if not item or (end < len(lines) and any(line.strip() for line in lines[start + len(own) : end])):
            return 0, 0, []
        items.append(item)
    last = starts[-1] + 1 + len(_continuation(lines[starts[-1] + 1 :]))
    return starts[0], last, items


def _continuation(lines: Sequence[str]) -> list[str]:
    """The lines up to the next blank or unindented one."""
    own: list[str] = []
    for line in lines:
        if not line.startswith((" ", "\t")) or not line.strip():
            break
        own.append(line)
    return own


def _listed(item: re.Match[str], listed: AnswerPaper) -> PaperCard | None:
    """The item, where it begins with the paper's title in bold."""
    parts = _TITLE_PATTERN.match(item["text"])
    if not parts or plain_text(parts["title"]) != listed.paper.paper.title:
        return None
    return PaperCard(
        number=int(item["number"]), listed=listed, details=parts["details"] or "", text=parts["text"].rstrip()
    )

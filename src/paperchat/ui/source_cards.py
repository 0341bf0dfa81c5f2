"""An answer as cards: each paper's quotes below its title, sentence by sentence; what is in no paper stays prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from paperchat.render.answer_layout import plain_text
from paperchat.text.describe import one_line, pluralize
from paperchat.types import Citation, Paper, StoredPaper
from paperchat.understanding.calendar_days import name_day

_PARAGRAPH_PATTERN = re.compile(r"\n[ \t]*\n+")
_TITLE_PATTERN = re.compile(
    r"\*\*(?P<title>(?:\\.|[^\\*])+)\*\*(?P<details> \((?:\\.|[^()\\])*\))?(?P<rest>\s*\n.*|\s*)$", re.DOTALL
)
_LABEL_PATTERN = re.compile(r"\*\*(?P<label>[^*\n:]{1,40}):\*\* +")
_QUOTE_PATTERN = re.compile(r"(?P<text>.*?)\s*(?P<marks>(?:(?<!\\)\[\d{1,4}\]\s*)+)", re.DOTALL)
_NUMBER_PATTERN = re.compile(r"\d+")
_SHOWN_AUTHORS = 2


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence as Markdown without its marks, and the citations that they stand for."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class SentenceGroup:
    """Sentences of a paper, with what they are about where that is said."""

    heading: str
    sentences: tuple[CitedSentence, ...]


@dataclass(frozen=True, slots=True)
class SourceCard:
    """A paper with the sentences that are quoted from it."""

    stored: StoredPaper
    groups: tuple[SentenceGroup, ...] = ()


AnswerBlock = SourceCard | str
"""A card, or prose as Markdown with its marks."""


def answer_blocks(text: str, citations: Sequence[Citation]) -> list[AnswerBlock]:
    """Take an answer's Markdown apart: a title in bold begins a card, which ends where no quote of it follows."""
    papers = {citation.paper.paper.title: citation.paper for citation in citations}
    cited = {citation.number: citation for citation in citations}
    blocks: list[AnswerBlock] = []
    for paragraph in _PARAGRAPH_PATTERN.split(text.strip()):
        if not paragraph.strip():
            continue
        title = _TITLE_PATTERN.fullmatch(paragraph)
        stored = papers.get(plain_text(title["title"])) if title else None
        last = blocks[-1] if blocks else None
        if title and stored:
            rest = title["rest"].strip()
            group = _group(rest, stored, cited) if rest else None
            if group or not rest:
                blocks.append(SourceCard(stored, (group,) if group else ()))
                continue
        elif isinstance(last, SourceCard) and (group := _group(paragraph, last.stored, cited)):
            blocks[-1] = replace(last, groups=(*last.groups, group))
            continue
        blocks.append(f"{last}\n\n{paragraph}" if isinstance(last, str) else paragraph)
        if isinstance(last, str):
            del blocks[-2]
    return [_bare_title(block) if isinstance(block, SourceCard) and not block.groups else block for block in blocks]


def author_line(paper: Paper, shown: int = _SHOWN_AUTHORS) -> str:
    """The first authors and how many others there are: ``Ada Lovelace, Alan Turing and 3 others``."""
    names = [name for author in paper.authors if (name := one_line(author))]
    if len(names) == shown + 1:
        shown += 1
    rest = len(names) - shown
    if rest <= 0:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {pluralize(rest, 'other')}"


def source_line(paper: Paper) -> str:
    """Authors, day and upvotes, as far as they are known."""
    upvotes = paper.daily.get("upvotes")
    votes = pluralize(upvotes, "upvote") if isinstance(upvotes, int) and upvotes else ""
    return " · ".join(filter(None, (author_line(paper), name_day(paper.date), votes)))


def _group(paragraph: str, stored: StoredPaper, cited: dict[int, Citation]) -> SentenceGroup | None:
    """The sentences of a paragraph; ``None`` where one of them is not quoted from this paper."""
    label = _LABEL_PATTERN.match(paragraph)
    body = paragraph[label.end() :] if label else paragraph
    sentences, end = [], 0
    for match in _QUOTE_PATTERN.finditer(body):
        citations = tuple(_marked(match["marks"], cited))
        sentences.append(CitedSentence(match["text"].strip(), citations))
        end = match.end()
        if not citations or any(one.paper.paper_id != stored.paper_id or one.status != "quoted" for one in citations):
            return None
    if not sentences or body[end:].strip():
        return None
    return SentenceGroup(label["label"] if label else "", tuple(sentences))


def _marked(marks: str, cited: dict[int, Citation]) -> Iterator[Citation]:
    for number in _NUMBER_PATTERN.findall(marks):
        if citation := cited.get(int(number)):
            yield citation


def _bare_title(card: SourceCard) -> str:
    return f"**{card.stored.paper.title}**"

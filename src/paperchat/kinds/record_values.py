"""Values of the catalogue as sentences, each cited as the field that it is stored in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_inline
from paperchat.kinds.draft import CitationList
from paperchat.storage.library import Library
from paperchat.text.describe import pluralize
from paperchat.text.sentences import sentence_spans
from paperchat.types import Passage, Quote, StoredPaper
from paperchat.understanding.request import RecordField

CARD_FIELDS: tuple[RecordField, ...] = (
    "authors",
    "organization",
    "date",
    "featured",
    "url",
    "arxiv_id",
    "doi",
    "code",
    "project",
    "upvotes",
    "submitter",
    "categories",
    "keywords",
    "comment",
)
ABSTRACT_SAYS = "Its abstract says: "
_SENTENCES = lexicon.load("record_sentences")
_MOST_NAMES = 30
_NAMES_BEFORE, _NAMES_AFTER = 15, 3
_PLAIN_URL_PATTERN = re.compile(
    r"https?://(?:[A-Za-z0-9.,:;/?#@!=%+()'-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])|~(?!~)|&(?!\w+;))+"
)
_CODE_URL_PATTERN = re.compile(
    r"(?:https?://)?(?:www\.)?(?:github|gitlab|bitbucket|codeberg|huggingface)\.(?:com|org|co)/\S+", re.I
)


class RecordWriter:
    """Writes what the catalogue says of one paper."""

    def __init__(self, library: Library, citations: CitationList) -> None:
        self._library = library
        self._citations = citations

    def sentences(self, paper: StoredPaper, fields: Sequence[RecordField]) -> str:
        """A sentence for each field, or that the catalogue has no value, and what the abstract has instead."""
        found: list[str] = []
        for field in fields:
            for sentence in self._sentences(paper, field, is_first=not found):
                found.append(sentence)
        return " ".join(found)

    def identity(self, paper: StoredPaper) -> str:
        """Which paper it is: title, authors, date and link."""
        known: list[RecordField] = [one for one in ("authors", "date", "url") if stored_value(paper, one)]
        title = f"This is **{escape_inline(paper.paper.title)}** {self.mark(paper, 'title')}."
        return "  \n".join([title, *(self._labelled(paper, field) for field in known)])

    def card(self, paper: StoredPaper) -> str:
        """All values of a paper as a list under its title."""
        title = f"**{escape_inline(paper.paper.title)}** {self.mark(paper, 'title')}"
        lines = [f"- {self._labelled(paper, field)}" for field in CARD_FIELDS if stored_value(paper, field)]
        withdrawn = [f"- {self._labelled(paper, 'withdrawn')}"] if paper.paper.withdrawn else []
        return "\n".join([title, "", *withdrawn, *lines])

    def mark(self, paper: StoredPaper, field: str) -> str:
        """The citation mark of a stored value; of a title that is not the paper's own, that it has none."""
        if field == "title" and paper.paper.untitled:
            return "(untitled)"
        quote = Quote.of_record(paper.paper_id, field, stored_value(paper, field))
        return f"[{self._citations.cite(paper, quote).number}]"

    def _labelled(self, paper: StoredPaper, field: RecordField) -> str:
        label, stored = _SENTENCES.text(f"{field}.label"), _SENTENCES.text(f"{field}.stored")
        shown = stored_value(paper, field) if field == "upvotes" else _shown(paper, field)
        return f"{label}: {shown.removesuffix(' authors')} {self.mark(paper, stored)}"

    def _sentences(self, paper: StoredPaper, field: RecordField, *, is_first: bool) -> Iterator[str]:
        yield self._sentence(paper, field) if is_first else self._next_sentence(paper, field)
        if field == "date" and stored_value(paper, "featured") and stored_value(paper, "date"):
            yield self._next_sentence(paper, "featured")
        if field == "code" and not stored_value(paper, "code"):
            yield from self._code_elsewhere(paper)
        if field == "venue" and stored_value(paper, "comment"):
            yield self._next_sentence(paper, "comment")

    def _sentence(self, paper: StoredPaper, field: RecordField) -> str:
        """A sentence that names the paper."""
        stored, title = _SENTENCES.text(f"{field}.stored"), f"**{escape_inline(paper.paper.title)}**"
        if not stored or not stored_value(paper, stored):
            return _SENTENCES.text(f"{field}.unknown").format(title=title, mark=self.mark(paper, "title"))
        known = _SENTENCES.text(f"{field}.known")
        return known.format(title=title, value=_shown(paper, field), mark=self.mark(paper, stored)) + "."

    def _next_sentence(self, paper: StoredPaper, field: RecordField) -> str:
        """A sentence about the paper that the one before is about."""
        stored = _SENTENCES.text(f"{field}.stored")
        if not stored or not stored_value(paper, stored):
            return _SENTENCES.text(f"{field}.unknown").format(title="it", mark="").replace("  ", " ").replace(" .", ".")
        return f"{self._labelled(paper, field)}."

    def _code_elsewhere(self, paper: StoredPaper) -> Iterator[str]:
        """The sentence of the abstract that links to code, or else the project page."""
        for passage in self._library.passages_of(paper.paper_id):
            if passage.basis == "abstract" and (quote := _sentence_with_code(passage)):
                yield f"{ABSTRACT_SAYS}{escape_inline(quote.text)} [{self._citations.cite(paper, quote).number}]"
                return
        if stored_value(paper, "project"):
            yield self._next_sentence(paper, "project")


def stored_value(paper: StoredPaper, field: str) -> str:
    """A value exactly as ``show --json`` has it, lists joined by commas; empty where it is not known."""
    value = getattr(paper.paper, field, paper.paper.daily.get(field))
    if field == "version" and not value:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _shown(paper: StoredPaper, field: RecordField) -> str:
    """The value as it is shown: derived from the stored one, shortened where it is long, and escaped."""
    authors = paper.paper.authors
    if field == "first_author":
        return escape_inline(authors[0])
    if field == "last_author":
        return escape_inline(authors[-1])
    if field == "author_count":
        return pluralize(len(authors), "author")
    if field == "authors":
        return _joined(authors)
    if field == "withdrawn":
        return "withdrawn" if paper.paper.withdrawn else "not withdrawn"
    value = stored_value(paper, field)
    if field == "upvotes":
        return pluralize(int(value), "upvote")
    return render_value(value)


def render_value(value: str) -> str:
    """A value as Markdown shows it as it is; an address without escapes where it needs none."""
    return value if _PLAIN_URL_PATTERN.fullmatch(value) else escape_inline(value)


def _joined(authors: Sequence[str]) -> str:
    if len(authors) <= _MOST_NAMES:
        return escape_inline(", ".join(authors))
    left_out = len(authors) - _NAMES_BEFORE - _NAMES_AFTER
    before, after = authors[:_NAMES_BEFORE], authors[-_NAMES_AFTER:]
    return escape_inline(f"{', '.join(before)}, … ({left_out:,} more) …, {', '.join(after)}")


def _sentence_with_code(passage: Passage) -> Quote | None:
    for start, end in sentence_spans(passage.text[: passage.trusted_end]):
        if _CODE_URL_PATTERN.search(passage.text, start, end):
            return Quote(passage=passage, start=start, end=end)
    return None

"""The records that pass between the parts: frozen, plain data, no behaviour beyond derived values and their display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Basis = Literal["abstract", "full_text"]
PassageBasis = Literal["abstract", "full_text", "record"]
BlockKind = Literal["front", "abstract", "text", "caption", "table", "footnote", "references"]
CitationStatus = Literal["quoted", "supported", "unsupported"]
AnswerKind = Literal["fact", "list", "summary", "overview", "comparison", "record", "feed", "library", "help"]


class NotebookDisplay:
    """What Jupyter shows as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return an HTML fragment: every sentence with its quotes, papers and pages below it."""
        from paperchat.render.notebook_html import notebook_html

        return notebook_html(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper as a source describes it; text is cleaned (NFC, single spaces), absent fields are empty.

    Dates are ISO 8601 (``YYYY-MM-DD``). ``arxiv_id`` carries no version; ``version`` does (0: unknown).
    ``key`` is an identity given by the caller (an evaluation corpus's ``_id``); it replaces identification
    by arXiv id, DOI or title. A source that gives no title has the first words of the text in ``title``, with ``…``
    after them. ``daily`` holds what the Daily Papers say of it: ``featured`` (day), ``upvotes``,
    ``submitter``, ``organization``, ``keywords``, ``code``, ``project``, ``thumbnail``. ``withdrawn`` says that
    its authors or publisher have taken it back.
    """

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    arxiv_id: str = ""
    version: int = 0
    doi: str = ""
    date: str = ""
    categories: tuple[str, ...] = ()
    url: str = ""
    pdf_url: str = ""
    comment: str = ""
    daily: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    withdrawn: bool = False

    @property
    def untitled(self) -> bool:
        """Whether ``title`` is the first words of the abstract, since the source gives none."""
        return self.title.endswith("…") and self.abstract.startswith(self.title[:-1])

    @property
    def own_title(self) -> str:
        """The title that the source gives; empty if it gives none."""
        return "" if self.untitled else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPaper:
    """A paper in the library, under its stable id."""

    paper_id: str
    paper: Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionFlag:
    """A suspected prompt injection in a text.

    ``kind`` says what it does, ``excerpt`` is the matched text in context, decoded where it is encoded, and ``start``
    is the offset at which it begins.
    """

    kind: str
    excerpt: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of a paper's document that can be retrieved and quoted.

    ``text`` is ``document[start:end]`` of the paper's document for this ``basis``. ``page``, counted from 1, is
    where it begins; where it runs on, each of ``turns`` is an offset in ``text`` and the page from there on.
    ``injections`` are the suspected prompt injections found in ``text`` when the passage was made.

    Of the basis ``record`` it is a value of the catalogue that an answer cites, exactly as ``show --json`` has it,
    lists joined by ``, ``: it has no id, is never retrieved, and ``section`` is the name of the field.
    """

    passage_id: str
    paper_id: str
    basis: PassageBasis
    section: str
    page: int | None
    start: int
    end: int
    text: str
    turns: tuple[tuple[int, int], ...] = ()
    injections: tuple[InjectionFlag, ...] = ()

    @property
    def trusted_end(self) -> int:
        """Where in ``text`` the first suspected prompt injection begins; the end of ``text`` if there is none.

        Sentences that end after it are not sent to a language model.
        """
        return min((flag.start for flag in self.injections), default=len(self.text))

    def page_at(self, offset: int) -> int | None:
        """The page on which the character at ``offset`` of ``text`` stands; ``None`` where there are no pages."""
        return next((page for at, page in reversed(self.turns) if at <= offset), self.page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of a full text, ``text[start:end]``, that belongs together: no passage crosses its borders.

    ``section`` is the heading it stands under, with those above it: ``3 Method › 3.1 Data``. Of the ``kind``
    ``references`` nothing is made into passages; ``front`` is what precedes the abstract.
    """

    kind: BlockKind
    section: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a PDF: counted from 1, its printed label, and its size in points."""

    number: int
    label: str
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on a page, in points from its top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedWord:
    """Where ``text[start:end]`` of a full text, which holds no white space, stands."""

    start: int
    end: int
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """What a PDF says, in reading order and cleaned up, and where on its pages each word stands.

    ``blocks`` are in order, do not overlap, and hold all of ``text`` but the white space between them.
    ``words`` are in order; a word that a line break had cut has a box for each part, whose spans adjoin.
    ``sha256`` is the file's.
    """

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...]
    words: tuple[PlacedWord, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a query is restricted to; every given condition must hold. Dates are ISO, both ends included."""

    since: str = ""
    until: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    basis: Basis | None = None

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The span gate's unit: ``passage.text[start:end]`` and nothing else."""

    passage: Passage
    start: int
    end: int

    @classmethod
    def of_record(cls, paper_id: str, field: str, value: str) -> Quote:
        """A value of the catalogue, whole."""
        passage = Passage(
            passage_id="",
            paper_id=paper_id,
            basis="record",
            section=field,
            page=None,
            start=0,
            end=len(value),
            text=value,
        )
        return cls(passage=passage, start=0, end=len(value))

    @property
    def text(self) -> str:
        """The exact characters of the passage."""
        return self.passage.text[self.start : self.end]

    @property
    def page(self) -> int | None:
        """The page on which it begins."""
        return self.passage.page_at(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A numbered quote with the paper it comes from.

    ``answer`` is the stretch of the quote that answers, as offsets in the passage, where that is known.
    """

    number: int
    quote: Quote
    paper: StoredPaper
    status: CitationStatus = "quoted"
    answer: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A ranked paper: its best passage, the fused score in [0, 1], and the sentence that matches best."""

    rank: int
    paper: StoredPaper
    passage: Passage
    score: float
    snippet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPaper:
    """A paper that an answer lists or is about, and the numbers of its citations."""

    paper: StoredPaper
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A paper in a table; a column that its text does not fill is missing. A cell is its citation's quote."""

    paper: StoredPaper
    cells: Mapping[str, Citation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(NotebookDisplay):
    """An answer in Markdown with ``[n]`` marks, or an abstention with its reason.

    ``kind`` is what was asked for, ``understood`` says in one line how the question was read. ``total`` is how many
    papers match, where papers are listed; ``papers`` are those that the answer lists or is about, in its order.
    ``table`` is a comparison. ``nearest`` are passages near an abstention's question, none of which is an answer or
    cited in the text. ``suggestions`` are questions that this library answers, from here.

    ``standalone_question`` is what a follow-up in the ``conversation`` of that name was understood to ask, under
    ``filters``. ``note`` tells what went wrong with the language model, if anything did. ``pending`` is, with an
    abstention, the number of papers that were not indexed yet: what the question asks for may be in them.

    ``timings_ms`` has ``retrieve``, ``evidence``, ``write`` and ``total``; ``usage`` counts a model's tokens.
    """

    id: str
    question: str
    standalone_question: str
    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    reason: str | None
    passages_considered: int
    papers_considered: int
    model: str
    timings_ms: Mapping[str, int]
    conversation: str | None = None
    filters: Filters = field(default_factory=Filters)
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 0, "output_tokens": 0})
    note: str | None = None
    pending: int = 0
    kind: AnswerKind = "fact"
    understood: str = ""
    total: int | None = None
    papers: tuple[AnswerPaper, ...] = ()
    table: tuple[TableRow, ...] | None = None
    nearest: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalEvent:
    """How many passages and papers are considered, and the titles of the leading papers, best first."""

    passages: int
    papers: int
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceEvent:
    """Quotes that the text from here on may cite, each under its number; none where the library does not say.

    With a language model there are several of these: each has what the next sentence cites for the first time.
    """

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEvent:
    """The next piece of the answer: all ``delta`` together are its text, and none is ever taken back."""

    delta: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceEvent:
    """A sentence, just written, that has been checked: its Markdown without marks, and the marks that it has."""

    text: str
    citations: tuple[int, ...]
    status: CitationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneEvent:
    """The whole answer; always the last event."""

    answer: Answer


AnswerEvent = RetrievalEvent | EvidenceEvent | TextEvent | SentenceEvent | DoneEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One input, or one entry of it, that could not be taken in."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What one ``ingest`` did; ``papers`` and ``passages`` are the library's totals afterwards.

    ``waiting`` counts the linked PDFs that are asked for and could not be had yet. ``warnings`` tell of papers
    that were taken in, but for a part. ``new`` are the ids of the papers that were added.
    """

    added: int
    updated: int
    unchanged: int
    failed: tuple[Failure, ...]
    papers: int
    passages: int
    seconds: float
    waiting: int = 0
    warnings: tuple[Failure, ...] = ()
    new: tuple[str, ...] = ()

"""The records of the contract as typed models, for OpenAPI: what the routes send is made by the serializers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from paperchat.types import AnswerKind, Basis, CitationStatus, PassageBasis


class Record(BaseModel):
    """A part of a response, with these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class FilterRecord(Record):
    """Filters in force; those that are not are left out."""

    since: str = ""
    until: str = ""
    authors: list[str] = []
    categories: list[str] = []
    papers: list[str] = []
    basis: Basis | None = None


class SpanRecord(Record):
    """Characters of a passage, from ``start`` up to ``end``."""

    start: int
    end: int


class QuoteRecord(Record):
    """Exact characters of a passage, ``text[start:end]``, or a value of the catalogue, the field ``field``."""

    basis: PassageBasis
    field: str | None = Field(None, description="of the catalogue, where the basis is record")
    section: str | None
    page: int | None
    passage_id: str | None
    start: int | None
    end: int | None
    quote: str


class CitationRecord(QuoteRecord):
    """A numbered quote with its paper; ``answer`` is the part of it that answers."""

    number: int
    status: CitationStatus
    paper_id: str
    version: int | None
    title: str
    authors: list[str]
    date: str | None
    url: str | None
    withdrawn: bool
    answer: SpanRecord | None


class CellRecord(Record):
    """A cell of a table: the text of a citation's quote."""

    text: str
    citation: int


class TableRowRecord(BaseModel):
    """A paper in a table; each further field is a column."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, CellRecord] = Field(init=False)

    paper_id: str
    title: str
    withdrawn: bool


class AnswerPaperRecord(Record):
    """A paper that an answer lists or is about."""

    paper_id: str
    title: str
    citations: list[int]


class ConsideredRecord(Record):
    """How much was looked at."""

    passages: int
    papers: int


class UsageRecord(Record):
    """Tokens of a language model."""

    input_tokens: int
    output_tokens: int


class AnswerRecord(Record):
    """An answer in Markdown with [n] marks, or an abstention with its reason."""

    id: str
    question: str
    standalone_question: str
    conversation: str | None
    filters: FilterRecord
    answer: str
    abstained: bool
    reason: str | None
    note: str | None
    pending: int
    kind: AnswerKind
    understood: str
    total: int | None
    papers: list[AnswerPaperRecord]
    table: list[TableRowRecord] | None
    citations: list[CitationRecord]
    nearest: list[CitationRecord]
    suggestions: list[str]
    considered: ConsideredRecord
    model: str
    timings_ms: dict[str, int]
    usage: UsageRecord


class HitRecord(Record):
    """A ranked paper with its best passage and the sentence that matches best."""

    rank: int
    paper_id: str
    title: str
    untitled: bool = False
    score: float
    passage_id: str
    basis: PassageBasis
    page: int | None
    snippet: str


class FacetRecord(Record):
    """How many papers have a value."""

    value: str
    papers: int


class FacetsRecord(Record):
    """Counts of the best papers."""

    papers: int
    years: list[FacetRecord]
    categories: list[FacetRecord]
    authors: list[FacetRecord]


class HitsRecord(Record):
    """The papers found, best first."""

    hits: list[HitRecord]
    facets: FacetsRecord | None = None


class CataloguePaperRecord(BaseModel):
    """A paper as the catalogue has it; what Daily Papers says of it stands in ``daily`` and once more beside it."""

    model_config = ConfigDict(extra="allow")

    paper_id: str
    title: str
    abstract: str
    authors: list[str]
    arxiv_id: str
    version: int
    doi: str
    date: str
    categories: list[str]
    url: str
    pdf_url: str
    comment: str
    daily: dict[str, JsonValue]
    key: str
    withdrawn: bool
    untitled: bool = False


class PapersRecord(Record):
    """A part of the list of papers, newest first; ``next`` is the cursor of the part after it."""

    papers: list[CataloguePaperRecord]
    total: int
    next: str | None


class PassageRecord(Record):
    """A stretch of a paper that can be quoted."""

    passage_id: str
    basis: PassageBasis
    section: str
    page: int | None
    text: str


class WarningRecord(Record):
    """A suspected prompt injection."""

    kind: str
    excerpt: str


class PaperWithPassagesRecord(Record):
    """A paper and its passages."""

    paper: CataloguePaperRecord
    passages: list[PassageRecord]
    warnings: list[WarningRecord]


class PassagesRecord(Record):
    """The passages of a paper."""

    passages: list[PassageRecord]


class BoxRecord(Record):
    """A rectangle on a page, in points from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


class PageRecord(Record):
    """A page of a paper's PDF, in points, the address of its image, and where a quote stands on it."""

    number: int
    label: str
    width: float
    height: float
    image: str
    boxes: list[BoxRecord]


class PagesRecord(Record):
    """Pages of a paper's PDF; none where it cannot be shown."""

    pages: list[PageRecord]


class QuotePagesRecord(PagesRecord):
    """The pages on which a quote is printed; none where there is no PDF to show."""

    passage_id: str
    start: int
    end: int
    quote: str


class ConversationRecord(Record):
    """A conversation without its turns."""

    id: str
    name: str
    created: str
    updated: str
    turns: int
    filters: FilterRecord


class ConversationsRecord(Record):
    """A part of the caller's conversations, latest first."""

    conversations: list[ConversationRecord]
    next: str | None


class TurnRecord(Record):
    """A question of a conversation and its answer."""

    ordinal: int
    question: str
    standalone_question: str
    asked: str
    answer: AnswerRecord


class ConversationTurnsRecord(Record):
    """A conversation with the turns of its open branch."""

    conversation: ConversationRecord
    turns: list[TurnRecord]


class DeletedConversationRecord(Record):
    """A conversation that was deleted."""

    deleted: str
    turns: int

"""What the tools take and give, as JSON schemas: typed, and short, as every client reads all of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from paperchat.types import Basis, Filters

JsonSchema = dict[str, Any]
_MAX_ID_LENGTH = 300
_MAX_VALUES = 50
_DETAILS = frozenset({"title", "default", "minLength", "maxLength", "maxItems"})


ToolText = Annotated[str, Field(max_length=8_000)]
"""With a limit, without which lone surrogates would pass, which nothing can store."""
PaperId = Annotated[str, Field(max_length=_MAX_ID_LENGTH)]
Day = Annotated[str, Field(max_length=20)]


class ToolInput(BaseModel):
    """The arguments of a tool; others are errors."""

    model_config = ConfigDict(extra="forbid")


class FilteredInput(ToolInput):
    """Arguments that select papers before anything is ranked."""

    since: Day = Field("", description="YYYY[-MM[-DD]]")
    until: Day = ""
    authors: Annotated[list[ToolText], Field(max_length=_MAX_VALUES)] = []
    categories: Annotated[list[ToolText], Field(max_length=_MAX_VALUES)] = []
    papers: Annotated[list[PaperId], Field(max_length=_MAX_VALUES, description="ids")] = []
    basis: Basis | None = None

    @property
    def filters(self) -> Filters:
        """The filters as the library has them."""
        return Filters(
            since=self.since,
            until=self.until,
            authors=tuple(self.authors),
            categories=tuple(self.categories),
            papers=tuple(self.papers),
            basis=self.basis,
        )


class AskInput(FilteredInput):
    """A question."""

    question: ToolText
    conversation: Annotated[str, Field(max_length=200)] = Field(
        "", description="name of a conversation to continue or start, for follow-ups"
    )


class SearchInput(FilteredInput):
    """A query."""

    query: ToolText
    k: Annotated[int, Field(ge=1, le=100)] = 10


class FetchInput(ToolInput):
    """A paper."""

    id: PaperId


class ReadPassageInput(ToolInput):
    """A passage."""

    passage_id: PaperId


class SurveyInput(FilteredInput):
    """A topic."""

    topic: ToolText
    most: Annotated[int, Field(ge=1, le=200, description="papers to read")] = 40


class ClaimInput(FilteredInput):
    """A claim."""

    claim: ToolText
    most: Annotated[int, Field(ge=1, le=200, description="papers to read")] = 40


class NewPapersInput(ToolInput):
    """A day or a week."""

    span: Literal["day", "week"] = "day"
    until: Day = Field("", description="last day; default: the newest")
    most: Annotated[int, Field(ge=1, le=50)] = 10


class ExportInput(ToolInput):
    """Papers, or an answer."""

    format: Literal["bibtex", "ris", "csl"] = "bibtex"
    answer: PaperId | None = Field(None, description="id of an answer: the papers that it cites")
    papers: Annotated[list[PaperId], Field(max_length=1_000, description="ids")] = []


def input_schema(model: type[ToolInput]) -> JsonSchema:
    """Return the JSON schema of a tool's arguments."""
    schema = model.model_json_schema()
    properties = {name: _without_details(one) for name, one in schema["properties"].items()}
    required = {"required": schema["required"]} if "required" in schema else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def _without_details(value: JsonSchema) -> JsonSchema:
    """Leave out what a model does not need to know."""
    return {name: one for name, one in value.items() if name not in _DETAILS}


def record(optional: tuple[str, ...] = (), /, **properties: JsonSchema) -> JsonSchema:
    """Return the schema of an object with these properties, all of them required but for the ``optional`` ones."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def list_of(items: JsonSchema) -> JsonSchema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


TEXT: JsonSchema = {"type": "string"}
NUMBER: JsonSchema = {"type": "integer"}
FLAG: JsonSchema = {"type": "boolean"}
TEXT_OR_NULL: JsonSchema = {"type": ["string", "null"]}
NUMBER_OR_NULL: JsonSchema = {"type": ["integer", "null"]}
CITATIONS = list_of(
    record(
        number=NUMBER,
        paper_id=TEXT,
        title=TEXT,
        url=TEXT,
        section=TEXT_OR_NULL,
        page=NUMBER_OR_NULL,
        passage_id=TEXT_OR_NULL,
        start=NUMBER_OR_NULL,
        end=NUMBER_OR_NULL,
        quote=TEXT,
    )
)
ASK_OUTPUT = record(
    id=TEXT,
    answer=TEXT,
    abstained=FLAG,
    reason=TEXT_OR_NULL,
    kind=TEXT,
    standalone_question=TEXT,
    citations=CITATIONS,
    suggestions=list_of(TEXT),
)
SEARCH_OUTPUT = record(results=list_of(record(id=TEXT, title=TEXT, url=TEXT)))
FETCH_OUTPUT = record(id=TEXT, title=TEXT, text=TEXT, url=TEXT, metadata={"type": "object"})
READ_PASSAGE_OUTPUT = record(
    passage_id=TEXT,
    paper_id=TEXT,
    title=TEXT,
    url=TEXT,
    section=TEXT,
    page=NUMBER_OR_NULL,
    text=TEXT,
    previous=TEXT_OR_NULL,
    next=TEXT_OR_NULL,
)
SURVEY_OUTPUT = record(
    topic=TEXT,
    summary=TEXT,
    sections=list_of(record(title=TEXT, text=TEXT)),
    citations=CITATIONS,
    coverage=record(matched=NUMBER, read=NUMBER, cited=NUMBER),
)
CLAIM_OUTPUT = record(
    claim=TEXT,
    verdict=TEXT,
    reason=TEXT_OR_NULL,
    papers=list_of(record(paper_id=TEXT, title=TEXT, position=TEXT, citations=list_of(NUMBER))),
    citations=CITATIONS,
)
NEW_PAPERS_OUTPUT = record(
    since=TEXT_OR_NULL,
    until=TEXT_OR_NULL,
    papers=list_of(record(paper_id=TEXT, title=TEXT, url=TEXT, day=TEXT, upvotes=NUMBER_OR_NULL, quote=TEXT_OR_NULL)),
)
EXPORT_OUTPUT = record(format=TEXT, papers=NUMBER, text=TEXT)

"""What requests to the API carry, as typed models that refuse unknown fields.

Every text has a limit, also because pydantic refuses lone surrogates, which nothing can store, only where it counts.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from paperchat.access.quotas import MAX_LOCATIONS, MAX_QUESTION_LENGTH
from paperchat.survey.paper_limits import DEFAULT_CLAIM_PAPERS, DEFAULT_SURVEY_PAPERS
from paperchat.types import AnswerKind, Basis, Filters

_MAX_FILTER_LENGTH = 200  # characters
_MAX_FILTER_VALUES = 50
_MAX_NAME_LENGTH = 200
_MAX_LOCATION_LENGTH = 2_000
MAX_READ_PAPERS = 1_000


Question = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_LENGTH)]
Day = Annotated[str, Field(max_length=20, description="YYYY, YYYY-MM or YYYY-MM-DD", examples=["2024-10"])]
FilterValue = Annotated[str, Field(min_length=1, max_length=_MAX_FILTER_LENGTH, pattern=r"\S")]
Location = Annotated[str, Field(min_length=1, max_length=_MAX_LOCATION_LENGTH)]
UploadId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
FilterValues = Annotated[list[FilterValue], Field(max_length=_MAX_FILTER_VALUES)]


class RequestModel(BaseModel):
    """A part of a request, in which unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


class FilterBody(RequestModel):
    """What papers or passages are selected before anything is ranked; every condition must hold."""

    since: Day = ""
    until: Day = ""
    authors: FilterValues = []
    categories: FilterValues = []
    papers: FilterValues = []
    basis: Basis | None = None

    def as_filters(self) -> Filters:
        """Return them as the library has them."""
        return Filters(
            since=self.since,
            until=self.until,
            authors=tuple(self.authors),
            categories=tuple(self.categories),
            papers=tuple(self.papers),
            basis=self.basis,
        )


class FilterQuery(RequestModel):
    """The same filters in the query of an address, where those with several values are repeated."""

    since: Day = ""
    until: Day = ""
    author: FilterValues = []
    category: FilterValues = []
    paper: FilterValues = []
    basis: Basis | None = None

    def as_filters(self) -> Filters:
        """Return them as the library has them."""
        return Filters(
            since=self.since,
            until=self.until,
            authors=tuple(self.author),
            categories=tuple(self.category),
            papers=tuple(self.paper),
            basis=self.basis,
        )


class AskBody(RequestModel):
    """A question, and where it is asked."""

    question: Question
    conversation: Annotated[str, Field(min_length=1, max_length=_MAX_NAME_LENGTH)] | None = Field(
        None, description="continue the caller's conversation of this name or id, or start one of this name"
    )
    kind: AnswerKind | None = Field(None, description="of the answer; by default what the question asks for")
    filters: FilterBody | None = Field(
        None, description="{} takes those of a conversation away; without the field they stay in force"
    )
    stream: bool = Field(False, description="send the answer as server-sent events")


class SearchQuery(FilterQuery):
    """A search for papers."""

    q: Question
    k: Annotated[int, Field(ge=1, le=1_000)] = 10
    recency: Annotated[float, Field(ge=0, le=1, description="share that a paper's age has in its score")] = 0.0
    facets: bool = Field(False, description="also count the best 100 papers by year, category and author")


class SurveyBody(RequestModel):
    """A topic to survey."""

    topic: Question
    papers: Annotated[int, Field(ge=1, le=MAX_READ_PAPERS, description="most papers to read")] = DEFAULT_SURVEY_PAPERS
    filters: FilterBody = FilterBody()
    stream: bool = Field(False, description="send the progress and then the survey as server-sent events")


class ClaimBody(RequestModel):
    """A claim to weigh."""

    claim: Question
    papers: Annotated[int, Field(ge=1, le=MAX_READ_PAPERS, description="most papers to read")] = DEFAULT_CLAIM_PAPERS
    filters: FilterBody = FilterBody()
    stream: bool = Field(False, description="send the progress and then the claim as server-sent events")


class ResultsQuery(FilterQuery):
    """Which results are listed."""

    topic: Annotated[str, Field(max_length=MAX_QUESTION_LENGTH)] = ""
    benchmark: Annotated[str, Field(max_length=_MAX_NAME_LENGTH)] = ""
    system: Annotated[str, Field(max_length=_MAX_NAME_LENGTH)] = ""


class IngestBody(RequestModel):
    """What is to be ingested."""

    sources: Annotated[list[Location], Field(max_length=MAX_LOCATIONS)] = Field(
        [], description="arXiv ids, DOIs, URLs, daily:DATE or arxiv:QUERY; never files of the server"
    )
    uploads: Annotated[list[UploadId], Field(max_length=MAX_LOCATIONS)] = Field(
        [], description="ids of files that were uploaded before"
    )
    pdfs: bool | None = Field(None, description="whether linked PDFs are fetched; by default those of web sources are")
    most: Annotated[int, Field(ge=1, le=1_000, description="most results of an arxiv:QUERY")] = 100


class PageQuery(RequestModel):
    """Which part of a list is shown."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=500, description="the field next of the part before")] = ""


class PapersQuery(FilterQuery, PageQuery):
    """Which papers are listed."""


class ConversationsQuery(PageQuery):
    """Which conversations are listed."""

    matching: Annotated[str, Field(max_length=200, description="only those with all of these words")] = ""


class QuoteQuery(RequestModel):
    """A quote: characters of a passage."""

    passage_id: Annotated[str, Field(min_length=1, max_length=300)]
    start: Annotated[int, Field(ge=0, le=10_000_000)]
    end: Annotated[int, Field(ge=1, le=10_000_000)]


class DigestQuery(RequestModel):
    """Which digest is made."""

    span: Literal["day", "week"] = "day"
    until: Day = ""
    papers: Annotated[int, Field(ge=1, le=50)] = 10


class ExportQuery(RequestModel):
    """Which references are exported, and how."""

    format: Literal["bibtex", "ris", "csl", "markdown"] = "bibtex"
    answer: Annotated[str, Field(max_length=100)] = Field("", description="only the papers that this answer cites")

"""The requests of `/api/v1` as data: what is sent, and the record that comes back.

Both clients send them; the functions here have the signatures and the docstrings of the clients' methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from paperchat.server.job_records import JobRecord, StatusRecord, UploadsRecord
from paperchat.server.records import (
    AnswerRecord,
    ConversationsRecord,
    ConversationTurnsRecord,
    DeletedConversationRecord,
    HitsRecord,
    PapersRecord,
    PaperWithPassagesRecord,
    PassagesRecord,
)
from paperchat.server.report_records import ClaimRecord, DigestRecord, LedgerRecord, SurveyRecord
from paperchat.survey.paper_limits import DEFAULT_CLAIM_PAPERS, DEFAULT_SURVEY_PAPERS
from paperchat.types import AnswerKind, Filters

R = TypeVar("R", bound=BaseModel)
_REPEATED = {"authors": "author", "categories": "category", "papers": "paper"}
"""What filters of several values are called in the query of an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest(Generic[R]):
    """A request below `/api/v1`; what is ``None`` or empty in ``params`` is not sent."""

    record: type[R]
    method: Literal["GET", "POST", "DELETE"] = "GET"
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


def ask(
    question: str,
    *,
    filters: Filters | None = None,
    conversation: str | None = None,
    kind: AnswerKind | None = None,
) -> ApiRequest[AnswerRecord]:
    """An answer in which every sentence is backed by exact quotes, or an abstention.

    A ``conversation`` of any name goes on from question to question; its filters stay in force until others are given.
    """
    body = {"question": question, "conversation": conversation, "kind": kind, "filters": _filter_body(filters)}
    return ApiRequest(record=AnswerRecord, method="POST", path="ask", body=body)


def search(
    query: str, k: int = 10, *, filters: Filters | None = None, recency: float = 0.0, facets: bool = False
) -> ApiRequest[HitsRecord]:
    """The ``k`` best papers, each with its best passage; with ``facets``, the best 100 counted by year and the like."""
    params = {"q": query, "k": k, "recency": recency, "facets": facets, **_filter_query(filters)}
    return ApiRequest(record=HitsRecord, path="search", params=params)


def papers(*, limit: int = 50, cursor: str = "", filters: Filters | None = None) -> ApiRequest[PapersRecord]:
    """A part of the list of papers, newest first; its ``next`` is the ``cursor`` of the part after it."""
    return ApiRequest(
        record=PapersRecord, path="papers", params={"limit": limit, "cursor": cursor, **_filter_query(filters)}
    )


def paper(paper_id: str) -> ApiRequest[PaperWithPassagesRecord]:
    """A paper and its passages, by its id, arXiv id or DOI."""
    return ApiRequest(record=PaperWithPassagesRecord, path=f"papers/{_segment(paper_id)}")


def passages(paper_id: str) -> ApiRequest[PassagesRecord]:
    """The passages of a paper, whose ``text[start:end]`` is what a citation quotes."""
    return ApiRequest(record=PassagesRecord, path=f"papers/{_segment(paper_id)}/passages")


def upload_form() -> ApiRequest[UploadsRecord]:
    """The request to which files are added."""
    return ApiRequest(record=UploadsRecord, method="POST", path="uploads")


def ingest(locations: Sequence[str], uploads: Sequence[str], *, pdfs: bool | None, most: int) -> ApiRequest[JobRecord]:
    """The ingestion of locations on the web and of what has been uploaded."""
    body = {"sources": list(locations), "uploads": list(uploads), "pdfs": pdfs, "most": most}
    return ApiRequest(record=JobRecord, method="POST", path="ingest", body=body)


def job(job_id: str) -> ApiRequest[JobRecord]:
    """A job and how far it is."""
    return ApiRequest(record=JobRecord, path=f"jobs/{_segment(job_id)}")


def job_events(job_id: str) -> ApiRequest[JobRecord]:
    """A job as it goes on."""
    return ApiRequest(record=JobRecord, path=f"jobs/{_segment(job_id)}/events")


def cancel(job_id: str) -> ApiRequest[JobRecord]:
    """Cancel a job; what it has written stays."""
    return ApiRequest(record=JobRecord, method="DELETE", path=f"jobs/{_segment(job_id)}")


def survey(
    topic: str, *, filters: Filters | None = None, most: int = DEFAULT_SURVEY_PAPERS
) -> ApiRequest[SurveyRecord]:
    """A topic on one page, in which each sentence is a quote; at ``most`` so many papers are read."""
    body = {"topic": topic, "papers": most, "filters": _filter_body(filters) or {}}
    return ApiRequest(record=SurveyRecord, method="POST", path="surveys", body=body)


def claim(text: str, *, filters: Filters | None = None, most: int = DEFAULT_CLAIM_PAPERS) -> ApiRequest[ClaimRecord]:
    """Which papers support a claim and which oppose it, by their quotes; at ``most`` so many papers are read."""
    body = {"claim": text, "papers": most, "filters": _filter_body(filters) or {}}
    return ApiRequest(record=ClaimRecord, method="POST", path="claims", body=body)


def results(
    topic: str = "", filters: Filters | None = None, *, benchmark: str = "", system: str = ""
) -> ApiRequest[LedgerRecord]:
    """The results that the papers on a topic report, or all papers."""
    params = {"topic": topic, "benchmark": benchmark, "system": system, **_filter_query(filters)}
    return ApiRequest(record=LedgerRecord, path="results", params=params)


def digest(span: Literal["day", "week"] = "day", *, until: str = "", most: int = 10) -> ApiRequest[DigestRecord]:
    """What is new of what the key's owner follows, of at ``most`` so many papers."""
    return ApiRequest(record=DigestRecord, path="digest", params={"span": span, "until": until, "papers": most})


def conversations(*, limit: int = 50, cursor: str = "", matching: str = "") -> ApiRequest[ConversationsRecord]:
    """A part of your conversations, latest first; those with all words of ``matching``, where it is given."""
    return ApiRequest(
        record=ConversationsRecord,
        path="conversations",
        params={"limit": limit, "cursor": cursor, "matching": matching},
    )


def conversation(conversation_id: str) -> ApiRequest[ConversationTurnsRecord]:
    """A conversation and its turns, by its id."""
    return ApiRequest(record=ConversationTurnsRecord, path=f"conversations/{_segment(conversation_id)}")


def delete_conversation(conversation_id: str) -> ApiRequest[DeletedConversationRecord]:
    """Delete a conversation for good."""
    return ApiRequest(
        record=DeletedConversationRecord, method="DELETE", path=f"conversations/{_segment(conversation_id)}"
    )


def status() -> ApiRequest[StatusRecord]:
    """How much the library holds."""
    return ApiRequest(record=StatusRecord, path="status")


def _segment(text: str) -> str:
    return quote(text, safe="")


def _filter_body(filters: Filters | None) -> dict[str, Any] | None:
    return None if filters is None else {name: value for name, value in asdict(filters).items() if value}


def _filter_query(filters: Filters | None) -> dict[str, Any]:
    return {_REPEATED.get(name, name): value for name, value in (_filter_body(filters) or {}).items()}

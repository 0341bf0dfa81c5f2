"""The records of ingestion, jobs and the server as typed models; see `paperchat.server.records`."""

from __future__ import annotations

from typing import Literal

from paperchat.server.records import Record


class FailureRecord(Record):
    """An input that could not be ingested, or only in part."""

    source: str
    reason: str


class RemovalRecord(Record):
    """What was removed, and what the library has left."""

    removed: int
    failed: list[FailureRecord]
    papers: int
    passages: int


class IngestReportRecord(Record):
    """What an ingestion did."""

    added: int
    updated: int
    unchanged: int
    failed: list[FailureRecord]
    papers: int
    passages: int
    seconds: float
    waiting: int
    warnings: list[FailureRecord]


class ProblemRecord(Record):
    """What went wrong (RFC 9457): the detail says what, where and what to do next."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class JobProgressRecord(Record):
    """How many entries are done, of how many as far as is known."""

    done: int
    total: int | None


class JobRecord(Record):
    """Work that goes on after the request for it."""

    id: str
    kind: Literal["ingest"]
    state: Literal["waiting", "running", "cancelling", "done", "failed", "cancelled"]
    created: str
    finished: str | None
    progress: JobProgressRecord
    report: IngestReportRecord | None
    problem: ProblemRecord | None


class JobsRecord(Record):
    """The caller's jobs, latest first."""

    jobs: list[JobRecord]


class UploadRecord(Record):
    """A file that waits to be ingested, for an hour."""

    id: str
    name: str
    bytes: int


class UploadsRecord(Record):
    """Files that wait to be ingested."""

    uploads: list[UploadRecord]


class FeedRecord(Record):
    """An Atom feed, at an address that needs no key."""

    kind: Literal["day", "topic", "author", "organization", "collection", "standing"]
    of: str
    url: str


class FeedsRecord(Record):
    """The caller's feeds."""

    feeds: list[FeedRecord]


class StatusRecord(Record):
    """How much the library holds; its folder is told to admins."""

    papers: int
    passages: int
    pending: int
    abstract_passages: int
    full_text_passages: int
    home: str | None
    embedder: str
    bytes: int


class HealthRecord(Record):
    """That the server lives."""

    status: Literal["ok"]


class ReadinessRecord(Record):
    """That the server is ready for requests."""

    status: Literal["ready"]

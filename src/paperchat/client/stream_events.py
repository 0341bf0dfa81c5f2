"""Server-sent events as records: those of an answer as it is written, and those of a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from paperchat.client.api_error import ApiError
from paperchat.server.job_records import JobRecord, ProblemRecord
from paperchat.server.records import AnswerRecord, CitationRecord, Record
from paperchat.types import CitationStatus


class RetrievalRecord(Record):
    """How many passages and papers are considered, and the titles of the leading papers, best first."""

    passages: int
    papers: int
    titles: list[str]


class EvidenceRecord(Record):
    """Quotes that the text from here on may cite, each under its number."""

    citations: list[CitationRecord]


class TextRecord(Record):
    """The next piece of the answer: all ``delta`` together are its text, and none is ever taken back."""

    delta: str


class SentenceRecord(Record):
    """A sentence, just written, that has been checked: its Markdown without marks, and the marks that it has."""

    text: str
    citations: list[int]
    status: CitationStatus


StreamRecord = RetrievalRecord | EvidenceRecord | TextRecord | SentenceRecord | AnswerRecord
"""An event of an answer; the whole answer is the last."""

EventRecords = Mapping[str, type[BaseModel]]
ANSWER_EVENTS: EventRecords = {
    "retrieval": RetrievalRecord,
    "evidence": EvidenceRecord,
    "text": TextRecord,
    "sentence": SentenceRecord,
    "done": AnswerRecord,
}
JOB_EVENTS: EventRecords = {"progress": JobRecord, "done": JobRecord}


class EventDecoder:
    """Reads a stream of events from its bytes, however they are cut; names that are not known are left out.

    Lines end where the bytes say so: a paper's text may have characters that Python takes for the end of a line.
    """

    def __init__(self, records: EventRecords) -> None:
        self._records = records
        self._rest = b""
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[BaseModel]:
        """Yield the records of the events that end in ``chunk``.

        Raises:
            ApiError: the server could not finish, and says so in an event.
            ValidationError: a record is not as it is known.
        """
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            field, _, value = line.rstrip(b"\r").partition(b":")
            if field == b"event":
                self._name = value.strip()
            elif field == b"data":
                self._data.append(value.removeprefix(b" "))
            elif not field and not value and self._data:
                data, name = b"\n".join(self._data), self._name.decode()
                self._name, self._data = b"", []
                if name == "error":
                    raise ApiError.of_problem(ProblemRecord.model_validate_json(data, extra="allow"))
                if record := self._records.get(name):
                    yield record.model_validate_json(data, extra="allow")

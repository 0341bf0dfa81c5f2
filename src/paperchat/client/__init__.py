"""The client of a paperchat server: `/api/v1` as typed methods, for programs that run elsewhere than the library."""

from paperchat.client.api_client import AsyncClient, Client
from paperchat.client.api_error import ApiError
from paperchat.client.stream_events import EvidenceRecord, RetrievalRecord, SentenceRecord, StreamRecord, TextRecord

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "EvidenceRecord",
    "RetrievalRecord",
    "SentenceRecord",
    "StreamRecord",
    "TextRecord",
]

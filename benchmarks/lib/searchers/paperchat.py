"""paperchat: ordinary ingestion into its three stores on disk, and its search."""

from __future__ import annotations

from pathlib import Path

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM


class PaperChatSearcher:
    """A library in ``home``."""

    def __init__(self) -> None:
        MiniLM().encode(["ready"])

    def index(self, corpus: Path, home: Path) -> None:
        self._chat = PaperChat.open(home)
        report = self._chat.ingest(corpus)
        if report.failed:
            raise SystemExit(f"{report.failed[0].source}: {report.failed[0].reason}")

    def search(self, question: str, count: int) -> list[tuple[str, float]]:
        return [(hit.paper.paper.key, hit.score) for hit in self._chat.search(question, count)]

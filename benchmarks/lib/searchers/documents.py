"""The documents of a collection in BEIR's layout, as all systems but paperchat get them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path


def read_documents(corpus: Path) -> Iterator[tuple[str, str]]:
    """The id and the text of each document."""
    with corpus.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield str(row["_id"]), f"{row['title']}\n\n{row['text']}".strip()

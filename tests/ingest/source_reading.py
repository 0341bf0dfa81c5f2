"""What the tests of the sources share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from paperchat.ingest.sources.registry import read_location
from paperchat.types import Failure, Paper

DATA = Path(__file__).parents[1] / "data"
PROSE = "We study how it behaves and report what we find. " * 10


def read_all(location: str | Path) -> tuple[list[Paper], list[Failure]]:
    items = list(read_location(location, attachments=True))
    papers = [item for item in items if isinstance(item, Paper)]
    return papers, [item for item in items if isinstance(item, Failure)]


def read_text(folder: Path, text: str | bytes, name: str = "given") -> tuple[list[Paper], list[Failure]]:
    """What ``read_location`` makes of a file with this content; a name without an ending, as it must not matter."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_all(path)


def rows(file: Path, *papers: Mapping[str, object]) -> Path:
    """The file, with a line of JSON for each paper."""
    file.write_text("".join(json.dumps(paper) + "\n" for paper in papers), encoding="utf-8")
    return file

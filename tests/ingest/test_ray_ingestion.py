"""Ingestion on a real Ray cluster on loopback: the library is the one that is made without it, whatever dies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pdf_writer import lines, write_pdf
from source_reading import rows

from paperchat.assistant import PaperChat
from paperchat.ingest.cluster.ray_cluster import RayCluster, connect
from paperchat.settings import Settings
from paperchat.types import IngestReport

DATA = Path(__file__).parents[1] / "data"
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau".split()


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with connect("local", settings=Settings(), workers=2) as connected:
        yield connected


def ingest(home: Path, *places: Path, cluster: RayCluster | None = None) -> IngestReport:
    with PaperChat.open(home) as chat:
        return chat.ingest(*places, attachments=True, cluster=cluster)


def contents(home: Path) -> dict[str, Any]:
    """All that the library says of its papers, but for the times at which it was written."""
    with PaperChat.open(home) as chat:
        library = chat.library
        passages = {stored.paper_id: library.passages_of(stored.paper_id) for stored in library.all_papers()}
        ids = [passage.passage_id for several in passages.values() for passage in several]
        assert not chat.doctor().problems
        return {
            "papers": {stored.paper_id: stored.paper for stored in library.all_papers()},
            "passages": passages,
            "vectors": {name: np.asarray(vector).tobytes() for name, vector in library.vectors(ids).items()},
            "full texts": {paper_id: library.full_texts.get(paper_id) for paper_id in passages},
        }


def same(one: IngestReport, other: IngestReport) -> bool:
    return asdict(one) | {"seconds": 0} == asdict(other) | {"seconds": 0}


def abstract(number: int) -> dict[str, str]:
    text = " ".join(f"The {WORDS[(number * at) % 19]} of {WORDS[at % 19]} is {number + at}." for at in range(1, 9))
    return {"id": f"2401.{number:05}", "title": f"On the {WORDS[number % 19]} {number}", "abstract": text}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All kinds of sources: good, faulty, and of the same papers."""
    made = tmp_path / "papers"
    made.mkdir()
    versions = [{"version": "v1", "created": "Mon, 1 Jan 2024 00:00:00 GMT"}, {"version": "v2"}]
    rows(
        made / "snapshot.json",
        *(abstract(number) for number in range(150)),
        abstract(3) | {"abstract": "A later text of the same paper, which replaces the first.", "versions": versions},
        abstract(3) | {"id": "", "comments": "The same title without a number."},
        {"title": "", "abstract": ""},
        abstract(7),
    )
    with (made / "snapshot.json").open("a") as file:
        file.write("{not JSON\n")
    (made / "some.bib").write_text(
        "@article{a, title={Of a bibliography and its entry}, author={Doe, Jane}, year={2020}, file={own.pdf}}\n"
        "@article{b, title={On the alpha 0}, eprint={2401.00000}, archiveprefix={arXiv}, doi={10.1000/alpha}}\n"
    )
    page = [f"This sentence is number {number} of the text of a small paper." for number in range(30)]
    write_pdf(made / "own.pdf", lines(72, 72, ["Of a bibliography and its entry"], size=18) + lines(72, 120, page))
    write_pdf(made / "other.pdf", lines(72, 72, ["A paper of its own accord"], size=18) + lines(72, 120, page[::-1]))
    (made / "broken.pdf").write_bytes((DATA / "pdf_faults" / "blank.pdf").read_bytes())
    (made / "notes.txt").write_text("This is of no format.\n")
    return made


def test_the_library_and_the_report_are_those_of_the_local_path(
    cluster: RayCluster, folder: Path, tmp_path: Path
) -> None:
    done = ingest(tmp_path / "ray", folder, cluster=cluster)
    local = ingest(tmp_path / "local", folder)
    assert same(done, local)
    assert done.added > 150
    assert len(done.failed) == 4
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    again = ingest(tmp_path / "ray", folder, cluster=cluster)
    assert (again.added, again.updated, again.unchanged) == (0, 0, done.added + done.updated + done.unchanged)

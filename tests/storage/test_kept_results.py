"""What is read from papers is kept until their texts, or the version of the reading, change."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from paperchat.storage.kept_results import KeptReading
from paperchat.storage.library import Library
from paperchat.types import Paper
from support import add_papers

pytestmark = pytest.mark.both_databases

OWLS = Paper(title="On owls", abstract="Owls score 71.5.", arxiv_id="2401.00001", version=1)
CATS = Paper(title="On cats", abstract="Cats score 68.0.", arxiv_id="2401.00002", version=1)
OWL_ID, CAT_ID = "arxiv:2401.00001", "arxiv:2401.00002"


def keep(library: Library, paper_ids: Sequence[str]) -> None:
    sources = library.kept_results.sources(paper_ids)
    readings = {paper_id: KeptReading(sources[paper_id], {"of": paper_id}) for paper_id in paper_ids}
    library.kept_results.keep(readings, reader="1")


def kept(library: Library, *, reader: str = "1") -> dict[str, object]:
    found = library.kept_results.get([OWL_ID, CAT_ID], reader=reader)
    return {paper_id: one.body["of"] for paper_id, one in found.items()}


def test_readings_are_kept_until_their_paper_changes(library: Library) -> None:
    add_papers(library, OWLS, CATS)
    keep(library, [OWL_ID, CAT_ID])
    keep(library, [OWL_ID])
    assert kept(library) == {OWL_ID: OWL_ID, CAT_ID: CAT_ID}
    assert kept(library, reader="2") == {}
    add_papers(library, Paper(title="On owls", abstract="Owls score 72.5.", arxiv_id="2401.00001", version=2))
    assert kept(library) == {CAT_ID: CAT_ID}
    keep(library, [OWL_ID])
    assert kept(library) == {OWL_ID: OWL_ID, CAT_ID: CAT_ID}
    library.remove([OWL_ID])
    assert kept(library) == {CAT_ID: CAT_ID}
    assert library.doctor().problems == ()


def test_a_reading_of_what_was_changed_or_removed_meanwhile_is_not_kept(library: Library) -> None:
    add_papers(library, OWLS, CATS)
    sources = library.kept_results.sources([OWL_ID, CAT_ID])
    add_papers(library, Paper(title="On owls at night", abstract=OWLS.abstract, arxiv_id="2401.00001", version=2))
    library.remove([CAT_ID])
    readings = {paper_id: KeptReading(source, {"of": paper_id}) for paper_id, source in sources.items()}
    library.kept_results.keep(readings, reader="1")
    assert kept(library) == {}

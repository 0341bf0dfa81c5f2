"""The library's list, a paper's page and uploads, without Gradio."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from paperchat import Filters, PaperChat
from paperchat.access.auth import Anonymous
from paperchat.access.permissions import Permissions
from paperchat.access.quotas import MAX_FILES, MAX_LOCATIONS
from paperchat.access.visitor_sources import parse_locations, store_uploads
from paperchat.errors import UsageError
from paperchat.storage.catalogue import utc_now
from paperchat.types import Paper
from paperchat.ui.library_tab import Listing, find_papers, listing_facets, listing_html, set_order
from paperchat.ui.paper_panel import code_links, paper_html, similar_papers
from paperchat.ui.reader.paper_states import PaperTools
from paperchat.ui.upload import ingest_uploads

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    with PaperChat.open(tmp_path_factory.mktemp("day")) as pc:
        pc.ingest(DATA / "daily" / "2025-10-22.json", pdfs=False)
        yield pc


def test_the_list_is_by_day_until_something_is_searched(sample: PaperChat) -> None:
    assert 'class="day"' in listing_html(sample, Listing())
    searched = Listing(query="laboratory safety")
    assert find_papers(sample, searched).papers[0].stored.paper.title.startswith("LabSafety Bench")
    assert 'class="day"' not in listing_html(sample, searched)
    assert 'aria-pressed="true" data-do="order" data-order=""' in listing_html(sample, searched)


def test_what_was_found_can_be_put_in_another_order(sample: PaperChat) -> None:
    listing = set_order(Listing(query="laboratory safety"), {"order": "title"})
    titles = [one.stored.paper.title for one in find_papers(sample, listing).papers]
    assert titles == sorted(titles)
    assert set_order(listing, {"order": ""}).order is None
    assert set_order(listing, {"order": "sideways"}).order is None


def test_a_search_shows_what_matches_with_the_words_marked(sample: PaperChat) -> None:
    assert "41 papers</p>" in listing_html(sample, Listing())
    assert "No paper matches “zzzzqqq”." in listing_html(sample, Listing(query="zzzzqqq"))
    shown = listing_html(sample, Listing(query="laborator safe"))
    assert shown.count("<li>") < 10
    assert "<mark>Safety</mark>" in shown
    assert "<mark>Laboratory</mark>" in shown
    found = find_papers(sample, Listing(query="the language models"))
    assert len(found.papers) == found.total < 41
    assert any(found.excerpts.values())
    assert all(found.words and (not text or found.words.spans(text)) for text in found.excerpts.values())
    near = find_papers(sample, Listing(query="an assistant that works in a chemistry laboratory zzzzqqq"))
    assert near.near
    assert near.papers[0].stored.paper.title.startswith("LabSafety Bench")


def test_a_search_finds_authors_and_ids(day: PaperChat) -> None:
    paper = find_papers(day, Listing()).papers[0].stored.paper
    assert [one.stored.paper for one in find_papers(day, Listing(query=paper.arxiv_id)).papers] == [paper]
    by_author = find_papers(day, Listing(query=paper.authors[0], order="title")).papers
    assert paper in [one.stored.paper for one in by_author]


def test_a_search_finds_full_texts(pdf_library: PaperChat) -> None:
    found = find_papers(pdf_library, Listing(query="beautiful phenomena"))
    assert [one.stored.paper.title.partition(":")[0] for one in found.papers] == ["The Beauty Everywhere"]
    assert not found.near
    assert "phenomena" in found.excerpts[found.papers[0].stored.paper_id]


def test_facets_count_all_papers_and_those_that_a_search_finds(day: PaperChat) -> None:
    everything = listing_facets(day, Listing())
    assert everything.papers == day.status().papers
    (author, count) = everything.authors[0]
    within = Listing(filters=Filters(authors=(author,)))
    assert listing_facets(day, within).authors == everything.authors
    assert sum(found for _, found in listing_facets(day, within).years) == count
    assert listing_facets(day, Listing(query="language model")).papers < everything.papers


def test_more_is_shown_on_demand(sample: PaperChat) -> None:
    few = Listing(limit=10)
    assert listing_html(sample, few).count("<li>") == 10
    assert 'data-do="more"' in listing_html(sample, few)
    assert listing_html(sample, few.more()).count("<li>") == 41
    assert 'data-do="more"' not in listing_html(sample, few.more())


def test_papers_added_since_the_last_visit_are_new(sample: PaperChat) -> None:
    early, late = utc_now() - timedelta(days=1), utc_now() + timedelta(days=1)
    assert listing_html(sample, Listing(since=early)).count(">New</span>") == 41
    assert ">New</span>" not in listing_html(sample, Listing(since=late))
    assert ">New</span>" not in listing_html(sample, Listing())


def test_an_empty_or_invalid_listing_is_reported(sample: PaperChat) -> None:
    assert "No paper matches." in listing_html(sample, Listing(filters=Filters(authors=("Nobody",))))
    assert 'role="alert"' in listing_html(sample, Listing(filters=Filters(since="yesterday")))


def test_upvotes_and_code_are_shown_where_they_are_known(day: PaperChat) -> None:
    assert re.search(r'class="paper-tools" data-tools="arxiv:', listing_html(day, Listing()))
    tools = PaperTools(day, Permissions(Anonymous()))
    assert re.search(r'aria-label="Upvote, \d+ upvotes"', tools.html("", [one.paper_id for one in day.papers()]))
    pages = [paper_html(day, stored.paper_id) for stored in day.papers()]
    assert any(re.search(r'<a href="https://github[^"]+"[^>]*>Code</a>', page) for page in pages)
    assert all(">arXiv</a>" in page and ">PDF</a>" in page for page in pages)


def test_code_is_found_in_the_abstract() -> None:
    paper = Paper(
        title="T",
        abstract="Code: https://github.com/some/thing. See (https://some.github.io/page), not javascript:alert(1).",
        daily={"code": "https://github.com/some/thing", "project": "javascript:alert(2)"},
    )
    assert code_links(paper) == ["https://github.com/some/thing", "https://some.github.io/page"]


def test_a_papers_page_leads_to_others_like_it(sample: PaperChat) -> None:
    (hit,) = sample.search("LabSafety Bench", 1)
    near = similar_papers(sample, hit.paper)
    assert len(near) == 5
    assert hit.paper.paper_id not in {one.paper_id for one in near}
    page = paper_html(sample, hit.paper.paper_id)
    assert 'data-do="about"' in page
    assert 'data-confirm="Remove “LabSafety Bench' in page
    assert all(f'data-paper="{one.paper_id}"' in page for one in near)
    assert "no longer in the library" in paper_html(sample, "arxiv:0000.00000")


@pytest.mark.parametrize("text", ["/etc/passwd", "file:///etc/passwd", "../papers", "C:\\papers", "hello"])
def test_a_visitor_cannot_name_files_of_this_machine(text: str) -> None:
    with pytest.raises(UsageError, match="not an arXiv id, DOI or URL"):
        parse_locations(text)


def test_several_may_be_named_at_once() -> None:
    assert parse_locations(" 2410.14182, doi:10.1000/xyz\nhttps://example.org/a.pdf ") == [
        "2410.14182",
        "doi:10.1000/xyz",
        "https://example.org/a.pdf",
    ]


@pytest.mark.security
def test_papers_named_at_once_are_limited_in_number() -> None:
    named = " ".join(f"2410.{number:05}" for number in range(MAX_LOCATIONS + 1))
    with pytest.raises(UsageError, match="51 papers are too many: enter at most 50 at once"):
        parse_locations(named)


def test_uploads_are_limited_in_number_and_kind(tmp_path: Path) -> None:
    one = tmp_path / "one.pdf"
    one.write_bytes(b"%PDF-")
    program = tmp_path / "one.exe"
    program.write_bytes(b"MZ")
    with pytest.raises(UsageError, match="too many"):
        store_uploads([str(one)] * (MAX_FILES + 1), tmp_path / "uploads")
    with pytest.raises(UsageError, match="unsupported file type"):
        store_uploads([str(one), str(program)], tmp_path / "uploads")
    assert one.exists()


def test_uploads_are_ingested_and_failures_reported(tmp_path: Path) -> None:
    dropped = tmp_path / "dropped"
    shutil.copytree(DATA / "pdf", dropped)
    broken = dropped / "<b>broken.pdf"
    broken.write_bytes(b"This is not a PDF at all.")
    with PaperChat.open(tmp_path / "home") as pc:
        *_, report = ingest_uploads(pc, [str(file) for file in sorted(dropped.iterdir())], [])
        (stored, *_) = pc.papers()
        assert pc.page_image(stored.paper_id, 1).startswith(b"\x89PNG")
        assert {file.parents[1] for file in (tmp_path / "home" / "uploads").rglob("*.pdf")} == {
            tmp_path / "home" / "uploads"
        }
    assert "3 added" in report
    assert "Failed" in report
    assert "broken" in report
    assert "<b>" not in report
    assert str(tmp_path) not in report
    assert not list(dropped.iterdir())


def test_adding_papers_shows_how_many_and_can_be_stopped(tmp_path: Path) -> None:
    papers = [json.dumps({"title": f"Paper {number}", "abstract": f"Owls sleep {number}."}) for number in range(600)]
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(papers), encoding="utf-8")
    stopped, shown = threading.Event(), []
    with PaperChat.open(tmp_path / "home") as pc:
        for html in ingest_uploads(pc, [str(file)], [], stopped=stopped):
            shown.append(html)
            if read := re.search(r"Adding papers… (\d+) of (?:about )?(\d+)", html):
                assert 0 <= int(read[1]) <= int(read[2])
                if int(read[1]) and not stopped.is_set():
                    assert 'data-do="stop_adding"' in html
                    assert int(read[2]) > 128
                    stopped.set()
        added = pc.status().papers
    assert f"Stopped. <strong>{added} added" in shown[-1]
    assert 0 < added < 600

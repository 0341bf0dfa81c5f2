"""Linked PDFs: abstracts first, then the PDFs; what cannot be had is waited for, and asking works meanwhile."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from arxiv_feed import entry, feed
from scripted_server import Answer, Request, WebServer, client_of

from paperchat.ingest.pipeline import ingest
from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database
from paperchat.storage.library import Library
from paperchat.storage.pending_pdfs import MAX_TRIES
from paperchat.storage.schema import wanted_pdfs
from paperchat.types import Filters, IngestReport

PDF = (Path(__file__).parent.parent / "data" / "pdf" / "entropic_issues.pdf").read_bytes()
TITLE = "Entropic Issues in Likelihood-Based OOD Detection"
ID = "arxiv:2109.10794"
PAGE = {"title": TITLE, "abstract": "An abstract, as the page of the day has it."}
ON_ARXIV = entry("2109.10794", TITLE, author="Anthony L. Caterini", version=2)
IN_FULL = Filters(basis="full_text")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.jsonl"
    file.write_text(json.dumps(PAGE) + "\n", encoding="utf-8")
    return file


def add_papers(library: Library, server: WebServer, *places: str | Path, pdfs: bool | None = None) -> IngestReport:
    with client_of(server, library.home / "web", max_attempts=1) as client:
        return ingest(library, places, web=client, pdfs=pdfs)


def online(server: WebServer) -> None:
    server.on("/api/query", Answer(body=feed(ON_ARXIV)))
    server.on("/pdf/2109.10794v2", Answer(body=PDF))


def test_a_title_is_found_on_arxiv_and_its_pdf_read(library: Library, server: WebServer, page: Path) -> None:
    online(server)
    report = add_papers(library, server, page, pdfs=True)
    assert (report.papers, report.failed, report.waiting) == (1, (), 0)
    stored = library.paper(ID)
    assert (stored.paper.version, stored.paper.abstract) == (2, PAGE["abstract"])
    kept = library.full_texts.get(ID)
    assert kept is not None
    assert (kept.version, kept.source) == (2, f"{server.url}/pdf/2109.10794v2")
    assert library.lexical_search("likelihood ratios", 5, IN_FULL)
    asked = len(server.requests)
    again = add_papers(library, server, page, pdfs=True)
    assert (again.unchanged, again.waiting, len(server.requests)) == (1, 0, asked)


def test_a_file_of_abstracts_asks_nobody_by_itself(library: Library, server: WebServer, page: Path) -> None:
    online(server)
    add_papers(library, server, page)
    assert server.requests == []


def test_what_is_on_the_web_brings_its_pdf(library: Library, server: WebServer) -> None:
    online(server)
    assert add_papers(library, server, "arXiv:2109.10794", pdfs=False).passages == 1
    report = add_papers(library, server, "2109.10794v2")
    assert (report.added, report.papers, report.waiting) == (0, 1, 0)
    assert library.full_texts.get(ID) is not None


def test_offline_the_abstract_serves_until_the_next_run(library: Library, server: WebServer, page: Path) -> None:
    server.on("/api/query", Answer(status=503))
    report = add_papers(library, server, page, pdfs=True)
    assert (report.added, report.failed, report.waiting) == (1, (), 1)
    assert library.lexical_search("abstract of the day", 5)
    online(server)
    other = page.with_name("other.jsonl")
    other.write_text(json.dumps({"title": "Cats at night are asleep", "abstract": "Cats sleep."}), encoding="utf-8")
    assert add_papers(library, server, other, pdfs=False).waiting == 1
    report = add_papers(library, server, other)
    assert report.waiting == 0
    assert library.full_texts.get(ID) is not None


def test_a_pdf_that_is_not_there_is_told_once(library: Library, server: WebServer, page: Path) -> None:
    server.on("/api/query", Answer(body=feed(ON_ARXIV)))
    report = add_papers(library, server, page, pdfs=True)
    (failure,) = report.failed
    assert TITLE in failure.source
    assert report.waiting == 0
    assert library.paper(ID).paper.authors == ("Anthony L. Caterini",)
    assert add_papers(library, server, page, pdfs=True).failed == ()


def test_a_linked_pdf_that_is_broken_is_told_once(library: Library, server: WebServer, page: Path) -> None:
    online(server)
    server.on("/pdf/2109.10794v2", Answer(body=b"%PDF-1.7\nand no more"))
    (failure,) = add_papers(library, server, page, pdfs=True).failed
    assert TITLE in failure.source
    again = add_papers(library, server, page, pdfs=True)
    assert (again.failed, again.waiting, again.papers) == ((), 0, 1)


def test_a_newer_version_is_answered_from_and_the_older_can_be_shown(library: Library, server: WebServer) -> None:
    server.on("/api/query", Answer(body=feed(entry("2109.10794", TITLE, abstract="As it was first.", version=1))))
    server.on("/pdf/2109.10794v1", Answer(body=PDF))
    add_papers(library, server, "2109.10794")
    assert len(library.passages_of(ID)) > 10
    server.on("/api/query", Answer(body=feed(entry("2109.10794", TITLE, abstract="As it is now.", version=2))))
    add_papers(library, server, "2109.10794v2", pdfs=False)
    assert [passage.text for passage in library.passages_of(ID)] == ["As it is now."]
    shown = library.version(f"{ID}v1")
    assert shown is not None
    assert shown[1][0].text == "As it was first."
    assert len(shown[1]) > 10
    server.on("/pdf/2109.10794v2", Answer(body=PDF + b"\n% of the second version\n"))
    add_papers(library, server, "2109.10794v2")
    kept = library.full_texts.get(ID)
    assert kept is not None
    assert kept.version == 2
    assert library.doctor().problems == ()


def test_a_withdrawn_paper_is_flagged(library: Library, server: WebServer) -> None:
    comment = "This paper has been withdrawn by the authors"
    server.on("/api/query", Answer(body=feed(entry("2109.10794", TITLE, comment=comment, version=3))))
    add_papers(library, server, "2109.10794", pdfs=False)
    assert library.paper(ID).paper.withdrawn


def linking(file: Path, *addresses: str) -> Path:
    rows = [
        {"title": f"Paper number {at} links somewhere", "abstract": f"It is number {at}.", "pdf_url": address}
        for at, address in enumerate(addresses)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.mark.security
@pytest.mark.parametrize(
    "address",
    [
        f"http://{'a' * 300}.org/a.pdf",
        f"http://{'a.' * 150}org/a.pdf",
        "http://xn--/a.pdf",
        "http://xn--a/a.pdf",
        "http://exa mple.org/a.pdf",
        "http://exa%00mple.org/a.pdf",
        "http://[::1/a.pdf",
        "http://a..b/a.pdf",
        "javascript:alert(1)",
        "data:application/pdf;base64,JVBERi0=",
    ],
)
@pytest.mark.parametrize("redirected", [False, True])
def test_a_poison_link_is_one_failed_row(
    library: Library, server: WebServer, tmp_path: Path, address: str, redirected: bool
) -> None:
    if redirected:
        address = server.on("/redirect", Answer(status=302, headers={"Location": address}))
    good = server.on("/good.pdf", Answer(body=PDF))
    report = add_papers(library, server, linking(tmp_path / "links.jsonl", address, good), pdfs=True)
    assert (report.papers, report.waiting) == (2, 0)
    assert [failure.source.removeprefix("PDF of ") for failure in report.failed] == ["Paper number 0 links somewhere"]
    assert len(list(library.all_papers())) == 2
    again = add_papers(library, server, tmp_path / "links.jsonl", pdfs=True)
    assert (again.failed, again.waiting, again.unchanged) == ((), 0, 2)


@pytest.mark.security
def test_the_longest_host_that_there_may_be_is_waited_for(library: Library, server: WebServer, tmp_path: Path) -> None:
    file = linking(tmp_path / "links.jsonl", f"http://{'.'.join(['a' * 60] * 4)}.invalid/a.pdf")
    report = add_papers(library, server, file, pdfs=True)
    assert (report.papers, report.failed, report.waiting) == (1, (), 1)


@pytest.mark.security
@pytest.mark.parametrize("location", ["mailto:a@example.org", "http:a", "tel:1", "about:blank", "urn:x:y", "://", ""])
def test_a_redirect_to_nowhere_is_one_failed_row(
    library: Library, server: WebServer, tmp_path: Path, location: str
) -> None:
    address = server.on("/redirect", Answer(status=302, headers={"Location": location}))
    report = add_papers(library, server, linking(tmp_path / "links.jsonl", address), pdfs=True)
    assert (report.papers, len(report.failed), report.waiting) == (1, 1, 0)


@pytest.mark.security
def test_a_link_that_keeps_failing_is_tried_ever_less_often_and_then_given_up(
    library: Library, server: WebServer, tmp_path: Path
) -> None:
    file = linking(tmp_path / "links.jsonl", server.on("/down.pdf", Answer(status=503)))
    delays = []
    report = add_papers(library, server, file, pdfs=True)
    while report.waiting:
        assert report.failed == ()
        delays.append(until_due(library))
        report = add_papers(library, server, file)
    assert len(server.requests) == len(delays) + 1 == MAX_TRIES
    assert delays == sorted(delays)
    assert (delays[0], delays[1], sum(delays)) == (0, 1, 18 * 24 + 7)
    (failure,) = report.failed
    assert failure.reason.startswith("given up after 8 tries: 127.0.0.1 is temporarily unavailable (503)")
    assert add_papers(library, server, file, pdfs=True).failed == ()
    assert len(server.requests) == MAX_TRIES


@pytest.mark.security
def test_a_download_that_ended_its_run_is_postponed_in_the_next(
    library: Library, server: WebServer, page: Path
) -> None:
    add_papers(library, server, page, pdfs=False)
    (stored,) = library.all_papers()
    library.pending_pdfs.request([stored.paper_id])
    for _ in range(2):  # as two processes did that died while they fetched
        library.pending_pdfs.begin_try(stored.paper_id)
    report = add_papers(library, server, page)
    assert (server.requests, report.waiting) == ([], 1)


def test_a_run_that_is_stopped_waits_for_no_download(library: Library, server: WebServer, tmp_path: Path) -> None:
    stopped, asked, held = threading.Event(), threading.Event(), threading.Event()

    def hold(request: Request) -> Answer:  # noqa: ARG001
        asked.set()
        assert held.wait(60)
        return Answer(body=PDF)

    file = linking(tmp_path / "links.jsonl", server.on("/held.pdf", hold))
    with client_of(server, library.home / "web", max_attempts=1) as client, ThreadPoolExecutor() as pool:
        run = pool.submit(ingest, library, [file], web=client, pdfs=True, stopped=stopped)
        try:
            assert asked.wait(60)
            stopped.set()
            assert run.result(60).waiting == 1
        finally:
            held.set()


def test_what_a_stopped_run_has_downloaded_is_read_by_the_next(
    library: Library, server: WebServer, tmp_path: Path
) -> None:
    another = (Path(__file__).parent.parent / "data" / "pdf" / "yoshida23a.pdf").read_bytes()
    stopped = threading.Event()

    def stop(request: Request) -> Answer:  # noqa: ARG001
        stopped.set()
        return Answer(body=another)

    file = linking(tmp_path / "links.jsonl", server.on("/1.pdf", Answer(body=PDF)), server.on("/2.pdf", stop))
    with client_of(server, library.home / "web", max_attempts=1) as client:
        ingest(library, [file], web=client, pdfs=True, stopped=stopped)
    report = add_papers(library, server, file, pdfs=True)
    assert (report.failed, report.waiting) == ((), 0)
    assert all(library.full_texts.get(stored.paper_id) for stored in library.all_papers())


def until_due(library: Library) -> int:
    """Hours until a download is tried next, which then pass."""
    database = Database(library.home)
    with database.writing() as connection:
        (at,) = connection.execute(wanted_pdfs.select()).mappings()
        hours: int = round((at["next_try_at"] - at["tried_at"]) / timedelta(hours=1))
        connection.execute(wanted_pdfs.update().values(next_try_at=utc_now() - timedelta(seconds=1)))
    database.close()
    return hours

from __future__ import annotations

import json
from pathlib import Path

import pytest
from arxiv_feed import WORDS, entry, feed, recorded
from scripted_server import PDF, Answer, WebServer, client_of, web_server

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.pdf_download import fetch_pdf
from paperchat.types import Paper

TITLE = "Reading Machines: A Measured Comparison"
ON_ARXIV = entry("2410.00001", TITLE, version=2)


def paths(server: WebServer) -> list[str]:
    return [request.path for request in server.requests]


@pytest.mark.parametrize(("version", "path"), [(2, "/pdf/2410.00001v2"), (0, "/pdf/2410.00001")])
def test_a_paper_of_arxiv(server: WebServer, client: WebClient, version: int, path: str) -> None:
    url = server.on(path, Answer(body=PDF))
    paper = Paper(title=TITLE, abstract=WORDS, arxiv_id="2410.00001", version=version, pdf_url="https://example.org/x")
    found = fetch_pdf(client, paper)
    assert found.path is not None
    assert found.path.read_bytes() == PDF
    assert (found.paper, found.url, paths(server)) == (paper, url, [path])


def test_an_old_id(server: WebServer, client: WebClient) -> None:
    server.on("/pdf/hep-th/9901001v1", Answer(body=PDF))
    paper = Paper(title=TITLE, abstract=WORDS, arxiv_id="hep-th/9901001", version=1)
    assert fetch_pdf(client, paper).path is not None


def test_a_version_is_fetched_once_and_for_all(server: WebServer, client: WebClient) -> None:
    server.on("/pdf/2410.00001v2", Answer(body=PDF))
    for _ in range(2):
        assert fetch_pdf(client, Paper(title=TITLE, abstract=WORDS, arxiv_id="2410.00001", version=2)).path
    assert len(server.requests) == 1


def test_a_paper_that_links_to_its_pdf(server: WebServer, client: WebClient) -> None:
    url = server.on("/files/a.pdf", Answer(body=PDF))
    paper = Paper(title=TITLE, pdf_url=url)
    found = fetch_pdf(client, paper)
    assert (found.paper, found.url, paths(server)) == (paper, url, ["/files/a.pdf"])
    assert found.path is not None


def test_a_title_alone_is_completed_by_arxiv(server: WebServer, client: WebClient) -> None:
    server.on("/api/query", Answer(body=feed(ON_ARXIV)))
    server.on("/pdf/2410.00001v2", Answer(body=PDF))
    found = fetch_pdf(client, Paper(title=TITLE.upper(), daily={"featured": "2024-10-20"}))
    assert found.path is not None
    assert found.paper.title == TITLE.upper()
    assert (found.paper.arxiv_id, found.paper.version, found.paper.abstract) == ("2410.00001", 2, WORDS)
    assert (found.paper.authors, found.paper.categories) == (("Ada Lovelace",), ("cs.CL",))
    assert found.paper.date == "2024-10-18"
    assert found.paper.daily == {"featured": "2024-10-20"}


def test_a_title_that_is_not_on_arxiv(server: WebServer, client: WebClient) -> None:
    server.on("/api/query", Answer(body=recorded("arxiv/unknown_id.xml")))
    found = fetch_pdf(client, Paper(title=TITLE))
    assert (found.path, found.retry_later) == (None, False)
    assert found.reason == "the address of its PDF is unknown, and arXiv has no paper with this title"


def test_what_was_found_is_kept_where_the_pdf_cannot_be_had(server: WebServer, client: WebClient) -> None:
    server.on("/api/query", Answer(body=feed(ON_ARXIV)))
    server.on("/pdf/2410.00001v2", Answer(status=500))
    found = fetch_pdf(client, Paper(title=TITLE))
    assert (found.path, found.retry_later, found.paper.abstract) == (None, True, WORDS)
    assert found.reason == "127.0.0.1 is temporarily unavailable (500): ingest again later"


@pytest.mark.parametrize(
    ("answer", "retry_later", "reason"),
    [
        (Answer(status=404), False, "there is nothing at this address (127.0.0.1 answered 404)"),
        (Answer(body=b"<html><body>Paywall</body></html>"), False, "a web page (HTML) was returned instead of a PDF"),
        (Answer(status=503), True, "127.0.0.1 is temporarily unavailable (503): ingest again later"),
    ],
)
def test_what_cannot_be_had_is_told_with_whether_to_try_again(
    server: WebServer, client: WebClient, answer: Answer, retry_later: bool, reason: str
) -> None:
    paper = Paper(title=TITLE, abstract=WORDS, pdf_url=server.on("/a.pdf", answer))
    found = fetch_pdf(client, paper)
    assert (found.paper, found.path, found.retry_later, found.reason) == (paper, None, retry_later, reason)


@pytest.mark.parametrize("known", [True, False])
def test_a_withdrawn_paper_has_no_pdf(server: WebServer, client: WebClient, known: bool) -> None:
    gone = entry("2410.00001", TITLE, comment="This paper has been withdrawn by the author")
    server.on("/api/query", Answer(body=feed(gone)))
    paper = Paper(title=TITLE, abstract=WORDS, arxiv_id="2410.00001", withdrawn=True) if known else Paper(title=TITLE)
    found = fetch_pdf(client, paper)
    assert (found.path, found.retry_later, found.paper.withdrawn) == (None, False, True)
    assert found.reason == "the paper has been withdrawn, so arXiv has no PDF of it"


def test_an_entry_with_an_arxiv_id_gets_its_abstract(server: WebServer, client: WebClient) -> None:
    server.on("/api/query", Answer(body=feed(ON_ARXIV)))
    server.on("/pdf/2410.00001v2", Answer(body=PDF))
    found = fetch_pdf(client, Paper(title="Reading machines", arxiv_id="2410.00001"))
    assert (found.paper.title, found.paper.abstract) == ("Reading machines", WORDS)


def test_an_entry_with_a_doi_gets_its_abstract_and_the_preprints_pdf(server: WebServer, client: WebClient) -> None:
    record = {"title": TITLE, "abstract": WORDS, "author": [{"given": "A.", "family": "Lovelace"}]}
    server.on("/doi/10.1000/182", Answer(body=json.dumps(record).encode()))
    server.on("/api/query", Answer(body=feed(ON_ARXIV)))
    server.on("/pdf/2410.00001v2", Answer(body=PDF))
    found = fetch_pdf(client, Paper(title=TITLE, doi="10.1000/182"))
    assert found.path is not None
    assert (found.paper.abstract, found.paper.authors) == (WORDS, ("A. Lovelace",))
    assert (found.paper.doi, found.paper.arxiv_id) == ("10.1000/182", "2410.00001")


def test_a_missing_abstract_is_worth_another_try(server: WebServer, client: WebClient) -> None:
    server.on("/doi/10.1000/182", Answer(status=502))
    paper = Paper(title=TITLE, doi="10.1000/182", pdf_url=server.on("/a.pdf", Answer(status=404)))
    found = fetch_pdf(client, paper)
    assert (found.path, found.retry_later) == (None, True)


def test_forty_titles_without_the_web_are_done_with_one_look(tmp_path: Path) -> None:
    with web_server() as gone:
        services = gone
    with client_of(services, tmp_path / "cache") as client:
        found = [fetch_pdf(client, Paper(title=f"{TITLE} {number}")) for number in range(40)]
    assert {(one.path, one.retry_later) for one in found} == {(None, True)}
    assert {one.reason for one in found} == {"127.0.0.1 cannot be reached: check the network, then ingest again"}

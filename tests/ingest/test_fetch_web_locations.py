from __future__ import annotations

import json
from pathlib import Path

import pytest
from arxiv_feed import WORDS, entry, feed, recorded
from scripted_server import PDF, Answer, Request, WebServer

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.web_locations import is_web_location, read_web_location
from paperchat.ingest.items import PdfFile
from paperchat.types import Failure, Paper


@pytest.mark.parametrize(
    "location",
    [
        "https://arxiv.org/abs/2410.14182",
        "HTTP://example.org/a.pdf",
        "ftp://example.org/a.pdf",
        "file:///etc/passwd",
        "www.example.org/a.pdf",
        "arxiv.org/abs/2410.14182",
        "arxiv.org/list/cs.CL/recent",
        "huggingface.co/papers",
        "2410.14182",
        "2410.14182v2",
        "hep-th/9901001",
        "arXiv:2410.14182",
        "arxiv:cat:cs.CL AND ti:retrieval",
        "arxiv:",
        "daily:2025-10-22",
        "doi:10.1000/182",
        "10.1000/182",
        " https://doi.org/10.1000/182 ",
    ],
)
def test_what_speaks_of_the_web(location: str) -> None:
    assert is_web_location(location)


@pytest.mark.parametrize(
    "location", ["", "papers", "papers.bib", "./daily", "C:\\papers\\a.pdf", "~/arxiv.org", "2410.pdf", "a/b", "daily"]
)
def test_what_does_not(location: str) -> None:
    assert not is_web_location(location)


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("2410.14182", "2410.14182"),
        ("arXiv:2410.14182v2", "2410.14182v2"),
        ("https://arxiv.org/abs/2410.14182v2", "2410.14182v2"),
        ("https://arxiv.org/pdf/2410.14182v2.pdf", "2410.14182v2"),
        ("https://arxiv.org/html/2410.14182v2#S2", "2410.14182v2"),
        ("https://export.arxiv.org/abs/hep-th/9901001", "hep-th/9901001"),
        ("https://doi.org/10.48550/arXiv.2410.14182", "2410.14182"),
        ("https://huggingface.co/papers/2410.14182#community", "2410.14182"),
        ("hf.co/papers/2410.14182?x=1", "2410.14182"),
    ],
)
def test_a_paper_of_arxiv_however_it_is_named(server: WebServer, client: WebClient, location: str, asked: str) -> None:
    arxiv_id = asked.partition("v")[0]
    server.on("/api/query", Answer(body=feed(entry(arxiv_id, "A Paper", version=2))))
    (paper,) = read_web_location(client, location)
    assert isinstance(paper, Paper)
    assert (paper.arxiv_id, paper.version) == (arxiv_id, 2)
    assert [request.query["id_list"] for request in server.requests] == [asked]


def test_an_id_that_arxiv_does_not_know(server: WebServer, client: WebClient) -> None:
    server.on("/api/query", Answer(body=recorded("arxiv/unknown_id.xml")))
    assert [item.reason for item in read_web_location(client, "2410.99999") if isinstance(item, Failure)] == [
        "arXiv has no paper with this id"
    ]


def test_a_query_gives_as_many_as_are_wanted(server: WebServer, client: WebClient) -> None:
    def answering(request: Request) -> Answer:
        start, max_results = int(request.query["start"]), int(request.query["max_results"])
        return Answer(
            body=feed(*(entry(f"2410.{n:05}", f"Paper {n}") for n in range(start, start + max_results)), total=900)
        )

    server.on("/api/query", answering)
    assert len(list(read_web_location(client, "arxiv:retrieval augmented"))) == 100
    assert len(list(read_web_location(client, "arxiv: cat:cs.CL", max_results=130))) == 130
    assert [one.query["search_query"] for one in server.requests] == [
        "all:retrieval AND all:augmented",
        "cat:cs.CL",
        "cat:cs.CL",
    ]


@pytest.mark.parametrize(
    "location",
    [
        "daily:2025-10-22",
        "DAILY: 2025-10-22",
        "https://huggingface.co/papers/date/2025-10-22",
        "https://huggingface.co/papers?date=2025-10-22",
    ],
)
def test_a_day_of_the_daily_papers(server: WebServer, client: WebClient, location: str) -> None:
    server.on("/api/daily_papers", Answer(body=recorded("daily/2025-10-22.json")))
    assert [type(item) for item in read_web_location(client, location)] == [Paper, Paper]
    assert server.requests[0].query["date"] == "2025-10-22"


@pytest.mark.parametrize("location", ["doi:10.1000/182", "10.1000/182", "https://doi.org/10.1000/182"])
def test_a_doi(server: WebServer, client: WebClient, location: str) -> None:
    server.on("/doi/10.1000/182", Answer(body=json.dumps({"title": "A Paper", "abstract": WORDS}).encode()))
    (paper,) = read_web_location(client, location)
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract) == ("A Paper", WORDS)


def test_the_address_of_a_pdf(server: WebServer, client: WebClient) -> None:
    url = server.on("/download", Answer(body=PDF, headers={"Content-Type": "text/html"}))
    (file,) = read_web_location(client, url)
    assert isinstance(file, PdfFile)
    assert (file.path.read_bytes(), file.where, file.origin, file.metadata) == (PDF, url, url, None)


@pytest.mark.parametrize("name", ["daily/2025-10-22.json", "arxiv/two_entries.xml", "arxiv_abstracts.jsonl"])
def test_the_address_of_papers_in_a_format_that_files_have(server: WebServer, client: WebClient, name: str) -> None:
    url = server.on(f"/{name}", Answer(body=recorded(name)))
    papers = [item for item in read_web_location(client, url) if isinstance(item, Paper)]
    assert len(papers) >= 2


def test_the_name_of_a_file_tells_its_day_on_the_web_too(server: WebServer, client: WebClient) -> None:
    body = json.dumps([{"paper": {"id": "2501.00001", "title": "A Paper"}}]).encode()
    (paper,) = read_web_location(client, server.on("/days/2025-01-10.json", Answer(body=body)) + "?download=true")
    assert isinstance(paper, Paper)
    assert paper.daily["featured"] == "2025-01-10"


def test_failures_name_the_address(server: WebServer, client: WebClient) -> None:
    lines = b'{"title": "A Paper", "abstract": "We read."}\nnonsense\n'
    url = server.on("/papers.jsonl", Answer(body=lines))
    assert [item for item in read_web_location(client, url) if isinstance(item, Failure)] == [
        Failure(source=f"{url} line 2", reason="is not JSON")
    ]
    url = server.on("/page", Answer(body=b"<html><body>Hello</body></html>"))
    (failure,) = read_web_location(client, url)
    assert isinstance(failure, Failure)
    assert failure.source == url
    assert failure.reason.startswith("not a format paperchat reads")


def test_a_bibliography_from_the_web_opens_no_file_of_this_machine(
    server: WebServer, client: WebClient, tmp_path: Path
) -> None:
    private = tmp_path / "private.pdf"
    private.write_bytes(PDF)
    bibliography = f"@article{{a, title={{A Paper on Reading}}, author={{Lovelace, Ada}}, file={{{private}}}}}"
    items = list(read_web_location(client, server.on("/refs.bib", Answer(body=bibliography.encode()))))
    assert [type(item) for item in items] == [Paper, Failure]
    assert isinstance(items[1], Failure)
    assert items[1].reason == "an entry names a PDF, which was not read: give the PDFs themselves, too"


def test_a_page_that_only_speaks_of_captchas(server: WebServer, client: WebClient) -> None:
    page = b'<html><head><title>Papers</title><script>{"captchaApiKey": "x"}</script></head><body></body></html>'
    (failure,) = read_web_location(client, server.on("/page", Answer(body=page)))
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("not a format paperchat reads")


def test_the_page_for_robots(server: WebServer, client: WebClient) -> None:
    url = server.on("/papers.jsonl", Answer(body=recorded("arxiv/captcha.html")))
    (failure,) = read_web_location(client, url)
    assert isinstance(failure, Failure)
    assert "blocks automated access" in failure.reason


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "only http and https addresses are fetched"),
        ("arxiv:", "the arXiv query is empty"),
        ("arxiv: ?!", "the arXiv query is empty"),
        ("daily:tomorrow", "is not a day or a range"),
        ("doi:nonsense", "is not a DOI"),
        ("http://", "is not a valid web address"),
    ],
)
def test_what_cannot_be_meant_is_a_failure(client: WebClient, location: str, reason: str) -> None:
    (failure,) = read_web_location(client, location)
    assert isinstance(failure, Failure)
    assert failure.source == location
    assert reason in failure.reason


def test_nothing_is_fetched_before_it_is_asked_for(server: WebServer, client: WebClient) -> None:
    read_web_location(client, server.on("/a.pdf", Answer(body=PDF)))
    assert server.requests == []

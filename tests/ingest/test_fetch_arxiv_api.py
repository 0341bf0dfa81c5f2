from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from arxiv_feed import WORDS, entry, feed, paged, recorded
from scripted_server import Answer, Request, WebServer, client_of

from paperchat.ingest.fetch.arxiv_api import build_query, fetch_by_ids, find_by_title, search_arxiv
from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.errors import PermanentFetchError, TemporaryFetchError
from paperchat.types import Failure, Paper

API = "/api/query"
TITLE = "Reading Machines: A Measured Comparison"


@pytest.fixture
def client(server: WebServer, tmp_path: Path) -> Iterator[WebClient]:
    with client_of(server, tmp_path / "cache", max_attempts=2) as client:
        yield client


def many(count: int) -> list[str]:
    return [entry(f"2410.{number:05}", f"Paper {number}") for number in range(1, count + 1)]


def test_a_recorded_answer_for_one_id(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=recorded("web/one_id.xml")))
    (paper,) = fetch_by_ids(client, ["1605.08386"])
    assert isinstance(paper, Paper)
    assert (paper.arxiv_id, paper.title) == ("1605.08386", "Heat-bath random walks with Markov bases")
    assert server.requests[0].query == {"id_list": "1605.08386", "max_results": "1"}
    assert list(fetch_by_ids(client, ["1605.08386"])) == [paper]
    assert len(server.requests) == 1  # arXiv asks for answers to be kept for the day


def test_an_id_that_arxiv_does_not_know(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=recorded("arxiv/unknown_id.xml")))
    assert list(fetch_by_ids(client, ["1999.00001"])) == [
        Failure(source="1999.00001", reason="arXiv has no paper with this id")
    ]


def test_many_ids_keep_their_order_and_versions(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=feed(entry("2410.00002", "Two", version=3), entry("2410.00001", "One"))))
    first, second, third = fetch_by_ids(client, ["2410.00001v2", "2410.00001", "2410.00002v3"])
    assert isinstance(first, Failure)
    assert isinstance(second, Paper)
    assert isinstance(third, Paper)
    assert (second.title, third.title, third.version) == ("One", "Two", 3)
    assert server.requests[0].query["id_list"] == "2410.00001v2,2410.00001,2410.00002v3"


def test_one_bad_id_does_not_spoil_the_others(server: WebServer, client: WebClient) -> None:
    def answering(request: Request) -> Answer:
        ids = request.query["id_list"].split(",")
        if "abc" in ids:
            return Answer(status=400, body=recorded("arxiv/bad_id.xml"))
        return Answer(body=feed(*(entry(one, f"Paper {one}") for one in ids)))

    server.on(API, answering)
    items = list(fetch_by_ids(client, ["2410.00001", "abc", "2410.00003"]))
    assert [item.arxiv_id if isinstance(item, Paper) else item for item in items] == [
        "2410.00001",
        Failure(source="abc", reason="arXiv answered with an error: incorrect id format for abc"),
        "2410.00003",
    ]


def test_the_page_for_robots_is_said_to_be_one_and_arxiv_is_left_alone(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=recorded("arxiv/captcha.html")))
    for _ in range(2):
        with pytest.raises(TemporaryFetchError, match="blocks automated access"):
            list(fetch_by_ids(client, ["2410.00001"]))
    assert len(server.requests) == 1


def test_an_answer_of_something_else_is_not_kept(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=b"<html><body>Maintenance</body></html>"), Answer(body=feed(entry("2410.00001", "One"))))
    with pytest.raises(TemporaryFetchError, match="something other than an API response"):
        list(fetch_by_ids(client, ["2410.00001"]))
    assert len(list(fetch_by_ids(client, ["2410.00001"]))) == 1


@pytest.mark.parametrize(
    ("max_results", "pages"),
    [(250, [("0", "100"), ("100", "100"), ("200", "50")]), (100, [("0", "100")]), (2, [("0", "2")])],
)
def test_a_query_goes_from_page_to_page_until_it_has_enough(
    server: WebServer, client: WebClient, max_results: int, pages: list[tuple[str, str]]
) -> None:
    server.on(API, paged(many(300)))
    items = list(search_arxiv(client, "cat:cs.CL", max_results))
    assert [item.title for item in items if isinstance(item, Paper)] == [
        f"Paper {n}" for n in range(1, max_results + 1)
    ]
    assert [(one.query["start"], one.query["max_results"]) for one in server.requests] == pages
    assert {one.query["search_query"] for one in server.requests} == {"cat:cs.CL"}


@pytest.mark.parametrize("count", [1, 100, 101])
def test_a_query_ends_with_its_results(server: WebServer, client: WebClient, count: int) -> None:
    server.on(API, paged(many(count)))
    assert len(list(search_arxiv(client, "cat:cs.CL", 1_000))) == count
    assert len(server.requests) == (count + 99) // 100


def test_a_recorded_page_with_more_results_than_it_holds(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=recorded("web/testing.xml")))
    papers = list(search_arxiv(client, "testing", 5))
    assert [paper.arxiv_id for paper in papers if isinstance(paper, Paper)][:2] == ["2202.12139", "2405.13786"]
    assert server.requests[0].query == {"search_query": "all:testing", "start": "0", "max_results": "5"}


def test_results_are_there_before_the_next_page_is_asked_for(server: WebServer, client: WebClient) -> None:
    server.on(API, paged(many(300)))
    results = search_arxiv(client, "cat:cs.CL", 300)
    next(results)
    assert len(server.requests) == 1


def test_an_empty_page_in_between_is_asked_for_again(server: WebServer, client: WebClient) -> None:
    pages = paged(many(150))
    server.on(API, pages, Answer(body=feed(total=150)), pages)
    assert len(list(search_arxiv(client, "cat:cs.CL", 150))) == 150
    assert [one.query["start"] for one in server.requests] == ["0", "100", "100"]


def test_pages_that_stay_empty_are_an_error_after_what_came(server: WebServer, client: WebClient) -> None:
    server.on(API, paged(many(150)), Answer(body=feed(total=150)))
    results = search_arxiv(client, "cat:cs.CL", 150)
    assert [next(results) for _ in range(100)]
    with pytest.raises(TemporaryFetchError, match="arXiv returned 100 of 150 results, then empty pages"):
        next(results)


def test_a_paper_on_two_pages_is_given_once(server: WebServer, client: WebClient) -> None:
    papers = many(101)
    server.on(API, paged([*papers[:100], papers[99], papers[100]]))
    assert len(list(search_arxiv(client, "cat:cs.CL", 200))) == 101


def test_a_query_that_finds_nothing(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=recorded("arxiv/unknown_id.xml")))
    assert list(search_arxiv(client, "cat:cs.XX", 10)) == [
        Failure(source="arxiv:cat:cs.XX", reason="arXiv found nothing for this query")
    ]


def test_a_query_that_arxiv_does_not_understand(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(status=400, body=recorded("arxiv/bad_id.xml")))
    with pytest.raises(PermanentFetchError, match=r"^arXiv answered with an error: incorrect id format for abc$"):
        list(search_arxiv(client, "cat:(", 10))


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("cat:cs.CL AND ti:retrieval", "cat:cs.CL AND ti:retrieval"),
        ("au:del_maestro ANDNOT ti:checkerboard", "au:del_maestro ANDNOT ti:checkerboard"),
        ("retrieval", "all:retrieval"),
        ("  retrieval augmented  generation ", "all:retrieval AND all:augmented AND all:generation"),
        ('"retrieval augmented" medicine', 'all:"retrieval augmented" AND all:medicine'),
        ("GPT-4 & (safety)", 'all:"gpt 4" AND all:safety'),
        ("Schrödinger's cat", 'all:"schrodinger s" AND all:cat'),
        (" ?! ", ""),
    ],
)
def test_words_become_a_query(text: str, search: str) -> None:
    assert build_query(text) == search


def test_a_paper_is_found_by_its_title(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=feed(entry("2410.00009", "Other Machines"), entry("2410.00001", TITLE.upper() + "."))))
    found = find_by_title(client, Paper(title=TITLE))
    assert found is not None
    assert found.arxiv_id == "2410.00001"
    assert server.requests[0].query["search_query"] == 'ti:"reading machines a measured comparison"'


def test_a_title_with_formulas_is_looked_for_by_its_other_words(server: WebServer, client: WebClient) -> None:
    found_by_words = feed(entry("2410.00001", r"A$^2$RD: Agentic Autoregressive Diffusion for $\alpha$-Video"))
    server.on(API, Answer(body=feed()), Answer(body=found_by_words))
    found = find_by_title(client, Paper(title="A^2RD: Agentic Autoregressive Diffusion for α-Video"))
    assert found is not None
    assert [one.query["search_query"] for one in server.requests] == [
        'ti:"a2rd agentic autoregressive diffusion for alpha video"',
        "ti:autoregressive AND ti:diffusion AND ti:agentic AND ti:alpha AND ti:video AND ti:for",
    ]


def test_a_title_that_arxiv_does_not_have(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=feed(entry("2410.00001", f"{TITLE} of Writing Machines"))))
    assert find_by_title(client, Paper(title=TITLE, abstract=WORDS)) is None

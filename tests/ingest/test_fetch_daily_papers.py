from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from arxiv_feed import recorded
from scripted_server import Answer, Request, WebServer

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.daily_papers import fetch_daily_papers
from paperchat.ingest.fetch.errors import PermanentFetchError
from paperchat.types import Failure, Paper

API = "/api/daily_papers"


def listed(count: int, *, first: int = 1) -> bytes:
    papers = [{"id": f"2501.{n:05}", "title": f"Paper {n}", "summary": "…"} for n in range(first, first + count)]
    return json.dumps([{"paper": paper, "title": paper["title"]} for paper in papers]).encode()


def test_a_day(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=recorded("daily/2025-10-22.json")))
    papers = list(fetch_daily_papers(client, "2025-10-22"))
    assert next(paper.arxiv_id for paper in papers if isinstance(paper, Paper)) == "2510.14264"
    assert len(papers) == 2
    assert server.requests[0].query == {"date": "2025-10-22", "limit": "100"}


def test_the_day_is_kept_where_the_records_do_not_tell_it(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=listed(1)))
    (paper,) = fetch_daily_papers(client, "2025-01-10")
    assert isinstance(paper, Paper)
    assert paper.daily["featured"] == "2025-01-10"


def test_a_range_is_asked_for_day_by_day_and_its_empty_days_are_fine(server: WebServer, client: WebClient) -> None:
    def answering(request: Request) -> Answer:
        return Answer(body=b"[]" if request.query["date"] in ("2025-01-11", "2025-01-12") else listed(2))

    server.on(API, answering)
    items = fetch_daily_papers(client, " 2025-01-10 .. 2025-01-13 ")
    assert isinstance(next(items), Paper)
    assert [request.query["date"] for request in server.requests] == ["2025-01-10"]
    assert len([item for item in items if isinstance(item, Paper)]) == 3
    assert [request.query["date"] for request in server.requests] == [f"2025-01-{day}" for day in range(10, 14)]


def test_a_day_with_more_papers_than_one_answer_holds(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=listed(100)), Answer(body=listed(7, first=101)))
    assert len(list(fetch_daily_papers(client, "2025-01-10"))) == 107
    assert [request.query.get("p") for request in server.requests] == [None, "1"]


def test_only_empty_days_are_said_to_be_empty(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=b"[]"))
    assert list(fetch_daily_papers(client, "2025-01-11..2025-01-12")) == [
        Failure(
            source="daily:2025-01-11..2025-01-12", reason="no Daily Papers are listed; weekends and holidays have none"
        )
    ]


def test_an_entry_that_cannot_be_read_is_named_with_its_day(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=b'[{"paper": {"id": "2501.00001"}}]'))
    assert list(fetch_daily_papers(client, "2025-01-10")) == [
        Failure(source="daily:2025-01-10 entry 1", reason="the record has no title")
    ]


def test_where_the_service_goes_away_the_rest_of_the_range_is_one_failure(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=listed(1)), Answer(status=500))
    *papers, failure = fetch_daily_papers(client, "2025-01-10..2025-01-31")
    assert len(papers) == 1
    assert isinstance(failure, Failure)
    assert failure.source == "daily:2025-01-11..2025-01-31"
    assert "ingest again later" in failure.reason


def test_a_day_that_is_refused_does_not_stop_the_others(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(status=400), Answer(body=listed(1)))
    refused, paper = fetch_daily_papers(client, "2025-01-10..2025-01-11")
    assert isinstance(refused, Failure)
    assert refused.source == "daily:2025-01-10"
    assert isinstance(paper, Paper)


def test_an_answer_that_is_no_list(server: WebServer, client: WebClient) -> None:
    server.on(API, Answer(body=b"<html><body>Sorry</body></html>"))
    (failure,) = fetch_daily_papers(client, "2025-01-10")
    assert isinstance(failure, Failure)
    assert "did not return a list" in failure.reason


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        ("", "is not a day or a range"),
        ("today", "is not a day or a range"),
        ("2025-02-30", "is not a day or a range"),
        ("2025-01-10..", "is not a day or a range"),
        ("2025-01-10...2025-01-11", "is not a day or a range"),
        ("2025-01-12..2025-01-10", "the range ends before it begins: write daily:2025-01-10..2025-01-12"),
        (str(datetime.now(UTC).date() + timedelta(days=3)), "is in the future"),
    ],
)
def test_ranges_that_cannot_be_meant(server: WebServer, client: WebClient, span: str, reason: str) -> None:
    with pytest.raises(PermanentFetchError, match=reason):
        list(fetch_daily_papers(client, span))
    assert server.requests == []

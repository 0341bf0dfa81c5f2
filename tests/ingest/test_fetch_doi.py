from __future__ import annotations

import json
from typing import Any

import pytest
from scripted_server import Answer, WebServer

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.doi import fetch_by_doi
from paperchat.ingest.fetch.errors import PermanentFetchError, TemporaryFetchError

DOI = "10.1000/j.example.2021(3)"
RECORD: dict[str, Any] = {
    "DOI": DOI,
    "title": "Reading <i>Machines</i>: CO<sub>2</sub> &amp; Time",
    "author": [{"given": "Ada", "family": "Lovelace"}, {"literal": "The Reading Group"}, {"family": "Hopper"}, "x"],
    "issued": {"date-parts": [[2021, 3, 9]]},
    "abstract": "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aim</jats:title><jats:p>We read\n "
    "<jats:italic>in vivo</jats:italic> at x &lt; 3.</jats:p></jats:sec>",
}


def serve(server: WebServer, **changes: Any) -> None:
    server.on("/doi/10.1000/j.example.2021(3)", Answer(body=json.dumps(RECORD | changes).encode()))


def test_what_a_doi_tells(server: WebServer, client: WebClient) -> None:
    serve(server)
    paper = fetch_by_doi(client, DOI)
    assert paper.title == "Reading Machines: CO2 & Time"
    assert paper.abstract == "Aim We read in vivo at x < 3."
    assert paper.authors == ("Ada Lovelace", "The Reading Group", "Hopper")
    assert (paper.doi, paper.date, paper.url) == (DOI, "2021-03-09", f"https://doi.org/{DOI}")
    assert not paper.withdrawn
    assert server.asked("Accept") == ["application/vnd.citationstyles.csl+json"]


@pytest.mark.parametrize(
    ("abstract", "kept"),
    [
        ("Abstract We read machines.", "We read machines."),
        ("Abstract: We read machines.", "We read machines."),
        ("Abstract machines are read.", "Abstract machines are read."),
        ("We show that a < b and c > d.", "We show that a < b and c > d."),
        (None, ""),
        (["x"], ""),
    ],
)
def test_abstracts(server: WebServer, client: WebClient, abstract: Any, kept: str) -> None:
    serve(server, abstract=abstract)
    assert fetch_by_doi(client, DOI).abstract == kept


@pytest.mark.parametrize(
    ("issued", "date"),
    [
        ({"date-parts": [[2021, 3]]}, "2021-03"),
        ({"date-parts": [["2021"]]}, "2021"),
        ({"date-parts": [[None]]}, ""),
        ({"date-parts": []}, ""),
        ("2021", ""),
        (None, ""),
    ],
)
def test_dates_are_as_exact_as_they_are_told(server: WebServer, client: WebClient, issued: Any, date: str) -> None:
    serve(server, issued=issued)
    assert fetch_by_doi(client, DOI).date == date


def test_a_retracted_article(server: WebServer, client: WebClient) -> None:
    serve(server, title=["RETRACTED: Reading Machines"])
    assert fetch_by_doi(client, DOI).withdrawn


@pytest.mark.parametrize(
    "body", [b"<html><body>An article</body></html>", b"[]", b"{}", b'{"title": []}', b"[" * 9_999]
)
def test_a_registry_that_gives_no_record(server: WebServer, client: WebClient, body: bytes) -> None:
    server.on("/doi/10.1000/j.example.2021(3)", Answer(body=body))
    with pytest.raises(PermanentFetchError, match="the DOI's registry has no record of it"):
        fetch_by_doi(client, DOI)


def test_a_doi_that_is_none_of_theirs(client: WebClient) -> None:
    with pytest.raises(PermanentFetchError, match="nothing at this address"):
        fetch_by_doi(client, DOI)


def test_a_registry_that_is_out_of_order(server: WebServer, client: WebClient) -> None:
    server.on("/doi/10.1000/j.example.2021(3)", Answer(status=503))
    with pytest.raises(TemporaryFetchError):
        fetch_by_doi(client, DOI)

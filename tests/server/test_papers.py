"""Papers over REST: lists by cursor, ETags, pages and where a quote is printed on them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_server import API, ApiServer, api_server, assert_problem

from paperchat import PaperChat

PDFS = Path(__file__).parents[1] / "data" / "pdf"
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def pdf_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    home = tmp_path_factory.mktemp("pdfs") / "library"
    with PaperChat.open(home) as chat:
        chat.ingest(PDFS)
    with api_server(home) as server:
        yield server


def test_all_papers_are_listed_once_in_parts_of_any_size(api: httpx.Client) -> None:
    whole = api.get(f"{API}/papers", params={"limit": 200}).json()
    assert whole["total"] == len(whole["papers"]) == 41
    assert whole["next"] is None
    for limit in (1, 7, 40, 41):
        cursor, listed = "", []
        while cursor is not None:
            part = api.get(f"{API}/papers", params={"limit": limit, "cursor": cursor}).json()
            listed += part["papers"]
            cursor = part["next"]
        assert listed == whole["papers"]


def test_a_list_goes_on_where_papers_were_removed_meanwhile(sample_copy: Path) -> None:
    with api_server(sample_copy) as server, server.client() as client:
        first = client.get(f"{API}/papers", params={"limit": 5}).json()
        rest = client.get(f"{API}/papers", params={"limit": 200, "cursor": first["next"]}).json()
        for paper in first["papers"][-2:]:
            client.delete(f"{API}/papers/{paper['paper_id']}").raise_for_status()
        assert (
            client.get(f"{API}/papers", params={"limit": 200, "cursor": first["next"]}).json()["papers"]
            == rest["papers"]
        )


def test_what_the_client_has_is_not_sent_again_until_it_changes(sample_copy: Path) -> None:
    with api_server(sample_copy) as server, server.client() as client:
        paper_id = client.get(f"{API}/papers", params={"limit": 1}).json()["papers"][0]["paper_id"]
        for path in ("papers", f"papers/{paper_id}", f"papers/{paper_id}/passages", "conversations"):
            etag = client.get(f"{API}/{path}").headers["etag"]
            for known in (etag, f'"x", W/{etag}', "*"):
                answer = client.get(f"{API}/{path}", headers={"if-none-match": known})
                assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
            assert client.get(f"{API}/{path}", headers={"if-none-match": '"other"'}).status_code == 200
        before = client.get(f"{API}/papers").headers["etag"]
        client.delete(f"{API}/papers/{paper_id}").raise_for_status()
        assert client.get(f"{API}/papers", headers={"if-none-match": before}).status_code == 200


def test_a_quote_has_its_page_and_boxes_within_it(pdf_server: ApiServer) -> None:
    with pdf_server.client() as client:
        (hit, *_) = client.get(f"{API}/search", params={"q": "the", "basis": "full_text"}).json()["hits"]
        paper_id = hit["paper_id"]
        shown = client.get(f"{API}/papers/{paper_id}").json()
        passage = next(one for one in shown["passages"] if one["passage_id"] == hit["passage_id"])
        where = {"passage_id": passage["passage_id"], "start": 0, "end": 40}
        quote = client.get(f"{API}/papers/{paper_id}/quote", params=where).json()
        assert quote["quote"] == passage["text"][:40]
        (page, *_) = quote["pages"]
        assert page["number"] == passage["page"]
        for box in page["boxes"]:
            assert 0 <= box["left"] < box["right"] <= page["width"]
            assert 0 <= box["top"] < box["bottom"] <= page["height"]
        assert page["boxes"]
        image = client.get(page["image"])
        assert image.headers["content-type"] == "image/png"
        assert image.content.startswith(PNG)
        pages = client.get(f"{API}/papers/{paper_id}/pages").json()["pages"]
        assert {**page, "boxes": []} in pages
        assert_problem(client.get(f"{API}/papers/{paper_id}/quote", params={**where, "end": 10**6}), 422, "part of")
        assert_problem(
            client.get(f"{API}/papers/{paper_id}/quote", params={**where, "passage_id": "x"}), 404, "passage"
        )
        assert_problem(client.get(f"{API}/papers/{paper_id}/pages/999.png"), 422)


def test_a_paper_without_a_pdf_has_no_pages(api: httpx.Client) -> None:
    paper_id = api.get(f"{API}/papers", params={"limit": 1}).json()["papers"][0]["paper_id"]
    assert api.get(f"{API}/papers/{paper_id}/pages").json() == {"pages": []}


def test_a_library_with_ids_that_have_slashes(tmp_path: Path) -> None:
    home = tmp_path / "library"
    shutil.copy(PDFS.parent / "arxiv" / "old_style_id.xml", tmp_path)
    with PaperChat.open(home) as chat:
        chat.ingest(tmp_path / "old_style_id.xml")
    with api_server(home) as server, server.client() as client:
        (paper,) = client.get(f"{API}/papers").json()["papers"]
        assert "/" in paper["paper_id"]
        for name in (paper["paper_id"], paper["paper_id"].replace("/", "%2F")):
            assert client.get(f"{API}/papers/{name}").json()["paper"] == paper
            assert client.get(f"{API}/papers/{name}/passages").json()["passages"]
        assert client.delete(f"{API}/papers/{paper['paper_id']}").json()["removed"] == 1

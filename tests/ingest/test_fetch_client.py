from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from scripted_server import PDF, Answer, WebServer, client_of, ranged, web_server

from paperchat.errors import StorageError
from paperchat.ingest.fetch.client import Limits, WebClient
from paperchat.ingest.fetch.errors import PermanentFetchError, TemporaryFetchError

CAPTCHA = (Path(__file__).parents[1] / "data" / "arxiv" / "captcha.html").read_bytes()
MOST = 2**20


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(server: WebServer, tmp_path: Path, waits: list[float]) -> Iterator[WebClient]:
    with client_of(server, tmp_path / "cache", waits=waits) as client:
        yield client


def test_an_answer_is_a_file_and_the_program_says_who_it_is(server: WebServer, client: WebClient) -> None:
    fetched = client.get(server.on("/a", Answer(body=b"hello")), max_bytes=MOST)
    assert fetched.path.read_bytes() == b"hello"
    assert (fetched.kind, fetched.url) == ("text", f"{server.url}/a")
    assert server.asked("User-Agent") == ["paperchat/0.1.0 (research literature assistant; python-httpx)"]


def test_a_fresh_answer_is_not_asked_for_again(server: WebServer, client: WebClient) -> None:
    url = server.on("/a", Answer(body=b"hello"))
    for _ in range(2):
        assert client.get(f"{url}#über", max_bytes=MOST, max_age=60).path.read_bytes() == b"hello"
    assert len(server.requests) == 1


def test_a_stale_answer_is_asked_for_under_the_condition_that_it_changed(server: WebServer, client: WebClient) -> None:
    url = server.on("/a", ranged(b"hello"))
    for _ in range(2):
        assert client.get(url, max_bytes=MOST).path.read_bytes() == b"hello"
    server.on("/a", ranged(b"hello again", etag='"two"'))
    assert client.get(url, max_bytes=MOST).path.read_bytes() == b"hello again"
    assert server.asked("If-None-Match") == ["", '"one"', '"one"']


def test_a_date_serves_where_there_is_no_entity_tag(server: WebServer, client: WebClient) -> None:
    dated = {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
    url = server.on("/a", Answer(body=b"hello", headers=dated), Answer(status=304))
    for _ in range(2):
        assert client.get(url, max_bytes=MOST).path.read_bytes() == b"hello"
    assert server.asked("If-Modified-Since") == ["", "Wed, 21 Oct 2015 07:28:00 GMT"]


@pytest.mark.parametrize("damage", [b"", b"hellO"])
@pytest.mark.parametrize("ending", [".body", ".json"])
def test_a_damaged_entry_is_fetched_again(
    server: WebServer, client: WebClient, tmp_path: Path, damage: bytes, ending: str
) -> None:
    url = server.on("/a", ranged(b"hello"))
    client.get(url, max_bytes=MOST)
    for path in (tmp_path / "cache").rglob(f"*{ending}"):
        path.write_bytes(damage)
    assert client.get(url, max_bytes=MOST, max_age=60).path.read_bytes() == b"hello"
    assert len(server.requests) == 2


def test_a_passing_fault_is_waited_out_longer_each_time(
    server: WebServer, client: WebClient, waits: list[float]
) -> None:
    url = server.on("/a", Answer(status=503), Answer(status=502), Answer(status=500), Answer(body=b"hello"))
    assert client.get(url, max_bytes=MOST).path.read_bytes() == b"hello"
    assert waits == [1.0, 2.0, 4.0]


def test_what_stays_out_of_order_is_given_up(server: WebServer, client: WebClient) -> None:
    url = server.on("/a", Answer(status=500))
    with pytest.raises(
        TemporaryFetchError, match=r"127\.0\.0\.1 is temporarily unavailable \(500\): ingest again later"
    ):
        client.get(url, max_bytes=MOST)
    assert len(server.requests) == 4


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_server_says_how_long_to_wait(server: WebServer, client: WebClient, waits: list[float], form: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    asked = {"Retry-After": "20" if form == "seconds" else date}
    url = server.on("/a", Answer(status=429, headers=asked), Answer(body=b"hello"))
    assert client.get(url, max_bytes=MOST).path.read_bytes() == b"hello"
    assert len(waits) == 1
    assert 15 < waits[0] <= 20


def test_a_server_that_wants_a_long_rest_is_left_alone(
    server: WebServer, client: WebClient, waits: list[float]
) -> None:
    url = server.on("/a", Answer(status=429, headers={"Retry-After": "3600"}))
    for _ in range(3):
        with pytest.raises(TemporaryFetchError, match="temporarily unavailable"):
            client.get(url, max_bytes=MOST)
    assert (len(server.requests), waits) == (1, [])


def test_after_three_failures_a_host_is_left_alone(server: WebServer, client: WebClient) -> None:
    for number in range(5):
        with pytest.raises(TemporaryFetchError):
            client.get(server.on(f"/{number}", Answer(status=500)), max_bytes=MOST)
    assert {request.path for request in server.requests} == {"/0", "/1", "/2"}


def test_a_host_that_cannot_be_reached_is_not_tried_again_and_again(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/a"
    reason = "127.0.0.1 cannot be reached: check the network, then ingest again"
    with WebClient(tmp_path / "cache", allow_private=True) as client:
        with pytest.raises(TemporaryFetchError, match=reason):
            client.get(url, max_bytes=MOST)
        with web_server(port) as server:
            server.on("/a", Answer(body=b"hello"))
            with pytest.raises(TemporaryFetchError, match=reason):
                client.get(url, max_bytes=MOST)
            assert server.requests == []
            with client_of(server, tmp_path / "cache") as next_run:
                assert next_run.get(url, max_bytes=MOST).path.read_bytes() == b"hello"


def test_a_name_that_is_nowhere(tmp_path: Path) -> None:
    with (
        WebClient(tmp_path / "cache") as client,
        pytest.raises(TemporaryFetchError, match=r"papers\.invalid cannot be reached"),
    ):
        client.get("https://papers.invalid/a", max_bytes=MOST)


def test_a_cut_download_goes_on_where_it_was_cut(server: WebServer, client: WebClient) -> None:
    url = server.on("/a.pdf", ranged(PDF, cuts=[20_000, 10_000]))
    assert client.download_pdf(url).read_bytes() == PDF
    assert server.asked("Range") == ["", "bytes=20000-", "bytes=30000-"]
    assert server.asked("If-Range") == ["", '"one"', '"one"']


def test_a_cut_download_goes_on_in_the_next_run(server: WebServer, tmp_path: Path) -> None:
    url = server.on("/a.pdf", ranged(PDF, cuts=[20_000]))
    with (
        client_of(server, tmp_path / "cache", max_attempts=1) as client,
        pytest.raises(TemporaryFetchError, match="was interrupted"),
    ):
        client.download_pdf(url)
    with client_of(server, tmp_path / "cache", max_attempts=1) as client:
        assert client.download_pdf(url).read_bytes() == PDF
    assert server.asked("Range") == ["", "bytes=20000-"]


def test_a_file_that_changed_in_between_is_fetched_whole(server: WebServer, client: WebClient) -> None:
    new = b"%PDF-1.7\n" + PDF[::-1]
    url = server.on("/a.pdf", ranged(PDF, cuts=[20_000]), ranged(new, etag='"two"'))
    assert client.download_pdf(url).read_bytes() == new


def test_a_server_that_mixes_up_two_files_is_not_believed(server: WebServer, client: WebClient) -> None:
    place = {"ETag": '"two"', "Content-Range": f"bytes 20000-{len(PDF) - 1}/{len(PDF)}"}
    other = Answer(status=206, body=b"x" * (len(PDF) - 20_000), headers=place)
    url = server.on("/a.pdf", ranged(PDF, cuts=[20_000]), other, ranged(PDF))
    assert client.download_pdf(url).read_bytes() == PDF


def test_a_server_that_knows_no_ranges_sends_it_whole_again(server: WebServer, client: WebClient) -> None:
    tagged = {"ETag": '"one"'}
    url = server.on("/a.pdf", Answer(body=PDF, headers=tagged, cut=20_000), Answer(body=PDF, headers=tagged))
    assert client.download_pdf(url).read_bytes() == PDF


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"weak"'}])
def test_nothing_is_pieced_together_without_a_validator(
    server: WebServer, client: WebClient, headers: dict[str, str]
) -> None:
    url = server.on("/a.pdf", Answer(body=PDF, headers=headers, cut=20_000), Answer(body=PDF))
    assert client.download_pdf(url).read_bytes() == PDF
    assert server.asked("Range") == ["", ""]


def test_a_server_that_promises_more_than_it_has(server: WebServer, client: WebClient) -> None:
    promising = Answer(body=PDF, headers={"ETag": '"one"'}, length=len(PDF) + 5_000)
    assert client.download_pdf(server.on("/a.pdf", promising, ranged(PDF))).read_bytes() == PDF


def test_a_server_that_sends_more_than_it_promised(server: WebServer, client: WebClient) -> None:
    path = client.download_pdf(server.on("/a.pdf", Answer(body=PDF, length=5_000), Answer(body=PDF)))
    assert path.read_bytes() == PDF[:5_000]
    assert client.download_pdf(server.on("/b.pdf", Answer(body=PDF))).read_bytes() == PDF


@pytest.mark.parametrize("length", [None, -1])
def test_what_is_too_large_is_not_taken_whatever_its_server_says(
    server: WebServer, tmp_path: Path, length: int | None
) -> None:
    url = server.on("/a.pdf", Answer(body=PDF, length=length))
    with (
        client_of(server, tmp_path / "cache", max_pdf_bytes=50_000) as client,
        pytest.raises(PermanentFetchError, match=r"is larger than .* MB, the download limit"),
    ):
        client.download_pdf(url)
    assert [path for path in (tmp_path / "cache").rglob("*.*") if path.suffix in (".part", ".body")] == []


@pytest.mark.parametrize("slow", [Answer(body=PDF, pause=0.05), Answer(body=PDF, pause_in_head=0.05)])
def test_a_server_that_drips_is_left_when_the_time_is_up(server: WebServer, tmp_path: Path, slow: Answer) -> None:
    url = server.on("/a.pdf", slow)
    with (
        client_of(server, tmp_path / "cache", total_timeout=0.3) as client,
        pytest.raises(TemporaryFetchError, match=r"took longer than 0\.3 seconds"),
    ):
        client.download_pdf(url)
    assert len(server.requests) == 1


def test_a_silent_server_is_asked_again(server: WebServer, tmp_path: Path) -> None:
    url = server.on("/a.pdf", Answer(body=PDF, pause_in_head=30), Answer(body=PDF))
    with client_of(server, tmp_path / "cache", read_timeout=0.2) as client:
        assert client.download_pdf(url).read_bytes() == PDF


def test_an_answer_with_nothing_in_it_is_asked_for_again(server: WebServer, client: WebClient) -> None:
    assert client.download_pdf(server.on("/a.pdf", Answer(), Answer(body=PDF))).read_bytes() == PDF


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", r"a web page \(HTML\)"),
        (b'{"error": "no"}', "json data"),
        (b"<?xml version='1.0'?><feed/>", "xml data"),
        (b"\x00\x01\x02", "binary data"),
        (b"%!PS-Adobe-3.0", "text data"),
    ],
)
def test_what_is_called_a_pdf_and_is_none(server: WebServer, client: WebClient, body: bytes, what: str) -> None:
    url = server.on("/a.pdf", Answer(body=body, headers={"Content-Type": "application/pdf"}), Answer(body=PDF))
    with pytest.raises(PermanentFetchError, match=f"^{what} was returned instead of a PDF$"):
        client.download_pdf(url)
    assert client.download_pdf(url).read_bytes() == PDF


def test_what_is_a_pdf_and_called_something_else(server: WebServer, client: WebClient) -> None:
    headers = {"Content-Type": "text/html"}
    assert client.download_pdf(server.on("/a", Answer(body=b"\n" * 500 + PDF, headers=headers))).is_file()


@pytest.mark.parametrize("status", [200, 403])
def test_a_host_that_takes_us_for_a_robot_is_left_alone(server: WebServer, client: WebClient, status: int) -> None:
    url = server.on("/a.pdf", Answer(body=CAPTCHA, status=status))
    for _ in range(2):
        with pytest.raises(TemporaryFetchError, match="blocks automated access"):
            client.download_pdf(url)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, "there is nothing at this address"),
        (410, "has been removed"),
        (401, "needs a login"),
        (403, "refuses access"),
        (418, "the server refuses"),
        (204, "the server refuses"),
        (302, "the server refuses"),  # to nowhere
    ],
)
def test_a_final_no(server: WebServer, client: WebClient, status: int, reason: str) -> None:
    url = server.on("/a.pdf", Answer(status=status))
    with pytest.raises(PermanentFetchError, match=rf"{reason}.* \(127\.0\.0\.1 answered {status}\)"):
        client.download_pdf(url)
    assert len(server.requests) == 1


def test_without_the_web_the_pdf_of_an_earlier_run_serves(server: WebServer, client: WebClient) -> None:
    url = server.on("/a.pdf", Answer(body=PDF), Answer(status=500))
    assert client.download_pdf(url).read_bytes() == PDF
    assert client.download_pdf(url).read_bytes() == PDF
    assert len(server.requests) > 1


def test_what_several_want_at_once_is_fetched_once(server: WebServer, client: WebClient) -> None:
    url = server.on("/a.pdf", Answer(body=PDF, pause=0.0005))
    with ThreadPoolExecutor(4) as threads:
        paths = list(threads.map(lambda _: client.download_pdf(url, max_age=60), range(4)))
    assert {path.read_bytes() for path in paths} == {PDF}
    assert len(server.requests) == 1


def test_redirects_are_followed_and_what_they_lead_to_is_named(server: WebServer, client: WebClient) -> None:
    server.on("/b.pdf", Answer(status=307, headers={"Location": f"{server.url}/c.pdf"}))
    server.on("/c.pdf", ranged(PDF, cuts=[9_000]))
    url = server.on("/a.pdf", Answer(status=302, headers={"Location": "b.pdf#page=2"}))
    assert client.get(url, max_bytes=MOST).url == f"{server.url}/c.pdf"
    assert client.get(url, max_bytes=MOST).path.read_bytes() == PDF


def test_redirects_without_end(server: WebServer, client: WebClient) -> None:
    url = server.on("/a", Answer(status=301, headers={"Location": "/a"}))
    with pytest.raises(PermanentFetchError, match="redirects more than 5 times"):
        client.get(url, max_bytes=MOST)
    assert len(server.requests) == 6


def test_the_cache_is_bounded_and_keeps_what_is_in_use(server: WebServer, tmp_path: Path) -> None:
    with client_of(server, tmp_path / "cache", max_cache_bytes=150_000) as client:
        old = client.download_pdf(server.on("/old.pdf", Answer(body=PDF)))
        for path in old.parent.iterdir():
            os.utime(path, (time.time() - 7_200,) * 2)
        used = [client.download_pdf(server.on(f"/{number}.pdf", Answer(body=PDF))) for number in range(3)]
    assert [path.exists() for path in (old, *used)] == [False, True, True, True]


def test_a_cache_that_cannot_be_written_is_said_to_be_so(server: WebServer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with client_of(server, tmp_path / "cache") as client, pytest.raises(StorageError, match="cache"):
        client.get(server.on("/a", Answer(body=b"hello")), max_bytes=MOST)


def test_the_limits_are_those_that_arxiv_asks_for() -> None:
    assert Limits().intervals["arxiv.org"] == 3.0

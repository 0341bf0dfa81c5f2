"""The vector index on a Chroma server."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from chroma_server import ChromaServer, run_chroma_server

from loopback import serving
from paperchat.errors import UnavailableError, UsageError
from paperchat.types import Filters, Paper
from support import WordEmbedding, add_papers, open_library

PAPERS = [
    Paper(title=f"Zebra number {n} of the herd", abstract=f"Stripes {n}.", arxiv_id=f"2401.{n:05d}") for n in range(30)
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_chroma_server(tmp_path_factory.mktemp("server")) as url:
        yield url


def test_a_server_stores_the_vectors(home: Path, server: str) -> None:
    with open_library(home, chroma_url=server) as library, open_library(home, chroma_url=server) as other:
        add_papers(library, *PAPERS)
        assert len(other.dense_search([1.0] * 64, 99)) == 30
        assert len(library.dense_search([1.0] * 64, 99, Filters(papers=("2401.00003",)))) == 1
        library.remove(["2401.00003"])
        assert library.doctor().problems == ()
        assert library.reindex() == 29
        query = WordEmbedding().get_text_embedding(f"{PAPERS[7].title}\n{PAPERS[7].abstract}")
        ((hit, cosine), *_) = other.dense_search(query, 5)
        assert hit == "arxiv:2401.00007#abstract.0"
        assert cosine == pytest.approx(1.0, abs=1e-5)
    assert not (home / "chroma").exists()


def test_an_unreachable_server_is_reported_in_one_line(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with open_library(home, chroma_url=url) as library, pytest.raises(UnavailableError) as caught:
        add_papers(library, *PAPERS)
    assert str(caught.value).startswith(f"the Chroma server at {url} failed (")
    assert "\n" not in str(caught.value)


def test_a_server_that_goes_away_is_waited_for(home: Path, tmp_path: Path) -> None:
    server = ChromaServer(tmp_path / "server")
    with open_library(home, chroma_url=server.url) as library:
        add_papers(library, *PAPERS[:20])
        library.check_reachable()
        server.kill()
        for job in (
            library.check_reachable,
            lambda: library.dense_search([1.0] * 64, 9),
            lambda: add_papers(library, *PAPERS),
        ):
            with pytest.raises(UnavailableError, match="the Chroma server at"):
                job()
        server.start()
        library.complete_pending()
        assert len(library.dense_search([1.0] * 64, 99)) == 30
    server.kill()


class ProxyWithoutServer(BaseHTTPRequestHandler):
    """What a proxy says whose server is away."""

    def do_GET(self) -> None:
        self.send_error(502)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


def test_a_proxy_that_does_not_reach_the_server_is_waited_for(home: Path) -> None:
    with (
        serving(ProxyWithoutServer) as url,
        open_library(home, chroma_url=url) as library,
        pytest.raises(UnavailableError, match=f"the Chroma server at {url} failed"),
    ):
        library.check_reachable()


def test_an_invalid_address_is_refused(home: Path) -> None:
    with (
        open_library(home, chroma_url="ftp://x") as library,
        pytest.raises(UsageError, match="http://HOST:PORT"),
    ):
        add_papers(library, *PAPERS)

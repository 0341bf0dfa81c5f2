from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from scripted_server import PDF, Answer, WebServer, client_of, web_server

from paperchat.ingest.fetch.errors import TemporaryFetchError


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[WebServer]:
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(secured)
    with web_server(secured=secured) as server:
        server.on("/a.pdf", Answer(body=PDF))
        yield server


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.mark.usefixtures("trusted")
def test_a_host_proves_its_name_though_its_address_is_connected_to(server: WebServer, tmp_path: Path) -> None:
    with client_of(server, tmp_path / "cache") as client:
        assert client.download_pdf(f"https://localhost:{server.port}/a.pdf").read_bytes() == PDF


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name_proves_nothing(server: WebServer, tmp_path: Path) -> None:
    with (
        client_of(server, tmp_path / "cache") as client,
        pytest.raises(TemporaryFetchError, match=r"127\.0\.0\.1 has no valid TLS certificate"),
    ):
        client.download_pdf(f"https://127.0.0.1:{server.port}/a.pdf")
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority_proves_nothing(server: WebServer, tmp_path: Path) -> None:
    with (
        client_of(server, tmp_path / "cache") as client,
        pytest.raises(TemporaryFetchError, match="localhost has no valid TLS certificate"),
    ):
        client.download_pdf(f"https://localhost:{server.port}/a.pdf")
    assert server.requests == []

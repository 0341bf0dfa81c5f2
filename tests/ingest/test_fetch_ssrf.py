from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_server import PDF, Answer, WebServer, client_of

from paperchat.ingest.fetch.client import WebClient
from paperchat.ingest.fetch.errors import PermanentFetchError, TemporaryFetchError
from paperchat.ingest.fetch.ssrf import check_addresses, is_public

NO = "is on this machine or in a private network|is a reserved address|is not a valid web address"
MOST = 2**20


@pytest.fixture
def client(tmp_path: Path) -> Iterator[WebClient]:
    with WebClient(tmp_path / "cache", wait=lambda _: None) as client:
        yield client


@pytest.mark.parametrize("address", ["151.101.3.42", "8.8.8.8", "2a04:4e42::355", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.8.8.8 10.1.2.3 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 0.0.0.0 224.0.0.1
    240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 :: ::1 fe80::1 fc00::1 fec0::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1
    ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::""".split(),
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.security
@pytest.mark.parametrize(
    "address",
    """169.254.169.254 169.254.170.2 168.63.129.16 ::ffff:168.63.129.16 64:ff9b::a83f:8110 2002:a83f:8110:: 192.0.0.192
    100.100.100.200 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:42::42""".split(),
)
def test_the_services_of_a_clouds_hosts_are_never_fetched_from(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    for allow_private in (False, True):
        with pytest.raises(PermanentFetchError, match="reserved address"):
            check_addresses("a.example", [ipaddress.ip_address(address)], allow_private=allow_private)


@pytest.mark.parametrize(
    "host",
    """127.0.0.1 localhost LOCALHOST 127.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0 [::1]
    [::ffff:127.0.0.1] [::ffff:7f00:1] [::] 169.254.169.254 10.0.0.1""".split(),
)
def test_this_machine_and_its_network_are_not_fetched_from_however_written(
    server: WebServer, client: WebClient, host: str
) -> None:
    server.on("/a.pdf", Answer(body=PDF))
    with pytest.raises(PermanentFetchError, match=NO):
        client.download_pdf(f"http://{host}:{server.port}/a.pdf")
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "only http and https addresses are fetched, not file"),
        ("ftp://arxiv.org/a.pdf", "only http and https addresses are fetched, not ftp"),
        ("gopher://arxiv.org/", "only http and https"),
        ("arxiv.org/pdf", "only http and https"),
        ("http:///a.pdf", "not a valid web address"),
        ("http://[::1/a.pdf", "not a valid web address"),
        ("http://a.pdf:99999999/", "not a valid web address"),
        ("http://a\x00b/", "not a valid web address"),
        (f"https://{'a' * 70}.org/a.pdf", "not a valid web address"),
        (f"https://arxiv.org/{'a' * 3_000}", "not a valid web address"),
        ("https://someone:secret@arxiv.org/a.pdf", "contains a user name or password, which is never sent"),
    ],
)
def test_addresses_that_are_not_fetched_from(client: WebClient, url: str, reason: str) -> None:
    with pytest.raises(PermanentFetchError, match=reason) as caught:
        client.download_pdf(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("http://me:secret@127.0.0.1/a.pdf", "user name or password"),
        ("http://[::1/a.pdf", "an invalid web address"),
        ("http://169.254.169.254/latest/meta-data", "is a reserved address"),
        ("http://[::ffff:169.254.169.254]/", "is a reserved address"),
        ("http://0.0.0.0/a.pdf", "is a reserved address"),
    ],
)
def test_a_redirect_is_checked_as_any_address(server: WebServer, tmp_path: Path, target: str, reason: str) -> None:
    url = server.on("/a.pdf", Answer(status=302, headers={"Location": target}))
    with client_of(server, tmp_path / "cache") as client, pytest.raises(PermanentFetchError, match=reason):
        client.download_pdf(url)
    assert len(server.requests) == 1


def test_the_address_that_was_checked_is_the_one_connected_to(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that gives another address the second time does not get a second time."""
    asked, really = [], socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **options: Any) -> list[Any]:
        if host != "papers.test":
            return really(host, *arguments, **options)
        asked.append(host)
        return really("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *arguments, **options)

    server.on("/a.pdf", Answer(body=PDF))
    with client_of(server, tmp_path / "cache") as client:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        assert client.download_pdf(f"http://papers.test:{server.port}/a.pdf").read_bytes() == PDF
    assert asked == ["papers.test"]
    assert server.asked("Host") == [f"papers.test:{server.port}"]


@pytest.mark.parametrize("addresses", [["10.0.0.7"], ["::ffff:127.0.0.1", "fe80::1%eth0"]])
def test_a_public_name_for_a_private_address(
    client: WebClient, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(PermanentFetchError, match=rf"papers\.test ({NO})"):
        client.download_pdf("http://papers.test/a.pdf")


def test_a_proxy_is_used_and_does_not_lead_around_the_rules(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is the test's server, which is asked for other hosts' addresses."""
    monkeypatch.setenv("http_proxy", server.url)
    server.on("http://papers.test/a.pdf", Answer(body=PDF))
    targets = ("169.254.169.254", "127.0.0.1", "2130706433", "[::1]", "localhost.", "a.localhost")
    for number, target in enumerate(targets):
        server.on(f"http://papers.test/{number}", Answer(status=302, headers={"Location": f"http://{target}/a.pdf"}))
    with WebClient(tmp_path / "cache", wait=lambda _: None) as client:
        assert client.download_pdf("http://papers.test/a.pdf").read_bytes() == PDF
        for number in range(len(targets)):
            with pytest.raises(PermanentFetchError, match=NO):
                client.download_pdf(f"http://papers.test/{number}")
    assert len(server.requests) == 7


def test_hosts_that_no_proxy_is_for(server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with client_of(server, tmp_path / "cache") as client:
        assert client.download_pdf(server.on("/a.pdf", Answer(body=PDF))).read_bytes() == PDF
        with pytest.raises(TemporaryFetchError, match=r"papers\.test cannot be reached"):
            client.download_pdf("http://papers.test/a.pdf")


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [("socks5://127.0.0.1:1080", "uses socks5: an HTTP proxy is required"), ("http://[::1", "no valid address")],
)
def test_a_proxy_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str, reason: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    with WebClient(tmp_path / "cache") as client, pytest.raises(TemporaryFetchError, match=reason):
        client.download_pdf("http://papers.test/a.pdf")


def test_a_look_up_that_hangs_is_not_waited_for(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: server.stopping.wait(30) and [])
    with (
        client_of(server, tmp_path / "cache", connect_timeout=0.1) as client,
        pytest.raises(TemporaryFetchError, match=r"papers\.test cannot be reached"),
    ):
        client.download_pdf("http://papers.test/a.pdf")

"""Keys, users and origins: who gets in, what they may do, and that nobody sees what is another's."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_server import API, QUESTION, ApiServer, add_key, api_server, assert_problem

from cli_runner import assert_one_line_error, run
from paperchat.access.auth import add_user
from paperchat.access.permissions import Role

pytestmark = pytest.mark.security

FEED = "/feeds/day.atom"
OWL = ("owls.jsonl", b'{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n')


@pytest.fixture(scope="module")
def closed(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server with the window, which needs a login or a key."""
    folder = tmp_path_factory.mktemp("closed")
    shutil.copytree(untouched_sample, folder / "library")
    for name, role in (("ada", Role.READER), ("cy", Role.ADMIN)):
        add_user(folder / "users", name, "secret", role=role)
    with api_server(folder / "library", "--ui", "--auth", str(folder / "users")) as server:
        yield server


def test_a_key_is_shown_once_and_stored_as_a_hash(tmp_path: Path) -> None:
    home = tmp_path / "library"
    made = run("keys", "add", "notebook", "--home", home)
    token = made.out.strip()
    assert token.startswith("paperchat_")
    assert len(token) > 50
    listed = run("keys", "list", "--home", home)
    assert "notebook" in listed.out
    assert "read" in listed.out
    assert "never used" in listed.out
    assert token not in listed.out
    with sqlite3.connect(home / "catalogue.sqlite") as catalogue:
        assert token.removeprefix("paperchat_") not in "".join(map(str, catalogue.execute("SELECT * FROM api_keys")))
    assert_one_line_error(run("keys", "add", "notebook", "--home", home), "notebook", "revoke")
    assert run("keys", "revoke", "notebook", "--home", home).out == "notebook is revoked\n"
    assert_one_line_error(run("keys", "revoke", "notebook", "--home", home), "notebook", "keys list")
    assert run("keys", "add", "notebook", "--scope", "write", "--home", home, "--json").json["scope"] == "write"
    listed = run("keys", "list", "--home", home, "--json").json["keys"]
    assert [one["revoked"] is None for one in listed] == [False, True]


@pytest.mark.parametrize("name", ["", " ", "a\x07b", "x" * 81])
def test_names_of_keys_are_lines(name: str, tmp_path: Path) -> None:
    assert_one_line_error(run("keys", "add", name, "--home", tmp_path), "name of the key")


def test_on_this_machine_the_api_is_open_until_there_is_a_key(sample_copy: Path) -> None:
    with api_server(sample_copy) as server, server.client() as anybody:
        assert anybody.get(f"{API}/status").json()["home"] == str(sample_copy)
        with server.client(server.key("notebook")) as notebook:
            assert notebook.get(f"{API}/status").json()["home"] is None
            refused = anybody.get(f"{API}/status")
            assert_problem(refused, 401, "no key", "paperchat keys add")
            assert refused.headers["www-authenticate"] == 'Bearer realm="paperchat"'
            assert anybody.get("/healthz").status_code == 200
            for path in ("/openapi.json", "/metrics", "/api/v1/nothing"):
                assert_problem(anybody.get(path), 401, "no key")
            (used,) = [one["used"] for one in run("keys", "list", "--home", sample_copy, "--json").json["keys"]]
            assert used
            assert run("keys", "revoke", "notebook", "--home", sample_copy).status == 0
            assert_problem(notebook.get(f"{API}/status"), 401, "no key that is in force")
        assert anybody.get(f"{API}/status").status_code == 200


def test_foreign_expired_and_malformed_keys_are_refused(closed: ApiServer, tmp_path: Path) -> None:
    foreign = add_key(tmp_path / "another", "theirs", "admin")
    expired = add_key(closed.home, "expired", "admin", "--days", "1")
    with sqlite3.connect(closed.home / "catalogue.sqlite") as catalogue:
        catalogue.execute("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00.000000' WHERE name = 'expired'")
    real = closed.key("real")
    for wrong in (foreign, expired, real[:-1], real + "x", real.upper(), "x", "a" * 60_000):
        with closed.client(headers={"authorization": f"Bearer {wrong}"}) as client:
            assert_problem(client.get(f"{API}/status"), 401, "no key that is in force")
    for header in (real, f"Basic {real}", f"Token {real}", f"Bearer{real}", "Bearer"):
        with closed.client(headers={"authorization": header}) as client:
            assert client.get(f"{API}/status").status_code == 401
    with closed.client(real, headers={"x-paperchat-visitor": "user:cy"}) as client:
        assert client.get(f"{API}/status").json()["home"] is None


def test_scopes_say_what_a_key_may_do(closed: ApiServer) -> None:
    with (
        closed.client(closed.key("reading", "read")) as reading,
        closed.client(closed.key("writing", "write")) as writing,
        closed.client(closed.key("all", "admin")) as admin,
    ):
        assert_problem(reading.post(f"{API}/uploads", files={"files": OWL}), 403, "scope write")
        assert_problem(reading.post(f"{API}/ingest", json={"sources": ["2410.14182"]}), 403, "scope write")
        (upload,) = writing.post(f"{API}/uploads", files={"files": OWL}).json()["uploads"]
        assert_problem(admin.post(f"{API}/ingest", json={"uploads": [upload["id"]]}), 422, "no upload")
        job = writing.post(f"{API}/ingest", json={"uploads": [upload["id"]]})
        assert job.status_code == 202
        assert_problem(admin.get(job.headers["location"]), 404, "no job")
        assert '"added": 1' in writing.get(f"{job.headers['location']}/events").text
        for client in (reading, writing):
            assert_problem(client.delete(f"{API}/papers/arxiv:2401.00009"), 403, "scope admin")
        assert admin.delete(f"{API}/papers/2401.00009").json()["removed"] == 1
        assert_problem(admin.delete(f"{API}/papers/2401.00009"), 404, "no paper")
    log = closed.home / "audit.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(one["caller"], one["method"], one["status"]) for one in lines][-5:] == [
        ("writing", "POST", 202),
        ("reading", "DELETE", 403),
        ("writing", "DELETE", 403),
        ("all", "DELETE", 200),
        ("all", "DELETE", 404),
    ]
    assert lines[-2]["target"] == "2401.00009"
    assert lines[-2]["route"] == "/api/v1/papers/{paper_id:path}"


def test_with_read_only_no_key_changes_anything(sample_copy: Path) -> None:
    key = add_key(sample_copy, "all", "admin")
    with api_server(sample_copy, "--read-only") as server, server.client(key) as client:
        assert_problem(client.post(f"{API}/uploads", files={"files": OWL}), 403)
        assert_problem(client.delete(f"{API}/papers/title:50a012357d0b3929"), 403)
        assert client.post(f"{API}/ask", json={"question": QUESTION}).status_code == 200


def test_what_one_key_asks_no_other_sees(closed: ApiServer) -> None:
    with (
        closed.client(closed.key("one")) as one,
        closed.client(closed.key("other")) as other,
        closed.client(auth=("ada", "secret")) as ada,
        closed.client(auth=("cy", "secret")) as cy,
    ):
        said = one.post(f"{API}/ask", json={"question": QUESTION, "conversation": "secret plans"}).json()
        alone = one.post(f"{API}/ask", json={"question": QUESTION}).json()
        claim = one.post(f"{API}/claims", json={"claim": "Models are safe.", "papers": 5})
        (mine,) = one.get(f"{API}/conversations").json()["conversations"]
        for client in (other, ada, cy):
            assert client.get(f"{API}/conversations").json()["conversations"] == []
            assert client.get(f"{API}/claims").json()["reports"] == []
            for path in (f"{API}/conversations/{mine['id']}", claim.headers["location"]):
                assert_problem(client.get(path), 404)
                assert_problem(client.delete(path), 404)
            for answer in (said, alone):
                exported = client.get(f"{API}/export", params={"answer": answer["id"]})
                assert_problem(exported, 404, "no answer")
        for answer in (said, alone):
            assert one.get(f"{API}/export", params={"answer": answer["id"]}).status_code == 200
        assert (
            other.post(f"{API}/ask", json={"question": "How many?", "conversation": "secret plans"}).json()[
                "standalone_question"
            ]
            == "How many?"
        )
        assert one.delete(f"{API}/conversations/{mine['id']}").json()["turns"] == 1


def test_users_of_the_window_call_the_api_and_keys_open_the_window(closed: ApiServer) -> None:
    with (
        closed.client() as nobody,
        closed.client(auth=("ada", "secret")) as ada,
        closed.client(auth=("ada", "x")) as wrong,
    ):
        assert nobody.get("/").status_code == 401
        challenge = nobody.get(f"{API}/status").headers["www-authenticate"]
        assert challenge.startswith('Bearer realm="paperchat", Basic ')
        assert_problem(wrong.get(f"{API}/status"), 401)
        assert ada.get(f"{API}/status").json()["papers"] == 41
        assert ada.get("/").status_code == 200
        assert_problem(ada.delete(f"{API}/papers/title:50a012357d0b3929"), 403, "scope admin")
    with closed.client(closed.key("page")) as page:
        assert page.get("/config").status_code == 200
        assert page.get(f"{API}/feeds").json()["feeds"][0]["kind"] == "day"
        feed = page.get(f"{API}/feeds").json()["feeds"][0]["url"]
    with closed.client() as nobody:
        atom = nobody.get(feed)
        assert atom.headers["content-type"].startswith("application/atom+xml")
        assert nobody.get(feed, headers={"if-none-match": atom.headers["etag"]}).status_code == 304


def test_from_elsewhere_nobody_gets_in_without_a_key(sample_copy: Path) -> None:
    said = "paperchat: there is no login, so only who has a key gets in"
    for options, settings in (
        (("--host", "0.0.0.0"), {}),
        ((), {"PAPERCHAT_PUBLIC_URL": "https://papers.example.org"}),
    ):
        with api_server(sample_copy, "--ui", *options, warning=said, **settings) as server, server.client() as anybody:
            for path in (
                "/",
                "/config",
                "/library-state",
                f"{API}/status",
                "/metrics",
                "/openapi.json",
                "/feeds/day.atom",
            ):
                assert anybody.get(path).status_code == 401
            assert anybody.get("/healthz").json() == {"status": "ok"}
    key = add_key(sample_copy, "notebook")
    with api_server(sample_copy, "--host", "0.0.0.0", warning=said) as server, server.client(key) as notebook:
        assert notebook.get(f"{API}/status").status_code == 200
        assert notebook.get(f"{API}/status", headers={"host": "anything.example"}).status_code == 200


def test_names_that_lead_here_by_another_sites_dns_are_refused(api: httpx.Client) -> None:
    for path in (f"{API}/status", "/openapi.json", "/metrics"):
        assert_problem(api.get(path, headers={"host": "evil.example"}), 403, "not served under this name")
    assert_problem(api.get(f"{API}/status", headers={"origin": "https://evil.example"}), 403, "cross-origin")
    assert_problem(api.get(f"{API}/status", headers={"sec-fetch-site": "cross-site"}), 403, "other sites")
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    preflight = api.options(f"{API}/ask", headers=asked)
    assert preflight.status_code == 403
    assert "access-control-allow-origin" not in preflight.headers


def test_pages_of_a_named_origin_call_the_api_by_a_key_only(sample_copy: Path, tmp_path: Path) -> None:
    add_user(tmp_path / "users", "ada", "secret")
    key = add_key(sample_copy, "page")
    options = ("--auth", str(tmp_path / "users"), "--cors", "https://app.example", "--ui")
    origin = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
    with api_server(sample_copy, *options) as server, server.client(headers=origin) as page:
        preflight = page.options(
            f"{API}/ask",
            headers={"access-control-request-method": "POST", "access-control-request-headers": "authorization"},
        )
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in preflight.headers
        bearer = {"authorization": f"Bearer {key}"}
        answered = page.post(f"{API}/ask", json={"question": QUESTION}, headers=bearer)
        assert answered.status_code == 200
        assert answered.headers["access-control-allow-origin"] == "https://app.example"
        login = {"authorization": f"Basic {base64.b64encode(b'ada:secret').decode()}"}
        assert_problem(page.get(f"{API}/status", headers=login), 401)
        assert page.get("/config", headers=login).status_code == 403
        assert_problem(page.get(f"{API}/status", headers={**bearer, "origin": "https://other.example"}), 403)
    assert_one_line_error(run("serve", "--cors", "app.example/x", "--home", tmp_path), "--cors", "https://HOST")

"""A server whose index is on a server of its own, which goes away and comes back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from api_server import API, QUESTION, api_server, assert_problem
from replica_servers import wait_until

from cli_runner import run
from milvus_lite_server import run_milvus_lite

OWL = b'{"id": "2401.00009", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n'


def test_without_its_index_a_server_says_so_and_comes_back_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_milvus_lite(tmp_path / "milvus") as milvus:
        monkeypatch.setenv("PAPERCHAT_MILVUS_URL", milvus.url)
        assert run("ingest", "--sample", "--home", tmp_path / "library").status == 0
        settings = {"warning": f"{date.today():%Y-}", "PAPERCHAT_MILVUS_URL": milvus.url}
        with api_server(tmp_path / "library", **settings) as server, server.client() as api:
            wait_until(lambda: api.get("/readyz").status_code == 200)
            assert "765" in api.post(f"{API}/ask", json={"question": QUESTION}).json()["answer"]
            milvus.kill()
            wait_until(lambda: api.get("/readyz").status_code == 503)
            assert_problem(api.get("/readyz"), 503, "the log of this server says why")
            refused = api.post(f"{API}/ask", json={"question": QUESTION})
            assert_problem(refused, 503, f"the Milvus server at {milvus.url} failed")
            assert refused.headers["retry-after"]
            (upload,) = api.post(f"{API}/uploads", files={"files": ("owls.jsonl", OWL)}).json()["uploads"]
            job = f"{API}/jobs/{api.post(f'{API}/ingest', json={'uploads': [upload['id']]}).json()['id']}"
            wait_until(lambda: api.get(f"{API}/papers/2401.00009").status_code == 200)
            wait_until(lambda: api.get(job).json()["state"] == "waiting")
            assert api.get("/healthz").status_code == 200
            milvus.start()
            wait_until(lambda: api.get("/readyz").status_code == 200)
            assert "765" in api.post(f"{API}/ask", json={"question": QUESTION}).json()["answer"]
            wait_until(lambda: api.get(job).json()["state"] == "done")
            owls = api.get(f"{API}/search", params={"q": "Where do owls sleep?"}).json()["hits"]
            assert owls[0]["paper_id"] == "arxiv:2401.00009"
    for said in ("not ready:", "waits:"):
        assert any(f"{said} the Milvus server at {milvus.url} failed" in line for line in server.log)

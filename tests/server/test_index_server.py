"""A server whose index is on a server of its own, which goes away and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from api_server import API, QUESTION, api_server, assert_problem
from replica_servers import wait_until

from cli_runner import run
from milvus_lite_server import run_milvus_lite


def test_without_its_index_a_server_is_not_ready_and_comes_back_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_milvus_lite(tmp_path / "milvus") as milvus:
        monkeypatch.setenv("PAPERCHAT_MILVUS_URL", milvus.url)
        assert run("ingest", "--sample", "--home", tmp_path / "library").status == 0
        with api_server(tmp_path / "library", PAPERCHAT_MILVUS_URL=milvus.url) as server, server.client() as api:
            wait_until(lambda: api.get("/readyz").status_code == 200)
            assert "765" in api.post(f"{API}/ask", json={"question": QUESTION}).json()["answer"]
            milvus.kill()
            wait_until(lambda: api.get("/readyz").status_code == 503)
            assert_problem(api.get("/readyz"), 503, "the log of this server says why")
            assert api.get("/healthz").status_code == 200
            milvus.start()
            wait_until(lambda: api.get("/readyz").status_code == 200)
            assert "765" in api.post(f"{API}/ask", json={"question": QUESTION}).json()["answer"]

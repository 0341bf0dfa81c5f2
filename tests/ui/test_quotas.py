"""How much a visitor may ask and upload, and that nothing of an upload stays that is not needed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser_helpers import window
from raw_api import RawVisitor

from paperchat import PaperChat
from paperchat.access.auth import add_user
from paperchat.access.incoming import IncomingFiles
from paperchat.access.permissions import Role
from paperchat.access.quotas import MAX_FILES, MAX_QUESTION_LENGTH, QuestionQuota, QuotaExceededError
from source_proxy import SourceProxy, source_proxy

DATA = Path(__file__).parents[1] / "data"
PDF = sorted((DATA / "pdf").glob("*.pdf"))[0]
PAPER = b'{"title": "A paper that was uploaded", "abstract": "It says that quotas are checked."}\n'
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"

pytestmark = pytest.mark.security


@pytest.fixture(scope="module")
def home(untouched_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("quotas") / "library"
    shutil.copytree(untouched_sample, copy)
    return copy


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SourceProxy]:
    with source_proxy(tmp_path_factory.mktemp("sources")) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def address(home: Path, sources: SourceProxy) -> Iterator[str]:
    for name in ("ada", "bo"):
        add_user(home.parent / "users", name, "secret", role=Role.CONTRIBUTOR)
    options = {"PAPERCHAT_QUESTIONS_PER_MINUTE": "2", "PAPERCHAT_UPLOAD_SPACE": "5"}
    with window(home, "--auth", str(home.parent / "users"), **options, **sources.settings) as served:
        yield served


@pytest.fixture
def ada(address: str) -> Iterator[RawVisitor]:
    with RawVisitor(address, session_hash="page-of-ada", auth=("ada", "secret")) as visitor:
        yield visitor


@pytest.fixture
def bo(address: str) -> Iterator[RawVisitor]:
    with RawVisitor(address, session_hash="page-of-bo", auth=("bo", "secret")) as visitor:
        yield visitor


def upload(visitor: RawVisitor, *files: tuple[str, bytes]) -> httpx.Response:
    return visitor.http.post("/gradio_api/upload", files=[("files", file) for file in files])


def file_data(path: str) -> dict[str, Any]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def files_below(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock"]


def test_questions_are_limited_by_length_and_in_a_minute_for_each_visitor(ada: RawVisitor, bo: RawVisitor) -> None:
    assert "at most 8,000 characters" in ada.ask("x" * (MAX_QUESTION_LENGTH + 1))
    assert "765" in ada.ask(QUESTION)
    assert "at most 8,000 characters" in ada.queue("start", None, None, "x" * (MAX_QUESTION_LENGTH + 1), 5)
    ada.queue("start_1", None, None, "Safety training is undone by fine-tuning.", 5)
    for name, data in (("answer", [None, QUESTION]), ("start", [None, None, "safety", 5])):
        assert "2 questions a minute" in ada.queue(name, *data)
    assert "2 questions a minute" in ada.queue("answer_again", None, event={"turn": "0", "question": QUESTION})
    assert "765" in bo.ask(QUESTION)


def test_a_minute_passes() -> None:
    now = 0.0
    quota = QuestionQuota(1, clock=lambda: now)
    quota.admit("ada", "Why?")
    quota.admit("bo", "Why?")
    now = 59.0
    with pytest.raises(QuotaExceededError, match="go on in 1 s"):
        quota.admit("ada", "Why?")
    now = 60.0
    quota.admit("ada", "Why?")


def test_uploads_are_limited_in_size_number_and_disk_in_all(ada: RawVisitor, bo: RawVisitor, home: Path) -> None:
    assert upload(ada, ("large.pdf", b"0" * 6_000_000)).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert upload(ada, *[("one.jsonl", PAPER)] * (MAX_FILES + 1)).status_code == httpx.codes.BAD_REQUEST
    assert not files_below(home / "incoming")
    assert upload(ada, ("half.pdf", b"0" * 3_000_000)).status_code == httpx.codes.OK
    assert upload(ada, ("half.pdf", b"0" * 3_000_000)).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    (path,) = upload(bo, ("half.pdf", b"0" * 3_000_000)).json()
    assert "Failed" in bo.queue("ingest", [file_data(path)], "")
    (path,) = upload(bo, ("half.pdf", b"0" * 3_000_000)).json()
    assert not Path(path).is_relative_to("/tmp/gradio")
    assert "Failed" in bo.queue("ingest", [file_data(path)], "")
    assert not files_below(home / "uploads")


def test_an_upload_keeps_nobody_elses_waiting_and_the_visitors_next_one_follows_it(
    ada: RawVisitor, bo: RawVisitor, sources: SourceProxy
) -> None:
    paper = {"id": "2606.00001", "title": "Owls at Rest", "summary": "Owls sleep in trees."}
    sources.sources["huggingface.co"] = lambda _: json.dumps([{"paper": paper, "title": paper["title"]}]).encode()
    sources.gate.clear()
    first = ada.join("ingest", None, "daily:2026-06-01")
    while not sources.asked:
        time.sleep(0.01)
    with (
        RawVisitor(str(ada.http.base_url), session_hash="another", auth=("ada", "secret")) as other_page,
        RawVisitor(str(ada.http.base_url), session_hash="third", auth=("ada", "secret")) as third_page,
    ):
        pages = {page: page.join("ingest", None, "daily:2026-06-01") for page in (other_page, third_page)}
        assert "Failed" in bo.queue("ingest", None, "2606.99999")
        sources.gate.set()
        assert "1 added" in ada.messages(first)
        refused, followed = sorted((page.messages(event) for page, event in pages.items()), key=len)
        assert "others wait" in refused
        assert followed.index("these follow") < followed.index("1 unchanged")


def test_only_the_pdf_that_pages_are_shown_from_stays(bo: RawVisitor, home: Path) -> None:
    files = [("a.pdf", PDF.read_bytes()), ("b.jsonl", PAPER), ("c.pdf", b"no PDF"), ("d.exe", b"MZ")]
    assert upload(bo, *files).status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE
    paths = upload(bo, *files[:3]).json()
    assert "2 added" in bo.queue("ingest", [file_data(path) for path in paths], "")
    assert [file.name for file in files_below(home / "uploads")] == ["a.pdf"]
    (path,) = upload(bo, ("again.pdf", PDF.read_bytes())).json()
    assert "1 unchanged" in bo.queue("ingest", [file_data(path)], "")
    assert [file.name for file in files_below(home / "uploads")] == ["a.pdf"]


def test_no_file_of_the_machine_or_of_another_visitor_is_ingested(ada: RawVisitor, bo: RawVisitor, home: Path) -> None:
    secret = home.parent / "payroll.jsonl"
    secret.write_bytes(b'{"title": "Salaries of all", "abstract": "Ada earns 100,000."}\n')
    (hers,) = upload(ada, ("hers.jsonl", PAPER)).json()
    own = Path(hers).parents[1]
    for path in (str(secret), hers, f"{own}/../../../../payroll.jsonl", "http://127.0.0.1:9/x.pdf", "x\0y", 7):
        assert "names a file that was not uploaded" in bo.call("ingest", [{**file_data(""), "path": path}], "")
    assert "Salaries" not in str(bo.call("search", None, file_data(str(secret))))
    for path in (str(secret), hers, "http://127.0.0.1:9/x"):
        assert bo.http.get(f"/gradio_api/file={path}").status_code == httpx.codes.NOT_FOUND
    with PaperChat.open(home) as pc:
        assert not any(stored.paper.title.startswith("Salaries") for stored in pc.papers())
    assert Path(hers).exists()


@pytest.mark.parametrize("route", ["proxy=http://127.0.0.1:9/", "deep_link", "runs", "vibe-code", "component_server"])
def test_what_the_page_does_not_use_of_gradio_is_closed(ada: RawVisitor, route: str) -> None:
    for method in ("GET", "POST"):
        assert ada.http.request(method, f"/gradio_api/{route}").status_code == httpx.codes.NOT_FOUND


def test_a_request_of_any_size_is_not_read(ada: RawVisitor) -> None:
    answer = ada.http.post("/gradio_api/queue/join", content=b"[" * 2_000_000)
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def test_what_a_crashed_server_has_left_is_deleted(tmp_path: Path) -> None:
    home = tmp_path / "library"
    code = (
        "import os, signal, sys; from pathlib import Path; from paperchat.access.incoming import IncomingFiles\n"
        "incoming = IncomingFiles(Path(sys.argv[1]), max_bytes=1)\n"
        "(incoming.folder / 'left.pdf').write_bytes(b'x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    crashed = subprocess.run([sys.executable, "-c", code, str(home)], env=environment)
    assert crashed.returncode == -signal.SIGKILL
    assert files_below(home)
    first = IncomingFiles(home, max_bytes=1)
    assert first.is_alone
    assert not files_below(home)
    (first.folder / "waits.pdf").write_bytes(b"x")
    second = IncomingFiles(home, max_bytes=1)
    assert not second.is_alone
    assert [file.name for file in files_below(home)] == ["waits.pdf"]
    second.close()
    first.close()
    assert not list((home / "incoming").iterdir())


def test_a_stored_upload_that_nothing_needs_is_deleted_when_the_window_opens(tmp_path: Path) -> None:
    left = tmp_path / "library" / "uploads" / "0123" / "left.pdf"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    with window(tmp_path / "library") as address:
        assert not left.exists()
        httpx.get(address).raise_for_status()

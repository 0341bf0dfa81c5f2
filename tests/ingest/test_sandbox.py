"""A process that reads PDFs reaches nothing but its own: neither another file, nor a socket, nor a program."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

import process_pool_tasks
import pytest

from paperchat.errors import SourceError
from paperchat.ingest.pdf.loader import read_file
from paperchat.ingest.pdf.parser import read_pdf
from paperchat.ingest.process_pool import ProcessPool
from paperchat.ingest.sandbox import landlock_version

DATA = Path(__file__).parent.parent / "data" / "pdf"

pytestmark = [
    pytest.mark.security,
    pytest.mark.skipif(
        sys.platform != "linux" or landlock_version() < 1 or platform.machine() not in ("x86_64", "aarch64"),
        reason="this system has no Landlock, or no seccomp filter is known for it",
    ),
]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text("a secret", encoding="utf-8")
    return file


def outcome(pool: ProcessPool[Any, Any], item: Path | None) -> Any:
    with pool:
        ((_, result),) = pool.map([item])
    return result


@pytest.mark.parametrize(
    "what",
    ["read", "read_own_source", "read_memory_of_parent", "list_folder", "write", "make", "remove"],
)
def test_no_other_file_is_reached(what: str, secret: Path) -> None:
    reaching = getattr(process_pool_tasks, what)
    reached = outcome(ProcessPool(reaching, processes=1), secret)
    assert not isinstance(reached, SourceError)
    secret.write_text("a secret", encoding="utf-8")
    refused = outcome(ProcessPool(reaching, processes=1, confined=True), secret)
    assert isinstance(refused, SourceError)
    assert "PermissionError" in str(refused)
    assert secret.read_text(encoding="utf-8") == "a secret"


@pytest.mark.parametrize(
    "what", ["open_socket", "open_udp_socket", "open_unix_socket", "open_netlink_socket", "start_ring", "start_program"]
)
def test_no_socket_and_no_program_is_opened(what: str) -> None:
    refused = outcome(ProcessPool(getattr(process_pool_tasks, what), processes=1, confined=True), None)
    assert isinstance(refused, SourceError)
    assert "PermissionError" in str(refused)


def test_a_pdf_is_read_as_it_is_outside() -> None:
    files = sorted(DATA.glob("*.pdf"))
    with ProcessPool(read_pdf, load=read_file, confined=True, processes=2) as pool:
        assert [result for _, result in pool.map(files)] == [read_pdf(file) for file in files]

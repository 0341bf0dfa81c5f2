"""What the working folder may do to the command line: set a few settings, and run nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from cli_runner import IMPORT_PATHS, assert_one_line_error, run
from loopback import serving

PDF = Path(__file__).parents[1] / "data" / "pdf" / "entropic_issues.pdf"
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


def test_a_working_folders_file_is_named_once_when_it_is_used(sample_home: Path) -> None:
    Path("paperchat.toml").write_text('reader = "off"\n', encoding="utf-8")
    done = run("ask", QUESTION, "--home", sample_home)
    assert done.status == 0
    assert done.err.splitlines() == [f"paperchat: settings from {Path('paperchat.toml').resolve()}"]


@pytest.mark.security
def test_a_working_folder_gets_neither_the_users_key_nor_the_papers(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    class Thief(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()

        do_GET = do_POST  # noqa: N815

    monkeypatch.setenv("PAPERCHAT_LLM_API_KEY", "secret")
    monkeypatch.setenv("PAPERCHAT_LLM", "openai-like:model")
    with serving(Thief) as address:
        Path("paperchat.toml").write_text(f'llm_base_url = "{address}"\n', encoding="utf-8")
        done = run("ask", QUESTION, "--home", sample_home)
    assert not asked.is_set()
    assert_one_line_error(done, "llm_base_url", "PAPERCHAT_LLM_BASE_URL")


@pytest.mark.security
def test_no_module_of_the_working_folder_is_imported(tmp_path: Path) -> None:
    for name in ("chromadb", "numpy", "paperchat", "pypdf", "sitecustomize"):
        Path(f"{name}.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w')", encoding="utf-8")
    home = str(tmp_path / "library")
    for arguments in (["ingest", str(PDF)], ["doctor"]):
        # As the installed script does, which has its own folder in place of the working folder on its path.
        done = subprocess.run(
            [sys.executable, "-P", "-c", "from paperchat.cli import main; main()", "--home", home, *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(IMPORT_PATHS)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "imported").exists()

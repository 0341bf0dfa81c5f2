"""Each package logs under its own name, is quiet by default, and never says what was asked."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from paperchat import PaperChat

QUESTION = "How many multiple-choice questions are in LabSafety Bench?"


def test_nothing_is_printed_by_default(sample_library: Path) -> None:
    code = (
        "import sys; from paperchat import PaperChat\nwith PaperChat.open(sys.argv[1]) as chat: chat.ask(sys.argv[2])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sample_library), QUESTION], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_an_application_can_listen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="paperchat"), PaperChat.open(tmp_path) as chat:
        chat.ingest_sample()
        chat.ask(QUESTION)
    messages = {record.name: record.getMessage() for record in caplog.records if record.name.startswith("paperchat")}
    assert messages["paperchat.ingest.pipeline"].startswith("ingested: 41 added, 0 updated, 0 failed")
    assert messages["paperchat.answering.answerer"].startswith("answered with 1 citations with confidence")
    assert not [message for message in messages.values() if "LabSafety" in message or "multiple-choice" in message]

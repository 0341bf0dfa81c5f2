"""A library of each earlier revision of the catalogue is migrated, answers as before, and is written to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from older_library import downgrade, put_texts_into_vector_index
from paperchat import PaperChat
from paperchat.storage.backups.backup_writer import write_backup
from paperchat.storage.backups.restore import restore_backup
from paperchat.storage.database import Database
from paperchat.storage.schema import HEAD, REVISIONS
from paperchat.types import Answer

QUESTIONS = (
    "How many multiple-choice questions are in LabSafety Bench?",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?",
    "Who won the 2018 football World Cup?",
)

QUICK = {"0001", "0013"}  # the first tables, and those before keys and notes


def said(answer: Answer) -> tuple[object, ...]:
    """An answer's text and its exact spans."""
    spans = [(one.quote.passage.passage_id, one.quote.start, one.quote.end, one.quote.text) for one in answer.citations]
    return answer.text, answer.abstained, spans


@pytest.fixture(scope="module")
def expected(sample: PaperChat) -> list[tuple[object, ...]]:
    return [said(sample.ask(question)) for question in QUESTIONS]


@pytest.mark.parametrize(
    "revision", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in REVISIONS[:-1]]
)
def test_a_library_of_an_earlier_revision_answers_the_same(
    untouched_sample: Path, tmp_path: Path, revision: str, expected: list[tuple[object, ...]]
) -> None:
    home, restored = tmp_path / "library", tmp_path / "restored"
    shutil.copytree(untouched_sample, home)
    downgrade(home, revision)
    manifest = write_backup(home, tmp_path / "before.tar.gz")
    assert manifest.catalogue == revision
    restore_backup(restored, tmp_path / "before.tar.gz")
    for folder in (home, restored):
        with PaperChat.open(folder) as chat:
            assert chat.doctor().problems == ()
            assert [said(chat.ask(question)) for question in QUESTIONS] == expected
            stored = next(iter(chat.papers()))
            chat.library.marks.put("read", stored.paper_id, owner="ada")
            chat.library.api_keys.add("notebook", "read")
            chat.ask(QUESTIONS[0], conversation="after")
            assert len(chat.turns("after")) == 1
        database = Database(folder)
        with database.reading() as connection:
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
        database.close()


def test_a_library_with_texts_in_its_vector_index_answers_the_same(
    untouched_sample: Path, tmp_path: Path, expected: list[tuple[object, ...]]
) -> None:
    home = tmp_path / "library"
    shutil.copytree(untouched_sample, home)
    put_texts_into_vector_index(home)
    with PaperChat.open(home) as chat:
        assert [said(chat.ask(question)) for question in QUESTIONS] == expected
        assert chat.doctor().problems == ()

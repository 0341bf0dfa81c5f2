"""A backup is a library between two of its changes; what is restored is that, or the library stays what it was."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from storage_process import papers

from older_library import downgrade
from paperchat.errors import LibraryBusyError, LibraryVersionError, PaperchatError, StorageError, UsageError
from paperchat.storage.backups.backup_writer import write_backup
from paperchat.storage.backups.restore import restore_backup
from support import add_papers, open_library

PROCESS = Path(__file__).with_name("storage_process.py")
BATCH = 300  # papers that `storage_process.add` adds at once

pytestmark = pytest.mark.security


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "library.tar.gz"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library of three papers and a backup of it."""
    folder = tmp_path_factory.mktemp("made")
    with open_library(folder / "library") as library:
        add_papers(library, *papers("2401", 3))
    write_backup(folder / "library", folder / "library.tar.gz")
    return folder


@pytest.fixture
def backup(made: Path, home: Path, file: Path) -> Path:
    """A backup of a library of three papers, which is there, too."""
    shutil.copytree(made / "library", home)
    shutil.copy(made / "library.tar.gz", file)
    return file


def contents(home: Path) -> tuple[Any, ...]:
    """What a library holds and finds."""
    with open_library(home) as library:
        ids = [stored.paper_id for stored in library.all_papers()]
        return (
            [(stored.paper, library.passages_of(stored.paper_id)) for stored in library.all_papers()],
            library.lexical_search("words numbers", len(ids) + 1),
            library.dense_search([1.0] * 64, len(ids) + 1),
        )


def assert_sound(home: Path) -> None:
    with open_library(home) as library:
        assert library.doctor().problems == ()


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_what_is_restored_is_what_was_backed_up(home: Path, backup: Path, tmp_path: Path) -> None:
    done = restore_backup(tmp_path / "other", backup)
    assert (done.replaced, done.manifest.papers, done.manifest.passages) == (False, 3, 3)
    assert contents(tmp_path / "other") == contents(home)
    assert_sound(tmp_path / "other")
    assert not (tmp_path / "other" / "restore").exists()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o700
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["library", "library.tar.gz", "other"]


def test_an_empty_library_and_one_of_an_older_schema_are_backed_up_as_they_are(
    home: Path, file: Path, tmp_path: Path
) -> None:
    open_library(home).close()
    downgrade(home, "0013")
    assert write_backup(home, file).catalogue == "0013"
    restore_backup(tmp_path / "other", file)
    assert contents(tmp_path / "other") == ([], [], [])


def test_answers_keys_and_signatures_come_along_and_downloads_stay(home: Path, file: Path) -> None:
    with open_library(home) as library:
        library.store_answer("1", "an answer")
        key, token = library.api_keys.add("notebook", "read")
        signing_key = library.signing_key()
    write_backup(home, file)
    with open_library(home) as library:
        library.api_keys.revoke("notebook")
        library.store_answer("1", "another answer")
    (home / "web").mkdir()
    (home / "web" / "download").write_text("kept")
    (home / "audit.jsonl").write_text("{}\n")
    assert restore_backup(home, file, replace=True).keys == 1
    with open_library(home) as library:
        assert library.answer("1") == "an answer"
        found = library.api_keys.find(token)
        assert found
        assert found.name == key.name
        assert library.signing_key() == signing_key
    assert (home / "web" / "download").read_text() == "kept"
    assert (home / "audit.jsonl").read_text() == "{}\n"


def test_uploads_are_found_where_the_library_is_now(home: Path, file: Path, tmp_path: Path) -> None:
    open_library(home).close()
    upload = home / "uploads" / "0123-abc" / "paper (1).pdf"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"%PDF")
    record_source(home, str(upload))
    record_source(home, "/elsewhere/paper (1).pdf")
    write_backup(home, file)
    other = tmp_path / "other"
    restore_backup(other, file)
    moved = other / "uploads" / "0123-abc" / "paper (1).pdf"
    assert moved.read_bytes() == b"%PDF"
    with closing(sqlite3.connect(other / "catalogue.sqlite")) as connection:
        found = {location for (location,) in connection.execute("SELECT location FROM inputs")}
    assert found == {str(moved), "/elsewhere/paper (1).pdf"}


def record_source(home: Path, location: str) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection, connection:
        connection.execute(
            "INSERT INTO inputs (location, sha256, reader, entries, failures) VALUES (?, '', '', 0, '[]')", (location,)
        )


def test_a_library_is_replaced_only_when_asked_and_only_when_nobody_has_it_open(home: Path, backup: Path) -> None:
    before = contents(home)
    with open_library(home) as library:
        add_papers(library, *papers("2402", 2))
    changed = contents(home)
    with pytest.raises(UsageError, match=r"there is a library at .*--replace"):
        restore_backup(home, backup)
    with open_library(home) as library:
        library.counts()
        with pytest.raises(LibraryBusyError, match=r"another process has the library at .* open: stop it"):
            restore_backup(home, backup, replace=True)
        assert library.counts().papers == 5
    assert contents(home) == changed
    assert restore_backup(home, backup, replace=True).replaced
    assert contents(home) == before


@pytest.mark.parametrize("damaged", ["catalogue.sqlite", "tantivy/meta.json", "chroma/chroma.sqlite3"])
def test_a_damaged_library_is_replaced(home: Path, backup: Path, damaged: str) -> None:
    before = contents(home)
    (home / damaged).write_bytes(b"no such thing")
    restore_backup(home, backup, replace=True)
    assert contents(home) == before


@pytest.mark.parametrize("moved", [[], ["old/catalogue.sqlite"], ["old/catalogue.sqlite", "catalogue.sqlite"]])
def test_restoring_that_was_stopped_is_finished_at_the_next_opening(
    home: Path, tmp_path: Path, moved: list[str]
) -> None:
    """A process that dies after the decision leaves files half moved."""
    with open_library(home) as library:
        add_papers(library, *papers("2401", 3))
    before = contents(home)
    shutil.copytree(home, tmp_path / "restored")
    with open_library(home) as library:
        add_papers(library, *papers("2402", 2))
    ready = home / "restore" / "ready"
    ready.mkdir(parents=True)
    for name in ("catalogue.sqlite", "chroma", "tantivy"):
        shutil.move(tmp_path / "restored" / name, ready / name)
    (home / "restore" / "old").mkdir()
    for name in moved:
        (home if "old" in name else ready).joinpath("catalogue.sqlite").rename(
            home / "restore" / name if "old" in name else home / name
        )
    assert contents(home) == before
    assert not (home / "restore").exists()


def test_what_a_process_that_died_before_the_decision_left_behind_changes_nothing(home: Path, backup: Path) -> None:
    before = contents(home)
    (home / "restore" / "new").mkdir(parents=True)
    (home / "restore" / "new" / "catalogue.sqlite").write_bytes(b"half of it")
    assert contents(home) == before
    restore_backup(home, backup, replace=True)
    assert contents(home) == before


@pytest.mark.parametrize("tenths", range(10))
def test_a_backup_that_was_cut_short_is_refused(home: Path, backup: Path, tenths: int) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: len(content) * tenths // 10])
    assert_refused(home, backup)


@pytest.mark.parametrize("twentieths", range(0, 20, 2))
def test_a_backup_with_changed_bytes_is_refused(home: Path, backup: Path, twentieths: int) -> None:
    content = bytearray(backup.read_bytes())
    place = len(content) * twentieths // 20 + 20
    content[place] ^= 0x55
    backup.write_bytes(content)
    assert_refused(home, backup)


def assert_refused(home: Path, file: Path, match: str = "is", kind: type[PaperchatError] = PaperchatError) -> None:
    """Check that a file is refused in one line, by a folder without a library and by one with one, which stays."""
    before, beside = indexes_and_papers(home), files_below(home.parent)
    for target, replace in ((home.with_name("new"), False), (home, True)):
        with pytest.raises(kind, match=match) as caught:
            restore_backup(target, file, replace=replace)
        assert "\n" not in str(caught.value)
    assert indexes_and_papers(home) == before
    new = files_below(home.parent).keys() - beside.keys()
    assert {name for name in new if not name.startswith("library/")} <= {"new/write.lock"}


def indexes_and_papers(home: Path) -> tuple[Any, ...]:
    """The bytes of a library's indexes, and the ids in its catalogue."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        ids = connection.execute("SELECT paper_id FROM papers").fetchall()
    return ids, files_below(home / "chroma"), files_below(home / "tantivy")


def unpacked(file: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest of a backup, and its files."""
    with tarfile.open(file) as archive:
        read = {member.name: archive.extractfile(member) for member in archive}
        contents = {name: content.read() for name, content in read.items() if content}
    return json.loads(contents.pop("manifest.json")), contents


def pack(file: Path, manifest: Any, members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> None:
    with tarfile.open(file, "w:gz") as archive:
        for entry, content in [member("manifest.json", json.dumps(manifest).encode()), *members]:
            archive.addfile(entry, io.BytesIO(content))


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> tuple[Any, bytes]:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(content), kind, link
    return entry, content


def repack(file: Path, *extra: tuple[Any, bytes], listed: str = "", **changed: Any) -> None:
    """Rewrite a backup with more members, with ``listed`` in its manifest as the name of the first."""
    manifest, members = unpacked(file)
    manifest |= changed
    if listed:
        content = extra[0][1]
        digest = hashlib.sha256(content).hexdigest()
        manifest["files"].append({"path": listed, "size": len(content), "sha256": digest})
    pack(file, manifest, [*(member(name, content) for name, content in members.items()), *extra])


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../evil",
            "/tmp/evil",
            "uploads/../../evil",
            "chroma/./../../evil",
            "uploads//evil",
            "uploads/..",
            "web/evil",
        ),
        *("write.lock", "restore/ready/evil", "uploads\\..\\evil", "uploads/a\0b", "C:/evil", "", "uploads/\n"),
    ],
)
def test_a_path_outside_of_the_library_is_refused(home: Path, backup: Path, path: str) -> None:
    repack(backup, member(path, b"evil"), listed=path)
    assert_refused(home, backup, "damaged", StorageError)


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("uploads/link", tarfile.SYMTYPE, "/etc/passwd"),
        ("uploads/link", tarfile.LNKTYPE, "catalogue.sqlite"),
        ("uploads/pipe", tarfile.FIFOTYPE, ""),
        ("uploads/device", tarfile.CHRTYPE, ""),
        ("uploads/folder", tarfile.DIRTYPE, ""),
    ],
)
def test_links_devices_and_folders_are_refused(home: Path, backup: Path, name: str, kind: bytes, link: str) -> None:
    repack(backup, member(name, b"", kind, link), listed=name)
    assert_refused(home, backup, "is not what the manifest lists", StorageError)


def test_what_is_not_listed_or_is_there_twice_is_refused(home: Path, backup: Path) -> None:
    original = backup.read_bytes()
    repack(backup, member("uploads/more", b"more"))
    assert_refused(home, backup, "is not what the manifest lists")
    backup.write_bytes(original)
    _, members = unpacked(backup)
    repack(backup, member("catalogue.sqlite", members["catalogue.sqlite"]))
    assert_refused(home, backup, "'catalogue.sqlite' is not what the manifest lists")
    backup.write_bytes(original)
    repack(backup, member("uploads/other", b"x"), listed="uploads/missing")
    assert_refused(home, backup, "is not what the manifest lists")


def test_a_file_without_its_content_is_refused(home: Path, backup: Path) -> None:
    manifest, members = unpacked(backup)
    some = [member(name, content) for name, content in members.items() if name != "tantivy/meta.json"]
    pack(backup, manifest, some)
    assert_refused(home, backup, "'tantivy/meta.json' is missing", StorageError)


@pytest.mark.parametrize(
    ("manifest", "match"),
    [
        ([], "is not a backup"),
        ({"format": "1"}, "is not a backup"),
        ({"format": 1}, "its manifest is malformed"),
        ({"format": 1, "catalogue": "0015", "files": "no list"}, "its manifest is malformed"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(home: Path, backup: Path, manifest: Any, match: str) -> None:
    pack(backup, manifest, ())
    assert_refused(home, backup, match)


@pytest.mark.usefixtures("backup")
@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"\0" * 20_000)],
    ids=["empty", "text", "compressed text", "compressed zeros"],
)
def test_another_file_is_refused(home: Path, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert_refused(home, file, "is not a backup", UsageError)


def test_a_newer_schema_is_refused(home: Path, backup: Path) -> None:
    repack(backup, catalogue="0999", paperchat="9.0")
    assert_refused(home, backup, r"was written by a newer paperchat \('9.0', catalogue '0999'", LibraryVersionError)
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(LibraryVersionError, match="newer paperchat"):
        write_backup(home, backup)


def test_a_catalogue_of_another_revision_than_the_manifest_says_is_refused(home: Path, backup: Path) -> None:
    repack(backup, catalogue="0014")
    assert_refused(home, backup, "the catalogue in the backup is damaged", StorageError)


def test_a_damaged_catalogue_is_not_backed_up_over_a_good_backup(home: Path, backup: Path) -> None:
    good = backup.read_bytes()
    content = bytearray((home / "catalogue.sqlite").read_bytes())
    content[8192:12288] = bytes(4096)
    (home / "catalogue.sqlite").write_bytes(content)
    with pytest.raises(StorageError, match=r"the catalogue at .* damaged"):
        write_backup(home, backup)
    assert backup.read_bytes() == good
    assert sorted(entry.name for entry in backup.parent.iterdir()) == ["library", "library.tar.gz"]


def test_a_library_that_another_process_writes_to_is_waited_for(home: Path, file: Path) -> None:
    open_library(home).close()
    holder = in_process("hold", home, stdin=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(LibraryBusyError, match="another process is writing"):
        write_backup(home, file, lock_timeout=0.1)
    holder.communicate("")
    write_backup(home, file)


@pytest.mark.parametrize("name", ["library.zip", ".tar.gz", "missing/library.tar.gz", "library/inside.tar.gz"])
def test_a_place_where_no_backup_can_be_is_refused(home: Path, name: str) -> None:
    open_library(home).close()
    with pytest.raises(UsageError):
        write_backup(home, home.parent / name)


def test_where_there_is_no_library_nothing_is_backed_up(home: Path, file: Path) -> None:
    with pytest.raises(UsageError, match="there is no library at"):
        write_backup(home, file)
    with pytest.raises(UsageError, match="there is no file"):
        restore_backup(home, file)
    assert not home.exists() or [*files_below(home)] == ["write.lock"]


@pytest.mark.parametrize("backups", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_a_backup_during_ingestion_is_a_library_between_two_batches(home: Path, file: Path, backups: int) -> None:
    total = BATCH * 3 * backups
    with open_library(home) as library:
        add_papers(library, *papers("2399", 1))
        adding = in_process("add", home, "2401", str(total))
        seen: list[int] = []
        try:
            for _ in range(backups):
                library.store_answer(str(len(seen)), "an answer")
                write_backup(home, file, lock_timeout=120)
                seen.append(counted(file))
        finally:
            adding.communicate()
    assert adding.returncode == 0
    assert sorted(seen) == seen


def counted(file: Path) -> int:
    """The number of papers in a restored library, which is whole, and holds whole batches."""
    home = file.with_name("restored")
    restore_backup(home, file)
    papers_found, texts, vectors = contents(home)
    assert_sound(home)
    shutil.rmtree(home)
    count = len(papers_found)
    assert count % BATCH == 1
    assert len(texts) == len(vectors) == count
    return count


def in_process(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, str(PROCESS), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        **options,
    )

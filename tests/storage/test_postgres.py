"""A catalogue on a PostgreSQL server: how it is set up, and what happens when the server fails."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, make_url, select, text

from older_library import downgrade
from paperchat.errors import (
    LibraryBusyError,
    LibraryVersionError,
    PaperchatError,
    StorageError,
    UsageError,
)
from paperchat.storage.catalogue import utc_now
from paperchat.storage.database import Database
from paperchat.storage.library import Library
from paperchat.storage.schema import HEAD, answers, metadata
from paperchat.types import Filters, Paper
from postgres import PostgresTestServer, terminate_all
from support import add_papers, open_library

OWLS = Paper(title="On owls and their sleep", abstract="Owls sleep by day.", arxiv_id="2401.00001", date="2024-01-02")
GNUS = Paper(title="On gnus and their herds", abstract="Gnus sleep by night.", arxiv_id="2401.00002", date="2024-01-03")


@pytest.fixture
def catalogue(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def database(home: Path, postgres_url: str) -> Iterator[Database]:
    with closing(Database(home, url=postgres_url, busy_timeout=0.3)) as opened:
        yield opened


def prepared(url: str) -> Database:
    database = Database(Path("unused"), url=url)
    database.prepare(database.process_lock(Path("write.lock"), timeout=5))
    return database


def message_of(error: pytest.ExceptionInfo[PaperchatError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


# Setting it up


def test_migrations_create_the_tables_of_the_schema_whose_texts_are_compared_by_bytes(
    postgres: PostgresTestServer,
) -> None:
    url = postgres.create_database()
    with closing(prepared(url)) as database:
        with database.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            texts = text(
                "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = 'public' "
                "AND table_name <> 'alembic_version' AND data_type IN ('text', 'character varying')"
            )
            assert list(connection.execute(texts).scalars()) == ["C"]
        assert database.problems() == []


def test_a_library_is_made_in_an_empty_database(tmp_path: Path, postgres: PostgresTestServer) -> None:
    url = postgres.create_database()
    for plain in (url, url.replace("postgresql://", "postgresql+psycopg://")):
        with open_library(tmp_path / "library", database_url=plain) as library:
            add_papers(library, OWLS)
            assert library.paper("2401.00001").paper == OWLS
            assert library.doctor().problems == ()
            name = make_url(url).database
            assert name
            assert name in library.catalogue_place
    assert not (tmp_path / "library" / "catalogue.sqlite").exists()


def test_the_order_is_that_of_sqlite(tmp_path: Path, catalogue: str) -> None:
    titles = ("Zebras rest", "ants work", "Ärzte heilen", "a b", "A-b", "_x")
    found = []
    for url in ("", catalogue):
        with open_library(tmp_path / f"library{len(url)}", database_url=url) as library:
            add_papers(library, *(Paper(title=title, abstract="A text.", key=title) for title in titles))
            listed = [one.stored.paper.title for one in library.recent.list_papers(Filters(), order="title")]
            found.append((listed, [stored.paper_id for stored in library.all_papers()]))
    assert found[0] == found[1]
    assert found[0][0] == sorted(titles)


def test_a_library_in_a_folder_is_not_taken_for_that_of_an_empty_database(
    tmp_path: Path, postgres: PostgresTestServer
) -> None:
    with open_library(tmp_path) as library:
        add_papers(library, OWLS)
    with pytest.raises(StorageError, match="run `paperchat migrate`") as caught:
        open_library(tmp_path, database_url=postgres.create_database())
    assert str(tmp_path) in message_of(caught)


def test_a_database_of_another_encoding_or_program_is_refused(tmp_path: Path, postgres: PostgresTestServer) -> None:
    latin = postgres.create_database(options="TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(StorageError, match="has the encoding LATIN1: make one with") as caught:
        open_library(tmp_path, database_url=latin)
    message_of(caught)
    taken = postgres.create_database()
    postgres.execute("CREATE TABLE papers (id integer)", str(make_url(taken).database))
    with pytest.raises(StorageError, match="has a table 'papers' of another program") as caught:
        open_library(tmp_path, database_url=taken)
    message_of(caught)


def test_without_the_driver_one_line_names_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"run pip install 'paperchat\[server\]'") as caught:
        Database(home, url="postgresql://ada:geheim@db.example.org/papers")
    assert "geheim" not in message_of(caught)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://ada:geheim@db.example.org/papers", "begins with mysql://, which is not supported"),
        ("postgresql+asyncpg://ada:geheim@db.example.org/papers", "begins with postgresql"),
        ("postgresql://ada:geheim@db.example.org", "names no database"),
        ("postgresql://ada:geheim@db.example.org:geheim/papers", "a port that is no number"),
        ("postgresql://ada:geheim@127.0.0.1:9/papers", "on 127.0.0.1:9 cannot be reached"),
        ("postgresql://ada:geheim@no-such-host.invalid/papers", "on no-such-host.invalid:5432 cannot be reached"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_line_without_the_password(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(PaperchatError) as caught:
        open_library(tmp_path, database_url=url)
    message = message_of(caught)
    assert said in message
    assert "PAPERCHAT_DATABASE_URL" in message
    assert "geheim" not in message


def test_a_wrong_password_a_missing_database_and_a_missing_right_are_told_apart(
    tmp_path: Path, postgres: PostgresTestServer
) -> None:
    with pytest.raises(StorageError, match=r"'nowhere' on .* does not exist: make it") as caught:
        open_library(tmp_path, database_url=postgres.url("nowhere"))
    message_of(caught)
    url = postgres.create_database()
    name = str(make_url(url).database)
    postgres.execute("CREATE ROLE guest LOGIN PASSWORD 'richtig'")
    try:
        with pytest.raises(StorageError, match="does not let this user do that") as caught:
            open_library(tmp_path, database_url=postgres.url(name, user="guest", password="geheim"))
        assert "geheim" not in message_of(caught)
        with postgres.asking_for_passwords("guest"):
            with pytest.raises(StorageError, match="does not take this user and password") as caught:
                open_library(tmp_path, database_url=postgres.url(name, user="guest", password="geheim"))
            assert "geheim" not in message_of(caught)
            postgres.execute(f"GRANT ALL ON DATABASE {name} TO guest")
            postgres.execute("GRANT ALL ON SCHEMA public TO guest", name)
            with open_library(tmp_path, database_url=postgres.url(name, user="guest", password="richtig")) as library:
                add_papers(library, OWLS)
                assert library.counts().papers == 1
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
        postgres.execute("DROP ROLE guest")


# Versions


def test_a_catalogue_of_a_newer_paperchat_is_refused(home: Path, postgres_url: str, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LibraryVersionError, match=r"newer paperchat \(catalogue 9999") as caught:
        open_library(home)
    assert str(make_url(postgres_url).database) in message_of(caught)


def test_an_older_catalogue_is_migrated(home: Path, library: Library, database: Database) -> None:
    add_papers(library, OWLS)
    library.close()
    downgrade(home, "0015")
    with open_library(home) as migrated:
        assert migrated.paper("2401.00001").paper == OWLS
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert database.problems() == []


# Transactions


def test_a_reader_sees_one_snapshot_and_the_next_one_what_was_written(database: Database) -> None:
    count = select(answers.c.id)
    row = {"id": "a", "created_at": utc_now(), "body": "{}"}
    before = database.revision()
    with database.reading() as connection:
        assert connection.execute(count).all() == []
        with database.writing() as other:
            other.execute(insert(answers), [row])
        assert connection.execute(count).all() == []
    with database.reading() as connection:
        assert len(connection.execute(count).all()) == 1
    assert database.revision() != before


def test_nobody_writes_between_what_a_writer_reads_and_writes(home: Path, postgres_url: str) -> None:
    with closing(Database(home, url=postgres_url)) as database:

        def raise_by_one(_: int) -> None:
            with database.writing() as connection:
                read = connection.execute(text("SELECT value FROM meta WHERE name = 'n'")).scalar() or "0"
                connection.execute(text("DELETE FROM meta WHERE name = 'n'"))
                connection.execute(text("INSERT INTO meta VALUES ('n', :value)"), {"value": str(int(str(read)) + 1)})

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(raise_by_one, range(100)))
        with database.reading() as connection:
            assert connection.execute(text("SELECT value FROM meta WHERE name = 'n'")).scalar() == "100"


def write_nothing(database: Database) -> None:
    with database.writing():
        pass


def test_a_transaction_that_others_keep_waiting_is_one_line(home: Path, database: Database, postgres_url: str) -> None:
    with closing(Database(home, url=postgres_url)) as other, other.writing():
        with pytest.raises(LibraryBusyError, match="another process is writing to the library") as caught:
            write_nothing(database)
        message_of(caught)
    with database.writing():
        pass


def test_another_process_notices_what_was_written(home: Path, library: Library) -> None:
    with open_library(home) as other:
        assert list(other.directory.entries()) == []
        add_papers(library, OWLS)
        assert list(other.directory.entries()) == ["arxiv:2401.00001"]
        assert other.directory.state() == library.directory.state()


def test_a_text_that_cannot_be_stored_is_one_line_and_nothing_is_lost(library: Library) -> None:
    add_papers(library, OWLS)
    with pytest.raises(UsageError, match="cannot store a text") as caught:
        library.store_answer("a\0b", "{}")
    message_of(caught)
    library.store_answer("ab", "{}")
    assert library.answer("ab") == "{}"


# The server fails


def test_a_connection_that_was_ended_is_replaced(
    library: Library, postgres: PostgresTestServer, catalogue: str
) -> None:
    add_papers(library, OWLS)
    terminate_all(postgres, catalogue)
    assert library.counts().papers == 1
    terminate_all(postgres, catalogue)
    add_papers(library, GNUS)
    assert library.doctor().problems == ()


def test_a_transaction_that_the_server_ends_is_one_line_and_undone(
    database: Database, postgres: PostgresTestServer, catalogue: str
) -> None:
    def interrupted(transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        with transaction() as connection:
            connection.execute(text("SELECT 1"))
            terminate_all(postgres, catalogue)
            connection.execute(text("SELECT 1"))

    for transaction in (database.reading, database.writing):
        with pytest.raises(StorageError, match="try again") as caught:
            interrupted(transaction)
        message_of(caught)
    with database.writing() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_a_stopped_server_is_one_line_and_answers_come_back_by_themselves(
    library: Library, home: Path, postgres: PostgresTestServer
) -> None:
    add_papers(library, OWLS)
    for mode in ("fast", "immediate"):
        postgres.stop(mode)
        try:
            for attempt in (library.counts, lambda: add_papers(library, GNUS), lambda: open_library(home)):
                with pytest.raises(StorageError, match=r"cannot be reached .* start the server") as caught:
                    attempt()
                message_of(caught)
        finally:
            postgres.start()
        assert library.paper("2401.00001").paper == OWLS
    add_papers(library, GNUS)
    assert library.doctor().problems == ()


def test_a_full_disk_of_the_server_is_one_line(library: Library, postgres: PostgresTestServer, catalogue: str) -> None:
    name = str(make_url(catalogue).database)
    postgres.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$",
        name,
    )
    postgres.execute("CREATE TRIGGER full_disk BEFORE INSERT ON passages EXECUTE FUNCTION fail()", name)
    with pytest.raises(StorageError, match="has no space left on its disk: free some there") as caught:
        add_papers(library, OWLS)
    message_of(caught)
    postgres.execute("DROP TRIGGER full_disk ON passages", name)
    add_papers(library, OWLS)
    assert library.doctor().problems == ()


# The write lock


def test_writers_on_several_machines_exclude_one_another(tmp_path: Path, catalogue: str) -> None:
    with (
        open_library(tmp_path / "one", database_url=catalogue) as one,
        open_library(tmp_path / "other", database_url=catalogue, lock_timeout=0.2) as other,
    ):
        with one.write_session(), one.write_session():
            with pytest.raises(LibraryBusyError, match="another process is writing to the library") as caught:
                add_papers(other, OWLS)
            assert str(make_url(catalogue).database) in message_of(caught)
            other.store_answer("ab", "{}")  # needs no session
        add_papers(other, OWLS)
        assert one.counts().papers == 1


def test_the_lock_is_one_threads_at_a_time(library: Library) -> None:
    entered = threading.Event()

    def enter() -> None:
        with library.write_session():
            entered.set()

    with ThreadPoolExecutor(1) as threads:
        with library.write_session():
            waiting = threads.submit(enter)
            assert not entered.wait(0.2)
        waiting.result(10)
    assert entered.is_set()


def test_a_lost_lock_keeps_its_holder_from_writing(
    library: Library, home: Path, postgres: PostgresTestServer, catalogue: str
) -> None:
    add_papers(library, OWLS)

    def lose_the_lock() -> None:
        with library.write_session():
            terminate_all(postgres, catalogue)
            with open_library(home, lock_timeout=2) as other:
                add_papers(other, GNUS)
            add_papers(library, Paper(title="On newts", abstract="Newts rest.", arxiv_id="2401.00003"))

    with pytest.raises(StorageError, match="so nothing more is written") as caught:
        lose_the_lock()
    message_of(caught)
    assert sorted(stored.paper_id for stored in library.all_papers()) == ["arxiv:2401.00001", "arxiv:2401.00002"]
    add_papers(library, Paper(title="On newts", abstract="Newts rest.", arxiv_id="2401.00003"))
    assert library.doctor().problems == ()

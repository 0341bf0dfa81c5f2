"""``migrate``: a library's catalogue from SQLite to PostgreSQL, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.output import print_json, print_line
from paperchat.cli.progress import progress_bar
from paperchat.cli.shared_options import Home, Json, Quiet, cli_context
from paperchat.errors import UsageError
from paperchat.text.describe import one_line, pluralize

if TYPE_CHECKING:
    from paperchat.storage.database import Database


def migrate(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="HOME", help="Folder of the library [default: the home]; or a database's URL."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Database to copy into [default: PAPERCHAT_DATABASE_URL]; or a folder.",
        ),
    ] = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy the catalogue of a library into an empty PostgreSQL database, and check the copy.

    The library stays as it is, and the indexes stay in its folder. Stop the programs that use it before. A URL with a
    password is better given as PAPERCHAT_DATABASE_URL than as an option, which other users of the machine can see.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    settings = cli.settings()
    from_place = source or str(settings.home.expanduser())
    to_place = target or settings.database_url.get_secret_value()
    if not to_place:
        raise UsageError("where to copy the catalogue is not said: give --to URL, or set PAPERCHAT_DATABASE_URL")
    if from_place == to_place or not (_is_url(from_place) or _is_url(to_place)):
        raise UsageError("migrate copies between a library's folder and a database: one of the two must be a URL")
    folder = Path(to_place if _is_url(from_place) else from_place).expanduser()
    if not _is_url(from_place) and not (folder / "catalogue.sqlite").is_file():
        raise UsageError(f"{folder} has no catalogue.sqlite to copy: name the folder of a library with --from")
    from paperchat.storage.databases.catalogue_copy import copy_catalogue

    original = _database(from_place, settings.lock_timeout)
    copied = _database(to_place, settings.lock_timeout)
    try:
        if original.is_new():
            raise UsageError(f"{original.place} has no catalogue to copy: check --from")
        if _is_url(from_place):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_lock = folder / "write.lock"
        locks = [one.process_lock(write_lock, timeout=settings.lock_timeout) for one in (original, copied)]
        for database, lock in zip((original, copied), locks, strict=True):
            database.prepare(lock)
        with locks[0], locks[1], progress_bar("Copying", unit="rows", quiet=cli.quiet) as report_progress:
            copy = copy_catalogue(original, copied, report_progress)
        places = original.place, copied.place
    finally:
        original.close()
        copied.close()
    following = (
        f"set PAPERCHAT_DATABASE_URL to that database, and go on with the same home ({folder}), where the indexes stay"
        if _is_url(to_place)
        else f"unset PAPERCHAT_DATABASE_URL, set PAPERCHAT_HOME to {folder}, and run `paperchat doctor`"
    )
    if cli.json:
        print_json(
            {"from": places[0], "to": places[1], "tables": copy.rows, "replaced": copy.replaced, "next": following}
        )
        return
    papers = pluralize(copy.rows["papers"], "paper")
    print_line(one_line(f"copied and checked {papers}, {sum(copy.rows.values())} rows in all, into {places[1]}"))
    if copy.replaced:
        texts = pluralize(copy.replaced, "text")
        print_line(f"{texts} had a character that cannot be stored there, which is U+FFFD now")
    print_line(one_line(f"next: {following}"))


def _is_url(place: str) -> bool:
    return "://" in place


def _database(place: str, lock_timeout: float) -> Database:
    from paperchat.storage.database import Database

    if _is_url(place):
        return Database(Path(), url=place, busy_timeout=lock_timeout)
    return Database(Path(place).expanduser(), busy_timeout=lock_timeout)

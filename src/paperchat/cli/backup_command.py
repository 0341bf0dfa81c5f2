"""``backup`` and ``restore``: a library as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.output import print_json, print_line
from paperchat.cli.shared_options import CliContext, Home, Json, cli_context
from paperchat.errors import UsageError
from paperchat.text.describe import one_line, pluralize

if TYPE_CHECKING:
    from paperchat.settings import Settings


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write; its name ends in .tar.gz.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Write the whole library into one file, also while it is served or papers are ingested.

    The file has everything but downloads, which are fetched again, and the audit log. It is checked after it was
    written, and only you can read it: it holds all conversations, notes and addresses, and the hashes of API keys.
    """
    cli = cli_context(context, home=home, json=json)
    settings = _local_settings(cli)
    from paperchat.storage.backups.backup_writer import write_backup

    manifest = write_backup(settings.home.expanduser(), file, lock_timeout=settings.lock_timeout)
    size = file.stat().st_size
    if cli.json:
        print_json({"file": str(file), "size": size, **manifest.as_json()})
    else:
        papers = pluralize(manifest.papers, "paper")
        print_line(one_line(f"wrote {file}: {papers}, {manifest.passages} passages, {size / 1e6:.1f} MB"))


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that backup wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the library that is there.")] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Make the library what it was when a backup was written.

    The file is checked as a whole first. With --replace, the library that is there stays in force until the other one
    is in its place, and is deleted then. Programs that have it open must be stopped before.
    """
    cli = cli_context(context, home=home, json=json)
    settings = _local_settings(cli)
    from paperchat.storage.backups.restore import restore_backup

    folder = settings.home.expanduser()
    done = restore_backup(folder, file, replace=replace, lock_timeout=settings.lock_timeout)
    if cli.json:
        print_json({"home": str(folder), "replaced": done.replaced, "keys": done.keys, **done.manifest.as_json()})
    else:
        papers = pluralize(done.manifest.papers, "paper")
        written = f"as of {done.manifest.created_at}"
        print_line(one_line(f"restored {papers}, {done.manifest.passages} passages, {written}, into {folder}"))
        if done.keys:
            print_line(f"{pluralize(done.keys, 'API key')} in force again: see keys list")


def _local_settings(cli: CliContext) -> Settings:
    """The settings, of a library that is in its folder as a whole.

    Raises:
        UsageError: a part of it is on a server.
    """
    settings = cli.settings()
    for name in ("database_url", "chroma_url", "milvus_url"):
        if getattr(settings, name):
            raise UsageError(
                f"a part of this library is on the server that {name} names: back that up with the server's own "
                "tools, and the library's folder beside it"
            )
    return settings

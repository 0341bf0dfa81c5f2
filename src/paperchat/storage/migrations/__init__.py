"""Alembic revisions of the catalogue, run by the program itself; imported only when a migration is due."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Index, text

from paperchat.storage.schema import paper_keys

# With the tables it would load the dialects of both databases whenever a library is opened.
Index(
    "uq_paper_keys_kind_value",
    paper_keys.c.kind,
    paper_keys.c.value,
    unique=True,
    sqlite_where=text("kind <> 'title'"),
    postgresql_where=text("kind <> 'title'"),
)


def upgrade(connection: Connection) -> None:
    """Migrate the database to the newest revision within the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

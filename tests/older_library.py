"""Makes a library look as if an earlier paperchat had written it."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from paperchat.storage import migrations
from paperchat.storage.database import Database
from support import catalogue_url


def downgrade(home: Path, revision: str) -> None:
    """Take the catalogue of the closed library at ``home`` back to this revision."""
    database = Database(home, url=catalogue_url(home))
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    database.close()

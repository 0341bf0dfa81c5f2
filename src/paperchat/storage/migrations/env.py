"""Runs the revisions on the connection passed by ``migrations.upgrade``."""

from alembic import context

from paperchat.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

"""What Alembic runs for each migration: the connection is given, and so is its transaction."""

from __future__ import annotations

from alembic import context

from database.store_schema import metadata

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=metadata,
    version_table=given["version_table"],
)
context.run_migrations()

"""The first tables.

Samples, hours and settlements are clustered by (series, time), so that a stretch of one series lies
together; the names begin with ``rate_`` because a PostgreSQL database may hold other stores, too.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "rate_series",
        sa.Column("series_id", sa.Integer, primary_key=True),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.UniqueConstraint("venue", "symbol"),
    )
    _of_series(
        "rate_samples",
        sa.Column("at_ms", sa.BigInteger, primary_key=True),
        sa.Column("rate", sa.Text, nullable=False),
        sa.Column("interval_s", sa.Integer, nullable=False),
    )
    _of_series(
        "rate_hours",
        sa.Column("hour", sa.Integer, primary_key=True),
        sa.Column("mean_8h", sa.Double, nullable=False),
        sa.Column("low_8h", sa.Double, nullable=False),
        sa.Column("high_8h", sa.Double, nullable=False),
        sa.Column("samples", sa.Integer, nullable=False),
    )
    _of_series(
        "rate_settlements",
        sa.Column("at_ms", sa.BigInteger, primary_key=True),
        sa.Column("rate", sa.Text, nullable=False),
        sa.Column("interval_s", sa.Integer),
    )
    _of_series(
        "rate_intervals",
        sa.Column("at_ms", sa.BigInteger, primary_key=True),
        sa.Column("interval_s", sa.Integer, nullable=False),
    )
    op.create_table(
        "rate_latest",
        sa.Column("venue", sa.Text, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("rates", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "rate_attempts",
        sa.Column("venue", sa.Text, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, primary_key=True),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("quarantined", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_table(
        "rate_marks",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop every table."""
    for name in ("marks", "attempts", "latest", "intervals", "settlements", "hours", "samples"):
        op.drop_table(f"rate_{name}")
    op.drop_table("rate_series")


def _of_series(name: str, *columns: sa.Column[object]) -> None:
    """Create a table whose rows belong to a series and lie in its order."""
    op.create_table(
        name,
        sa.Column("series_id", sa.Integer, primary_key=True, autoincrement=False),
        *columns,
        sqlite_with_rowid=False,
    )

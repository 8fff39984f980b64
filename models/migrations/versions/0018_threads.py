"""Adds which cards of a rule share a thread, and which messages notify nobody.

Every column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_JOINS_THREAD = sa.text("thread_key IS NOT NULL")


def upgrade() -> None:
    op.add_column("rules", sa.Column("thread", sa.String(10), server_default="none", nullable=False))
    op.add_column("deliveries", sa.Column("thread_key", sa.String(120), nullable=True))
    op.add_column("deliveries", sa.Column("is_silent", sa.Boolean(), server_default="0", nullable=False))
    op.create_index(
        "ix_deliveries_thread",
        "deliveries",
        ["tenant_id", "lane", "thread_key"],
        sqlite_where=_JOINS_THREAD,
        postgresql_where=_JOINS_THREAD,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_thread", "deliveries")
    op.drop_column("deliveries", "is_silent")
    op.drop_column("deliveries", "thread_key")
    op.drop_column("rules", "thread")

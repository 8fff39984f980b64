"""Adds the time zone of tenants, and the key by which two webhooks that tell one change are known.

Every column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("timezone", sa.String(64), server_default="UTC", nullable=False))
    op.add_column("events", sa.Column("content_key", sa.String(80), nullable=True))
    op.add_column("events", sa.Column("webhook", sa.String(100), nullable=True))
    op.create_index(
        "ix_events_content",
        "events",
        ["tenant_id", "content_key"],
        unique=True,
        sqlite_where=sa.text("content_key IS NOT NULL"),
        postgresql_where=sa.text("content_key IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_events_content", "events")
    op.drop_column("events", "webhook")
    op.drop_column("events", "content_key")
    op.drop_column("tenants", "timezone")

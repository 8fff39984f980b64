"""Adds the health of destinations that fail now: since when, how often, and when they are tried again.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, UtcTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "destination_health",
        sa.Column("destination_id", Id, nullable=False),
        sa.Column("failures", Id, server_default="0", nullable=False),
        sa.Column("failing_since", UtcTime(), nullable=False),
        sa.Column("failed_at", UtcTime(), nullable=False),
        sa.Column("open_until", UtcTime()),
        sa.Column("error", sa.String(300), server_default="", nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_destination_health_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "destination_id"],
            ["destinations.tenant_id", "destinations.id"],
            name=op.f("fk_destination_health_tenant_id_destination_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "destination_id", name=op.f("pk_destination_health")),
    )
    protect(op.get_bind(), ("destination_health",))


def downgrade() -> None:
    op.drop_table("destination_health")

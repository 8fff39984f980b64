"""Adds the authorisations of removed people, until they are given back to Pipedrive.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, UtcTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_grants",
        sa.Column("id", Id, nullable=False),
        sa.Column("sealed_for", Id, nullable=False),
        sa.Column("pipedrive_user_id", sa.String(64), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=False),
        sa.Column("failures", Id, server_default="0", nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_ended_grants_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_grants")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_ended_grants_tenant_id_id")),
    )
    op.create_index("ix_ended_grants_due_at", "ended_grants", ["due_at"])
    protect(op.get_bind(), ("ended_grants",))


def downgrade() -> None:
    op.drop_table("ended_grants")

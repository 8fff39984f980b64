"""Adds mutes, and what a delivery is gathered for: the summary card of the mute that skipped it.

New columns may be empty, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, UtcTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mutes",
        sa.Column("id", Id, nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("space_id", Id),
        sa.Column("user_id", Id),
        sa.Column("rule_id", Id),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("muted_by", sa.String(320), server_default="", nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime()),
        sa.Column("ended_at", UtcTime()),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_mutes_tenant_id"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{noun}_id"],
                [f"{noun}s.tenant_id", f"{noun}s.id"],
                name=op.f(f"fk_mutes_tenant_id_{noun}_id"),
                ondelete="CASCADE",
            )
            for noun in ("space", "user", "rule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_mutes_tenant_id_id")),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_mutes_open", "mutes", ["tenant_id", "until"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.add_column("deliveries", sa.Column("gathered_for", sa.String(40)))
    is_gathered = sa.text("gathered_for IS NOT NULL")
    op.create_index(
        "ix_deliveries_gathered",
        "deliveries",
        ["tenant_id", "gathered_for", "destination_id"],
        sqlite_where=is_gathered,
        postgresql_where=is_gathered,
    )
    protect(op.get_bind(), ("mutes",))


def downgrade() -> None:
    op.drop_index("ix_deliveries_gathered", "deliveries")
    op.drop_column("deliveries", "gathered_for")
    op.drop_table("mutes")

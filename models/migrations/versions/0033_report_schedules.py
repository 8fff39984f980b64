"""Adds reports that come by themselves.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, UtcTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_schedules",
        sa.Column("id", Id, nullable=False),
        sa.Column("space_id", Id),
        sa.Column("user_id", Id),
        sa.Column("every", sa.String(10), nullable=False),
        sa.Column("clock", sa.String(5), nullable=False),
        sa.Column("day", sa.String(3), nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_report_schedules_tenant_id"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{noun}_id"],
                [f"{noun}s.tenant_id", f"{noun}s.id"],
                name=op.f(f"fk_report_schedules_tenant_id_{noun}_id"),
                ondelete="CASCADE",
            )
            for noun in ("space", "user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedules")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_report_schedules_tenant_id_id")),
    )
    op.create_index("ix_report_schedules_due_at", "report_schedules", ["due_at"])
    protect(op.get_bind(), ("report_schedules",))


def downgrade() -> None:
    op.drop_table("report_schedules")

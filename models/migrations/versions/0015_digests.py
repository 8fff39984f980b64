"""Adds digests: issues for which deliveries are gathered, each for one card at its time."""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("id", Id, nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("space_id", Id),
        sa.Column("user_id", Id),
        sa.Column("every", sa.String(10), nullable=False),
        sa.Column("clock", sa.String(5), nullable=False),
        sa.Column("day", sa.String(3), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime()),
        sa.Column("ended_at", UtcTime()),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_digests_tenant_id"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{noun}_id"],
                [f"{noun}s.tenant_id", f"{noun}s.id"],
                name=op.f(f"fk_digests_tenant_id_{noun}_id"),
                ondelete="CASCADE",
            )
            for noun in ("space", "user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_digests_tenant_id_id")),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_digests_open", "digests", ["tenant_id", "due_at"], sqlite_where=is_open, postgresql_where=is_open
    )
    protect(op.get_bind(), ("digests",))


def downgrade() -> None:
    op.drop_table("digests")

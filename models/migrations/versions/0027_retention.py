"""Adds for how long teams keep their history, what plans allow, and from where an audit trail is kept.

The previous release still runs on the new schema; it keeps history as KEEP_DAYS says, and finds a trail
broken whose oldest entries were deleted by their age.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

START = ("start_number", "start_chain", "start_proof")


def upgrade() -> None:
    op.create_table(
        "retention",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("days", Id, nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_retention_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name=op.f("pk_retention")),
    )
    protect(op.get_bind(), ("retention",))
    op.create_table(
        "plan_retention",
        sa.Column("plan", sa.String(40), nullable=False),
        sa.Column("most_days", Id, nullable=False),
        sa.PrimaryKeyConstraint("plan", name=op.f("pk_plan_retention")),
    )
    op.add_column("audit_anchors", sa.Column("start_number", Id, server_default="0", nullable=False))
    op.add_column("audit_anchors", sa.Column("start_chain", sa.String(64), server_default="", nullable=False))
    op.add_column("audit_anchors", sa.Column("start_proof", sa.String(64), server_default="", nullable=False))


def downgrade() -> None:
    for column in START:
        op.drop_column("audit_anchors", column)
    op.drop_table("plan_retention")
    op.drop_table("retention")

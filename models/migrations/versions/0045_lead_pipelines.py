"""Adds the pipelines whose deals are leads of a team, and which of them a lead is of.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, UtcTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

TABLE = "lead_pipelines"
ADOPTING = ("adopted_to", "adopt_total", "adopt_done", "adopt_again_at")


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", ondelete="CASCADE", name=op.f(f"fk_{TABLE}_tenant_id"))
    op.create_table(
        TABLE,
        sa.Column("tenant_id", Id, tenant, nullable=False),
        sa.Column("pipeline_id", sa.String(64), nullable=False),
        sa.Column("chosen_by", sa.String(320), server_default="", nullable=False),
        sa.Column("chosen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "pipeline_id", name=op.f(f"pk_{TABLE}")),
    )
    op.add_column("leads", sa.Column("pipeline_id", sa.String(64)))
    op.add_column("lead_settings", sa.Column("adopted_to", sa.String(90)))
    op.add_column("lead_settings", sa.Column("adopt_total", Id, server_default="0", nullable=False))
    op.add_column("lead_settings", sa.Column("adopt_done", Id, server_default="0", nullable=False))
    op.add_column("lead_settings", sa.Column("adopt_again_at", UtcTime()))
    protect(op.get_bind(), (TABLE,))


def downgrade() -> None:
    for column in ADOPTING:
        op.drop_column("lead_settings", column)
    op.drop_column("leads", "pipeline_id")
    op.drop_table(TABLE)

"""Adds the pipeline of a sales report that comes by itself.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_schedules", sa.Column("pipeline", sa.String(32), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("report_schedules", "pipeline")

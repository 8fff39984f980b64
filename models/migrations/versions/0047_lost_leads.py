"""Adds how often it failed to look at a lead, and an index of the lost ones that are due.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import Id

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

# Written so that both databases take it for the condition of the query; see `models.tables.leads.IS_LOST`.
LOST = "look_at IS NOT NULL AND entity = 'lead' AND NOT is_open AND status = 'lost' AND deal_id IS NULL"


def upgrade() -> None:
    op.add_column("leads", sa.Column("failed_looks", Id, nullable=False, server_default="0"))
    where = sa.text(LOST)
    op.create_index("ix_leads_lost", "leads", ["look_at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_leads_lost", "leads")
    op.drop_column("leads", "failed_looks")

"""Adds how a message is sent again that Chat refused as it was: as plain text, or as a new one.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("resent_as", sa.String(8), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("deliveries", "resent_as")

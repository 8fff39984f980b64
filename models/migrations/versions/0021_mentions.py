"""Adds whom the cards of a rule mention.

Every column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rules", sa.Column("mention", sa.String(10), server_default="none", nullable=False))
    op.add_column("deliveries", sa.Column("mentions_owner", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("deliveries", "mentions_owner")
    op.drop_column("rules", "mention")

"""Notes which Pipedrive users an admin removed from the team, so that they do not join again by themselves.

The column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pipedrive_users", sa.Column("was_removed", sa.Boolean(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("pipedrive_users", "was_removed")

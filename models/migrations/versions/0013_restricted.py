"""Notes on which occasions admins were told how many deals only some may see.

The column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import Json

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("restricted_notices", Json, server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("connections", "restricted_notices")

"""Marks the tenant of the installation itself, whose events prove that the road from webhook to card works.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tenants", sa.Column("is_internal", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("tenants", "is_internal")

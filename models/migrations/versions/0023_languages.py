"""Adds the language of a tenant and of a person, and the locale that Chat says of a person.

Every column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("language", sa.String(35), server_default="en", nullable=False))
    op.add_column("users", sa.Column("language", sa.String(35), server_default="", nullable=False))
    op.add_column("users", sa.Column("chat_locale", sa.String(35), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("users", "chat_locale")
    op.drop_column("users", "language")
    op.drop_column("tenants", "language")

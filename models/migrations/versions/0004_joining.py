"""Finds a Pipedrive user by e-mail, for whoever says their first word to the app."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEX = "ix_pipedrive_users_email"


def upgrade() -> None:
    op.create_index(INDEX, "pipedrive_users", ["email"])


def downgrade() -> None:
    op.drop_index(INDEX, "pipedrive_users")

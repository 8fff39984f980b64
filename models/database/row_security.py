"""Row-level security on PostgreSQL: it isolates tenants even when our own code forgets the tenant.

Applied by migrations. A login that bypasses it (superuser, BYPASSRLS) switches to APP_ROLE in every
transaction, see models.database.engine; that role belongs to the whole cluster, so two databases may create
it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, text

from models.database.isolation import SETTING

APP_ROLE: Final = "pipenotify_app"

_SCOPE: Final = f"current_setting('{SETTING}', true)"
_OWN_ROWS: Final = f"{_SCOPE} = '*' OR CAST(tenant_id AS text) = {_SCOPE}"
_ABOVE_THE_RULES: Final = (
    "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user"
)
_MAKE_ROLE: Final = f"""
DO $$ BEGIN
  CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS NOSUPERUSER;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
_GRANTS: Final = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
)


def protect(connection: Connection, tables: Sequence[str]) -> None:
    """Allow only its tenant to read and write a row of these tables. Does nothing on SQLite."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
        connection.execute(text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
        connection.execute(
            text(f"CREATE POLICY own_rows ON {table} USING ({_OWN_ROWS}) WITH CHECK ({_OWN_ROWS})")
        )


def make_app_role(connection: Connection) -> None:
    """Create the role for a login that bypasses row security, with rights on all tables there are."""
    if connection.dialect.name != "postgresql" or not connection.scalar(text(_ABOVE_THE_RULES)):
        return
    connection.execute(text(_MAKE_ROLE))
    schema = connection.dialect.identifier_preparer.quote(connection.scalar(text("SELECT current_schema()")))
    for grant in _GRANTS:
        connection.execute(text(grant.format(schema=schema, role=APP_ROLE)))

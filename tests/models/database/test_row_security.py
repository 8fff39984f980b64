"""Row-level security on PostgreSQL: it holds for owners and superusers alike, and fails closed."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import ProgrammingError

from models.database import migrate
from models.database.engine import Database
from models.database.row_security import APP_ROLE
from models.tables import Base, Tenant
from models.tables.base import tenant_tables
from models.tables.destinations import Space
from tests.postgresql import Databases

MAKE_OWNER = """
DO $$ BEGIN CREATE ROLE pipenotify_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$
"""


@pytest.fixture
def migrated(postgresql: Databases) -> Iterator[Database]:
    with postgresql.fresh() as url:
        database = Database(url)
        with database.writing_all() as session:
            ours, theirs = Tenant(name="Acme"), Tenant(name="Umbrella")
            session.add_all([ours, theirs])
            session.flush()
            session.add(Space(tenant_id=ours.id, name="spaces/OURS"))
            session.add(Space(tenant_id=theirs.id, name="spaces/THEIRS"))
        yield database
        database.close()


def plain(database: Database) -> psycopg.Connection:
    """Connect past all our guards, as the login itself."""
    url = make_url(database.engine.url).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False))


def test_every_tenant_table_is_forced_and_has_its_policy(migrated: Database) -> None:
    query = """
        SELECT relname FROM pg_class JOIN pg_policies ON tablename = relname
        WHERE relrowsecurity AND relforcerowsecurity AND policyname = 'own_rows'
          AND qual LIKE '%pipenotify.tenant%' AND with_check LIKE '%pipenotify.tenant%'
    """
    with plain(migrated) as connection:
        protected = {name for (name,) in connection.execute(query)}
    assert protected == tenant_tables()


def test_every_reference_between_tenant_tables_carries_the_tenant() -> None:
    owned = tenant_tables()
    crossing = [
        constraint
        for table in Base.metadata.tables.values()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name in owned and "tenant_id" not in constraint.column_keys
    ]
    assert len(owned) > 10
    assert crossing == []


@pytest.mark.parametrize(
    ("scope", "found"),
    [(None, []), ("1", ["spaces/OURS"]), ("2", ["spaces/THEIRS"]), ("*", ["spaces/OURS", "spaces/THEIRS"])],
)
def test_role_sees_what_its_setting_allows_and_nothing_without_one(
    scope: str | None, found: list[str], migrated: Database
) -> None:
    with plain(migrated) as connection:
        connection.execute(f"SET LOCAL ROLE {APP_ROLE}".encode())
        if scope:
            connection.execute("SELECT set_config('pipenotify.tenant', %s, true)", (scope,))
        rows = connection.execute("SELECT name FROM spaces ORDER BY name").fetchall()
    assert [name for (name,) in rows] == found


def test_setting_is_gone_with_its_transaction(migrated: Database) -> None:
    with migrated.reading(1) as session:
        session.scalars(select(Space.name)).one()
    with migrated.engine.connect().execution_options(schema_change=True) as connection:
        setting = connection.scalar(text("SELECT current_setting('pipenotify.tenant', true)"))
    assert not setting


def test_row_for_another_tenant_is_refused_by_the_database_itself(migrated: Database) -> None:
    with plain(migrated) as connection:
        connection.execute(f"SET LOCAL ROLE {APP_ROLE}".encode())
        connection.execute("SELECT set_config('pipenotify.tenant', '1', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("UPDATE spaces SET tenant_id = 2 WHERE tenant_id = 1")


def test_superuser_steps_down_in_every_transaction(migrated: Database) -> None:
    for _ in range(6):  # more often than a statement needs to be prepared
        with migrated.reading(1) as session:
            assert session.scalar(text("SELECT current_user")) == APP_ROLE
    with migrated.reading_all() as session:
        assert session.scalar(text("SELECT current_user")) == APP_ROLE


def test_owner_without_powers_is_bound_as_well(postgresql: Databases) -> None:
    with postgresql.fresh(migrated=False) as url:
        superuser = Database(url)
        with plain(superuser) as connection:
            connection.execute(MAKE_OWNER)
            connection.execute("GRANT ALL ON SCHEMA public TO pipenotify_owner")
        owner = Database(make_url(url).set(username="pipenotify_owner").render_as_string(hide_password=False))
        migrate.upgrade(owner)
        with owner.writing_all() as session:
            tenant = Tenant(name="Acme")
            session.add(tenant)
            session.flush()
            session.add(Space(tenant_id=tenant.id, name="spaces/OURS"))
        with owner.reading(tenant.id) as session:
            assert session.scalar(text("SELECT current_user")) == "pipenotify_owner"
            assert session.scalars(select(Space.name)).all() == ["spaces/OURS"]
        with plain(owner) as connection:
            assert connection.execute("SELECT name FROM spaces").fetchall() == []
        owner.close()
        superuser.close()


def test_app_role_can_change_rows_but_not_tables(migrated: Database) -> None:
    with pytest.raises(ProgrammingError, match="must be owner"), migrated.writing_all() as session:
        session.execute(text("DROP TABLE budgets"))

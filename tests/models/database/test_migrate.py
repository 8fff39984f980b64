"""The schema migrates up and down; a start migrates it to the code or explains what to do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text, update

from models.database import migrate
from models.database.engine import Database
from models.errors import InvalidRequest, InvalidSettings
from models.tables import Base, ContactEncryption
from tests.conftest import TwoTenants
from tests.models.maintenance.encrypting import encrypt, give_keys


def set_revision(database: Database, revision: str) -> None:
    with database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        connection.commit()


def test_migrations_make_exactly_the_tables_of_the_code(bare_database: Database) -> None:
    migrate.upgrade(bare_database)
    with bare_database.engine.connect().execution_options(schema_change=True) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(bare_database: Database) -> None:
    migrate.upgrade(bare_database)
    migrate.downgrade(bare_database, "base")
    assert inspect(bare_database.engine).get_table_names() == ["alembic_version"]
    migrate.upgrade(bare_database)
    assert migrate.current(bare_database) == migrate.head()


def test_a_step_up_and_down_keeps_what_the_earlier_release_wrote(bare_database: Database) -> None:
    migrate.upgrade(bare_database, "0001")
    with bare_database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(
            text("INSERT INTO tenants (name, created_at) VALUES ('Acme', '2026-01-01 00:00:00+00')")
        )
        connection.execute(
            text(
                "INSERT INTO rules (tenant_id, name, event_types, created_at, updated_at)"
                " SELECT id, 'Wins', '[]', created_at, created_at FROM tenants"
            )
        )
        connection.commit()
    migrate.upgrade(bare_database)
    migrate.downgrade(bare_database, "0001")
    with bare_database.engine.connect().execution_options(schema_change=True) as connection:
        assert connection.execute(text("SELECT name FROM rules")).scalars().all() == ["Wins"]
    migrate.upgrade(bare_database)


def test_no_release_that_cannot_read_what_is_encrypted_gets_it(
    database: Database, tenants: TwoTenants
) -> None:
    give_keys(database)
    encrypt(database, tenants.ours)
    with pytest.raises(InvalidRequest, match="privacy encrypt off"):
        migrate.downgrade(database, "0047")
    encrypt(database, tenants.ours, is_on=False)
    with pytest.raises(InvalidRequest, match="privacy encrypt off"):
        migrate.downgrade(database, "0047")  # the second pass is still to come
    with database.writing_all() as session:
        session.execute(update(ContactEncryption).values(again_at=None))
    migrate.downgrade(database, "0047")
    migrate.upgrade(database)


def test_two_starts_at_once_both_find_the_schema_ready(bare_database: Database) -> None:
    url = bare_database.engine.url.render_as_string(hide_password=False)
    others = [Database(url) for _ in range(3)]
    with ThreadPoolExecutor() as threads:
        list(threads.map(migrate.prepare, others))
    for other in others:
        assert migrate.current(other) == migrate.head()
        other.close()


def test_start_refuses_a_database_of_a_newer_release(bare_database: Database) -> None:
    migrate.prepare(bare_database)
    set_revision(bare_database, "9999")
    with pytest.raises(InvalidSettings, match="newer release"):
        migrate.prepare(bare_database)


@pytest.fixture
def earlier(bare_database: Database) -> Database:
    """A database one release behind: its revision is known and is not the head."""
    migrate.upgrade(bare_database, "0001")
    return bare_database


def test_start_brings_an_old_sqlite_file_up_and_leaves_postgresql_to_the_operator(
    earlier: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Database] = []
    monkeypatch.setattr(migrate, "upgrade", asked.append)
    if earlier.is_sqlite:
        migrate.prepare(earlier)
        assert asked == [earlier]
    else:
        with pytest.raises(InvalidSettings, match="python -m models upgrade"):
            migrate.prepare(earlier)
        assert asked == []


def test_a_limit_that_nobody_chose_holds_no_cards_after_an_upgrade(bare_database: Database) -> None:
    migrate.upgrade(bare_database, "0024")
    made = text(
        "INSERT INTO tenants (name, plan, monthly_limit, created_at) VALUES (:name, :plan, :most, :at)"
    )
    at = "2026-01-01 00:00:00+00"
    rows = [("Acme", "starter", 1000), ("Bolt", "starter", 500), ("Corp", "business", 1000)]
    with bare_database.engine.connect().execution_options(schema_change=True) as connection:
        for name, plan, most in rows:
            connection.execute(made, {"name": name, "plan": plan, "most": most, "at": at})
        connection.commit()

    migrate.upgrade(bare_database)

    with bare_database.engine.connect().execution_options(schema_change=True) as connection:
        found = connection.execute(text("SELECT monthly_limit FROM tenants ORDER BY name")).scalars().all()
    assert found == [None, 500, 1000]

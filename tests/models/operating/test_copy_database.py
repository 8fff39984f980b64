"""Every row of every table is copied between the kinds of databases, or nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from models.accounts.actor import system
from models.database import migrate
from models.database.engine import Database
from models.deliveries.counts import count_by_state
from models.errors import InvalidRequest
from models.operating.copy_database import copy_database
from models.security.audit import Auditor, record
from models.tables import CardAction, Delivery, Event, IntakeSubmission, Tenant, User
from models.tables.types.encrypted import as_stored
from tests.conftest import AUDIT_KEY, TwoTenants
from tests.models.maintenance.encrypting import encrypt, give_keys
from tests.models.maintenance.test_nothing_is_left import dump, fill
from tests.models.rows import add, count, everything


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    for number, tenant_id in enumerate(tenants):
        fill(database, tenant_id, f"marker{number}")
        with database.writing(tenant_id) as session:
            record(
                session, system(tenant_id, "test"), "rule.saved", "Wins", amounts=[1.5, {"b": None, "a": 1}]
            )
    return database


def _comparable(lines: list[str]) -> list[str]:
    """Each kind writes times, JSON and flags in its own form: compare what is text."""
    return sorted(
        line.partition(":")[0] for line in lines if not line.startswith(("delivery_counts", "alembic"))
    )


def test_all_rows_arrive(filled: Database, bare_database: Database) -> None:
    lines = list(copy_database(filled, bare_database))

    assert "each table compared" in lines[0]
    assert "ENCRYPTION_KEYS" in lines[1]
    assert _comparable(dump(bare_database)) == _comparable(dump(filled))
    with bare_database.reading_all() as session:
        assert count_by_state(session) == {"marker0": 1, "marker1": 1}  # by the triggers of the target


def test_what_is_encrypted_stays_encrypted(
    database: Database, tenants: TwoTenants, bare_database: Database
) -> None:
    give_keys(database)
    for tenant_id in tenants:
        fill(database, tenant_id, f"marker{tenant_id}")
    encrypt(database, tenants.ours)
    list(copy_database(database, bare_database))

    def bodies(held: Database) -> list[bytes]:
        with held.reading_all() as session:
            return sorted(bytes(each) for each in session.scalars(select(as_stored(Event.__table__.c.raw))))

    assert bodies(bare_database) == bodies(database)
    with bare_database.reading(tenants.ours) as session:
        row = session.scalars(select(IntakeSubmission)).one()
        assert (row.phone, session.scalars(select(CardAction)).one().fields) == (
            f"marker{tenants.ours}",
            {f"marker{tenants.ours}": [f"marker{tenants.ours}"]},
        )


def test_the_chain_of_a_trail_is_the_same_in_the_new_database(
    database: Database, tenants: TwoTenants, bare_database: Database
) -> None:
    for number in range(3):
        with database.writing(tenants.ours) as session:
            details = {"value": 1.5, "more": [{"b": number, "a": None}, "\N{SNOWMAN}"]}
            record(session, system(tenants.ours, "test"), "rule.saved", "Wins", **details)
    list(copy_database(database, bare_database))
    with bare_database.reading(tenants.ours) as session:
        assert Auditor(AUDIT_KEY).first_broken(session, tenants.ours) is None


def test_the_new_database_numbers_on(
    database: Database, tenants: TwoTenants, bare_database: Database
) -> None:
    made = everything(database, tenants.ours)
    list(copy_database(database, bare_database))
    added = Delivery(tenant_id=tenants.ours, lane="spaces/A")
    add(bare_database, Tenant(name="Initech"), User(tenant_id=tenants.ours, email="a@x.test"), added)
    assert added.id > made.id


def test_only_an_empty_database_is_filled(database: Database, tenants: TwoTenants, tmp_path: Path) -> None:
    target = Database(f"sqlite:///{tmp_path}/target.db")
    migrate.upgrade(target)
    add(target, Tenant(name="Somebody"))
    with pytest.raises(InvalidRequest, match="not empty: tenants"):
        list(copy_database(database, target))
    assert count(target, Tenant) == 1
    target.close()


def test_a_source_of_an_earlier_release_is_refused(database: Database, tmp_path: Path) -> None:
    target = Database(f"sqlite:///{tmp_path}/target.db")
    migrate.downgrade(database, "0018")
    with pytest.raises(InvalidRequest, match="models upgrade"):
        list(copy_database(database, target))
    target.close()


def test_rows_that_the_target_refuses_leave_it_empty(
    tmp_path: Path, migrated_sqlite: Path, postgresql: object
) -> None:
    """SQLite keeps texts that are longer than their column; PostgreSQL does not."""
    source = Database(f"sqlite:///{migrated_sqlite}".replace("template.db", "long.db"))
    migrate.upgrade(source)
    add(source, Tenant(name="x" * 5000))
    with postgresql.fresh(migrated=False) as url:  # type: ignore[attr-defined]
        target = Database(url)
        with pytest.raises(InvalidRequest, match="refuses rows of tenants"):
            list(copy_database(source, target))
        assert count(target, Tenant) == 0
        target.close()
    source.close()

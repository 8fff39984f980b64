"""The database: durable settings, transactions that commit whole or not at all, errors in our own words."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import TextClause, select, text

from models.database.engine import ConstraintViolation, Database, ping
from models.errors import DatabaseUnavailable
from models.tables.accounts import Tenant
from tests.conftest import TwoTenants


def test_block_that_ends_well_is_kept_and_one_that_fails_is_not(
    database: Database, tenants: TwoTenants
) -> None:
    with pytest.raises(ZeroDivisionError), database.writing_all() as session:
        session.add(Tenant(name=str(1 / len([]))))
    with database.writing_all() as session:
        session.add(Tenant(name="Kept"))
    with database.reading_all() as session:
        assert session.scalars(select(Tenant.name).order_by(Tenant.id)).all() == ["Acme", "Umbrella", "Kept"]


def test_no_limit_is_kept_as_none_and_the_default_is_the_starters(database: Database) -> None:
    with database.writing_all() as session:
        session.add_all([Tenant(name="free", monthly_limit=None), Tenant(name="new")])
    with database.reading_all() as session:
        limits = dict(session.execute(select(Tenant.name, Tenant.monthly_limit)).all())
    assert limits == {"free": None, "new": 1000}


def test_ping_answers(database: Database) -> None:
    ping(database)
    with database.reading_all() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_sqlite_survives_a_power_cut_and_checks_references(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.reading_all() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL should name a file"):
        Database(url)


def test_database_that_is_away_is_unavailable_without_showing_the_statement(tmp_path: Path) -> None:
    away = Database(f"postgresql+psycopg://u:hunter2@/x?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable) as caught, away.reading_all():
        pass
    assert "hunter2" not in str(caught.value)
    away.close()


def test_missing_table_is_unavailable_and_not_an_empty_answer(tmp_path: Path) -> None:
    bare = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    with pytest.raises(DatabaseUnavailable, match="no such table"), bare.reading_all() as session:
        session.scalars(select(Tenant)).all()
    bare.close()


@pytest.mark.parametrize(
    "refused",
    [
        text("INSERT INTO tenants (id, name, created_at) VALUES (:id, :name, :at)"),  # a key that is taken
        text(
            "INSERT INTO tenants (id, name, created_at)"
            " SELECT id + 1000, :name, NULL FROM tenants WHERE id = :id AND :at <> ''"
        ),
    ],
)
def test_logged_error_shows_no_value_of_a_statement(
    database: Database, tenants: TwoTenants, refused: TextClause
) -> None:
    """PostgreSQL quotes the refused row in the lines after the first, SQLAlchemy the parameters."""
    values = {"id": tenants.ours, "name": "Jane Roe", "at": "2026-11-27 12:00:00+00"}
    with pytest.raises(ConstraintViolation) as caught, database.writing_all() as session:
        session.execute(refused, values)
    assert "constraint" in str(caught.value)
    assert "Jane Roe" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("inner", ["reading_all", "writing_all"])
def test_a_thread_holds_one_transaction(database: Database, inner: str) -> None:
    with database.reading_all(), pytest.raises(RuntimeError, match="two connections"):
        getattr(database, inner)().__enter__()
    with getattr(database, inner)() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_another_thread_has_a_transaction_of_its_own(database: Database) -> None:
    def ask() -> int:
        with database.reading_all() as session:
            return int(session.execute(text("SELECT 1")).scalar_one())

    with database.reading_all(), ThreadPoolExecutor(1) as threads:
        assert threads.submit(ask).result() == 1


def test_a_file_that_is_no_database_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "pipenotify.db").write_text("a letter, not a database")
    database = Database(f"sqlite:///{tmp_path}/pipenotify.db")
    with pytest.raises(DatabaseUnavailable, match="not a database"), database.schema():
        pass

"""PostgreSQL: cut, demoted and pooled connections, and how long statements may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select, text

from models.database import migrate
from models.database.engine import Database, ping
from models.errors import ConnectionLost, DatabaseUnavailable
from models.tables.accounts import Tenant
from tests.conftest import NOT_RUN
from tests.machine.pgbouncer import NoPooler, pooler
from tests.postgresql import Databases


@pytest.fixture
def url(postgresql: Databases) -> Iterator[str]:
    with postgresql.fresh() as url:
        yield url


@pytest.fixture
def direct(url: str) -> Iterator[Database]:
    made = Database(url)
    yield made
    made.close()


@pytest.fixture
def pooled(url: str) -> Iterator[Database]:
    try:
        with pooler(url) as through:
            made = Database(through)
            yield made
            made.close()
    except NoPooler as missing:
        pytest.skip(f"{NOT_RUN}: {missing}")


def fill_pool(database: Database, statement: str) -> None:
    """Execute a statement in three sessions of the pool, which stay open."""
    connections = [database.engine.raw_connection() for _ in range(3)]
    for each in connections:
        each.cursor().execute(statement)
        each.commit()
    for each in connections:
        each.close()


def add_tenant(database: Database, name: str) -> None:
    with database.writing_all() as session:
        session.add(Tenant(name=name))


def names(database: Database) -> list[str]:
    with database.reading_all() as session:
        return list(session.scalars(select(Tenant.name).order_by(Tenant.id)))


def cut(database: Database) -> dict[str, str]:
    """End all sessions of the pool, as a restarted server does; return no options."""
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with other.schema() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.close()
    return {}


def test_cut_pooled_connections_fail_neither_reader_nor_writer(direct: Database) -> None:
    for write in (True, False):
        fill_pool(direct, "SELECT 1")
        cut(direct)
        if write:
            add_tenant(direct, "Acme")
        assert names(direct) == ["Acme"]


def test_connection_cut_inside_a_transaction_is_named_as_that(direct: Database) -> None:
    with pytest.raises(ConnectionLost), direct.writing_all() as session:
        session.execute(insert(Tenant).values(name="Acme"), execution_options=cut(direct))
    assert names(direct) == []
    add_tenant(direct, "Acme")


def test_demoted_server_is_left_after_the_first_refused_write(direct: Database) -> None:
    """The sessions of the pool only read, as on a primary that was demoted; new ones write."""
    fill_pool(direct, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    with pytest.raises(ConnectionLost):
        add_tenant(direct, "Acme")
    for number in range(4):
        add_tenant(direct, f"Acme {number}")
    assert len(names(direct)) == 4


def test_connection_lost_while_the_schema_is_read_is_named_as_that(direct: Database) -> None:
    """A server that was demoted refuses to look at its tables (25006)."""
    refuse = "DO $$ BEGIN RAISE EXCEPTION 'only reads' USING ERRCODE = '25006'; END $$"
    with pytest.raises(ConnectionLost), direct.schema() as connection:
        connection.execute(text(refuse))
    with direct.schema() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_server_that_only_reads_is_not_ready(direct: Database) -> None:
    ping(direct)
    fill_pool(direct, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    with pytest.raises(DatabaseUnavailable):
        ping(direct)
    ping(direct)


def test_statement_is_ended_after_its_time(direct: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.database.postgresql.STATEMENT_TIMEOUT_MS", 100)
    with pytest.raises(DatabaseUnavailable, match="statement timeout"), direct.reading_all() as session:
        session.execute(text("SELECT pg_sleep(5)"))


def test_migration_waits_for_another_one_as_long_as_it_takes(
    direct: Database, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.postgresql.STATEMENT_TIMEOUT_MS", 100)
    other = Database(url)
    is_done = threading.Event()

    def upgrade() -> None:
        migrate.upgrade(direct)
        is_done.set()

    with other.schema() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({migrate.ADVISORY_LOCK})"))
        second = threading.Thread(target=upgrade)
        second.start()
        assert not is_done.wait(0.5)
    second.join(10)
    assert is_done.is_set()
    other.close()


def test_statements_are_prepared_only_without_a_pooler(direct: Database, pooled: Database) -> None:
    assert prepared(direct)
    assert not prepared(pooled)


def prepared(database: Database) -> bool:
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        return driver is not None and driver.prepare_threshold is not None


def test_pooler_in_transaction_mode_serves_many_threads(pooled: Database) -> None:
    """More threads than sessions, so that each transaction gets another session than the one before."""
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(15):
                add_tenant(pooled, f"{number}-{turn}")
                with pooled.reading_all() as session:
                    found = session.execute(select(Tenant.id).where(Tenant.name == f"{number}-{turn}")).one()
                    assert session.scalar(text("SHOW statement_timeout")) == "10s"
                with pooled.reading(found[0]) as session:
                    assert session.scalar(text("SHOW pipenotify.tenant")) == str(found[0])
        except BaseException as error:  # noqa: BLE001 - reported below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    started = time.monotonic()
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert failed == []
    assert len(names(pooled)) == 12 * 15
    assert time.monotonic() - started < 30


def test_migrations_run_through_a_pooler(postgresql: Databases) -> None:
    try:
        with postgresql.fresh(migrated=False) as bare, pooler(bare) as through:
            database = Database(through)
            migrate.upgrade(database)
            assert migrate.current(database) == migrate.head()
            database.close()
    except NoPooler as missing:
        pytest.skip(f"{NOT_RUN}: {missing}")

"""A thread that keeps its connection: the same promises as without, for less."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import bindparam, event, select, text, update
from sqlalchemy.exc import IntegrityError

from models.database import direct, kept_connection, sqlite
from models.database.direct import CONNECTION, DirectStatement
from models.database.engine import Database, Session
from models.errors import DatabaseUnavailable
from models.tables import Destination, Lane
from models.tables.accounts import Tenant
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination

LANES: Any = Lane.__table__
PLACES: Any = Destination.__table__
LEASE = DirectStatement(
    update(LANES).where(LANES.c.tenant_id == bindparam("owner")).values(lease_token=bindparam("token"))
)
MOVE = DirectStatement(
    update(PLACES)
    .where(PLACES.c.tenant_id == bindparam("owner"))
    .values(space_id=bindparam("space"))
    .returning(PLACES.c.id)  # PostgreSQL waits for the answer
)


@pytest.fixture(autouse=True)
def lanes(database: Database, tenants: TwoTenants) -> TwoTenants:
    add(database, *(Lane(tenant_id=each, lane="spaces/x", due_at=NOON) for each in tenants))
    add(database, destination(tenants.ours, lane="spaces/x"))
    return tenants


@pytest.fixture(autouse=True)
def _kept(database: Database, lanes: TwoTenants) -> Iterator[None]:
    with database.keeping_connection():
        yield


def of(session: Session) -> Any:
    """Return the driver's connection of a session."""
    return session.info[CONNECTION].connection.driver_connection


def tokens(database: Database) -> dict[int, str | None]:
    with database.reading_all() as session:
        return dict(session.execute(select(Lane.tenant_id, Lane.lease_token)).all())


def test_transactions_over_all_tenants_take_one_connection(database: Database, tenants: TwoTenants) -> None:
    taken: list[None] = []
    event.listen(database.engine, "checkout", lambda *_: taken.append(None))
    for token in ("a", "b"):
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": tenants.ours, "token": token})
        assert tokens(database) == {tenants.ours: token, tenants.theirs: None}
    assert len(taken) == 1
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Lane.tenant_id)).all() == [tenants.ours]
    assert len(taken) == 2, "a session of one tenant has a connection with its own scope"


def test_what_the_driver_and_sqlalchemy_write_is_kept_together_or_not_at_all(
    database: Database, tenants: TwoTenants
) -> None:
    def write(token: str, *, ends_well: bool) -> None:
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": tenants.ours, "token": token})
            session.add(Tenant(name=token))
            session.flush()
            LEASE.rows(session, {"owner": tenants.theirs, "token": token})
            assert ends_well

    write("kept", ends_well=True)
    with pytest.raises(AssertionError):
        write("lost", ends_well=False)

    assert set(tokens(database).values()) == {"kept"}
    with database.reading_all() as session:
        names = session.scalars(select(Tenant.name)).all()
    assert "kept" in names
    assert "lost" not in names


def test_a_block_that_fails_without_sqlalchemy_changes_nothing(
    database: Database, tenants: TwoTenants
) -> None:
    def write() -> None:
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": tenants.ours, "token": "lost"})
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            write()

    assert tokens(database) == {tenants.ours: None, tenants.theirs: None}


def test_after_an_error_that_is_caught_all_is_still_one_transaction(
    database: Database, tenants: TwoTenants
) -> None:
    """SQLite goes on after a refused statement, and PostgreSQL refuses the rest: neither keeps a part."""

    def write() -> None:
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": tenants.ours, "token": "lost"})
            with pytest.raises(IntegrityError):
                MOVE.rows(session, {"owner": tenants.ours, "space": 404})
            LEASE.rows(session, {"owner": tenants.theirs, "token": "lost"})
            raise ZeroDivisionError

    with pytest.raises((ZeroDivisionError, DatabaseUnavailable)):
        write()

    assert tokens(database) == {tenants.ours: None, tenants.theirs: None}


class Interrupted(Exception):
    """What a signal's handler raises in the middle of a statement."""


def test_what_a_signal_raises_in_a_statement_stays_as_it_is(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_connection: object) -> None:
        raise Interrupted

    def write() -> None:
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": tenants.ours, "token": "lost"})
            with monkeypatch.context() as interrupted:
                interrupted.setattr(direct, "_driver_of", interrupt)
                MOVE.rows(session, {"owner": tenants.ours, "space": None})

    with pytest.raises(Interrupted):
        write()
    assert tokens(database) == {tenants.ours: None, tenants.theirs: None}


def test_a_savepoint_undoes_its_part(database: Database, tenants: TwoTenants) -> None:
    def write_part(session: Session) -> None:
        with session.begin_nested():
            LEASE.rows(session, {"owner": tenants.theirs, "token": "lost"})
            MOVE.rows(session, {"owner": tenants.ours, "space": 404})

    with database.writing_all() as session:
        LEASE.rows(session, {"owner": tenants.ours, "token": "kept"})
        with pytest.raises(IntegrityError):
            write_part(session)
    assert tokens(database) == {tenants.ours: "kept", tenants.theirs: None}


def test_a_connection_that_was_cut_between_two_transactions_is_replaced(
    database: Database, tenants: TwoTenants
) -> None:
    with database.reading_all() as session:
        cut = of(session)
    cut.close()
    taken: list[None] = []
    event.listen(database.engine, "checkout", lambda *_: taken.append(None))
    with database.writing_all() as session:
        LEASE.rows(session, {"owner": tenants.ours, "token": "a"})
        assert of(session) is not cut
    assert len(taken) == 1
    assert tokens(database)[tenants.ours] == "a"


@pytest.mark.parametrize("is_before_commit", [False, True])
def test_a_connection_that_is_cut_in_a_transaction_is_a_database_that_is_away(
    database: Database, tenants: TwoTenants, is_before_commit: bool
) -> None:
    def cut_off() -> None:
        with database.writing_all() as session:
            LEASE.rows(session, {"owner": tenants.ours, "token": "lost"})
            of(session).close()
            if not is_before_commit:
                MOVE.rows(session, {"owner": tenants.ours, "space": None})

    with pytest.raises(DatabaseUnavailable):
        cut_off()

    assert tokens(database)[tenants.ours] is None
    with database.writing_all() as session:
        LEASE.rows(session, {"owner": tenants.ours, "token": "kept"})
    assert tokens(database)[tenants.ours] == "kept"


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_block_that_ends_its_transaction_by_itself_is_refused(
    database: Database, tenants: TwoTenants, end: str
) -> None:
    def end_early() -> None:
        with database.writing_all() as session:
            session.add(Tenant(name="early"))
            session.flush()
            getattr(session, end)()

    with pytest.raises(RuntimeError, match="at its end"):
        end_early()
    with database.writing_all() as session:
        LEASE.rows(session, {"owner": tenants.ours, "token": "kept"})
    assert tokens(database)[tenants.ours] == "kept"


def test_what_was_sent_without_waiting_fails_the_whole_block(database: Database, tenants: TwoTenants) -> None:
    refused = DirectStatement(
        update(PLACES).where(PLACES.c.tenant_id == bindparam("owner")).values(space_id=bindparam("space"))
    )

    def write() -> None:
        with database.writing_all() as session:
            session.add(Tenant(name="lost"))
            session.flush()
            refused.rows(session, {"owner": tenants.ours, "space": 404})

    with pytest.raises(IntegrityError):
        write()
    with database.reading_all() as session:
        assert "lost" not in session.scalars(select(Tenant.name)).all()


def test_it_is_given_back_after_a_minute_and_at_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[None] = []
    event.listen(database.engine, "checkin", lambda *_: given_back.append(None))
    tokens(database)
    assert given_back == []
    monkeypatch.setattr(kept_connection, "MOST_KEPT_S", -1.0)
    tokens(database)
    assert given_back == [None]
    with database.keeping_connection():
        tokens(database)
    assert given_back == [None, None]


def test_a_reader_that_is_late_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has its own time limit")
    monkeypatch.setattr(sqlite, "MOST_READING_S", -1.0)
    with pytest.raises(DatabaseUnavailable, match="too long"), database.reading_all() as session:
        session.execute(text("SELECT 1"))


def test_another_thread_keeps_none(database: Database, tenants: TwoTenants) -> None:
    with database.reading_all() as session:
        ours = of(session)
    theirs: list[Any] = []

    def ask() -> None:
        with database.reading_all() as session:
            theirs.append(of(session))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert theirs != [ours]

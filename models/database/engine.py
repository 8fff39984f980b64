"""Database engines for SQLite and PostgreSQL, and transactions that are limited to one tenant's rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from models.database import direct, isolation, postgresql, removed_rows, ruleset_version, sqlite
from models.database.kept_connection import KeptConnection
from models.database.postgresql import create_postgresql_engine
from models.database.sqlite import create_sqlite_engine, file_of
from models.database.storable import watch_parameters
from models.database.write_lock import NoWriteLock, WriteLock
from models.errors import ConnectionLost, DatabaseUnavailable, TransactionUndone

__all__ = [
    "ConstraintViolation",
    "Database",
    "DatabaseRefusal",
    "Session",
    "removed_rows",
]  # for callers that know no SQLAlchemy

ConstraintViolation = IntegrityError
DatabaseRefusal = DBAPIError  # of a statement or its values; where the database is away, DatabaseUnavailable
UNDONE: Final = frozenset({"40001", "40P01"})  # of PostgreSQL: serialization failure, deadlock

POOL_SIZE: Final = 20
POOL_TIMEOUT_S: Final = 2


class Anchoring(Protocol):
    """What is needed of an auditor here (`models.security.audit.Auditor`)."""

    def anchor_unanchored(self, session: Session) -> None: ...


class Database:
    """The database of one process. Every transaction is opened for one tenant, or explicitly for all.

    Every session carries `auditor` (`models.security.audit.Auditor`) and what is `carried`, settings that use
    cases need, in its `info`. All methods that open a transaction raise DatabaseUnavailable; ConnectionLost
    where the connection broke under it, TransactionUndone where another transaction was in its way.
    """

    def __init__(self, url: str, auditor: Anchoring | None = None) -> None:
        self.auditor = auditor
        self.carried: dict[str, Any] = {}
        self.commits = 0  # of transactions that write, in this process; threads may miss one of another
        self._of_thread = _OfThread()
        self.is_sqlite = url.startswith("sqlite")
        self.write_lock = WriteLock(file_of(url)) if self.is_sqlite else NoWriteLock()
        create = create_sqlite_engine if self.is_sqlite else create_postgresql_engine
        self._begin_by_driver = sqlite.begin if self.is_sqlite else postgresql.begin
        self.engine = create(
            url, pool_size=POOL_SIZE, max_overflow=0, pool_timeout=POOL_TIMEOUT_S, pool_use_lifo=True
        )
        isolation.guard_engine(self.engine)
        watch_parameters(self.engine)
        ruleset_version.watch_sessions()

    @contextmanager
    def reading(self, tenant_id: int) -> Iterator[Session]:
        """Open a transaction that sees one tenant's rows and writes nothing."""
        with self._open_session(tenant_id, writes=False) as session:
            yield session

    @contextmanager
    def writing(self, tenant_id: int) -> Iterator[Session]:
        """Open a transaction that sees and writes one tenant's rows; it commits unless the block raises."""
        with self.write_lock, self._open_session(tenant_id, writes=True) as session:
            yield session

    @contextmanager
    def reading_all(self) -> Iterator[Session]:
        """Open a reading transaction over all tenants: for views before the tenant is known, and for jobs."""
        with self._open_session(isolation.EVERYBODY, writes=False) as session:
            yield session

    @contextmanager
    def writing_all(self) -> Iterator[Session]:
        """Open a writing transaction over all tenants: for views and jobs that serve many at once."""
        with self.write_lock, self._open_session(isolation.EVERYBODY, writes=True) as session:
            yield session

    @contextmanager
    def keeping_connection(self) -> Iterator[None]:
        """Let this thread keep one connection for its transactions over all tenants in the block.

        For a thread that opens many short ones: to take a connection and to begin and commit by SQLAlchemy
        cost three times what the driver does.
        """
        kept = self._of_thread.kept = KeptConnection(self.engine, self._begin_by_driver)
        try:
            yield
        finally:
            self._of_thread.kept = None
            kept.give_back()

    @contextmanager
    def _open_session(self, tenant: isolation.Scope, *, writes: bool) -> Iterator[Session]:
        """Open the one transaction of this thread.

        A second one inside it would take a second connection: enough callers at once would wait for each
        other until all time out. Raises RuntimeError there.
        """
        if self._of_thread.has_transaction:
            msg = "a transaction inside a transaction takes two connections of the pool"
            raise RuntimeError(msg)
        self._of_thread.has_transaction = True
        try:
            with self._transaction(tenant, writes=writes) as connection:
                own = {isolation.KEY: tenant, "auditor": self.auditor, direct.CONNECTION: connection}
                # The session joins the transaction when it is first used: what the driver runs needs none.
                session = Session(
                    connection,
                    expire_on_commit=False,
                    info=self.carried | own,
                    join_transaction_mode="rollback_only",
                )
                with _closing(session):
                    yield session
                    direct.refuse_ended(connection)
                    direct.connection_of(session)  # writes what it holds
                    direct.end_pipeline(connection)
                    if session.in_transaction():
                        session.commit()
            self.commits += writes
        except PoolTimeout as full:
            raise DatabaseUnavailable("all database connections are busy") from full
        except DBAPIError as refused:
            if (ours := _sorted(refused)) is None:
                raise
            raise ours from refused
        finally:
            self._of_thread.has_transaction = False

    @contextmanager
    def _transaction(self, tenant: isolation.Scope, *, writes: bool) -> Iterator[Connection]:
        """Begin a transaction, and commit it unless the block raises."""
        kept = self._of_thread.kept
        if kept is not None and tenant is isolation.EVERYBODY:
            with kept.transaction(writes=writes) as connection:
                yield connection
            return
        with self._begin(tenant, writes=writes) as connection:
            yield connection
            connection.commit()

    def _begin(self, tenant: isolation.Scope, *, writes: bool) -> Connection:
        """Begin a transaction; where the pooled connection was cut meanwhile, once more on a fresh one."""
        try:
            return self._begin_once(tenant, writes=writes)
        except DBAPIError as cut:
            if not cut.connection_invalidated:
                raise
        return self._begin_once(tenant, writes=writes)

    def _begin_once(self, tenant: isolation.Scope, *, writes: bool) -> Connection:
        connection = self.engine.connect()
        try:
            connection.execution_options(**{isolation.KEY: tenant, "writes": writes})
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def schema(self) -> Iterator[Connection]:
        """Open a connection that may change tables. Raises DatabaseUnavailable or ConnectionLost."""
        try:
            connection = self.engine.connect().execution_options(schema_change=True, writes=True)
        except DBAPIError as refused:  # also a file that is no database
            raise DatabaseUnavailable(f"the database does not answer: {_driver_text(refused)}") from refused
        with connection:
            try:
                yield connection
            except DBAPIError as refused:
                if refused.connection_invalidated:
                    raise ConnectionLost(_driver_text(refused)) from refused
                raise

    def close(self) -> None:
        self.engine.dispose()


class _OfThread(threading.local):
    has_transaction = False
    kept: KeptConnection | None = None


@contextmanager
def _closing(session: Session) -> Iterator[None]:
    """Close a session at the end, if it was used: to close one costs more than some statements do."""
    try:
        yield
    finally:
        if session.in_transaction() or session.identity_map:
            session.close()


def _sorted(refused: DBAPIError) -> DatabaseUnavailable | None:
    """Return the error of ours that tells what a caller can do, if there is one."""
    if refused.connection_invalidated:
        return ConnectionLost(_driver_text(refused))
    if getattr(refused.orig, "sqlstate", None) in UNDONE:
        return TransactionUndone(_driver_text(refused))
    return DatabaseUnavailable(_driver_text(refused)) if isinstance(refused, OperationalError) else None


def _driver_text(refused: DBAPIError) -> str:
    """Return the driver's message, without the statement and its values."""
    return str(refused.orig).splitlines()[0] if refused.orig else "the database refused"


def ping(database: Database) -> None:
    """Check that the database answers, and that it takes writes. Raises DatabaseUnavailable."""
    with database.reading_all() as session:
        # Writes nothing, but a PostgreSQL that was demoted refuses it and is left.
        session.execute(text("SELECT 1" if database.is_sqlite else "UPDATE tenants SET id = id WHERE false"))

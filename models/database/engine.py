"""Database engines for SQLite and PostgreSQL, and transactions that are limited to one tenant's rows."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from models.database import isolation, removed_rows, ruleset_version
from models.database.row_security import APP_ROLE
from models.database.write_lock import NoWriteLock, WriteLock
from models.errors import DatabaseUnavailable

__all__ = [
    "ConstraintViolation",
    "Database",
    "Session",
    "removed_rows",
]  # for callers that know no SQLAlchemy

ConstraintViolation = IntegrityError

POOL_SIZE: Final = 20
POOL_TIMEOUT_S: Final = 2
POOL_RECYCLE_S: Final = 1800
STATEMENT_TIMEOUT_MS: Final = 10_000
SQLITE_BUSY_MS: Final = 10_000
WAL_POLL_S: Final = 0.005

PRAGMAS: Final = (
    f"PRAGMA busy_timeout={SQLITE_BUSY_MS}",
    "PRAGMA synchronous=FULL",  # a 2xx promises that the row survives a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
)


class Database:
    """The database of one process. Every transaction is opened for one tenant, or explicitly for all.

    Every session carries `auditor` (`models.security.audit.Auditor`) in its `info`. All methods that open a
    transaction raise DatabaseUnavailable.
    """

    def __init__(self, url: str, auditor: object = None) -> None:
        self.auditor = auditor
        self._held = threading.local()
        self.is_sqlite = url.startswith("sqlite")
        self.write_lock = WriteLock(_sqlite_file(url)) if self.is_sqlite else NoWriteLock()
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        isolation.guard_engine(self.engine)
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
    def _open_session(self, tenant: isolation.Scope, *, writes: bool) -> Iterator[Session]:
        """Open the one transaction of this thread.

        A second one inside it would take a second connection: enough callers at once would wait for each
        other until all time out. Raises RuntimeError there.
        """
        if getattr(self._held, "is_open", False):
            msg = "a transaction inside a transaction takes two connections of the pool"
            raise RuntimeError(msg)
        self._held.is_open = True
        try:
            with self._session(tenant, writes=writes) as session:
                yield session
        finally:
            self._held.is_open = False

    @contextmanager
    def _session(self, tenant: isolation.Scope, *, writes: bool) -> Iterator[Session]:
        session = Session(
            self.engine, expire_on_commit=False, info={isolation.KEY: tenant, "auditor": self.auditor}
        )
        try:
            with session:
                session.connection(execution_options={isolation.KEY: tenant, "writes": writes})
                yield session
                session.commit()
        except PoolTimeout as full:
            raise DatabaseUnavailable("all database connections are busy") from full
        except OperationalError as refused:
            raise DatabaseUnavailable(_driver_text(refused)) from refused

    @contextmanager
    def schema(self) -> Iterator[Connection]:
        """Open a connection that may change tables. Raises DatabaseUnavailable."""
        try:
            connection = self.engine.connect().execution_options(schema_change=True, writes=True)
        except OperationalError as refused:
            raise DatabaseUnavailable(f"the database does not answer: {_driver_text(refused)}") from refused
        with connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _driver_text(refused: DBAPIError) -> str:
    """Return the driver's message, without the statement and its values."""
    return str(refused.orig).splitlines()[0] if refused.orig else "the database refused"


def _sqlite_file(url: str) -> str:
    file = make_url(url).database
    if not file or file == ":memory:":
        msg = "DATABASE_URL should name a file: several processes share it"
        raise ValueError(msg)
    return file


def _make_private(file: Path) -> None:
    """Create the file, readable by its owner only; SQLite gives its companion files the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _sqlite_engine(url: str) -> Engine:
    """Create an engine whose writing transactions begin IMMEDIATE.

    SQLAlchemy's default begins deferred and loses updates silently (1002 of 1200 in a test with eight
    processes); see https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable.
    """
    _make_private(Path(_sqlite_file(url)))
    engine = create_engine(
        url,
        paramstyle="named",  # so that the guard sees for which tenant a value is
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args={"check_same_thread": False, "timeout": SQLITE_BUSY_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _prepare_connection(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def _begin_transaction(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(connection: Any) -> None:
    """Switch the file to write-ahead logging, which is stored in it.

    While two processes do so at once, SQLite answers the second "locked" without waiting for its busy timeout
    (its read lock would have to grow), so we wait ourselves.
    """
    deadline = time.monotonic() + SQLITE_BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as refused:
            if "locked" not in str(refused) or time.monotonic() > deadline:
                raise
            time.sleep(WAL_POLL_S)


def _postgresql_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=POOL_RECYCLE_S,
        pool_pre_ping=False,
        connect_args={
            "connect_timeout": 2,
            "application_name": "pipenotify",
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC",
            "prepare_threshold": 3,
        },
    )

    @event.listens_for(engine, "connect")
    def _read_rights(connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user",
            )
            record.info["above_the_rules"] = bool(cursor.fetchone()[0])
        connection.rollback()

    @event.listens_for(engine, "begin")
    def _begin_transaction(connection: Any) -> None:
        tenant = connection.get_execution_options().get(isolation.KEY)
        scope = isolation.as_setting(tenant)
        if scope is None:
            return  # migrations and self-checks run as the owner
        step_down = f"SET LOCAL ROLE {APP_ROLE}; " if connection.connection.info["above_the_rules"] else ""
        connection.exec_driver_sql(f"{step_down}SET LOCAL {isolation.SETTING} = '{scope}'")

    return engine


def ping(database: Database) -> None:
    """Check that the database answers. Raises DatabaseUnavailable."""
    with database.reading_all() as session:
        session.execute(text("SELECT 1"))

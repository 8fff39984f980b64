"""A connection that one thread keeps for many short transactions, begun and committed by the driver."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from models.database import direct, isolation

MOST_KEPT_S: Final = 60.0  # then the pool decides whether it is still of use


class Begin(Protocol):
    """Begins a transaction by the driver: `begin` of `models.database.sqlite` or `.postgresql`."""

    def __call__(self, connection: Connection, *, writes: bool) -> None: ...


class KeptConnection:
    """SQLAlchemy takes part in a transaction once a session runs a statement by it, or a statement fails.

    After a transaction that failed the connection goes back into the pool, and is rolled back there.
    """

    def __init__(self, engine: Engine, begin: Begin) -> None:
        self._engine = engine
        self._begin_by_driver = begin
        self._connection: Connection | None = None
        self._begun = direct.DriverTransaction()
        self._taken_at = 0.0

    @contextmanager
    def transaction(self, *, writes: bool) -> Iterator[Connection]:
        """Begin a transaction over all tenants, and commit it unless the block raises."""
        if time.monotonic() - self._taken_at > MOST_KEPT_S:
            self.give_back()
        try:  # a signal may raise as soon as it has begun
            connection = self._begin(writes=writes)
            yield connection
            self._commit(connection)
        except BaseException:
            self.give_back()
            raise
        finally:
            self._begun.is_open = False

    def _commit(self, connection: Connection) -> None:
        if connection.in_transaction():
            connection.commit()
        elif self._begun.is_open:  # a session that took part has committed, as it began for SQLAlchemy
            direct.commit(connection)

    def give_back(self) -> None:
        """Return the connection to the pool; the next transaction takes one again."""
        self._begun.is_open = False
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if not connection.invalidated:
            with suppress(SQLAlchemyError):
                direct.end_pipeline(connection)
        connection.close()

    def _begin(self, *, writes: bool) -> Connection:
        """Begin; where the connection was cut meanwhile, once more on a fresh one."""
        try:
            return self._begin_once(writes=writes)
        except DBAPIError as cut:
            if not cut.connection_invalidated:
                raise
        return self._begin_once(writes=writes)

    def _begin_once(self, *, writes: bool) -> Connection:
        connection = self._connection or self._take()
        try:
            self._begin_by_driver(connection, writes=writes)
        except BaseException:
            self.give_back()
            raise
        self._begun.is_open = True
        return connection

    def _take(self) -> Connection:
        self._connection, self._taken_at = self._engine.connect(), time.monotonic()
        options = {isolation.KEY: isolation.EVERYBODY, direct.BEGUN: self._begun}
        for name in ("commit", "rollback"):
            event.listen(self._connection, name, self._end)
        return self._connection.execution_options(**options)

    def _end(self, _connection: Connection) -> None:
        self._begun.is_open = False

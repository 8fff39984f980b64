"""One dialect for all engines of a test process, so that no statement is compiled anew in each test.

SQLAlchemy keeps compiled statements by the dialect they were compiled for, and an engine has its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import LRUCache

from models.database import engine

Create = Callable[..., Engine]


class SharedDialect:
    """Creates engines that share the dialect of the first one, once that has connected."""

    def __init__(self, create: Create) -> None:
        self._create = create
        self._first: Engine | None = None
        self._compiled: LRUCache[Any, Any] = LRUCache(5000)

    def __call__(self, url: str, **pool: Any) -> Any:
        made: Any = self._create(url, **pool)
        if self._first is None:
            try:
                made.connect().close()  # only then a dialect knows its server
            except DBAPIError:  # a database that is away, on purpose
                return made
            self._first = made
        made.dialect = made.pool._dialect = self._first.dialect
        made._compiled_cache = self._compiled
        return made


def share_dialects(patch: pytest.MonkeyPatch) -> None:
    """Let every `Database` of this process share the dialect of its kind."""
    for name in ("create_sqlite_engine", "create_postgresql_engine"):
        patch.setattr(engine, name, SharedDialect(getattr(engine, name)))

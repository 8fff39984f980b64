"""Ids can be followed at once where there is one writer at a time, else when they are settled."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.notifications.settled import SETTLED, settled_before


def test_only_postgresql_has_to_wait_for_smaller_ids(database: Database) -> None:
    at = now()
    with database.reading_all() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        assert settled_before(session, at) == (at if is_sqlite else at - SETTLED)

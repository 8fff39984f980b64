"""What a database knows of its tables, by which it plans statements.

PostgreSQL's is renewed before its own look once a minute. It plans a statement by what it last knew of its
tables, and keeps the plan until it knows more. A new installation's tables grow from nothing to thousands of
rows within a minute, and plans made for empty tables read all of them: a backlog of 8,000 cards went at 400
to 580 a second, and at 1,190 to 1,230 where the tables were looked at each second.
Source: https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM (autovacuum_naptime).

SQLite's is dropped. It has none unless somebody runs ANALYZE, and then goes by the mean of all tenants: where
one had nearly all rows, the end of each card read the whole table. Without it the indexes are used that were
made for the statements. Source: https://www.sqlite.org/optoverview.html.
"""

from __future__ import annotations

from typing import Final

import structlog
from sqlalchemy import text

from models.database.engine import Database

LEAST_ROWS: Final = 500
# As many rows as it knows of: a few looks in the life of a table, for each look makes plans anew.
TIMES: Final = 2.0

_GROWN: Final = text(
    "SELECT known.relname FROM pg_stat_user_tables AS known JOIN pg_class ON pg_class.oid = known.relid"
    " WHERE known.schemaname = current_schema() AND known.n_live_tup > :least"
    " AND known.n_live_tup > :times * pg_class.reltuples"
)
# A table that something else works on is skipped: autovacuum looks at it then.
_LOOKS: Final = {
    "attempts": text("ANALYZE (SKIP_LOCKED) attempts"),
    "card_copies": text("ANALYZE (SKIP_LOCKED) card_copies"),
    "deliveries": text("ANALYZE (SKIP_LOCKED) deliveries"),
    "events": text("ANALYZE (SKIP_LOCKED) events"),
    "lanes": text("ANALYZE (SKIP_LOCKED) lanes"),
    "names": text("ANALYZE (SKIP_LOCKED) names"),
    "tracked_objects": text("ANALYZE (SKIP_LOCKED) tracked_objects"),
}


_OF_SQLITE: Final = text("SELECT name FROM sqlite_master WHERE name IN ('sqlite_stat1', 'sqlite_stat4')")
_DROPS: Final = {
    "sqlite_stat1": text("DROP TABLE IF EXISTS sqlite_stat1"),
    "sqlite_stat4": text("DROP TABLE IF EXISTS sqlite_stat4"),
}

log = structlog.get_logger()


def drop_statistics(database: Database) -> None:
    """Drop what SQLite's ANALYZE has stored; nothing on PostgreSQL. Raises DatabaseUnavailable."""
    if not database.is_sqlite:
        return
    with database.reading_all() as session:
        found = session.scalars(_OF_SQLITE).all()
    if found:
        with database.write_lock, database.schema() as connection:
            for name in found:
                connection.execute(_DROPS[name])
            connection.commit()
            connection.invalidate()  # it goes by what it has read; all others see that the schema has changed
        log.warning("database.statistics_dropped", hint="do not run ANALYZE, or PRAGMA optimize")


def renew_statistics(database: Database) -> list[str]:
    """Let PostgreSQL look at the tables of the hot road that have grown much; return their names.

    Only the owner of a table may: for another login PostgreSQL skips it. Raises DatabaseUnavailable.
    """
    with database.schema() as connection:
        found = connection.execute(_GROWN, {"least": LEAST_ROWS, "times": TIMES}).scalars()
        grown = sorted(set(found) & _LOOKS.keys())
        for name in grown:
            connection.execute(_LOOKS[name])
        connection.commit()
    return grown

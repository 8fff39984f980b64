"""Sums up the counts of deliveries that each connection to PostgreSQL wrote."""

from __future__ import annotations

from models.database.engine import Database
from models.deliveries.counts import sum_up_parts


def sum_up_counts(database: Database) -> bool:
    """Sum up a batch; return whether more may be left."""
    if database.is_sqlite:
        return False
    with database.writing_all() as session:
        return sum_up_parts(session) > 0

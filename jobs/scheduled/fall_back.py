"""Sends what destinations refused for good to their fallbacks."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.deliveries.fallback import fall_back_some, is_any_refused


def fall_back(database: Database) -> bool:
    """Create a batch of deliveries; return whether more may be left. Idle workers write nothing."""
    with database.reading_all() as session:
        if not is_any_refused(session):
            return False
    with database.writing_all() as session:
        return fall_back_some(session, now())

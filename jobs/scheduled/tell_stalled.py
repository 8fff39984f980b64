"""Makes events of deals that stall and of activities that become overdue."""

from __future__ import annotations

from typing import Final

from models.clock import now
from models.database.engine import Database
from models.stalled.settings import recheck_some
from models.stalled.signals import is_any_due, tell_due

BATCH: Final = 200  # objects for which one transaction holds the write lock


def tell_stalled(database: Database) -> bool:
    """Look at a batch of what is due; return whether more may be left. Idle workers write nothing."""
    at = now()
    with database.reading_all() as session:
        if not is_any_due(session, at):
            return False
    with database.writing_all() as session:
        scheduled = recheck_some(session, at, BATCH)
        return tell_due(session, at, BATCH) == BATCH or scheduled

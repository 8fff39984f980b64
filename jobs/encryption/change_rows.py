"""Encrypts the rows of teams that chose so, and decrypts those of teams that want it no more."""

from __future__ import annotations

from collections import deque
from typing import Final

import structlog

from jobs.deliveries.parts import is_database_away
from jobs.queue import INTERRUPTIONS
from models.clock import monotonic, now
from models.database.engine import Database
from models.maintenance.encrypt_rows import BATCH
from models.maintenance.encryption import due_encryptions, encrypt_some, pass_over

TURN_S: Final = 0.25  # for all teams: the other jobs of the clock wait meanwhile

log = structlog.get_logger()


def change_rows(database: Database) -> bool:
    """Go on with each team for a moment; return whether rows may be left. Idle workers write nothing.

    A row that cannot be changed is left as it is, with a line in the log. Raises DatabaseUnavailable.
    """
    with database.reading_all() as session:
        due = due_encryptions(session, now())
    turns, until = deque(due), monotonic() + TURN_S
    while turns and monotonic() < until:
        tenant_id = turns.popleft()
        if _change_page(database, tenant_id):
            turns.append(tenant_id)
    return bool(turns)


def _change_page(database: Database, tenant_id: int) -> bool:
    """Change the next rows of a team; where that fails, one alone, and then none."""
    try:
        return _change(database, tenant_id, BATCH)
    except INTERRUPTIONS:
        raise
    except Exception as error:
        if is_database_away(database, error):
            raise
    try:
        return _change(database, tenant_id, 1)
    except INTERRUPTIONS:
        raise
    except Exception as error:
        if is_database_away(database, error):
            raise
        with database.writing(tenant_id) as session:
            passed = pass_over(session, tenant_id, now())
        log.exception("contents.not_changed", tenant_id=tenant_id, row=passed)
    return True


def _change(database: Database, tenant_id: int, most: int) -> bool:
    with database.writing(tenant_id) as session:
        return encrypt_some(session, tenant_id, now(), most)

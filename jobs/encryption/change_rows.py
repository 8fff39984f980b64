"""Encrypts the rows of teams that chose so, and decrypts those of teams that want it no more."""

from __future__ import annotations

from collections import deque
from typing import Final

from models.clock import monotonic, now
from models.database.engine import Database
from models.maintenance.encrypt_rows import BATCH
from models.maintenance.encryption import due_encryptions, encrypt_some

TURN_S: Final = 0.25  # for all teams: the other jobs of the clock wait meanwhile


def change_rows(database: Database) -> bool:
    """Go on with each team for a moment; return whether rows may be left. Idle workers write nothing.

    Raises DatabaseUnavailable.
    """
    with database.reading_all() as session:
        due = due_encryptions(session, now())
    turns, until = deque(due), monotonic() + TURN_S
    while turns and monotonic() < until:
        tenant_id = turns.popleft()
        with database.writing(tenant_id) as session:
            if encrypt_some(session, tenant_id, now(), BATCH):
                turns.append(tenant_id)
    return bool(turns)

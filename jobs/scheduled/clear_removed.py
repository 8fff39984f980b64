"""Clears away what people removed: open deliveries to it, its rows, and the e-mails of removed people."""

from __future__ import annotations

from typing import Final

from models.clock import monotonic, now, sleep
from models.database.engine import Database
from models.maintenance import removed

TURN_S: Final = 0.5  # the other jobs of the sweep wait for it

PAUSE_S: Final = 0.02  # so that whoever waits for SQLite's one writer gets a turn


def skip_held(database: Database) -> bool:
    """Skip what quiet hours hold for removed destinations, for half a second; return whether more is left."""
    until = monotonic() + TURN_S
    while removed.skip_held_of_removed(database, now()):
        if monotonic() > until:
            return True
        sleep(PAUSE_S)
    return False


def delete_unnamed(database: Database) -> bool:
    """Delete a batch of removed rows that no delivery names; return whether more may be left."""
    return removed.delete_unnamed(database, now()) > 0


def forget_removed_people(database: Database) -> bool:
    """Take removed people's e-mails out of a batch of deliveries; return whether more may be left."""
    return removed.forget_removed_people(database) > 0

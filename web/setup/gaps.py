"""The gaps on the setup page: when webhooks may have been missed, and what was found afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.backfills.backfills import newest_backfills, waits_because
from models.database.engine import Session
from models.tables.connections import BackfillState

MOST: Final = 5
STATE_TEXTS: Final[dict[str, str]] = {
    BackfillState.WAITING: "Waiting to be looked through",
    BackfillState.RUNNING: "Being looked through",
    BackfillState.DONE: "Caught up",
    BackfillState.FAILED: "Could not be looked through",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of time in which webhooks may be missing; `found` changes were, and were delivered late.

    `waits` says why the backfill has not run yet, if that takes longer than usual.
    """

    id: int
    since: datetime
    until: datetime
    reason: str
    state: str
    found: int
    finished_at: datetime | None
    waits: str = ""

    @property
    def words(self) -> str:
        return STATE_TEXTS.get(self.state, self.state)


def gaps_of(session: Session, tenant_id: int) -> tuple[Gap, ...]:
    """Return the newest gaps of a tenant, newest first."""
    return tuple(
        Gap(
            row.id,
            row.since,
            row.until,
            row.reason,
            row.state,
            row.found,
            row.finished_at,
            waits_because(row.progress),
        )
        for row in newest_backfills(session, tenant_id, MOST)
    )

"""Beating hearts: a part says that it serves, and hears when it was last known to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.database.upsert import insert_into
from models.tables.backfills import Heartbeat

DOOR: Final = "door"
MOST_SKEW: Final = timedelta(seconds=60)


def record_heartbeat(session: Session, part: str) -> datetime | None:
    """Record that `part` serves now; return when it last did, None when it never has.

    Several processes may beat for one part: the row is locked, so that one of them alone sees a long pause.
    A clock that runs behind another's takes no beat back; one that was set back by more than that does.
    """
    at = now()
    row = session.get(Heartbeat, part, with_for_update=True)
    if row is None and not _begin(session, part, at):
        row = session.get_one(Heartbeat, part, with_for_update=True)
    if row is None:
        return None
    last = row.at
    row.at = at if last > at + MOST_SKEW else max(last, at)
    return last


def _begin(session: Session, part: str, at: datetime) -> bool:
    """Make the row; False when another process made it a moment ago."""
    first = insert_into(session, Heartbeat).values({"part": part, "at": at}).on_conflict_do_nothing()
    return bool(session.connection().execute(first).rowcount)


def last_heartbeat(session: Session, part: str) -> datetime | None:
    """Return when a part gave its last sign of life, None if it never did."""
    return session.scalar(select(Heartbeat.at).where(Heartbeat.part == part))

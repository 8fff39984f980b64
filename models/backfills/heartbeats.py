"""Heartbeats: a part records that it is alive, and reads when it was last."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.database.upsert import insert_into
from models.tables.connections import Heartbeat

DOOR: Final = "door"
CLOCK: Final = "clock"  # the process of a worker that runs what the clock asks for
MOST_SKEW: Final = timedelta(seconds=60)


def record_heartbeat(session: Session, part: str) -> datetime | None:
    """Record that `part` is alive now; return when it last was, None if never.

    Several processes may write for one part: the row is locked, so that only one of them sees a long pause.
    A clock that is slightly behind another's does not move the heartbeat back; one that is far behind does.
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
    """Create the row; False if another process created it a moment ago."""
    first = insert_into(session, Heartbeat).values({"part": part, "at": at}).on_conflict_do_nothing()
    return bool(session.connection().execute(first).rowcount)


def last_heartbeat(session: Session, part: str) -> datetime | None:
    """Return the time of a part's last heartbeat, None if there is none."""
    return session.scalar(select(Heartbeat.at).where(Heartbeat.part == part))

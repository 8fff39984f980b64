"""How much of what comes into inboxes is read, of all tenants together: counted every few minutes.

Read by the index of when notifications came, so that old rows cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.notifications import Notification
from models.tables.upkeep import Measurement

NAME: Final = "last_day_inbox"  # of its measurements
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReadRate:
    """How many notifications came into inboxes in a day, and how many of these were read since."""

    came: int
    read: int

    @property
    def rate(self) -> float | None:
        """The part that was read, from 0 to 1; None where nothing came."""
        return self.read / self.came if self.came else None


def count_read(session: Session, at: datetime) -> ReadRate:
    """Count the day before `at`. The session sees all tenants."""
    came = (
        Notification.in_inbox.is_(True),
        Notification.created_at > at - DAY,
        Notification.created_at <= at,
    )
    query = select(func.count(), func.count(Notification.read_at)).select_from(Notification)
    total, read = session.execute(query.where(*came)).one()
    return ReadRate(total, read)


def store_read_rate(session: Session, counted: ReadRate) -> None:
    """Keep what was counted, instead of what was kept, for `/metrics`. The session is a writing one."""
    insert = insert_into(session, Measurement)
    put = insert.on_conflict_do_update(
        index_elements=["name", "label"], set_={"value": insert.excluded.value}
    )
    rows = [
        {"name": NAME, "label": each, "value": float(getattr(counted, each))} for each in ("came", "read")
    ]
    session.connection().execute(put, rows)


def kept_read_rate(measured: dict[str, dict[str, float]]) -> ReadRate | None:
    """Return what was kept last, from all measurements; None where nothing was."""
    found = measured.get(NAME)
    return None if found is None else ReadRate(int(found["came"]), int(found["read"]))

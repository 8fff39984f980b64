"""Counts the command ids that Chat sends and this release does not know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.database.upsert import insert_into
from models.tables.events import UnknownCommand

ID_MOST = 20


def note(session: Session, command_id: int) -> None:
    """Count one use of an id, in one statement. The session is a writing one over all tenants."""
    at = now()
    row = {"command_id": str(command_id)[:ID_MOST], "times": 1, "last_at": at}
    once_more = {"times": UnknownCommand.times + 1, "last_at": at}
    counted = insert_into(session, UnknownCommand).values(row)
    session.execute(counted.on_conflict_do_update(index_elements=["command_id"], set_=once_more))


def recent_commands(session: Session, since: datetime, limit: int) -> Sequence[UnknownCommand]:
    """Return the ids that arrived since then, the latest first."""
    fresh = select(UnknownCommand).where(UnknownCommand.last_at > since)
    newest = fresh.order_by(UnknownCommand.last_at.desc(), UnknownCommand.command_id)
    return session.scalars(newest.limit(limit)).all()

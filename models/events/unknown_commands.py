"""Counts the command ids that Chat sends and nobody registered with us."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.clock import now
from models.tables.events import UnknownCommand

ID_MOST = 20


def note(session: Session, command_id: int) -> None:
    """Count one use of an id, in one statement. The session is a writing one over all tenants."""
    at = now()
    build: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"command_id": str(command_id)[:ID_MOST], "times": 1, "last_at": at}
    once_more = {"times": UnknownCommand.times + 1, "last_at": at}
    counted = build(UnknownCommand).values(row)
    session.execute(counted.on_conflict_do_update(index_elements=["command_id"], set_=once_more))

"""How Pipedrive has answered lately, from the database only: for /health, which makes no calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.tables.connections import Connection, ConnectionState, Heartbeat

ANSWERED: Final = "pipedrive"
SILENT: Final = "pipedrive silent"
LATELY: Final = timedelta(minutes=10)


def is_degraded(session: Session, at: datetime) -> bool:
    """Return whether Pipedrive was down at the last call, or half of all connections have problems.

    The session sees all tenants. Anything older than ten minutes is ignored.
    """
    beats = dict(session.execute(select(Heartbeat.part, Heartbeat.at)).all())
    silent, answered = beats.get(SILENT), beats.get(ANSWERED)
    if silent is not None and silent > at - LATELY and (answered is None or silent > answered):
        return True
    return _troubled(session)


def _troubled(session: Session) -> bool:
    lives = Connection.state.in_((ConnectionState.CONNECTED, ConnectionState.NEEDS_REAUTH))
    fails = or_(Connection.state == ConnectionState.NEEDS_REAUTH, Connection.check_failures > 0)
    living = and_(lives, Connection.refresh_token.is_not(None))
    total, troubled = (
        session.scalar(select(func.count(Connection.id)).where(which)) or 0
        for which in (living, and_(living, fails))
    )
    return 0 < total <= 2 * troubled

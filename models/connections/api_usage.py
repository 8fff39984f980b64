"""API usage: what a tenant's calls cost today, and until when Pipedrive limits them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.connections import ApiUsage, Connection

_CONNECTIONS: Final[Any] = Connection.__table__


@dataclass(frozen=True, slots=True)
class Standing:
    """What was spent on a day, and the tenant's state in Pipedrive's limits (see `Connection`)."""

    spent: int
    limited_until: datetime | None
    strikes: int


def spend(session: Session, tenant_id: int, day: date, tokens: int) -> None:
    """Add the cost of one call; safe for many processes at once."""
    table = ApiUsage.__table__
    call = insert_into(session, table).values(tenant_id=tenant_id, day=day, tokens=tokens, calls=1)
    booked = call.on_conflict_do_update(
        index_elements=["tenant_id", "day"],
        set_={"tokens": table.c.tokens + tokens, "calls": table.c.calls + 1},
    )
    session.connection().execute(booked)


def spent(session: Session, tenant_id: int, day: date) -> int:
    """Return how many of Pipedrive's tokens a tenant's calls have cost on a day (UTC)."""
    this_day = (ApiUsage.tenant_id == tenant_id, ApiUsage.day == day)
    return session.scalar(select(ApiUsage.tokens).where(*this_day)) or 0


def standing(session: Session, tenant_id: int, day: date) -> Standing:
    limits = select(Connection.limited_until, Connection.limit_strikes)
    found = session.execute(limits.where(Connection.tenant_id == tenant_id)).first()
    limited_until, strikes = found or (None, 0)
    return Standing(spent(session, tenant_id, day), limited_until, strikes)


def limit(session: Session, tenant_id: int, strikes: int, at: datetime, until: datetime) -> None:
    """Block a tenant's calls until then, as strike number `strikes`; of concurrent callers one succeeds."""
    free = or_(_CONNECTIONS.c.limited_until.is_(None), _CONNECTIONS.c.limited_until <= at)
    mine = (_CONNECTIONS.c.tenant_id == tenant_id, _CONNECTIONS.c.limit_strikes == strikes - 1, free)
    values = {"limited_until": until, "limit_strikes": strikes}
    session.connection().execute(update(_CONNECTIONS).where(*mine).values(values))


def lift_limit(session: Session, tenant_id: int) -> None:
    """Reset the strikes: Pipedrive has answered."""
    values = {"limited_until": None, "limit_strikes": 0}
    session.connection().execute(
        update(_CONNECTIONS).where(_CONNECTIONS.c.tenant_id == tenant_id).values(values)
    )

"""The state of connections and destinations of all tenants, counted up to a limit, so that no scan grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import and_, case, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.connections.problems import TEXTS, ProblemCode
from models.database.engine import Database
from models.tables.accounts import Tenant
from models.tables.connections import (
    ApiUsage,
    Connection,
    ConnectionState,
    PersonalConnection,
    WebhookSubscription,
)
from models.tables.destinations import IS_PAUSED, PAUSED_BY, Destination, DestinationHealth

MOST_COUNTED: Final = 10_000
MOST_NAMED: Final = 50
SHOWN_STATES: Final = (ConnectionState.CONNECTED, ConnectionState.NEEDS_REAUTH, ConnectionState.LEAVING)
BY_PERSON: Final = "paused"
REFUSED: Final = "refused"
_HAS_PROBLEM: Final[Any] = case(
    (or_(Destination.paused_because.is_(None), Destination.paused_because.like(f"{PAUSED_BY}%")), BY_PERSON),
    else_=REFUSED,
)


def pool_usage(database: Database) -> dict[str, int]:
    """Return how many connections to the database this process uses, has idle, and has beyond its pool."""
    pool: Any = database.engine.pool
    return {"in_use": pool.checkedout(), "idle": pool.checkedin(), "overflow": max(pool.overflow(), 0)}


def count_connections(session: Session) -> dict[str, int]:
    """Count the connections of all tenants by their state, each up to `MOST_COUNTED`."""
    counted = {}
    for state in SHOWN_STATES:
        some = select(literal_column("1")).where(Connection.state == state).limit(MOST_COUNTED).subquery()
        counted[str(state)] = session.execute(select(func.count()).select_from(some)).scalar_one()
    return counted


def count_personal(session: Session) -> int:
    """Count the people of all tenants whose own connection works, up to `MOST_COUNTED`."""
    works = PersonalConnection.state == ConnectionState.CONNECTED
    some = select(literal_column("1")).where(works).limit(MOST_COUNTED).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def count_paused(session: Session) -> dict[str, int]:
    """Count the destinations where nothing is posted, up to `MOST_COUNTED`: paused, or Chat refuses."""
    why = _HAS_PROBLEM.label("why")
    some = select(why).where(IS_PAUSED, Destination.removed_at.is_(None)).limit(MOST_COUNTED).subquery()
    counted = session.execute(select(some.c.why, func.count()).group_by(some.c.why)).all()
    return {BY_PERSON: 0, REFUSED: 0} | dict(counted)


def paused_destinations(session: Session) -> Sequence[tuple[int, int, str, str]]:
    """Return some of them, `MOST_NAMED` at most: tenant, id, kind, and `paused` or `refused`."""
    columns = (Destination.tenant_id, Destination.id, Destination.kind, _HAS_PROBLEM)
    in_order = select(*columns).where(IS_PAUSED).order_by(Destination.tenant_id, Destination.id)
    return [(a, b, c, d) for a, b, c, d in session.execute(in_order.limit(MOST_NAMED))]


def most_spent(session: Session, day: date) -> Sequence[tuple[int, int]]:
    """Return the tenants whose calls of Pipedrive cost most on a day, with the tokens they cost."""
    today = select(ApiUsage.tenant_id, ApiUsage.tokens).where(ApiUsage.day == day)
    return [(a, b) for a, b in session.execute(today.order_by(ApiUsage.tokens.desc()).limit(MOST_NAMED))]


def connection_problems(session: Session) -> Sequence[tuple[str, str]]:
    """Return what is wrong with connections, by the tenant's name; the first `MOST_NAMED`."""
    has_ended = Connection.state == ConnectionState.NEEDS_REAUTH
    query = select(Tenant.name, Connection.problem).join(Tenant, Tenant.id == Connection.tenant_id)
    wrong = query.where(or_(has_ended, Connection.problem != "")).order_by(Tenant.name).limit(MOST_NAMED)
    return [(name, words or TEXTS[ProblemCode.ENDED]) for name, words in session.execute(wrong)]


def webhook_problems(session: Session) -> Sequence[tuple[str, str]]:
    """Return what is wrong with webhooks in Pipedrive, by the tenant's name; the first `MOST_NAMED`."""
    query = select(Tenant.name, WebhookSubscription.entity, WebhookSubscription.problem)
    named = query.join(Tenant, Tenant.id == WebhookSubscription.tenant_id)
    wrong = named.where(WebhookSubscription.problem != "").order_by(Tenant.name).limit(MOST_NAMED)
    return [(name, f"{entity}: {words}") for name, entity, words in session.execute(wrong)]


def refused_destinations(session: Session) -> Sequence[tuple[str, str, str]]:
    """Return where Chat refuses us: tenant, destination, and its answer; the first `MOST_NAMED`."""
    query = select(Tenant.name, Destination.name, Destination.paused_because)
    named = query.join(Tenant, Tenant.id == Destination.tenant_id)
    refused = (IS_PAUSED, Destination.removed_at.is_(None), _HAS_PROBLEM == REFUSED)
    found = session.execute(named.where(*refused).limit(MOST_NAMED))
    return [(tenant, name, why or "") for tenant, name, why in found]


def failing_destinations(session: Session) -> Sequence[tuple[str, str, str]]:
    """Return what fails for now: tenant, destination, since when with which answer; the first 50."""
    columns = (Tenant.name, Destination.name, DestinationHealth.failing_since, DestinationHealth.error)
    query = select(*columns).join(Tenant, Tenant.id == DestinationHealth.tenant_id)
    query = query.join(
        Destination,
        and_(
            Destination.tenant_id == DestinationHealth.tenant_id,
            Destination.id == DestinationHealth.destination_id,
        ),
    )
    found = session.execute(query.where(DestinationHealth.open_until.is_not(None)).limit(MOST_NAMED))
    return [(tenant, name, f"since {at:%d %b %H:%M} UTC ({error})") for tenant, name, at, error in found]

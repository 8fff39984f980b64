"""Erases a tenant with all its rows.

It is marked at once, and deleted in batches once its Pipedrive connection has ended. Which rows belong to it
is read from the tables, so that a new table is erased, too.
"""

from __future__ import annotations

import time
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, Table, and_, delete, func, literal, select, tuple_, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.queries import tenant_name
from models.accounts.rights import Action
from models.clock import now
from models.connections.disconnect import begin_disconnect
from models.database.engine import Database
from models.database.lease import is_free
from models.maintenance.erase_people import erase_people
from models.tables.accounts import Tenant, TenantStatus
from models.tables.base import Base
from models.tables.connections import Connection, ConnectionState, WebhookCredential

BATCH: Final = 500  # rows for which one transaction holds the write lock
MOST_COUNTED: Final = 100_000
MOST_S: Final = 5.0  # of one call: other work of the thread waits for it

log = structlog.get_logger()


def mark_for_erasure(session: Session, tenant_id: int) -> None:
    """Begin to erase a tenant; this cannot be undone. The session is a writing one over all tenants.

    Pipedrive is disconnected first, so that none of our webhooks is left there.
    """
    begin_disconnect(session, tenant_id)
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(status=TenantStatus.ERASING))


def count_team(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """Return how many rows of which table the actor's tenant owns, each counted up to MOST_COUNTED.

    Raises NotAllowed.
    """
    require(session, actor, Action.TENANT_ERASE)
    found = []
    for table in Base.metadata.sorted_tables:
        if "tenant_id" in table.c:
            some = select(literal(1)).where(table.c.tenant_id == actor.tenant).limit(MOST_COUNTED)
            found.append((table.name, session.scalar(select(func.count()).select_from(some.subquery())) or 0))
    return [(name, count) for name, count in found if count]


def request_erasure(session: Session, actor: Actor, typed_name: str) -> bool:
    """Begin to erase the actor's tenant if its name was typed; return whether it was.

    Raises NotAllowed. The session is a writing one over all tenants. No audit entry: the trail goes, too, and
    only a log line remains.
    """
    require(session, actor, Action.TENANT_ERASE)
    name = tenant_name(session, actor.tenant)
    if name is None or typed_name.strip() != name.strip():
        return False
    mark_for_erasure(session, actor.tenant)
    log.warning("tenant.erasing", tenant_id=actor.tenant)
    return True


def list_erasable(session: Session) -> list[int]:
    """Return the ids of marked tenants whose Pipedrive is disconnected. The session sees all tenants."""
    is_connected = and_(Connection.tenant_id == Tenant.id, Connection.state != ConnectionState.REVOKED)
    query = select(Tenant.id).where(
        Tenant.status == TenantStatus.ERASING, ~select(Connection.id).where(is_connected).exists()
    )
    return list(session.scalars(query.order_by(Tenant.id)))


def erase_marked(database: Database) -> list[int]:
    """Erase the tenants that are marked and disconnected; return the ids of those of which nothing is left.

    What an interrupted call leaves undone is done by the next one, and so is what is being sent or read at
    this moment, or takes more than MOST_S.
    """
    with database.reading_all() as session:
        tenants = list_erasable(session)
    until = time.monotonic() + MOST_S
    return [tenant_id for tenant_id in tenants if erase_tenant(database, tenant_id, until)]


def erase_tenant(database: Database, tenant_id: int, until: float = float("inf")) -> bool:
    """Delete a tenant and every row it owns; return whether nothing is left.

    Several processes may do so at once. Rows that a worker has leased stay until it has finished them: it
    must be able to store what it did. `until` is in seconds of the monotonic clock. Only a log line with the
    tenant's id remains.
    """
    with database.writing_all() as session:
        if session.scalar(select(Tenant.status).where(Tenant.id == tenant_id)) != TenantStatus.ERASING:
            return False
        # First, so that no webhook is accepted any more.
        credentials = delete(WebhookCredential).where(WebhookCredential.tenant_id == tenant_id)
        session.execute(credentials.execution_options(synchronize_session=False))
        erase_people(session, tenant_id)
    owned = [table for table in reversed(Base.metadata.sorted_tables) if "tenant_id" in table.c]
    for table in owned:
        while _delete_batch(database, tenant_id, table):
            if time.monotonic() > until:
                return False
        if _has_rows(database, tenant_id, table):
            return False
    with database.writing_all() as session:
        tenant = delete(Tenant).where(Tenant.id == tenant_id, Tenant.status == TenantStatus.ERASING)
        erased = session.execute(tenant.execution_options(synchronize_session=False))
    if _row_count(erased):
        log.info("tenant.erased", tenant_id=tenant_id)
    return _row_count(erased) > 0


def _delete_batch(database: Database, tenant_id: int, table: Table) -> int:
    """Delete some rows that no worker has leased; return how many."""
    key = tuple_(*table.primary_key.columns)
    mine = [table.c.tenant_id == tenant_id, *_free(table)]
    some = select(*table.primary_key.columns).where(*mine).limit(BATCH)
    with database.writing(tenant_id) as session:
        rows = [tuple(row) for row in session.execute(some)]
        return _row_count(session.execute(delete(table).where(*mine, key.in_(rows)))) if rows else 0


def _free(table: Table) -> list[ColumnElement[bool]]:
    """Return the condition that no worker works on a row, for tables whose rows are leased."""
    return [is_free(table.c.lease_until, now())] if "lease_token" in table.c else []


def _has_rows(database: Database, tenant_id: int, table: Table) -> bool:
    with database.reading(tenant_id) as session:
        found = session.execute(select(literal(1)).where(table.c.tenant_id == tenant_id).limit(1))
        return found.first() is not None


def _row_count(result: Any) -> int:
    return int(result.rowcount)

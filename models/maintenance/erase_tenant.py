"""Erases a tenant with all its rows: marked at once, deleted in batches after Pipedrive is disconnected."""

from __future__ import annotations

from typing import Any, Final

import structlog
from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from models.connections.disconnect import begin_disconnect
from models.database.engine import Database
from models.tables.accounts import Tenant, TenantStatus
from models.tables.connections import Connection, ConnectionState, WebhookCredential
from models.tables.deliveries import Delivery
from models.tables.events import Event

BATCH: Final = 500  # rows for which one transaction holds the write lock
# Large tables that no foreign key cascades to: deliveries refer to events, so they go first.
LARGE: Final = (Delivery, Event)

log = structlog.get_logger()


def mark(session: Session, tenant_id: int) -> None:
    """Begin to erase a tenant: Pipedrive is disconnected first, so that no webhook of ours is left there.

    This cannot be undone. The session is a writing one over all tenants.
    """
    begin_disconnect(session, tenant_id)
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(status=TenantStatus.ERASING))


def due(session: Session) -> list[int]:
    """Return the tenants to erase now: marked, and disconnected from Pipedrive. Sees all tenants."""
    still_leaves = and_(Connection.tenant_id == Tenant.id, Connection.state != ConnectionState.REVOKED)
    query = select(Tenant.id).where(
        Tenant.status == TenantStatus.ERASING, ~select(Connection.id).where(still_leaves).exists()
    )
    return list(session.scalars(query.order_by(Tenant.id)))


def erase_due(database: Database) -> list[int]:
    """Erase what is due and return the tenants; after a crash the next call continues."""
    with database.reading_all() as session:
        tenants = due(session)
    for tenant_id in tenants:
        erase(database, tenant_id)
    return tenants


def erase(database: Database, tenant_id: int) -> None:
    """Delete a tenant and every row it owns, no other tenant's. Safe for several processes at once.

    Only one line in the log stays, with the tenant's number.
    """
    with database.writing(tenant_id) as session:
        shut = delete(WebhookCredential).where(WebhookCredential.tenant_id == tenant_id)
        session.execute(shut.execution_options(synchronize_session=False))
    for table in LARGE:
        while _delete_some(database, tenant_id, table):
            pass
    with database.writing_all() as session:
        gone = delete(Tenant).where(Tenant.id == tenant_id, Tenant.status == TenantStatus.ERASING)
        erased = session.execute(gone.execution_options(synchronize_session=False))
    if _count(erased):
        log.info("tenant.erased", tenant_id=tenant_id)


def _delete_some(database: Database, tenant_id: int, table: Any) -> int:
    with database.writing(tenant_id) as session:
        some = select(table.id).where(table.tenant_id == tenant_id).order_by(table.id).limit(BATCH)
        which = and_(table.tenant_id == tenant_id, table.id.in_(session.scalars(some).all()))
        return _count(
            session.execute(delete(table).where(which).execution_options(synchronize_session=False))
        )


def _count(done: Any) -> int:
    return int(done.rowcount)

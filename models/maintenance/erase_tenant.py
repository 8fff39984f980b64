"""Erases a tenant with all its rows.

It is marked at once, and deleted in batches once its Pipedrive connection has ended.
"""

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
# Deleted in batches, not by the cascade of the tenant. Deliveries refer to events, so they are first.
LARGE: Final = (Delivery, Event)

log = structlog.get_logger()


def mark_for_erasure(session: Session, tenant_id: int) -> None:
    """Begin to erase a tenant; this cannot be undone. The session is a writing one over all tenants.

    Pipedrive is disconnected first, so that none of our webhooks is left there.
    """
    begin_disconnect(session, tenant_id)
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(status=TenantStatus.ERASING))


def list_erasable(session: Session) -> list[int]:
    """Return the ids of marked tenants whose Pipedrive is disconnected. The session sees all tenants."""
    is_connected = and_(Connection.tenant_id == Tenant.id, Connection.state != ConnectionState.REVOKED)
    query = select(Tenant.id).where(
        Tenant.status == TenantStatus.ERASING, ~select(Connection.id).where(is_connected).exists()
    )
    return list(session.scalars(query.order_by(Tenant.id)))


def erase_marked(database: Database) -> list[int]:
    """Erase the tenants that are marked and disconnected; return their ids.

    What an interrupted call leaves undone is done by the next one.
    """
    with database.reading_all() as session:
        tenants = list_erasable(session)
    for tenant_id in tenants:
        erase_tenant(database, tenant_id)
    return tenants


def erase_tenant(database: Database, tenant_id: int) -> None:
    """Delete a tenant and every row it owns. Several processes may do so at once.

    Only a log line with the tenant's id remains.
    """
    with database.writing(tenant_id) as session:
        credentials = delete(WebhookCredential).where(WebhookCredential.tenant_id == tenant_id)
        session.execute(credentials.execution_options(synchronize_session=False))
    for table in LARGE:
        while _delete_batch(database, tenant_id, table):
            pass
    with database.writing_all() as session:
        tenant = delete(Tenant).where(Tenant.id == tenant_id, Tenant.status == TenantStatus.ERASING)
        erased = session.execute(tenant.execution_options(synchronize_session=False))
    if _row_count(erased):
        log.info("tenant.erased", tenant_id=tenant_id)


def _delete_batch(database: Database, tenant_id: int, table: Any) -> int:
    with database.writing(tenant_id) as session:
        some = select(table.id).where(table.tenant_id == tenant_id).order_by(table.id).limit(BATCH)
        which = and_(table.tenant_id == tenant_id, table.id.in_(session.scalars(some).all()))
        return _row_count(
            session.execute(delete(table).where(which).execution_options(synchronize_session=False))
        )


def _row_count(result: Any) -> int:
    return int(result.rowcount)

"""Which lanes share their space with other tenants: those of linked spaces, and of proven webhooks."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.deliveries import Lane


def write_alone(session: Session, tenant_id: int, lane: str) -> None:
    """Create a lane that shares its space with no other tenant yet, unless the tenant has it already.

    Anybody can name a space in the address of an incoming webhook; the first message that Chat accepts there
    proves the right to write in it.
    """
    values = {"tenant_id": tenant_id, "lane": lane, "is_shared": False}
    session.connection().execute(insert_into(session, Lane).values(values).on_conflict_do_nothing())


def share(session: Session, tenant_id: int, lane: str) -> None:
    """Make a lane share its space with the other tenants that write there: the space is linked."""
    mine = (Lane.tenant_id == tenant_id, Lane.lane == lane)
    session.execute(update(Lane).where(*mine).values(is_shared=True))

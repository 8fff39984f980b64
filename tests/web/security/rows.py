"""All that is stored of one tenant, so that a walk can see that nothing of it was changed by another."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from models.database.engine import Database
from models.tables import Tenant
from models.tables.base import Base


def rows_of(database: Database, tenant_id: int, *, but: Collection[str] = ()) -> list[str]:
    """Return each row of a tenant as text, of all tables but those that are named."""
    with database.reading_all() as session:
        found = [repr(session.execute(select(Tenant.__table__).where(Tenant.id == tenant_id)).one())]
        for table in Base.metadata.sorted_tables:
            if "tenant_id" in table.c and table.name not in but:
                rows = session.execute(select(table).where(table.c.tenant_id == tenant_id))
                found += (f"{table.name} {row!r}" for row in rows)
    return sorted(found)

"""How many deliveries have which state: kept by triggers, so that no count reads the table."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from models.database.upsert import prepared_insert
from models.tables.accounts import Tenant
from models.tables.deliveries import DeliveryCount

BATCH: Final = 500
_COUNTS: Any = DeliveryCount.__table__
_ADD: Final = prepared_insert(
    _COUNTS,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["tenant_id", "state", "part"],
        set_={"count": _COUNTS.c.count + insert.excluded.count},
    ),
)


def count_by_state(session: Session) -> dict[str, int]:
    """Count the deliveries of all tenants by their state; not those of synthetic events."""
    internal = select(Tenant.id).where(Tenant.is_internal)
    of_customers = select(DeliveryCount.state, func.sum(DeliveryCount.count)).where(
        DeliveryCount.tenant_id.not_in(internal)
    )
    query = of_customers.group_by(DeliveryCount.state)
    return {state: int(count) for state, count in session.execute(query) if count}


def count_of_tenant(session: Session, tenant_id: int, state: str) -> int:
    """Count a tenant's deliveries in a state."""
    mine = (DeliveryCount.tenant_id == tenant_id, DeliveryCount.state == state)
    return int(session.scalar(select(func.sum(DeliveryCount.count)).where(*mine)) or 0)


def sum_up_parts(session: Session) -> int:
    """Add up a batch of the rows of single connections (PostgreSQL); return how many.

    Rows that a transaction writes just now are left out. The session is a writing one over all tenants.
    """
    key = (DeliveryCount.tenant_id, DeliveryCount.state, DeliveryCount.part)
    some = select(*key, DeliveryCount.count).where(DeliveryCount.part != 0).order_by(*key).limit(BATCH)
    rows = session.execute(some.with_for_update(skip_locked=True)).all()
    if not rows:
        return 0
    gone = delete(DeliveryCount).where(tuple_(*key).in_([tuple(row)[:3] for row in rows]))
    session.execute(gone.execution_options(synchronize_session=False))
    sums: Counter[tuple[int, str]] = Counter()
    for tenant_id, state, _, count in rows:
        sums[tenant_id, state] += count
    added = [
        {"tenant_id": tenant_id, "state": state, "part": 0, "count": count}
        for (tenant_id, state), count in sorted(sums.items())
    ]
    session.connection().execute(_ADD(session), added)
    return len(rows)

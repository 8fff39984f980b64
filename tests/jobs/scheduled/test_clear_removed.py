"""What is held for a removed destination is skipped by a worker, and rows that nothing names go."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select

from jobs.scheduled import clear_removed
from models.clock import now
from models.database.engine import Database
from models.database.removed_rows import WITH_REMOVED
from models.destinations import open_deliveries
from models.destinations.linking import remove_destination
from models.tables import Delivery, Destination
from tests.conftest import TwoTenants
from tests.models.rows import everything


def test_a_removed_destination_holds_nothing_and_goes_with_its_history(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = everything(database, tenants.ours)
    held = {"tenant_id": tenants.ours, "destination_id": delivery.destination_id, "lane": delivery.lane}
    monkeypatch.setattr(open_deliveries, "AT_ONCE", 2)
    with database.writing(tenants.ours) as session:
        rows = [held | {"state": "held", "request_id": uuid.uuid4().hex} for _ in range(9)]
        session.execute(insert(Delivery), rows)
        remove_destination(session, tenants.ours, session.scalars(select(Destination)).one())

    assert not clear_removed.skip_held(database)
    with database.writing(tenants.ours) as session:
        states = set(session.scalars(select(Delivery.state).where(Delivery.id != delivery.id)))
        session.execute(delete(Delivery).where(Delivery.tenant_id == tenants.ours))
    assert states == {"skipped"}

    monkeypatch.setattr(clear_removed, "now", later)
    assert clear_removed.delete_unnamed(database)
    assert not clear_removed.delete_unnamed(database)
    with database.reading_all() as session:
        assert session.scalars(select(Destination.id), execution_options=WITH_REMOVED).all() == []


def later() -> datetime:
    return now() + timedelta(hours=1)

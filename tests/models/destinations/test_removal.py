"""What a removed destination was to get is skipped, its own deliveries alone and a limited number."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.destinations import removal
from models.tables import Delivery
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination


def test_only_the_first_of_its_own_open_deliveries_are_skipped(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "SOME", 2)
    to, other = destination(tenants.ours), destination(tenants.ours, "Other")
    add(database, to, other)
    mine = {"tenant_id": tenants.ours, "lane": to.lane, "destination_id": to.id}
    states = ["delivered", "pending", "pending", "pending", "held", "held", "held"]
    add(database, *(Delivery(**mine, state=state) for state in states))
    add(database, Delivery(tenant_id=tenants.ours, lane=to.lane, destination_id=other.id))

    with database.writing(tenants.ours) as session:
        assert removal.skip_removed(session, tenants.ours, to.id, to.lane, NOON) == 4
        left = session.execute(select(Delivery.state, Delivery.destination_id).order_by(Delivery.id)).all()
    expected = ["delivered", "skipped", "skipped", "pending", "skipped", "skipped", "held", "pending"]
    assert [state for state, _ in left] == expected

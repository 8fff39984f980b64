"""The first card without content tells the admins how many deals only some may see."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.tables import Connection, Delivery, User
from tests.conftest import TwoTenants
from tests.engine import Bench, deal, link
from tests.jobs.visible import people, restricted
from tests.models.rows import add


def told(bench: Bench) -> list[tuple[int, str, str]]:
    with bench.database.reading_all() as session:
        owed = session.scalars(select(Delivery).where(Delivery.event_type == "notice").order_by(Delivery.id))
        return [(each.tenant_id, each.destination_name, (each.notice or {})["words"]) for each in owed]


@pytest.fixture
def met(bench: Bench, tenants: TwoTenants) -> TwoTenants:
    """Two teams that post new deals into a space, each with an admin whom Chat has met."""
    for tenant_id, name in zip(tenants, ("ada", "zoe"), strict=True):
        people(bench.database, tenant_id, "1", "2")
        admin: dict[str, Any] = {"email": f"{name}@x.test", "role": "admin", "chat_name": f"users/{name}"}
        add(bench.database, User(tenant_id=tenant_id, **admin))
    link(bench.database, tenants.ours, on=["deal.created"])
    with bench.database.writing_all() as session:
        if session.scalar(select(Connection.id).where(Connection.tenant_id == tenants.ours)) is None:
            session.add(Connection(tenant_id=tenants.ours, company_id="12345", state="connected"))
    return tenants


def test_the_first_card_without_content_is_told_once_with_the_share(bench: Bench, met: TwoTenants) -> None:
    bench.receive(met.ours, deal(1), restricted(2), restricted(3))
    bench.spread()
    bench.receive(met.ours, restricted(4))
    bench.spread()
    bench.another().fan_out.step()
    (notice,) = told(bench)
    assert notice[:2] == (met.ours, "ada@x.test")
    assert "2 of the last 2 deals may not be seen by everybody" in notice[2]


def test_what_everybody_may_see_is_told_to_nobody(bench: Bench, met: TwoTenants) -> None:
    bench.receive(met.ours, deal(1), restricted(2, to=("1", "2")))
    bench.spread()
    assert told(bench) == []


def test_a_failure_costs_no_card(bench: Bench, met: TwoTenants, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("jobs.connections.restricted_notice.stored_share", fail)
    bench.receive(met.ours, restricted(1))
    bench.spread()
    assert [each.state for each in bench.deliveries(met.ours)] == ["pending"]
    assert told(bench) == []

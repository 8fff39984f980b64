"""A plan event gives one tenant its plan, once; and what was held leaves."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from jobs.scheduled.release_over_quota import OverQuota
from models.clock import now
from models.database.engine import Database
from models.errors import Conflict, InvalidRequest
from models.plan.plan_events import PlanChange, apply_plan_event
from models.rules.rulesets import Rulesets
from models.tables import AuditEntry, Delivery, Destination, Event, PlanEvent, Tenant, User
from models.tables.deliveries import QUOTA, DeliveryState
from tests.chat import two_tenants


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def apply(
    database: Database, tenant: str | int = "Acme", plan: str = "pro", event: str = "1", **more: Any
) -> bool:
    with database.writing_all() as session:
        return apply_plan_event(session, PlanChange(event, tenant, plan, more))


def plans(database: Database) -> dict[str, tuple[str, int | None, dict[str, bool] | None]]:
    with database.reading_all() as session:
        rows = session.scalars(select(Tenant))
        return {each.name: (each.plan, each.monthly_limit, each.features) for each in rows}


@pytest.mark.parametrize("by", ["name", "id", "digits"])
def test_one_tenant_has_the_plan_and_the_trail_names_the_event(
    database: Database, tenants: tuple[int, int], by: str
) -> None:
    named: dict[str, str | int] = {"name": "Acme", "id": tenants[0], "digits": str(tenants[0])}
    assert apply(database, named[by], monthly_limit=5000, features={"digests": False})

    assert plans(database) == {"Acme": ("pro", 5000, {"digests": False}), "Bolt": ("starter", 1000, None)}
    with database.reading_all() as session:
        (entry,) = session.scalars(select(AuditEntry))
    assert (entry.tenant_id, entry.actor, entry.action) == (tenants[0], "billing", "plan.changed")
    assert entry.details == {
        "event": "1",
        "before": {"plan": "starter", "monthly_limit": 1000, "features": {}},
        "after": {"plan": "pro", "monthly_limit": 5000, "features": {"digests": False}},
    }


def test_what_an_event_does_not_name_stays(database: Database, tenants: tuple[int, int]) -> None:
    apply(database, features={"digests": False}, monthly_limit=None)
    apply(database, plan="business", event="2")
    assert plans(database)["Acme"] == ("business", None, {"digests": False})
    apply(database, plan="business", event="3", features={})
    assert plans(database)["Acme"] == ("business", None, None)


def test_a_repeat_changes_nothing_and_the_same_id_says_nothing_else(
    database: Database, tenants: tuple[int, int]
) -> None:
    assert apply(database)
    apply(database, plan="business", event="2")
    assert not apply(database)
    with pytest.raises(Conflict):
        apply(database, plan="other")
    with pytest.raises(Conflict):
        apply(database, "Bolt")
    assert {name: plan for name, (plan, _, _) in plans(database).items()} == {
        "Acme": "business",
        "Bolt": "starter",
    }


@pytest.mark.parametrize("tenant", ["Nobody", 0, "999", "9" * 18, "", "²"])
def test_an_event_of_no_tenant_is_refused_and_may_come_again(
    database: Database, tenants: tuple[int, int], tenant: str | int
) -> None:
    with pytest.raises(InvalidRequest):
        apply(database, tenant)
    with database.reading_all() as session:
        assert session.scalars(select(PlanEvent)).all() == []
    assert apply(database)


def test_a_name_in_digits_is_never_taken_for_the_id_of_another(
    database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add(Tenant(name=str(tenants[1])))
    apply(database, str(tenants[1]))
    assert plans(database)["Bolt"][0] == "pro"
    assert plans(database)[str(tenants[1])][0] == "starter"


def test_admins_are_told_and_what_was_held_leaves(database: Database, tenants: tuple[int, int]) -> None:
    for each in tenants:
        _hold_one(database, each)
    with database.writing_all() as session:
        for user in session.scalars(select(User)):
            user.chat_name = f"users/{user.id}"
    apply(database, monthly_limit=None)
    OverQuota(database, Rulesets(0)).release_due()

    with database.reading_all() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    states = {each.tenant_id: each.state for each in rows if each.event_id is not None}
    assert states == {tenants[0]: DeliveryState.PENDING, tenants[1]: DeliveryState.HELD}
    told = [(each.tenant_id, each.notice["title"]) for each in rows if each.notice]
    assert told == [(tenants[0], "Your team's plan is “pro” now")]


def _hold_one(database: Database, tenant_id: int) -> None:
    """Hold a card of a tenant over its limit, which is none."""
    with database.writing_all() as session:
        session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one().monthly_limit = 0
        place = session.scalars(select(Destination).where(Destination.tenant_id == tenant_id)).one()
        event = Event(tenant_id=tenant_id, source_key="1", raw=b"{}", received_at=now())
        session.add(event)
        session.flush()
        held = Delivery(tenant_id=tenant_id, event_id=event.id, destination_id=place.id, lane=place.lane)
        held.state, held.reason = DeliveryState.HELD, QUOTA
        session.add(held)

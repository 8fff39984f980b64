"""Which deliveries one may read and send again: all, one's own, or what this space has shown."""

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.database.engine import Database
from models.deliveries.visible import visible_to
from models.tables import Delivery, Rule
from tests.conftest import TwoTenants

CLEO = "cleo@acme.test"
ALL = ["own rule", "to me", "here", "here, failed", "elsewhere"]


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    with database.writing(tenants.ours) as session:
        rule = Rule(tenant_id=tenants.ours, name="Mine", event_types=["deal.won"], made_by="Cleo@acme.test")
        session.add(rule)
        session.flush()
        for name, where, state, rule_id in (
            ("own rule", "spaces/B", "dead", rule.id),
            ("to me", CLEO, "dead", None),
            ("here", "spaces/A", "delivered", None),
            ("here, failed", "spaces/A", "dead", None),
            ("elsewhere", "spaces/B", "delivered", None),
        ):
            session.add(
                Delivery(
                    tenant_id=tenants.ours,
                    rule_id=rule_id,
                    rule_name=name,
                    destination_name=where,
                    event_type="deal.won",
                    lane=where,
                    state=state,
                )
            )
    return database


@pytest.mark.parametrize(
    ("role", "space", "action", "seen"),
    [
        ("admin", None, Action.LOG_READ, ALL),
        ("analyst", None, Action.LOG_READ, ALL),
        ("sales_rep", None, Action.LOG_READ, ["own rule", "to me"]),
        ("sales_rep", "spaces/A", Action.LOG_READ, ["own rule", "to me", "here", "here, failed"]),
        ("viewer", "spaces/A", Action.LOG_READ, ["own rule", "to me", "here", "here, failed"]),
        (None, "spaces/A", Action.LOG_READ, ["here"]),
        (None, None, Action.LOG_READ, []),
        ("manager", None, Action.LOG_RETRY, ALL),
        ("sales_rep", "spaces/A", Action.LOG_RETRY, ["own rule", "to me"]),
        ("analyst", "spaces/A", Action.LOG_RETRY, []),
        (None, "spaces/A", Action.LOG_RETRY, []),
    ],
)
def test_each_role_sees_its_part_of_the_log(
    filled: Database,
    tenants: TwoTenants,
    role: str | None,
    space: str | None,
    action: Action,
    seen: list[str],
) -> None:
    actor = Actor(CLEO, tenants.ours, role=role, space=space)
    query = select(Delivery.rule_name).where(Delivery.tenant_id == tenants.ours, visible_to(actor, action))

    with filled.reading(tenants.ours) as session:
        assert list(session.scalars(query.order_by(Delivery.id))) == seen

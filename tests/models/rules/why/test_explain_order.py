"""Rules that decided alike are told in one order, that of the list of rules, however they are stored."""

from __future__ import annotations

from sqlalchemy import update

from models.database.engine import Database
from models.rules.why.explain import explain_event
from models.tables.rules import Rule
from tests.conftest import TwoTenants
from tests.models.rules.why.asked import add_event, add_place, add_rule, person

BIG = {"field": "value", "op": "at_least", "value": 50_000}


def test_rules_that_missed_alike_come_in_the_order_of_the_list(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant in tenants:
        to = add_place(database, tenant)
        first = add_rule(database, tenant, "Zebra", to, conditions=BIG)
        add_rule(database, tenant, "Antelope", to, conditions=BIG)
        add_rule(database, tenant, "Lion", to, conditions=BIG, priority=1)
        with database.writing(tenant) as session:  # PostgreSQL stores a changed row behind the others
            session.execute(
                update(Rule).where(Rule.tenant_id == tenant, Rule.id == first).values(is_urgent=True)
            )
        event = add_event(database, tenant)
        asks = person(database, tenant)

        with database.reading(tenant) as session:
            found = explain_event(session, asks, event)

        assert [each.name for each in found.rules] == ["Lion", "Zebra", "Antelope"]

"""Eleven rules of Acme that post into Deals."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Rule, RuleDestination


@pytest.fixture(autouse=True)
def _rules(database: Database, tenants: tuple[int, int]) -> None:
    """Ten rules that post into Deals, beside Wins of Acme."""
    with database.writing_all() as session:
        mine = RuleDestination.tenant_id == tenants[0]
        wins = session.scalars(select(RuleDestination).where(mine)).one()
        for number in range(10):
            rule = Rule(tenant_id=tenants[0], name=f"Rule {number}", event_types=["deal.won"])
            session.add(rule)
            session.flush()
            session.add(
                RuleDestination(tenant_id=tenants[0], rule_id=rule.id, destination_id=wins.destination_id)
            )

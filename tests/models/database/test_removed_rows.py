"""Removed rules and destinations are found by no ORM statement, and history keeps them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from models.clock import now
from models.database.engine import Database
from models.database.removed_rows import WITH_REMOVED
from models.tables import Delivery, Destination, Rule
from tests.conftest import TwoTenants
from tests.models.rows import add, everything, rule


def test_what_was_removed_is_neither_found_nor_joined_nor_changed(
    database: Database, tenants: TwoTenants
) -> None:
    owed = everything(database, tenants.ours)
    add(database, rule(tenants.ours, "Stays"), rule(tenants.theirs, "Theirs"))
    with database.writing(tenants.ours) as session:
        session.get_one(Rule, (tenants.ours, owed.rule_id)).removed_at = now()
        session.get_one(Destination, (tenants.ours, owed.destination_id)).removed_at = now()
    with database.writing(tenants.ours) as session:
        assert session.scalars(select(Rule.name)).all() == ["Stays"]
        assert session.get(Rule, (tenants.ours, owed.rule_id)) is None
        joined: Any = select(Delivery.id, Destination.id).join(Delivery.destination, isouter=True)
        assert session.execute(joined.where(Delivery.tenant_id == tenants.ours)).all() == [(owed.id, None)]
        session.execute(update(Rule).where(Rule.tenant_id == tenants.ours).values(priority=7))
    with database.reading_all() as session:
        kept = select(Rule.name, Rule.priority).order_by(Rule.id)
        found = session.execute(kept, execution_options=WITH_REMOVED).all()
        assert sorted(found) == [("Stays", 7), ("Theirs", 0), ("Wins", 0)]
        assert session.scalars(select(Rule.name).order_by(Rule.id)).all() == ["Stays", "Theirs"]

"""What people remove is gone at once; history is not rewritten, and rows go when nothing names them."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import delete, insert, select

from models.clock import now
from models.database.engine import Database
from models.database.removed_rows import WITH_REMOVED
from models.destinations.linking import link_space, remove_destination, unlink_space
from models.destinations.open_deliveries import AT_ONCE
from models.maintenance import removed
from models.rules.save import remove_rules
from models.tables import Delivery, Destination, Rule, Space
from tests.conftest import TwoTenants
from tests.models.rows import count, everything, rule

LATER = now() + timedelta(hours=1)


def _give(database: Database, like: Delivery, many: int, **columns: object) -> None:
    """Add deliveries of the same rule and destination, without an event."""
    usual: dict[str, object] = {"tenant_id": like.tenant_id, "rule_id": like.rule_id, "lane": like.lane}
    usual |= {"destination_id": like.destination_id, **columns}
    with database.writing(like.tenant_id) as session:
        rows = [usual | {"request_id": uuid.uuid4().hex} for _ in range(many)]
        session.execute(insert(Delivery), rows)


def _remove_destination(database: Database, tenant_id: int, destination_id: int | None) -> None:
    with database.writing(tenant_id) as session:
        found = session.scalars(select(Destination).where(Destination.id == destination_id)).one()
        remove_destination(session, tenant_id, found)


def test_removing_touches_no_history_and_few_of_what_is_owed(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    _give(database, owed, 30, state="delivered")
    _give(database, owed, 2 * AT_ONCE, state="held")
    with database.writing(tenants.ours) as session:
        remove_rules(session, tenants.ours, [session.get_one(Rule, (tenants.ours, owed.rule_id))])
    _remove_destination(database, tenants.ours, owed.destination_id)

    with database.reading(tenants.ours) as session:
        states = session.execute(select(Delivery.state, Delivery.rule_id, Delivery.destination_id)).all()
    skipped = sum(each.state == "skipped" for each in states)
    assert 0 < skipped <= 2 * AT_ONCE
    assert {each[1:] for each in states} == {(owed.rule_id, owed.destination_id)}

    while removed.skip_held_of_removed(database, now()):
        pass
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Delivery.id).where(Delivery.state == "held")).all() == []
        assert len(session.scalars(select(Delivery.id).where(Delivery.state == "delivered")).all()) == 30


def test_a_removed_row_goes_when_no_delivery_names_it(database: Database, tenants: TwoTenants) -> None:
    owed, theirs = everything(database, tenants.ours), everything(database, tenants.theirs)
    with database.writing(tenants.ours) as session:
        remove_rules(session, tenants.ours, [session.get_one(Rule, (tenants.ours, owed.rule_id))])
    _remove_destination(database, tenants.ours, owed.destination_id)

    assert removed.delete_unnamed(database, LATER) == 0
    with database.writing(tenants.ours) as session:
        session.execute(delete(Delivery).where(Delivery.tenant_id == tenants.ours))
    assert removed.delete_unnamed(database, now()) == 0, "a worker may still know it"
    assert removed.delete_unnamed(database, LATER) == 2

    assert count(database, Delivery) == 1
    with database.reading_all() as session:
        assert session.scalars(select(Rule.id), execution_options=WITH_REMOVED).all() == [theirs.rule_id]


def test_the_name_of_what_was_removed_is_free_again(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        link_space(session, tenants.ours, "spaces/A")
    with database.writing(tenants.ours) as session:
        unlink_space(session, tenants.ours, session.scalars(select(Space)).one())
        link_space(session, tenants.ours, "spaces/A")
        for _ in range(2):
            made = rule(tenants.ours, "Wins")
            session.add(made)
            session.flush()
            remove_rules(session, tenants.ours, [made])
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Destination.name)).all() == ["spaces/A"]

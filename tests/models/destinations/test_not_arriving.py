"""Where cards do not arrive is known to each summary, and what a person wants so is no trouble."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from models.accounts.actor import system
from models.clock import now
from models.database.engine import Database
from models.destinations.actions import unlink_or_remove
from models.destinations.not_arriving import NotArriving, not_arriving
from models.destinations.queries import get_destination
from models.tables import Destination
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, link
from tests.models.rows import add, destination, fails


def _read(database: Database, tenant_id: int) -> list[NotArriving]:
    with database.reading(tenant_id) as session:
        return not_arriving(session, tenant_id)


def test_those_that_refused_come_first_then_the_longest_failing(
    database: Database, tenants: TwoTenants
) -> None:
    refused = destination(tenants.ours, "Refused", is_active=False, paused_because="404 NOT_FOUND")
    short, long, paused = (destination(tenants.ours, name) for name in ("Short", "Long", "Paused"))
    add(database, short, long, refused, paused)
    for each, age in ((short, 0), (long, 1), (paused, 2)):
        fails(database, tenants.ours, each.id, now() - timedelta(hours=age))
    with database.writing(tenants.ours) as session:
        mine = update(Destination).where(Destination.id == paused.id)
        session.execute(mine.values(is_active=False, paused_because="paused by ada@example.com"))

    assert _read(database, tenants.ours) == [
        NotArriving(refused.id, "Refused", is_paused=True),
        NotArriving(long.id, "Long", is_paused=False),
        NotArriving(short.id, "Short", is_paused=False),
    ]
    assert _read(database, tenants.theirs) == []


def test_a_space_is_called_by_its_title_and_no_more_once_it_is_removed(
    database: Database, tenants: TwoTenants
) -> None:
    ours, theirs = link(database, tenants.ours), link(database, tenants.theirs, OTHER_SPACE)
    for tenant_id, linked in ((tenants.ours, ours), (tenants.theirs, theirs)):
        fails(database, tenant_id, linked.destination_id, now())
    with database.writing(tenants.ours) as session:
        found = get_destination(session, tenants.ours, ours.destination_id)
        assert found is not None
        unlink_or_remove(session, system(tenants.ours, "ada@example.com"), found)

    assert _read(database, tenants.ours) == []
    assert [each.id for each in _read(database, tenants.theirs)] == [theirs.destination_id]

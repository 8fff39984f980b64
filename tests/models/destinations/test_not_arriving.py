"""Where cards do not arrive is known to each summary, and what a person wants so is no trouble."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import update

from models.accounts.actor import system
from models.clock import now
from models.database.engine import Database
from models.destinations.actions import unlink_or_remove
from models.destinations.not_arriving import NotArriving, named_failing, not_arriving
from models.destinations.queries import get_destination
from models.tables import Delivery, Destination, RuleDestination
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, link
from tests.models.explained import explained
from tests.models.rows import add, destination, fails, rule

REFUSED: Final[dict[str, Any]] = {"is_active": False, "paused_because": "404 NOT_FOUND"}


def _read(database: Database, tenant_id: int) -> list[NotArriving]:
    with database.reading(tenant_id) as session:
        return not_arriving(session, tenant_id)


def test_those_that_refused_come_first_then_the_longest_failing(
    database: Database, tenants: TwoTenants
) -> None:
    refused = destination(tenants.ours, "Refused", kind="chat_webhook", **REFUSED)
    short, long, paused = (
        destination(tenants.ours, name, kind="chat_webhook") for name in ("Short", "Long", "Paused")
    )
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


def test_a_direct_message_counts_where_a_rule_of_the_team_names_it(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant_id in tenants:
        refused = destination(tenant_id, "ada@example.com", **REFUSED)
        failing = destination(tenant_id, "bob@example.com")
        add(database, refused, failing)
        fails(database, tenant_id, failing.id, now())
        if tenant_id == tenants.ours:
            made = rule(tenant_id)
            add(database, made)
            named = [
                RuleDestination(tenant_id=tenant_id, rule_id=made.id, destination_id=each.id)
                for each in (refused, failing)
            ]
            add(database, *named)

    titles = [each.title for each in _read(database, tenants.ours)]
    assert titles == ["ada@example.com", "bob@example.com"]
    assert _read(database, tenants.theirs) == []
    with database.reading(tenants.theirs) as session:
        assert named_failing(session, tenants.theirs) == []


def test_a_direct_message_counts_where_a_rule_means_that_person_by_the_record(
    database: Database, tenants: TwoTenants
) -> None:
    """A rule to the owner names nobody; its cards go to the owner's direct message."""
    for tenant_id in tenants:
        waits, died, only_notices = (destination(tenant_id, f"{name}@example.com") for name in "abc")
        made = rule(tenant_id)
        add(database, waits, died, only_notices, made)
        for place, lane in ((waits, "dm:a"), (died, "dm:b"), (only_notices, "dm:c")):
            place.lane = lane
        with database.writing(tenant_id) as session:
            for each in (waits, died, only_notices):
                mine = update(Destination).where(Destination.id == each.id)
                session.execute(mine.values(lane=each.lane))
        of_rule = {"tenant_id": tenant_id, "rule_id": made.id}
        ended = {"state": "dead", "finished_at": now(), "lane": died.lane, "destination_id": died.id}
        add(database, Delivery(**of_rule, lane=waits.lane, destination_id=waits.id))
        add(database, Delivery(**of_rule, **ended))
        add(database, Delivery(tenant_id=tenant_id, lane=only_notices.lane, destination_id=only_notices.id))
        for each in (waits, died, only_notices):
            fails(database, tenant_id, each.id, now())
        assert sorted(each.title for each in _read(database, tenant_id)) == ["a@example.com", "b@example.com"]


def test_cards_that_arrived_cost_nothing_however_many_there_are(
    database: Database, tenants: TwoTenants
) -> None:
    """By the index of rules SQLite would read all of them for each direct message that Chat refuses."""
    add(database, destination(tenants.ours, "ada@example.com", **REFUSED))
    by_rule = re.compile(r"ix_deliveries_rule|ix_deliveries_destination|SCAN deliveries")
    with explained(database, by_rule) as wrong, database.reading(tenants.ours) as session:
        assert not_arriving(session, tenants.ours) == []
    assert wrong == []

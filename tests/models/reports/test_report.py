"""A report holds the figures of a range and its parts, as far as the reader may see them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.accounts.actor import Actor
from models.accounts.features import Feature, FeatureDisabled
from models.clock import now
from models.database.engine import Database
from models.destinations.queries import list_destinations
from models.reports.report import GROUPINGS, REPORT_RANGES, make_report
from models.tables import Delivery, Event, Tenant
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, fails, rule


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    """Of each tenant a card that came after 2 s, and one that failed."""
    for tenant_id in tenants:
        wins, wall = rule(tenant_id), destination(tenant_id, kind="chat_webhook")
        add(database, wins, wall)
        at = now()
        event = Event(tenant_id=tenant_id, source_key="1", raw=b"{}", received_at=at - timedelta(seconds=2))
        add(database, event)
        for state in ("delivered", "dead"):
            card = Delivery(tenant_id=tenant_id, lane="spaces/1", state=state, rule_name=wins.name)
            card.rule_id, card.destination_id, card.destination_name = wins.id, wall.id, wall.name
            card.event_id = event.id if state == "delivered" else None
            card.finished_at = at
            add(database, card)
    return Actor("ada@acme.test", tenants.ours, user_id=1, role=Role.ADMIN)


@pytest.mark.parametrize("by", GROUPINGS)
@pytest.mark.parametrize("name", REPORT_RANGES)
def test_the_parts_of_a_report_add_up(database: Database, admin: Actor, name: str, by: str) -> None:
    with database.reading(admin.tenant) as session:
        report = make_report(session, admin, name, by)

    assert (report.whole.total, report.whole.p50_ms, report.whole.p95_ms) == (2, 2050, 2050)
    assert not report.is_own
    if by != "person":
        assert sum(part.count for part in report.parts) == 2
        assert sum(part.failed for part in report.parts) == 1


def test_who_may_not_read_the_whole_log_gets_their_own(database: Database, admin: Actor) -> None:
    viewer = Actor("vera@acme.test", admin.tenant, user_id=2, role=Role.VIEWER)
    with database.reading(admin.tenant) as session:
        report = make_report(session, viewer, "7d", "rule")

    assert report.is_own
    assert (report.whole.total, report.parts) == (0, [])


def test_a_report_of_the_team_names_where_no_cards_arrive_now(
    database: Database, tenants: TwoTenants, admin: Actor
) -> None:
    viewer = Actor("vera@acme.test", admin.tenant, user_id=2, role=Role.VIEWER)
    for tenant_id in tenants:
        with database.reading(tenant_id) as session:
            (wall,) = list_destinations(session, tenant_id)
        fails(database, tenant_id, wall.id, now())
    with database.reading(admin.tenant) as session:
        assert make_report(session, admin, "7d", "rule").not_arriving == ["Wall"]
        assert make_report(session, viewer, "7d", "rule").not_arriving == []


def test_a_plan_without_figures_has_no_report(database: Database, admin: Actor) -> None:
    with database.writing_all() as session:
        tenant = session.get_one(Tenant, admin.tenant)
        tenant.features = {Feature.ANALYTICS.value: False}
    with database.reading(admin.tenant) as session, pytest.raises(FeatureDisabled):
        make_report(session, admin, "7d", "rule")

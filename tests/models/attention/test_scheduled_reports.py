"""Reports that come by themselves: when they are due, who sets and stops them, and who sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.accounts.actor import Actor
from models.attention.mutes import MuteTarget
from models.attention.scheduled_reports import (
    ReportDraft,
    destination_of,
    list_schedules,
    next_report,
    reader_of,
    set_schedule,
    stop_in,
    stop_schedule,
    tenants_with_due,
)
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.tables import MuteScope, Role, User
from models.tables.reports import ReportEvery
from tests.conftest import TwoTenants
from tests.models.rows import add, space

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
EMAIL = "cleo@acme.test"
WEEKLY = ReportDraft(ReportEvery.WEEKLY, "09:00", "mon")
DAILY, MONTHLY = ReportDraft(ReportEvery.DAILY, "02:30"), ReportDraft(ReportEvery.MONTHLY, "09:00")


@pytest.fixture
def places(database: Database, tenants: TwoTenants) -> dict[str, MuteTarget]:
    here, cleo = space(tenants.ours, "spaces/HERE"), User(tenant_id=tenants.ours, email=EMAIL)
    add(database, here, cleo)
    return {
        "here": MuteTarget(MuteScope.SPACE, space_id=here.id),
        "me": MuteTarget(MuteScope.USER, user_id=cleo.id),
    }


def acting(places: dict[str, MuteTarget], tenants: TwoTenants, role: Role = Role.ADMIN) -> Actor:
    return Actor(EMAIL, tenants.ours, user_id=places["me"].user_id, role=role)


@pytest.mark.parametrize(
    ("draft", "after", "due"),
    [
        (WEEKLY, NOON, datetime(2026, 11, 30, 8, tzinfo=UTC)),
        (MONTHLY, NOON, datetime(2026, 12, 1, 8, tzinfo=UTC)),
        (MONTHLY, datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2027, 1, 1, 8, tzinfo=UTC)),
        (MONTHLY, datetime(2027, 3, 31, 12, tzinfo=UTC), datetime(2027, 4, 1, 7, tzinfo=UTC)),
        # The clock jumps from 2 to 3 in the night of March 28, and back in that of October 25.
        (DAILY, datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (DAILY, datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (DAILY, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_report_is_due_by_the_clock_on_the_wall(draft: ReportDraft, after: datetime, due: datetime) -> None:
    assert next_report(draft, after, "Europe/Prague") == due


def test_a_later_report_replaces_the_one_that_came_as_often(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    admin = acting(places, tenants)
    with database.writing(tenants.ours) as session:
        first = set_schedule(session, admin, places["here"], WEEKLY, "UTC", NOON).id
        token = list_schedules(session, admin)[0].token
        changed = ReportDraft(ReportEvery.WEEKLY, "10:00", "tue", "day")
        again = set_schedule(session, admin, places["here"], changed, "UTC", NOON)
        assert (again.id, again.clock, again.by) == (first, "10:00", "day")
        assert again.token != token
        set_schedule(session, admin, places["here"], MONTHLY, "UTC", NOON)
        set_schedule(session, admin, places["me"], WEEKLY, "UTC", NOON)
        assert len(list_schedules(session, admin)) == 3
        assert stop_in(session, admin, places["here"]) == 2
        assert stop_in(session, admin, places["here"]) == 0


def test_who_reads_their_own_figures_gets_them_alone(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    cleo = acting(places, tenants, Role.SALES_REP)
    with database.writing(tenants.ours) as session:
        with pytest.raises(NotAllowed):
            set_schedule(session, cleo, places["here"], WEEKLY, "UTC", NOON)
        with pytest.raises(InvalidRequest):
            set_schedule(session, cleo, MuteTarget(MuteScope.TENANT), WEEKLY, "UTC", NOON)
        mine = set_schedule(session, cleo, places["me"], WEEKLY, "UTC", NOON)
        reader, to = reader_of(session, mine), destination_of(session, mine)
    assert reader is not None
    assert (reader.name, reader.user_id) == (EMAIL, places["me"].user_id)
    assert to is not None
    assert (to.kind, to.address) == ("chat_dm", EMAIL)


def test_reports_of_others_are_neither_seen_nor_stopped(
    database: Database, tenants: TwoTenants, places: dict[str, MuteTarget]
) -> None:
    cleo = acting(places, tenants)
    with database.writing(tenants.ours) as session:
        hers = set_schedule(session, cleo, places["me"], WEEKLY, "UTC", NOON).id
        boss = Actor("boss@acme.test", tenants.ours, user_id=999, role=Role.ADMIN)
        assert list_schedules(session, boss) == []
        with pytest.raises(NotFound):
            stop_schedule(session, boss, hers)
    with database.writing(tenants.theirs) as session:
        other = Actor(EMAIL, tenants.theirs, user_id=places["me"].user_id, role=Role.ADMIN)
        with pytest.raises(NotFound):
            stop_schedule(session, other, hers)
    with database.reading_all() as session:
        assert tenants_with_due(session, NOON) == []
        assert tenants_with_due(session, datetime(2026, 12, 2, tzinfo=UTC)) == [tenants.ours]

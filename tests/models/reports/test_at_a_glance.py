"""The figures at a glance are those of the rows that are there, each team its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.reports.at_a_glance import Glance
from models.reports.report import read_overview
from models.tables import (
    Delivery,
    Destination,
    Event,
    Notification,
)
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.reports.counted import roll_up
from tests.models.rows import add, destination, event

HOUR = timedelta(hours=1)
# How long ago each was created, where to, and how it ended.
CARDS = (
    (HOUR / 2, "chat_space", "delivered"),
    (HOUR / 2, "chat_space", "dead"),
    (5 * HOUR, "email", "delivered"),
    (50 * HOUR, "chat_space", "delivered"),
    (50 * HOUR, "email", "skipped"),
    (200 * HOUR, "webhook", "delivered"),
)


def fill(database: Database, tenant_id: int, times: int = 1) -> None:
    """Add the cards so many times, and of each person's notifications three, one of which was read."""
    places = {kind: destination(tenant_id, kind, kind=kind) for kind in ("chat_space", "email", "webhook")}
    add(database, *places.values())
    for number in range(times):
        for age, kind, state in CARDS:
            told = event(tenant_id, f"{number} {age} {kind} {state}", received_at=now() - age)
            add(database, told)
            add(database, card(tenant_id, told, places[kind], state))


def card(tenant_id: int, told: Event, to: Destination, state: str) -> Delivery:
    row: dict[str, Any] = {"tenant_id": tenant_id, "event_id": told.id, "destination_id": to.id}
    row |= {"destination_name": to.name, "lane": to.lane, "state": state, "created_at": told.received_at}
    return Delivery(**row, finished_at=told.received_at)


def notify(database: Database, actor: Actor, *, read: int, unread: int, **columns: Any) -> None:
    for number in range(read + unread):
        row = Notification(
            tenant_id=actor.tenant, user_id=actor.user_id, type="DEAL_WON", title="Won", **columns
        )
        row.read_at = now() if number < read else None
        add(database, row)


def glance_of(database: Database, actor: Actor, range: str = "7d") -> Glance:
    with database.reading(actor.tenant) as session:
        return read_overview(session, actor, range).glance


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    fill(database, tenants.ours)
    fill(database, tenants.theirs, times=3)
    return add_person(database, tenants.ours, "Ada", None, role="admin")


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_the_figures_equal_what_there_is(
    database: Database, tenants: TwoTenants, admin: Actor, *, is_rolled_up: bool
) -> None:
    ben = add_person(database, tenants.ours, "Ben", role="sales_rep")
    theirs = add_person(database, tenants.theirs, "Cy", role="admin")
    notify(database, admin, read=1, unread=1)
    notify(database, ben, read=0, unread=2)
    notify(database, ben, read=3, unread=0, in_inbox=False)
    notify(database, ben, read=3, unread=0, created_at=now() - timedelta(days=9))
    notify(database, theirs, read=5, unread=0)
    if is_rolled_up:
        roll_up(database)

    assert glance_of(database, admin) == Glance(
        sent_last_hour=1,
        sent_last_day=2,
        delivered_percent=75.0,
        failed_percent=25.0,
        read_percent=25.0,
        by_channel={"chat_space": 2, "email": 1},
    )
    assert glance_of(database, admin, "30d").by_channel == {"chat_space": 2, "email": 1, "webhook": 1}


def test_without_anything_there_is_no_percent(database: Database, tenants: TwoTenants) -> None:
    admin = add_person(database, tenants.ours, "Ada", None, role="admin")

    assert glance_of(database, admin) == Glance(0, 0, None, None, None, {})


def test_who_reads_their_own_log_reads_of_their_own_notifications(
    database: Database, tenants: TwoTenants, admin: Actor
) -> None:
    ben = add_person(database, tenants.ours, "Ben", role="sales_rep")
    notify(database, admin, read=0, unread=8)
    notify(database, ben, read=1, unread=1)

    found = glance_of(database, ben)
    assert (found.sent_last_day, found.read_percent, found.by_channel) == (0, 50.0, {})

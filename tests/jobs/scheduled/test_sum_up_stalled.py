"""The summary of stalled deals is posted at its time, once, and shows what everybody may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from jobs.scheduled.sum_up_stalled import sum_up_stalled
from models.clock import now
from models.tables import Destination, PipedriveUser, StalledSettings
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, HandClock, link
from tests.models.rows import add
from tests.models.stalled.following import DAY, change


@pytest.fixture
def morning(bench: Bench, clock: HandClock, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Two deals of ours are stalled, one of them restricted; the daily summary is due now."""
    clock.at = now().replace(second=0, microsecond=0)
    monkeypatch.setattr("jobs.scheduled.sum_up_stalled.now", clock)
    for number in ("7", "8"):
        add(bench.database, PipedriveUser(tenant_id=tenants.ours, pipedrive_id=number))
    hidden = {"permitted_user_ids": ["7"]}
    change(bench.database, tenants.ours, 1, clock.at - 9 * DAY, title="Acme renewal", value=500)
    change(bench.database, tenants.ours, 2, clock.at - 9 * DAY, title="Secret merger", meta=hidden)
    change(bench.database, tenants.theirs, 3, clock.at - 9 * DAY, title="Bolt deal")
    settings = {"frequency": "daily", "at": f"{clock.at:%H:%M}", "next_at": clock.at}
    to = link(bench.database, tenants.ours).destination_id
    add(bench.database, StalledSettings(tenant_id=tenants.ours, destination_id=to, **settings))
    return bench


def test_the_summary_is_posted_once_each_day(morning: Bench, tenants: TwoTenants) -> None:
    for _ in range(3):
        sum_up_stalled(morning.database)
    morning.clock.advance(120)
    morning.send_all(5)
    assert morning.titles(SPACE) == ["1 deal is stalled"]
    (card,) = morning.chat.cards(SPACE)
    assert "Acme renewal" in str(card)
    assert "Secret" not in str(card)
    assert "Bolt" not in str(card)
    assert morning.deliveries(tenants.theirs) == []

    morning.clock.advance(timedelta(days=1).total_seconds())
    sum_up_stalled(morning.database)
    morning.send_all(5)
    assert len(morning.titles(SPACE)) == 2


def test_nothing_is_posted_where_nothing_is_worth_it(morning: Bench, tenants: TwoTenants) -> None:
    with morning.database.writing(tenants.ours) as session:
        session.get_one(StalledSettings, tenants.ours).least_value = 501
    sum_up_stalled(morning.database)
    assert morning.deliveries(tenants.ours) == []


def test_a_space_that_takes_no_cards_gets_none(morning: Bench, tenants: TwoTenants) -> None:
    with morning.database.writing_all() as session:
        session.execute(update(Destination).values(is_active=False))
    sum_up_stalled(morning.database)
    assert morning.deliveries(tenants.ours) == []

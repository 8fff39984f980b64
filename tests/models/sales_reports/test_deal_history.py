"""What nobody may see is in no report: not for a person, not for a space, not for who is not its owner."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor, system
from models.clock import now
from models.database.engine import Database
from models.sales_reports import deal_history
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.known import match
from tests.models.sales_reports.deals import HOUR, day, long_ago, managers, names, report, sums, tell, won


@pytest.fixture
def boss(database: Database, tenants: TwoTenants) -> Actor:
    """A deal that only user 2 may see, won and at risk; and one that everybody sees."""
    long_ago(database, tenants.ours)
    boss = managers(database, tenants.ours)
    won(database, tenants.ours, 1, value=5, currency="EUR")
    won(database, tenants.ours, 2, value=7, currency="EUR", seen_by=[2], owner_id=2)
    tell(database, tenants.ours, 3, seen_by=[2], owner_id=2, expected_close_date=day(-5), title="Secret")
    return boss


def test_a_restricted_deal_is_not_listed_and_not_counted(database: Database, boss: Actor) -> None:
    found = report(database, boss)

    assert names(found, "won") == ["Deal 1"]
    assert sums(found, "won") == [(1, "EUR", 5.0)]
    assert names(found, "risk") == []


def test_whoever_may_see_it_reads_of_it(database: Database, boss: Actor) -> None:
    match(database, boss, 2)

    assert names(report(database, boss), "won") == ["Deal 2", "Deal 1"]
    assert names(report(database, boss), "risk") == ["Secret"]


def test_a_space_reads_what_everybody_may_see(database: Database, boss: Actor) -> None:
    found = report(database, system(boss.tenant, "report"))

    assert names(found, "won") == ["Deal 1"]
    assert names(found, "risk") == []


def test_a_deal_that_was_restricted_later_is_gone_from_the_report(database: Database, boss: Actor) -> None:
    tell(database, boss.tenant, 1, at=now() - HOUR / 2, status="won", seen_by=[2])

    assert names(report(database, boss), "won") == []


def test_a_sales_rep_reads_of_their_own_deals(database: Database, boss: Actor) -> None:
    rep = add_person(database, boss.tenant, "Rep", None)
    won(database, boss.tenant, 4, value=1, currency="EUR", owner_id=3)
    assert names(report(database, rep), "won") == []
    match(database, rep, 3)
    found = report(database, rep)

    assert names(found, "won") == ["Deal 4"]
    assert found.is_own


def test_of_more_events_than_are_read_the_newest_count(
    database: Database, boss: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deal_history, "MOST_EVENTS", 2)
    won(database, boss.tenant, 5)
    won(database, boss.tenant, 6)
    found = report(database, boss)

    assert sorted(names(found, "won")) == ["Deal 5", "Deal 6"]
    assert found.counted_since is not None

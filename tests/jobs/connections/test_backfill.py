"""Backfills find missed changes and report each once, per tenant, within the quota."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from jobs.connections.backfill import GIVES_UP_AFTER, LADDER, LISTS, LOOKS_AGAIN_AFTER
from models.backfills import backfills
from models.backfills.backfills import waits_because
from models.clock import now
from models.database.engine import Database
from models.security.vault import Vault
from models.tables import Backfill, Connection, User
from models.tables.connections import BackfillState
from tests.conftest import TwoTenants
from tests.jobs.caring import Died, dies_at
from tests.jobs.missing import ADA, Outage, new_deal, outage
from tests.models.rows import add
from web.playground.faults import Fault

LONG_AGO: Final = timedelta(minutes=5)


@pytest.fixture
def away(database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path) -> Iterator[Outage]:
    with outage(database, vault, tenants, tmp_path) as made:
        yield made


def release_due(away: Outage) -> None:
    """The same stretch of time once more."""
    first = away.gaps()[0]
    again = Backfill(tenant_id=first.tenant_id, since=first.since, until=first.until, reason="again")
    again.due_at = first.due_at
    add(away.database, again)
    away.catch_up()


def test_a_deal_won_while_we_were_away_needs_notice_once_and_late(away: Outage) -> None:
    number = new_deal(away)
    away.go_away()
    away.store.change("deal", number, {"status": "won"}, ADA)
    away.come_back(*away.tenants)

    away.catch_up()

    (won,) = away.late()
    assert won.types == ("deal.updated", "deal.won")
    assert won.happened_at == away.began.replace(microsecond=0) + timedelta(minutes=10)
    assert won.company_id == "12345"
    assert won.permitted_user_ids == frozenset({"1", "2"})
    assert (away.gap().state, away.gap().found) == (BackfillState.DONE, 1)
    assert away.late(away.tenants.theirs) == []


def test_a_second_look_at_the_same_gap_adds_nothing(away: Outage) -> None:
    numbers = [new_deal(away), new_deal(away)]
    away.go_away()
    away.store.change("deal", numbers[0], {"status": "won"}, ADA)
    away.store.change("deal", numbers[1], {"value": 900}, ADA)
    new_deal(away, title="Brand new")
    away.come_back()
    away.catch_up()
    found = away.types()

    release_due(away)

    assert sorted(found) == ["deal.created", "deal.value_changed", "deal.won"]
    assert away.types() == found
    assert [gap.found for gap in away.gaps()] == [3, 0]


def test_two_tenants_hear_each_of_their_own(away: Outage) -> None:
    mine, theirs = new_deal(away), away.other.store.create("deal", {"title": "Theirs"}, ADA)["id"]
    away.go_away()
    away.store.change("deal", mine, {"status": "won"}, ADA)
    away.other.store.change("deal", theirs, {"status": "lost"}, ADA)
    away.come_back(*away.tenants)

    away.catch_up()

    assert (away.types(), away.types(away.tenants.theirs)) == (["deal.won"], ["deal.lost"])
    assert [change.state["title"] for change in away.late(away.tenants.theirs)] == ["Theirs"]


def test_admins_are_told_once_how_much_was_found(away: Outage) -> None:
    for tenant_id in away.tenants:
        add(
            away.database,
            User(tenant_id=tenant_id, email=f"ada{tenant_id}@x.io", role="admin", chat_name="users/1"),
        )
    away.go_away()
    for title in ("One", "Two"):
        new_deal(away, title=title)
    away.come_back(*away.tenants)

    away.catch_up()
    release_due(away)

    (notice,) = away.notices()
    assert notice["title"] == "Missed changes were found"
    assert notice["words"].startswith("2 changes were missed between ")
    assert away.notices(away.tenants.theirs) == []


@pytest.mark.parametrize("step", [1, 2, 4])
def test_whoever_dies_over_it_is_followed_by_another(
    away: Outage, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    away.go_away()
    for number in range(5):
        new_deal(away, title=f"Deal {number}")
    away.store.create("person", {"name": "Grace"}, ADA)
    away.come_back()
    monkeypatch.setattr("jobs.connections.backfill_list.CHUNK", 2)
    with monkeypatch.context() as patch:
        patch.setattr(backfills, "advance", dies_at(step, backfills.advance))
        with pytest.raises(Died):
            away.catch_up()
    assert away.gap().state == BackfillState.RUNNING
    assert not away.backfills.step()  # its lease holds still

    away.change_gap(lease_until=now() - LONG_AGO)
    away.catch_up()

    assert sorted(away.types()) == ["deal.created"] * 5 + ["person.created"]
    assert (away.gap().state, away.gap().found) == (BackfillState.DONE, 6)


def test_who_has_lost_its_lease_stores_nothing(away: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    away.go_away()
    new_deal(away)
    away.come_back()
    real = backfills.advance

    def too_late(*args: Any, **kwargs: Any) -> bool:
        real(*args, **kwargs)
        return False

    monkeypatch.setattr(backfills, "advance", too_late)

    assert away.backfills.step()
    assert away.types() == []


def test_it_spends_half_of_a_days_budget_and_goes_on_the_next_day(
    database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path
) -> None:
    with outage(database, vault, tenants, tmp_path, PIPEDRIVE_DAILY_TOKENS="100") as away:
        away.go_away()
        new_deal(away)
        away.store.create("product", {"name": "Oranges"}, ADA)
        away.come_back()

        away.catch_up()
        assert away.tokens() <= 50
        assert (away.gap().state, away.types()) == (BackfillState.WAITING, ["deal.created"])
        assert "after midnight" in waits_because(away.gap().progress)
        assert now() < away.gap().due_at <= now() + LOOKS_AGAIN_AFTER

        for day in range(1, 5):
            away.days_pass(day)
            away.change_gap(due_at=now())
            away.catch_up()
            assert away.tokens() <= 50 * (day + 1)
        assert (away.gap().state, away.types()) == (BackfillState.DONE, ["deal.created", "product.created"])


def test_a_pipedrive_that_is_away_is_asked_again_after_growing_pauses(away: Outage) -> None:
    away.go_away()
    new_deal(away)
    away.come_back()
    for pause in LADDER[:2]:
        away.crm.faults.order(Fault(where="/deals", status=503))
        at = now()
        away.catch_up()
        assert at + pause <= away.gap().due_at <= now() + pause
        away.change_gap(due_at=now())

    away.catch_up()

    assert away.types() == ["deal.created"]
    assert (away.gap().failures, away.gap().progress.get("waits")) == (0, None)


def test_after_three_days_it_is_given_up_and_said(away: Outage) -> None:
    add(away.database, User(tenant_id=away.tenants.ours, email="ada@x.io", role="admin", chat_name="users/1"))
    away.go_away()
    away.come_back()
    old = now() - GIVES_UP_AFTER - timedelta(hours=1)
    away.change_gap(created_at=old, since=old - timedelta(hours=1), until=old)
    away.crm.faults.order(Fault(where="/deals", status=503))

    away.catch_up()

    assert away.gap().state == BackfillState.FAILED
    assert [notice["title"] for notice in away.notices()] == ["Missed changes could not be found"]


def test_what_may_not_be_read_stops_nothing_else(
    database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path
) -> None:
    with outage(database, vault, tenants, tmp_path, without="leads") as away:
        away.go_away()
        away.store.create("lead", {"title": "Unseen"}, ADA)
        away.store.create("person", {"name": "Grace"}, ADA)
        away.come_back()

        away.catch_up()

        assert away.types() == ["person.created"]
        assert away.gap().state == BackfillState.DONE


@pytest.mark.parametrize("state", ["leaving", "revoked"])
def test_a_tenant_that_has_left_is_not_read(away: Outage, state: str) -> None:
    away.go_away()
    new_deal(away)
    away.come_back()
    with away.database.writing(away.tenants.ours) as session:
        session.query(Connection).filter_by(tenant_id=away.tenants.ours).update({"state": state})
    asked = len(away.crm.requests)

    away.catch_up()

    assert (away.gap().state, away.types(), away.notices()) == (BackfillState.FAILED, [], [])
    assert len(away.crm.requests) == asked


def test_an_unforeseen_failure_is_tried_again_later(away: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    away.go_away()
    new_deal(away)
    away.come_back()

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("jobs.connections.backfill_list.missed", broken)
        away.catch_up()
    assert (away.gap().state, away.gap().failures) == (BackfillState.WAITING, 1)

    away.change_gap(due_at=now())
    away.catch_up()

    assert away.types() == ["deal.created"]


def test_a_gap_without_anything_costs_few_tokens(away: Outage) -> None:
    away.go_away()
    away.come_back()

    away.catch_up()

    assert away.tokens() <= 130
    assert away.tokens(away.tenants.theirs) == 0
    asked: Callable[[str], int] = lambda path: sum(path in one[1] for one in away.crm.requests)  # noqa: E731
    assert asked("Fields") == asked("permittedUsers") == 0
    assert len(LISTS) == 9

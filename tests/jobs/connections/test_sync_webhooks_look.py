"""Lost webhooks cause a backfill and one notice; a failing one is reported until it works again."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from models.clock import now
from models.connections.problems import BACK, ProblemCode
from models.connections.webhooks import MISSING
from tests.jobs.caring import Household, address, check, is_whole
from tests.models.rows import add, event
from web.playground.faults import Fault


def test_what_is_missing_is_made_again_told_and_looked_for(home: Household) -> None:
    check(home)
    before = home.row().checked_at
    for entity in ("deal", "lead"):
        home.crm.subscriptions.remove(home.hooks()[entity][0].id)
    assert check(home) == frozenset()

    assert is_whole(home)
    (gap,) = home.gaps()
    assert (gap.since, gap.reason) == (before, "Webhooks were lost: deal, lead")
    assert home.told() == [BACK.title]
    check(home)
    assert len(home.gaps()) == 1


def test_what_a_person_had_made_is_replaced_and_the_moment_between_looked_through(home: Household) -> None:
    home.change(refreshed_at=now() - timedelta(seconds=3), created_at=now() - timedelta(days=1))
    by_hand = home.stray(address("k-acme"))
    add(home.database, event(home.tenant_id))
    check(home)

    assert by_hand not in home.crm.subscriptions.all

    assert is_whole(home)
    assert [(gap.since, gap.reason) for gap in home.gaps()] == [
        (home.row().refreshed_at, "Webhooks changed hands")
    ]


def failing(home: Household, entity: str, status: int, at: str = "2026-11-20T12:00:00.000Z") -> None:
    """Let the last delivery have gone so, at a time of Pipedrive's own clock."""
    for each in home.hooks()[entity]:
        each.last_status, each.last_delivery = status, at


def test_one_that_fails_is_said_and_what_was_missed_looked_for(home: Household) -> None:
    check(home)
    before = home.row().checked_at
    failing(home, "deal", 503)
    assert check(home) == {ProblemCode.FAILING}

    assert home.our_rows()["deal"].problem == "The last time, Pipedrive got HTTP 503 from Pipenotify."
    assert [(gap.since, gap.reason) for gap in home.gaps()] == [(before, "Webhooks were lost: deal")]
    failing(home, "deal", 200)
    assert check(home) == frozenset()
    assert home.our_rows()["deal"].problem == ""


def test_a_failure_opens_one_gap_and_the_next_failure_another(home: Household) -> None:
    check(home)
    for at, gaps in (("12:00", 1), ("12:00", 1), ("12:05", 2)):
        failing(home, "deal", 503, f"2026-11-20T{at}:00.000Z")
        assert check(home) == {ProblemCode.FAILING}
        assert len(home.gaps()) == gaps


def test_one_that_cannot_be_made_again_keeps_its_row_and_its_gap_grows(home: Household) -> None:
    check(home)
    before = home.row().checked_at
    home.crm.subscriptions.remove(home.hooks()["deal"][0].id)
    for _ in range(2):
        home.crm.faults.order(Fault(where="/v1/webhooks"))
        home.crm.faults.order(Fault(where="/v1/webhooks", status=403))
        assert check(home) == {ProblemCode.FORBIDDEN}
        assert home.our_rows()["deal"].problem == MISSING
    check(home)

    assert is_whole(home)
    gaps = home.gaps()
    assert (gaps[0].since, gaps[-1].until) == (before, home.row().checked_at)
    assert all(later.since <= gap.until for gap, later in pairwise(gaps))
    assert home.told() == [BACK.title]

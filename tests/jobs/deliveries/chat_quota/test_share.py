"""What a process takes ahead of the project's quota, and what lapses."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.deliveries.chat_quota.share import KEEP, MOST_WAIT, QuotaShare
from models.database.engine import Database
from models.deliveries.chat_quota import project
from tests.conftest import TwoTenants
from tests.engine import Bench, another_tenant, link
from tests.jobs.channels.outside import bench_with
from web.playground.chat.store import StoredSpace

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

SECOND = timedelta(seconds=1)


def take(share: QuotaShare, database: Database, most: int, at: datetime = NOON) -> int:
    with database.writing_all() as session:
        return share.take(session, most, at)


def test_nobody_gets_more_than_the_minutes_quota(database: Database) -> None:
    workers = (QuotaShare(3000), QuotaShare(3000))

    moments = [NOON + timedelta(seconds=tenth / 10) for tenth in range(601)]
    granted = sum(take(each, database, 100, at) for at in moments for each in workers)

    assert 2700 <= granted <= 3000


def test_what_was_not_needed_is_there_for_the_next(database: Database) -> None:
    share = QuotaShare(6000)
    assert take(share, database, 100) == 10

    share.give_back(4)

    assert take(share, database, 3) == 3
    assert take(share, database, 3) == 1


def test_what_is_kept_too_long_lapses(database: Database) -> None:
    share, other = QuotaShare(60), QuotaShare(60)
    for _ in range(6):
        assert take(share, database, 1) == 1
    assert take(other, database, 1) == 0
    share.give_back(1)

    later = NOON + KEEP + timedelta(milliseconds=1)

    assert [take(share, database, 1, later), take(share, database, 1, later)] == [1, 0]


def test_a_quota_that_is_used_up_is_asked_again_when_it_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []
    of_engine = project.take

    def ask(session: Any, per_minute: int, most: int, now: datetime, **more: Any) -> project.Taken:
        asked.append(now)
        return of_engine(session, per_minute, most, now, **more)

    monkeypatch.setattr(project, "take", ask)
    share = QuotaShare(60)
    while take(share, database, 1):
        pass
    back_at = share.back_at(NOON)
    assert back_at is not None
    assert NOON + SECOND < back_at < NOON + 1.2 * SECOND
    asked.clear()

    before = [take(share, database, 1, NOON + part * SECOND) for part in (0.0, 0.5, 1.0)]

    assert (before, asked) == ([0, 0, 0], [])
    assert take(share, database, 1, back_at) == 1
    assert share.back_at(back_at) is None


def test_a_clock_that_went_back_asks_again_at_once(database: Database) -> None:
    share = QuotaShare(60)
    while take(share, database, 1):
        pass

    assert share.back_at(NOON - timedelta(hours=1)) is None


def test_a_quota_that_comes_back_slowly_is_asked_again_after_a_while(database: Database) -> None:
    share = QuotaShare(1)
    while take(share, database, 1):
        pass

    assert share.back_at(NOON) == NOON + MOST_WAIT


def test_what_is_given_back_is_there_though_the_quota_is_used_up(database: Database) -> None:
    share = QuotaShare(60)
    while take(share, database, 1):
        pass
    share.give_back(1)

    assert share.back_at(NOON) is None
    assert take(share, database, 1) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_short_quota_is_shared_evenly_with_a_tenant_that_has_forty_spaces_due(
    bench: Bench, tenants: TwoTenants
) -> None:
    narrow = bench_with(bench, chat_project_writes_per_minute=60)
    third = another_tenant(bench.database, "Third")
    for tenant_id, spaces, deals in ((tenants.ours, 40, 30), (tenants.theirs, 5, 3), (third, 5, 3)):
        for number in range(spaces):
            name = f"spaces/T{tenant_id}N{number}"
            narrow.chat.store.add_space(StoredSpace(name, name))
            link(narrow.database, tenant_id, name)
        narrow.receive_deals(tenant_id, deals)

    sent: Counter[int] = Counter()
    for _ in range(120):
        sent.update(result.message.head.tenant_id for result in narrow.send_due())
        narrow.clock.advance(0.25)

    assert 25 <= sum(sent.values()) <= 36
    assert max(sent.values()) - min(sent.values()) <= 1

"""What a process takes ahead of the project's quota, and what lapses."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from jobs.deliveries.chat_quota.share import KEEP, QuotaShare
from models.database.engine import Database
from tests.conftest import TwoTenants
from tests.engine import Bench, another_tenant, link
from tests.jobs.channels.outside import bench_with
from web.playground.chat.store import StoredSpace

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


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

"""Two hosts serve together: one finishes what the other leaves, and both follow their database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from models.clock import now
from models.deliveries import lanes
from models.events.store import oldest_new
from tests.conftest import NOT_RUN
from tests.customers import Customer, told_by
from tests.faults.clusters import replicated
from tests.faults.hosts.hosts import Host, Load, shared_redis
from tests.faults.rules import winners
from tests.invariants import deliveries, hold, settle
from tests.machine.pgbouncer import NoPooler, pooler
from tests.postgresql import Databases, NoServer
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.load, pytest.mark.long]

CUSTOMERS: Final = 10
SPACES: Final = 4
EVENTS_EACH: Final = 12
LASTS_S: Final = 12.0
BREAKS_AFTER_S: Final = 4.0
CHAT_TAKES_S: Final = 1.0  # so that much is under way when a host dies
SETTLES_WITHIN_S: Final = 90.0


@contextmanager
def two_hosts(folder: Path, url: str) -> Iterator[tuple[Stack, list[Customer], list[Host]]]:
    """Start two hosts on the database of a URL, and load customers before."""
    with shared_redis(folder) as redis_url, Stack(folder, url, LOG_LEVEL="debug") as stack:
        stack.is_noisy = True
        customers = winners(stack, CUSTOMERS, SPACES)
        hosts = [Host(stack, f"host-{letter}", redis_url) for letter in "ab"]
        for host in hosts:
            host.start()
        for host in hosts:
            host.wait_until_ready()
        stack.play.chat.latency = CHAT_TAKES_S
        yield stack, customers, hosts


def nothing_is_lost_or_doubled(stack: Stack, customers: list[Customer]) -> None:
    stack.play.chat.latency = 0.0
    settle(*customers, seconds=SETTLES_WITHIN_S)
    assert {each.state for customer in customers for each in deliveries(customer)} == {"delivered"}
    counts = {sum(told_by(card) for card in one.cards(space)) for one in customers for space in one.spaces}
    assert counts == {EVENTS_EACH}
    hold(*customers)
    with stack.database.reading_all() as session:
        assert oldest_new(session) is None
        due = lanes.oldest_due(session)
        assert due is None or due > now()


@pytest.mark.parametrize("way", ["direct", "through a pooler in transaction mode"])
def test_a_host_that_dies_under_load_loses_and_doubles_nothing(
    postgresql: Databases, tmp_path: Path, way: str
) -> None:
    with ExitStack() as end:
        url = end.enter_context(postgresql.fresh())
        try:
            reached = url if way == "direct" else end.enter_context(pooler(url))
        except NoPooler as missing:
            pytest.skip(f"{NOT_RUN}: {missing}")
        stack, customers, hosts = end.enter_context(two_hosts(tmp_path, reached))
        with Load(hosts, customers, EVENTS_EACH, LASTS_S) as load:
            time.sleep(BREAKS_AFTER_S)
            doomed = wait_until(lambda: [host for host in hosts if host.has_sent()], 20, "a card")[0]
            doomed.die()

        nothing_is_lost_or_doubled(stack, customers)
        assert load.refused > 0
        (other,) = (host for host in hosts if host is not doomed)
        assert other.is_alive
        assert other.has_sent()
        assert "prepared statement" not in stack.logs()


def test_hosts_follow_a_database_that_fails_over(tmp_path: Path) -> None:
    """The primary dies, its standby is promoted: an acknowledged webhook is on both by then."""
    with ExitStack() as end:
        try:
            pair = end.enter_context(replicated())
        except NoServer as missing:
            pytest.skip(f"{NOT_RUN}: {missing}")
        stack, customers, hosts = end.enter_context(two_hosts(tmp_path, pair.url))
        pair.keep_in_step()
        with Load(hosts, customers, EVENTS_EACH, LASTS_S) as load:
            time.sleep(BREAKS_AFTER_S)
            pair.fail_over()

        nothing_is_lost_or_doubled(stack, customers)
        assert load.refused > 0
        assert all(host.is_alive for host in hosts)
        assert "Traceback" not in stack.logs()

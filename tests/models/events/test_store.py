"""Events are stored once, claimed by one worker at a time for each tenant, oldest first, and closed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.errors import TransactionUndone
from models.events import claims
from models.events import store as event_store
from models.events.claims import ClaimedEvent
from models.events.store import LONGEST_IN_A_BATCH, Arrival
from models.tables import Event
from tests.conftest import TwoTenants
from tests.engine import NOON

LEASE: Final = timedelta(seconds=30)


def receive(database: Database, tenant_id: int, *keys: str, state: str = "new") -> int:
    with database.writing_all() as session:
        return event_store.store(
            session, [Arrival(tenant_id, key, key.encode(), state, NOON) for key in keys]
        )


def claim(
    database: Database, *tenants: int, token: str = "mine", at: datetime = NOON, limit: int = 10
) -> list[str]:
    return [each.raw.decode() for each in events(database, *tenants, token=token, at=at, limit=limit)]


def events(
    database: Database, *tenants: int, token: str = "mine", at: datetime = NOON, limit: int = 10
) -> list[ClaimedEvent]:
    with database.writing_all() as session:
        return claims.claim_new(session, tenants, token, at, at + LEASE, limit)


def close(database: Database, token: str, *claimed: ClaimedEvent, outcome: str = "1 rule") -> set[int]:
    for each in claimed:
        each.event_type, each.outcome = "deal.won", outcome
    with database.writing_all() as session:
        return claims.close(session, token, claimed)


def test_a_repeat_is_a_no_op_and_is_not_counted_as_new(database: Database, tenants: TwoTenants) -> None:
    assert receive(database, tenants.ours, "a", "b") == 2
    assert receive(database, tenants.ours, "b", "c", "c") == 1
    assert receive(database, tenants.theirs, "a") == 1


@pytest.mark.parametrize("odd", [b"\xff\xfe", b"a\0b", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_body_that_is_no_text_is_kept_byte_by_byte_beside_others(
    database: Database, tenants: TwoTenants, odd: bytes
) -> None:
    escaped = rb'{"title": "\u0000 \ud83d \\ \" %(rows)s \xc3\xa9"}'
    bodies = [b"{}", odd, escaped, odd]
    with database.writing_all() as session:
        arrivals = [
            Arrival(tenants.ours, f"k{body[:1]!r}", body, "unparsed", NOON, None, None) for body in bodies
        ]
        arrivals[2] = replace(arrivals[2], source_key="escaped")
        assert event_store.store(session, arrivals) == 3

    with database.reading(tenants.ours) as session:
        assert set(session.scalars(select(Event.raw))) == {b"{}", odd, escaped}


def told(webhook: int, number: int, content: str | None = "won") -> Arrival:
    key = f"{webhook}:{number}"
    return Arrival(0, key, key.encode(), "new", NOON, content, str(webhook))


def receive_told(database: Database, tenant_id: int, *arrivals: Arrival) -> int:
    with database.writing_all() as session:
        return event_store.store(session, [replace(each, tenant_id=tenant_id) for each in arrivals])


def stored(database: Database, tenant_id: int) -> list[str]:
    with database.reading(tenant_id) as session:
        mine = select(Event.source_key).where(Event.tenant_id == tenant_id)
        return list(session.scalars(mine.order_by(Event.id)))


def test_long_bodies_keep_their_place_and_tell_a_change_again(
    database: Database, tenants: TwoTenants
) -> None:
    long = b"x" * (LONGEST_IN_A_BATCH + 1)
    arrivals = [
        replace(told(1, 1), raw=long),
        told(1, 2, "lost"),
        replace(told(2, 1), raw=long),  # another webhook tells what the first one told
        replace(told(1, 3), raw=long),  # the same one tells it again: it happened again
    ]

    assert receive_told(database, tenants.ours, *arrivals) == 3
    assert receive_told(database, tenants.ours, *arrivals) == 0
    assert receive_told(database, tenants.theirs, *arrivals) == 3

    assert stored(database, tenants.ours) == ["1:1", "1:2", "1:3"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_change_that_two_webhooks_tell_is_one_event_of_each_tenant(
    database: Database, tenants: TwoTenants, at_once: bool
) -> None:
    for tenant_id in tenants:
        both = (told(1, 5), told(2, 5))
        groups = [both] if at_once else [(each,) for each in both]
        assert [receive_told(database, tenant_id, *group) for group in groups] == ([1] if at_once else [1, 0])
        assert receive_told(database, tenant_id, *both) == 0
        assert stored(database, tenant_id) == ["1:5"]


def test_what_one_webhook_tells_under_two_ids_stays_two_events(
    database: Database, tenants: TwoTenants
) -> None:
    assert receive_told(database, tenants.ours, told(1, 5), told(1, 6), told(1, 6)) == 2
    assert receive_told(database, tenants.ours, told(1, 7), told(1, 5), told(2, 8)) == 1
    assert receive_told(database, tenants.theirs, told(11, 5), told(1, 6)) == 1
    assert stored(database, tenants.ours) == ["1:5", "1:6", "1:7"]


def test_other_content_and_none_at_all_are_other_events(database: Database, tenants: TwoTenants) -> None:
    assert receive_told(database, tenants.ours, told(1, 5), told(2, 5, "lost"), told(3, 5, None)) == 3
    assert receive_told(database, tenants.ours, told(4, 5, None), told(4, 5, None)) == 1


def test_two_processes_that_store_the_same_change_at_once_store_one_event(
    database: Database, tenants: TwoTenants
) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = pool.map(lambda n: receive_told(database, tenants.ours, told(n, n)), range(1, 17))
        assert sum(counts) == 1
    assert len(stored(database, tenants.ours)) == 1


def test_two_processes_that_store_the_same_changes_in_another_order_both_go_on(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them may be undone because each waits for the other; the same group stored again succeeds."""
    monkeypatch.setattr("models.events.day_usage._part", lambda _pid: threading.get_ident() % 10**9)
    start = threading.Barrier(2)

    def store_rounds(webhook: int, order: Sequence[int]) -> None:
        for number in range(8):
            group = [told(webhook, each, f"{number} {each}") for each in order]
            mine = [replace(each, tenant_id=tenants.ours) for each in group]
            start.wait()
            try:
                event_store.store_group(database, mine)
            except TransactionUndone:
                event_store.store_group(database, mine)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(store_rounds, 1, range(20)), pool.submit(store_rounds, 2, range(19, -1, -1))]
        for each in both:
            each.result()
    assert len(stored(database, tenants.ours)) <= 8 * 20


def test_only_tenants_with_something_new_are_named(database: Database, tenants: TwoTenants) -> None:
    def waiting() -> list[int]:
        with database.reading_all() as session:
            return claims.tenants_with_new(session)

    assert waiting() == []
    receive(database, tenants.theirs, "a", "b")
    receive(database, tenants.ours, "x", state="ignored")
    assert waiting() == [tenants.theirs]
    receive(database, tenants.ours, "c")
    assert waiting() == sorted(tenants)


def test_each_tenant_has_an_equal_share_oldest_first(database: Database, tenants: TwoTenants) -> None:
    receive(database, tenants.ours, *(f"o{number}" for number in range(8)))
    receive(database, tenants.theirs, "t0")
    assert claim(database, *tenants, limit=6) == ["o0", "o1", "o2", "t0"]


def test_one_worker_at_a_time_reads_a_tenant(database: Database, tenants: TwoTenants) -> None:
    receive(database, tenants.ours, "a", "b", "c")
    assert claim(database, tenants.ours, limit=2) == ["a", "b"]
    receive(database, tenants.theirs, "x")
    assert claim(database, *tenants, token="other") == ["x"]


def test_after_a_death_the_oldest_is_read_alone_and_its_loss_counted(
    database: Database, tenants: TwoTenants
) -> None:
    receive(database, tenants.ours, "a", "b", "c")
    claim(database, tenants.ours)

    (again,) = events(database, tenants.ours, token="other", at=NOON + LEASE)

    assert (again.raw, again.lease_losses) == (b"a", 1)
    assert claim(database, tenants.ours, token="third", at=NOON + LEASE) == []


def test_closing_says_what_became_of_it(database: Database, tenants: TwoTenants) -> None:
    receive(database, tenants.ours, "a")
    (one,) = events(database, tenants.ours)

    assert close(database, "mine", one, outcome="nul \0 and " + "long " * 200) == {one.id}

    with database.reading(tenants.ours) as session:
        row = session.scalars(select(Event)).one()
    assert (row.state, row.event_type, row.lease_until) == ("done", "deal.won", None)
    assert row.outcome.startswith("nul  and long")
    assert len(row.outcome) <= 500
    assert claim(database, tenants.ours, at=NOON + LEASE) == []


def test_who_lost_its_lease_closes_nothing(database: Database, tenants: TwoTenants) -> None:
    receive(database, tenants.ours, "a")
    (stale,) = events(database, tenants.ours, token="slow")
    (fresh,) = events(database, tenants.ours, token="quick", at=NOON + LEASE)

    assert close(database, "slow", stale) == set()
    assert close(database, "quick", fresh) == {fresh.id}
    assert close(database, "quick", fresh) == set()


def test_closed_events_let_the_next_ones_be_read(database: Database, tenants: TwoTenants) -> None:
    receive(database, tenants.ours, "a", "b", "c")
    close(database, "mine", *events(database, tenants.ours, limit=2))
    assert claim(database, tenants.ours, token="other") == ["c"]


def test_nothing_new_is_nothing_to_claim(database: Database, tenants: TwoTenants) -> None:
    assert claim(database, *tenants) == []
    assert claim(database) == []


def test_the_last_webhook_is_neither_a_test_nor_what_was_caught_up_on(
    database: Database, tenants: TwoTenants
) -> None:
    def last(tenant_id: int) -> datetime | None:
        with database.reading(tenant_id) as session:
            return event_store.last_webhook_at(session, tenant_id)

    receive(database, tenants.ours, "test-1", "late:deal:1:deleted")
    assert last(tenants.ours) is None
    receive(database, tenants.ours, "webhook")
    assert (last(tenants.ours), last(tenants.theirs)) == (NOON, None)


def test_only_a_tenants_own_keys_are_known(database: Database, tenants: TwoTenants) -> None:
    receive(database, tenants.ours, "a", "b")
    asked = [(tenants.ours, "a"), (tenants.ours, "c"), (tenants.theirs, "b")]
    with database.reading_all() as session:
        assert event_store.stored_keys(session, asked) == {(tenants.ours, "a")}
        assert event_store.stored_keys(session, []) == set()

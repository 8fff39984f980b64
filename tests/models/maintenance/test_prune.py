"""Old finished rows are deleted in short transactions; open deliveries stay, however old."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.events.day_usage import add_usage
from models.maintenance.prune import prune_old_rows
from models.security.audit import Auditor
from models.tables import (
    ApiSession,
    ApiToken,
    ApiUsage,
    Attempt,
    AuditEntry,
    Backfill,
    BrowserSession,
    ConnectLink,
    DayUsage,
    Delivery,
    Digest,
    Event,
    IdempotentAnswer,
    Mute,
    OAuthFlow,
    SeenInteraction,
    TrackedObject,
    User,
)
from models.tables.deliveries import STATES
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.ended import add_destination, deliveries, end
from tests.models.rows import add, count, event

OLD = NOON - timedelta(days=91)
AGO = NOON - timedelta(days=89)


def pruned(database: Database, at: datetime = NOON, days: int = 90) -> Counter[str]:
    removed: Counter[str] = Counter()
    for batch in prune_old_rows(database, at, days):
        removed += batch
    return removed


def test_what_was_closed_is_forgotten_and_what_is_open_stays_for_a_year(
    database: Database, tenants: TwoTenants
) -> None:
    year = NOON - timedelta(days=367)
    times = {"closed": (False, OLD, OLD), "closed lately": (False, OLD, AGO), "open": (True, OLD, OLD)}
    times |= {"open for long": (True, year, OLD)}
    for name, (is_open, changed_at, heard_at) in times.items():
        row = TrackedObject(tenant_id=tenants.ours, entity="deal", object_id=name, state=b"{}")
        row.is_open, row.changed_at, row.heard_at = is_open, changed_at, heard_at
        add(database, row)

    assert pruned(database) == Counter(tracked_objects=2)

    with database.reading_all() as session:
        assert set(session.scalars(select(TrackedObject.object_id))) == {"closed lately", "open"}


def test_ended_deliveries_go_with_their_attempts_and_open_ones_stay(
    database: Database, tenants: TwoTenants
) -> None:
    wall = add_destination(database, tenants.ours)
    for state in STATES:
        end(database, tenants.ours, wall, state=state, created_at=OLD, finished_at=OLD)
    end(database, tenants.ours, wall, created_at=OLD, finished_at=AGO)
    end(database, tenants.ours, wall, created_at=AGO, finished_at=AGO)
    for each in deliveries(database, tenants.ours):
        add(database, Attempt(tenant_id=tenants.ours, delivery_id=each.id, outcome="retry"))

    assert pruned(database) == Counter(deliveries=3)

    left = [(each.state, each.finished_at) for each in deliveries(database, tenants.ours)]
    assert left == [
        *((state, OLD) for state in ("pending", "sending", "held", "digested")),
        ("dead", AGO),
        ("dead", AGO),
    ]
    assert count(database, Attempt) == len(left)


def test_an_event_stays_as_long_as_a_delivery_of_it(database: Database, tenants: TwoTenants) -> None:
    states = ("done", "done", "done", "unparsed", "ignored", "foreign", "new", "done")
    for number, state in enumerate(states):
        received = AGO if number == 7 else OLD
        add(database, event(tenants.ours, f"e{number}", state=state, received_at=received))
    with database.reading_all() as session:
        ids = session.scalars(select(Event.id).order_by(Event.id)).all()
    wall = add_destination(database, tenants.ours)
    end(database, tenants.ours, wall, event_id=ids[0], state="pending", created_at=OLD, finished_at=None)
    end(database, tenants.ours, wall, event_id=ids[1], created_at=OLD, finished_at=OLD)

    assert pruned(database) == Counter(deliveries=1, events=5)

    with database.reading_all() as session:
        assert session.scalars(select(Event.source_key).order_by(Event.id)).all() == ["e0", "e6", "e7"]


def test_mutes_and_digests_go_once_their_cards_are_old(database: Database, tenants: TwoTenants) -> None:
    digest = {"scope": "space", "every": "weekly", "clock": "09:00", "day": "mon", "timezone": "UTC"}
    older = OLD - timedelta(days=8)
    for ended_at in (older, OLD, AGO, None):
        add(
            database,
            Mute(tenant_id=tenants.ours, scope="tenant", until=OLD, ended_at=ended_at),
            Digest(tenant_id=tenants.ours, **digest, due_at=OLD, ended_at=ended_at),
        )
    wall = add_destination(database, tenants.ours)
    usual = {"tenant_id": tenants.ours, "destination_id": wall.id, "lane": wall.lane, "state": "digested"}
    add(database, *(Delivery(**usual, created_at=older, finished_at=at) for at in (older, OLD)))

    assert pruned(database) == Counter(mutes=2, digests=1, deliveries=1)


@pytest.mark.parametrize(("days", "left"), [(90, 2), (3, 1), (1, 1)])
def test_interactions_are_kept_a_week_at_most(database: Database, days: int, left: int) -> None:
    for age in (0, 4, 8, 100):
        add(database, SeenInteraction(key=f"k{age}", received_at=NOON - timedelta(days=age)))
    assert pruned(database, days=days) == Counter(interactions=4 - left)


def test_sign_ins_go_once_they_ran_out(database: Database) -> None:
    who = {"email": "ada@example.com"}
    flow = {"purpose": "sign_in", "browser_hash": "b", "secret": "closed"}
    for age in (timedelta(days=-1), timedelta(minutes=5), timedelta(days=1)):
        until = {"expires_at": NOON - age}
        add(database, BrowserSession(token_hash=f"s{age}", **who, **until))
        add(database, OAuthFlow(state_hash=f"f{age}", **flow, **until))
        add(database, ConnectLink(digest=f"t{age}", purpose="connect", **who, **until))

    assert pruned(database) == Counter(sessions=2, oauth_flows=1, tickets=1)
    assert [count(database, table) for table in (BrowserSession, OAuthFlow, ConnectLink)] == [1, 2, 2]


def test_what_programs_left_goes_once_it_has_ended(database: Database, tenants: TwoTenants) -> None:
    user = User(tenant_id=tenants.ours, email="ada@example.com")
    add(database, user)
    mine = {"tenant_id": tenants.ours, "user_id": user.id}
    for number, until in enumerate((OLD, AGO, NOON + timedelta(days=1))):
        token = ApiToken(**mine, token_hash=f"h{number}", scopes=[], expires_at=until)
        add(database, token)
        add(database, ApiSession(tenant_id=tenants.ours, token_id=token.id, expires_at=until))
        answer = {"key_hash": f"k{number}", "request_hash": "r", "status": 200, "body": "{}"}
        add(database, IdempotentAnswer(**mine, **answer, created_at=min(until, NOON)))

    assert pruned(database) == Counter(api_sessions=2, api_tokens=1, idempotent_answers=2)


def test_gaps_that_are_closed_and_what_calls_cost_go_with_the_rest(
    database: Database, tenants: TwoTenants
) -> None:
    for ended in (OLD, AGO, None):
        spent = NOON - timedelta(days=1) if ended is None else ended
        gap = {"since": OLD, "until": OLD, "reason": "away", "finished_at": ended, "created_at": OLD}
        add(database, Backfill(tenant_id=tenants.ours, **gap))
        add(database, ApiUsage(tenant_id=tenants.ours, day=spent.date(), tokens=20, calls=1))

    assert pruned(database) == Counter(catch_ups=1, api_spendings=1)
    assert [count(database, table) for table in (Backfill, ApiUsage)] == [2, 2]


@pytest.mark.parametrize(("keep_days", "left"), [(1, [31, 0]), (60, [60, 31, 0])])
def test_what_a_day_counted_goes_later_than_its_month(
    database: Database, tenants: TwoTenants, keep_days: int, left: list[int]
) -> None:
    for ago in (400, 61, 60, 31, 0):
        with database.writing_all() as session:
            add_usage(session, (NOON - timedelta(days=ago)).date(), {each: {"cards": 1} for each in tenants})
    assert pruned(database, days=keep_days)["day_usages"] == 2 * (5 - len(left))
    for tenant_id in tenants:
        with database.reading(tenant_id) as session:
            days = session.scalars(select(DayUsage.day).where(DayUsage.tenant_id == tenant_id))
            assert sorted(((NOON.date() - day).days for day in days), reverse=True) == left


def test_the_audit_trail_stays(database: Database, tenants: TwoTenants, auditor: Auditor) -> None:
    with database.writing(tenants.ours) as session:
        auditor.record(session, tenants.ours, "ada", "rule.deleted", "Wins")
    assert pruned(database, at=NOON + timedelta(days=9999)) == Counter()
    assert count(database, AuditEntry) == 1


def test_what_is_replayed_meanwhile_stays(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.maintenance.prune.BATCH", 1)
    end(database, tenants.ours, add_destination(database, tenants.ours), 3, created_at=OLD, finished_at=OLD)
    first, second, third = deliveries(database, tenants.ours)
    going = prune_old_rows(database, NOON, 90)
    assert next(going) == Counter(deliveries=1)
    with database.writing(tenants.ours) as session:
        delivery_store.replay(session, tenants.ours, [second.id], NOON)
    assert [dict(batch) for batch in going] == [{"deliveries": 1}]
    assert [each.id for each in deliveries(database, tenants.ours)] == [second.id]
    assert first.id < second.id < third.id


def test_a_large_sweep_keeps_no_writer_waiting_for_long(database: Database, tenants: TwoTenants) -> None:
    wall = add_destination(database, tenants.ours)
    end(database, tenants.ours, wall, 5_000, created_at=OLD, finished_at=OLD)
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            started = time.monotonic()
            with database.writing(tenants.theirs) as session:
                session.add(event(tenants.theirs, f"e{len(waits)}"))
            waits.append(time.monotonic() - started)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        removed = pruned(database)
    finally:
        over.set()
        writer.join()

    assert removed == Counter(deliveries=5_000)
    assert len(waits) > 1
    assert max(waits) < 2


def test_two_may_sweep_at_once(database: Database, tenants: TwoTenants) -> None:
    end(
        database,
        tenants.ours,
        add_destination(database, tenants.ours),
        1_200,
        created_at=OLD,
        finished_at=AGO,
    )
    later, totals = NOON + timedelta(days=90), list[Counter[str]]()
    sweepers = [threading.Thread(target=lambda: totals.append(pruned(database, later))) for _ in range(3)]
    for each in sweepers:
        each.start()
    for each in sweepers:
        each.join()
    assert sum((each["deliveries"] for each in totals), 0) == 1_200
    assert count(database, Delivery) == 0

"""A replay sends what had failed when it began, a batch at a time, until it is done or cancelled."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.database.engine import Database
from models.deliveries.replay import PAUSED, ReplayFilter
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.tables import AuditEntry, Delivery, Destination, DurableWait, User
from models.tables.accounts import Role
from models.tables.deliveries import DeliveryState
from models.tables.waits import WaitState
from models.waits import replay
from models.waits.carry_out import carry_out
from models.waits.replay import (
    BATCH,
    EVERY,
    cancel_replay,
    get_replay,
    preview_replay,
    running_replay,
    start_replay,
)
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add, destination

FAILED = ReplayFilter()
ACTIONS = {replay.REPLAY: replay.continue_replay}


def person(database: Database, tenant_id: int, role: str = Role.ADMIN, email: str = "ada@acme.test") -> Actor:
    user = User(tenant_id=tenant_id, email=email, role=role)
    add(database, user)
    return Actor(email, tenant_id, user_id=user.id, role=role)


def dead_letters(database: Database, tenant_id: int, count: int, **columns: Any) -> int:
    """Add dead letters to one destination; return its id."""
    to = destination(tenant_id, name=f"Wall {columns.get('rule_name', '')}")
    add(database, to)
    usual = {"tenant_id": tenant_id, "destination_id": to.id, "destination_name": to.name, "lane": to.lane}
    usual |= {"state": DeliveryState.DEAD, "reason": "500", "created_at": NOON, "finished_at": NOON}
    with database.writing(tenant_id) as session:
        session.add_all(Delivery(**usual | columns) for _ in range(count))
    return to.id


def states(database: Database, tenant_id: int) -> Counter[str]:
    with database.reading(tenant_id) as session:
        return Counter(session.scalars(select(Delivery.state).where(Delivery.tenant_id == tenant_id)))


def begin(database: Database, actor: Actor, chosen: ReplayFilter = FAILED, key: str = "k") -> replay.Replay:
    with database.writing(actor.tenant) as session:
        return start_replay(session, actor, chosen, key, NOON + timedelta(hours=1))


def go_on(database: Database, actor: Actor, wait_id: int, turn: int) -> replay.Replay:
    at = NOON + timedelta(hours=1) + turn * EVERY
    with database.writing(actor.tenant) as session:
        carry_out(session, actor.tenant, wait_id, at, ACTIONS)
    with database.reading(actor.tenant) as session:
        return get_replay(session, actor, wait_id)


def audited(database: Database, tenant_id: int) -> list[tuple[str, str]]:
    query = select(AuditEntry.actor, AuditEntry.action).where(AuditEntry.tenant_id == tenant_id)
    with database.reading(tenant_id) as session:
        return [(row.actor, row.action) for row in session.execute(query.order_by(AuditEntry.id))]


def test_it_sends_a_batch_at_a_time_until_all_have_gone(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    dead_letters(database, tenants.ours, BATCH + 5)
    dead_letters(database, tenants.theirs, 3)
    started = begin(database, ada)
    assert (started.total, started.done, started.state) == (BATCH + 5, 0, WaitState.WAITING)

    first = go_on(database, ada, started.id, 0)
    assert (first.done, first.state) == (BATCH, WaitState.WAITING)
    assert go_on(database, ada, started.id, 0).done == BATCH  # not due yet
    last = go_on(database, ada, started.id, 1)
    assert (last.done, last.state) == (BATCH + 5, WaitState.DONE)
    assert states(database, tenants.ours) == {"pending": BATCH + 5}
    assert states(database, tenants.theirs) == {"dead": 3}
    said = [("ada@acme.test", "delivery.replay_started"), ("ada@acme.test", "delivery.replayed")]
    assert audited(database, tenants.ours) == said


def test_what_fails_again_or_later_is_not_sent_a_second_time(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    dead_letters(database, tenants.ours, BATCH)
    started = begin(database, ada)
    dead_letters(database, tenants.ours, 1, rule_name="later", created_at=NOON + timedelta(hours=2))
    go_on(database, ada, started.id, 0)
    with database.writing(tenants.ours) as session:
        session.execute(
            update(Delivery).where(Delivery.tenant_id == tenants.ours).values(state=DeliveryState.DEAD)
        )
    ended = go_on(database, ada, started.id, 1)
    assert (ended.done, ended.state) == (BATCH, WaitState.DONE)
    assert states(database, tenants.ours) == {"dead": BATCH + 1}


def test_a_cancelled_one_leaves_the_rest(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    dead_letters(database, tenants.ours, BATCH + 5)
    started = begin(database, ada)
    go_on(database, ada, started.id, 0)
    with database.writing(tenants.ours) as session:
        assert cancel_replay(session, ada, started.id, NOON).state is WaitState.CANCELLED
        assert cancel_replay(session, ada, started.id, NOON).done == BATCH  # once more changes nothing
    assert go_on(database, ada, started.id, 9).state is WaitState.CANCELLED
    assert states(database, tenants.ours) == {"pending": BATCH, "dead": 5}
    assert audited(database, tenants.ours)[-1] == ("ada@acme.test", "delivery.replay_cancelled")


def test_the_same_press_starts_one_and_another_one_waits(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    dead_letters(database, tenants.ours, 3)
    first = begin(database, ada)
    assert begin(database, ada).id == first.id
    with pytest.raises(InvalidRequest, match="Another replay is running"):
        begin(database, ada, key="other")
    with database.reading(tenants.ours) as session:
        running = running_replay(session, ada)
    assert running is not None
    assert running.id == first.id


def test_of_two_people_who_begin_at_once_one_is_told_of_the_other(
    database: Database, tenants: TwoTenants
) -> None:
    people = [person(database, tenants.ours, email=f"{name}@acme.test") for name in ("ada", "ben")]
    dead_letters(database, tenants.ours, 3)

    def press(who: Actor) -> str:
        try:
            begin(database, who, key=who.name)
        except InvalidRequest as refused:
            return refused.user_message
        return "begun"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, people))
    assert answers[1] == "begun"
    assert answers[0].startswith("Another replay is running")


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (FAILED, 5),
        (ReplayFilter(rule="Wins"), 2),
        (ReplayFilter(destination="Wall Losses"), 3),
        (ReplayFilter(since=NOON + timedelta(minutes=1)), 3),
        (ReplayFilter(until=NOON + timedelta(minutes=1)), 2),
        (ReplayFilter(states=(DeliveryState.SKIPPED,)), 1),
    ],
)
def test_a_filter_chooses_by_rule_place_and_time(
    database: Database, tenants: TwoTenants, chosen: ReplayFilter, count: int
) -> None:
    ada = person(database, tenants.ours)
    later = NOON + timedelta(minutes=2)
    dead_letters(database, tenants.ours, 2, rule_name="Wins")
    dead_letters(database, tenants.ours, 3, rule_name="Losses", created_at=later)
    dead_letters(database, tenants.ours, 1, rule_name="Muted", state=DeliveryState.SKIPPED)
    with database.reading(tenants.ours) as session:
        assert preview_replay(session, ada, chosen).count == count
    started = begin(database, ada, chosen)
    assert go_on(database, ada, started.id, 0).done == count


def test_what_cannot_go_is_counted_and_left(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    paused = dead_letters(database, tenants.ours, 4)
    with database.writing(tenants.ours) as session:
        mine = (Destination.tenant_id == tenants.ours, Destination.id == paused)
        session.execute(update(Destination).where(*mine).values(is_active=False))
    with database.reading(tenants.ours) as session:
        preview = preview_replay(session, ada, FAILED)
    assert (preview.count, preview.left_out) == (0, {PAUSED: 4})
    with pytest.raises(InvalidRequest, match="nothing to send again"):
        begin(database, ada)


def test_it_ends_when_its_person_may_not_send_again_any_more(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    dead_letters(database, tenants.ours, 3)
    started = begin(database, ada)
    with database.writing(tenants.ours) as session:
        session.execute(update(User).where(User.tenant_id == tenants.ours).values(role=Role.VIEWER))
    with database.writing(tenants.ours) as session:
        carry_out(session, tenants.ours, started.id, NOON + timedelta(hours=1), ACTIONS)
    with database.reading(tenants.ours) as session:
        ended = session.scalars(select(DurableWait).where(DurableWait.tenant_id == tenants.ours)).one()
    assert (ended.state, ended.reason) == (WaitState.DONE, replay.NOT_ALLOWED)
    assert states(database, tenants.ours) == {"dead": 3}


def test_others_see_and_cancel_no_replay_that_is_not_theirs(database: Database, tenants: TwoTenants) -> None:
    ada = person(database, tenants.ours)
    rep = person(database, tenants.ours, Role.SALES_REP, "rep@acme.test")
    stranger = person(database, tenants.theirs)
    dead_letters(database, tenants.ours, 3)
    started = begin(database, ada)
    for each in (rep, stranger):
        with database.writing(each.tenant) as session, pytest.raises((NotFound, NotAllowed)):
            cancel_replay(session, each, started.id, NOON)
    viewer = person(database, tenants.ours, Role.VIEWER, "v@acme.test")
    with database.writing(tenants.ours) as session, pytest.raises(NotAllowed):
        start_replay(session, viewer, FAILED, "v", datetime.now(tz=NOON.tzinfo))

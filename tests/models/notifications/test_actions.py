"""The inbox: filters against a plain list, pages that stand still, and nobody else's eyes."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import NotFound
from models.notifications.actions import (
    InboxFilter,
    InboxPart,
    clear_read,
    count_inbox,
    delete_notification,
    list_inbox,
    mark_all_read,
    mark_read,
)
from models.notifications.types import NotificationType
from models.tables import Notification
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.notifications.conftest import Send, actor_of, kept
from tests.models.rows import add

LATER = NOON + timedelta(hours=1)


def ids(database: Database, who: Actor, wanted: InboxFilter | None = None, **part: int) -> list[int]:
    chosen = InboxPart(**{"limit": 99} | part)
    with database.reading(who.tenant) as session:
        return [each.id for each in list_inbox(session, who, wanted or InboxFilter(), chosen, LATER)]


def fill(database: Database, who: Actor, count: int) -> list[Notification]:
    types = itertools.cycle(["DEAL_WON", "TASK_DUE", "MENTION"])
    rows = [
        Notification(tenant_id=who.tenant, user_id=who.user_id, type=next(types), title=f"Thing {number}")
        for number in range(count)
    ]
    for number, row in enumerate(rows):
        row.tags = [["hot"], ["hot", "hotel"], []][number % 7 % 3]
        row.read_at = NOON if number % 2 else None
        row.created_at = NOON
    add(database, *rows)
    return rows


def test_all_filters_find_what_a_plain_list_would(database: Database, ada: Actor) -> None:
    rows = fill(database, ada, 40)

    for unread, type_, tag in itertools.product((True, False), (None, NotificationType.MENTION), ("", "hot")):
        expected = [
            each.id
            for each in reversed(rows)
            if (not unread or each.read_at is None)
            and type_ in (None, each.type)
            and (not tag or tag in each.tags)
        ]
        wanted = InboxFilter(unread=unread, type=type_, tag=tag)
        assert ids(database, ada, wanted) == expected
        with database.reading(ada.tenant) as session:
            assert count_inbox(session, ada, wanted, LATER) == len(expected)


def test_pages_by_cursor_stand_still_while_more_arrive(database: Database, ada: Actor) -> None:
    rows = fill(database, ada, 10)
    first = ids(database, ada, limit=4)
    fill(database, ada, 3)

    assert ids(database, ada, limit=4, before=first[-1]) == [each.id for each in rows[5:1:-1]]
    assert ids(database, ada, limit=4, after=first[0])[:1] > [first[0]]


def test_the_stream_brings_each_once_in_order(database: Database, ada: Actor) -> None:
    rows = fill(database, ada, 7)
    seen: list[int] = []
    while found := ids(database, ada, limit=3, after=seen[-1] if seen else 0):
        seen += found
    assert seen == [each.id for each in rows]


def test_marking_deleting_and_clearing_are_of_ones_own(
    database: Database, tenants: TwoTenants, ada: Actor, send: Send
) -> None:
    ben, eve = actor_of(database, ada.tenant, "ben"), actor_of(database, tenants.theirs)
    numbers = [send(ada).id or 0 for _ in range(3)]
    send(ben)
    for other in (ben, eve):
        with database.writing(other.tenant) as session:
            with pytest.raises(NotFound):
                mark_read(session, other, numbers[0], LATER)
            with pytest.raises(NotFound):
                delete_notification(session, other, numbers[0])
            mark_all_read(session, other, LATER)
            clear_read(session, other)
    assert [each.read_at for each in kept(database, ada)] == [None] * 3

    with database.writing(ada.tenant) as session:
        assert mark_read(session, ada, numbers[0], LATER).read_at == LATER
        assert mark_read(session, ada, numbers[0], LATER + timedelta(hours=1)).read_at == LATER
        delete_notification(session, ada, numbers[1])
        assert clear_read(session, ada) == 1
        assert count_inbox(session, ada, InboxFilter(unread=True), LATER) == 1
        assert mark_all_read(session, ada, LATER) == 1
        with pytest.raises(NotFound):
            delete_notification(session, ada, numbers[1])
    assert [each.id for each in kept(database, ada)] == [numbers[2]]


def test_random_calls_of_two_teams_never_meet(database: Database, tenants: TwoTenants, send: Send) -> None:
    people = [actor_of(database, each, name) for each in tenants for name in ("ada", "ben")]
    own = {who.name: {send(who).id for _ in range(5)} for who in people}
    everything, dice = sorted({each or 0 for found in own.values() for each in found}), random.Random(7)

    for _ in range(250):
        who, number = dice.choice(people), dice.choice(everything)
        with database.writing(who.tenant) as session:
            found = list_inbox(session, who, InboxFilter(), InboxPart(50), LATER)
            assert {each.id for each in found} == own[who.name]
            try:
                mark_read(session, who, number, LATER)
            except NotFound:
                assert number not in own[who.name]
            else:
                assert number in own[who.name]


def test_what_has_expired_is_shown_no_more(database: Database, ada: Actor, send: Send) -> None:
    send(ada, expires_at=LATER)
    assert ids(database, ada) == []


def test_ten_thousand_notifications_are_counted_and_shown_in_parts(database: Database, ada: Actor) -> None:
    fill(database, ada, 10_000)
    with database.reading(ada.tenant) as session:
        assert count_inbox(session, ada, InboxFilter(unread=True), LATER) == 5000
    assert len(ids(database, ada, InboxFilter(unread=True), limit=7)) == 7

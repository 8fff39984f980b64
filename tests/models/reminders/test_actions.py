"""Reminders: whose they are, how many there may be, and what is asked for twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.reminders import actions
from models.reminders.actions import (
    NewReminder,
    cancel_reminder,
    ended_reminders,
    list_reminders,
    remind_again,
    set_reminder,
)
from models.tables import DurableWait, User
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add

HOUR = timedelta(hours=1)


def actor(database: Database, tenant_id: int, name: str = "ada", role: str = "sales_rep") -> Actor:
    email = f"{name}{tenant_id}@acme.test"
    made = User(tenant_id=tenant_id, email=email, role=role)
    add(database, made)
    return Actor(email, tenant_id, user_id=made.id, role=role, is_certain=True)


def remind(database: Database, who: Actor, key: str = "k", **what: Any) -> DurableWait:
    new = NewReminder(**{"due_at": NOON + HOUR, "key": key, "words": "call Jana", **what})
    with database.writing(who.tenant) as session:
        return set_reminder(session, who, new, NOON)


def waiting(database: Database, who: Actor) -> list[int]:
    with database.reading(who.tenant) as session:
        return [each.id for each in list_reminders(session, who, limit=50)[0]]


def test_a_reminder_that_is_asked_for_twice_is_one(database: Database, tenants: TwoTenants) -> None:
    ada = actor(database, tenants.ours)

    first, second = remind(database, ada), remind(database, ada, words="something else")

    assert first.id == second.id
    assert waiting(database, ada) == [first.id]


def test_reminders_are_seen_and_cancelled_by_their_owner_alone(
    database: Database, tenants: TwoTenants
) -> None:
    ada, ben = actor(database, tenants.ours), actor(database, tenants.ours, "ben")
    eve = actor(database, tenants.theirs)
    mine = remind(database, ada)

    for other in (ben, eve):
        assert waiting(database, other) == []
        with database.writing(other.tenant) as session, pytest.raises(NotFound):
            cancel_reminder(session, other, mine.id, NOON)
    with database.writing(ada.tenant) as session:
        assert cancel_reminder(session, ada, mine.id, NOON).state == "cancelled"
        assert cancel_reminder(session, ada, mine.id, NOON).state == "cancelled"

    assert waiting(database, ada) == []
    with database.reading(ada.tenant) as session:
        assert [each.id for each in ended_reminders(session, ada, limit=5)] == [mine.id]


@pytest.mark.parametrize("what", [{"due_at": NOON}, {"due_at": NOON + timedelta(days=400)}, {"words": ""}])
def test_what_cannot_be_reminded_of_is_refused(
    database: Database, tenants: TwoTenants, what: dict[str, Any]
) -> None:
    ada = actor(database, tenants.ours)

    with pytest.raises(InvalidRequest):
        remind(database, ada, **what)


def test_there_may_be_so_many_and_no_more(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_WAITING", 2)
    ada = actor(database, tenants.ours)
    remind(database, ada, "1")
    remind(database, ada, "2")

    with pytest.raises(InvalidRequest, match="2 reminders"):
        remind(database, ada, "3")


def test_guests_and_systems_have_none(database: Database, tenants: TwoTenants) -> None:
    for nobody in (Actor("guest", tenants.ours), Actor("job", tenants.ours, is_system=True)):
        with pytest.raises(NotAllowed):
            remind(database, nobody)


def test_one_card_sets_a_reminder_again_once(database: Database, tenants: TwoTenants) -> None:
    ada = actor(database, tenants.ours)
    old = remind(database, ada, entity="deal", object_id="7", title="Lamps")

    with database.writing(ada.tenant) as session:
        again = [remind_again(session, ada, old.id, NOON + 2 * HOUR, NOON) for _ in range(2)]

    assert again[0].id == again[1].id != old.id
    assert (again[0].object_id, again[0].details) == ("7", {"words": "call Jana", "title": "Lamps"})

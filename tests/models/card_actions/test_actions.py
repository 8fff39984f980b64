"""A press is recorded once; who was first is known; what waits for a connection begins when it is there."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.card_actions.actions import CardPress, PressOutcome, Recorded, begin_waiting, record_press
from models.database.engine import Database
from models.errors import NotAllowed
from models.tables import CardActionState, PersonalConnection
from tests.conftest import TwoTenants
from tests.models.acting import actions_of, add_person, deliver, press_on
from tests.models.rows import add


def press(database: Database, actor: Actor, press: CardPress) -> Recorded:
    with database.writing(actor.tenant) as session:
        return record_press(session, actor, press)


def test_a_press_is_recorded_for_a_worker(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)

    assert press(database, ada, press_on(card)).outcome is PressOutcome.RECORDED
    (made,) = actions_of(database, tenants.ours)
    assert (made.state, made.slot, made.fields) == ("pending", "status", {"status": "won"})
    assert actions_of(database, tenants.theirs) == []


def test_however_often_a_person_presses_it_is_recorded_once(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    press(database, ada, press_on(card))

    assert press(database, ada, press_on(card)).outcome is PressOutcome.REPEATED
    assert len(actions_of(database, tenants.ours)) == 1


def test_the_second_of_two_people_learns_who_was_first(database: Database, tenants: TwoTenants) -> None:
    ada, ben = add_person(database, tenants.ours), add_person(database, tenants.ours, "Ben", 2)
    card = deliver(database, tenants.ours)
    press(database, ada, press_on(card, "deal.claim"))

    beaten = press(database, ben, press_on(card, "deal.claim"))
    assert beaten.outcome is PressOutcome.BEATEN
    assert beaten.action.user_id == ada.user_id


def test_who_saw_what_was_done_may_change_it(database: Database, tenants: TwoTenants) -> None:
    ada, ben = add_person(database, tenants.ours), add_person(database, tenants.ours, "Ben", 2)
    card = deliver(database, tenants.ours)
    first = press(database, ada, press_on(card, "deal.claim")).action
    with database.writing(tenants.ours) as session:
        session.merge(first).state = CardActionState.DONE

    assert press(database, ben, press_on(card, "deal.claim", seen=first.id)).outcome is PressOutcome.RECORDED


def test_notes_of_several_people_do_not_compete(database: Database, tenants: TwoTenants) -> None:
    ada, ben = add_person(database, tenants.ours), add_person(database, tenants.ours, "Ben", 2)
    card = deliver(database, tenants.ours)
    for actor in (ada, ben):
        note = press_on(card, "deal.note", fields={"content": "Hello"})
        assert press(database, actor, note).outcome is PressOutcome.RECORDED


def test_what_is_pressed_before_connecting_begins_afterwards(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours, number=None), deliver(database, tenants.ours)

    assert press(database, ada, press_on(card)).outcome is PressOutcome.WAITS
    assert press(database, ada, press_on(card)).outcome is PressOutcome.WAITS
    assert [each.state for each in actions_of(database, tenants.ours)] == ["waiting"]
    with database.writing(tenants.ours) as session:
        assert begin_waiting(session, tenants.ours, ada.name) == 1
        assert begin_waiting(session, tenants.ours, "somebody@else.test") == 0
    (begun,) = actions_of(database, tenants.ours)
    assert (begun.state, begun.needs_notice) == ("pending", True)


def test_of_two_presses_that_wait_the_last_is_meant(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours, number=None), deliver(database, tenants.ours)
    press(database, ada, press_on(card))
    press(database, ada, press_on(card, "deal.lost", fields={"status": "lost"}))

    assert [each.state for each in actions_of(database, tenants.ours)] == ["replaced", "waiting"]


def test_an_ended_connection_does_not_count(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours, number=None), deliver(database, tenants.ours)
    add(
        database,
        PersonalConnection(
            tenant_id=tenants.ours, user_id=ada.user_id, pipedrive_user_id="1", state="needs_reauth"
        ),
    )

    assert press(database, ada, press_on(card)).outcome is PressOutcome.WAITS


@pytest.mark.parametrize("role", ["analyst", "viewer"])
def test_who_may_only_read_presses_nothing(database: Database, tenants: TwoTenants, role: str) -> None:
    reader, card = add_person(database, tenants.ours, role=role), deliver(database, tenants.ours)
    with pytest.raises(NotAllowed):
        press(database, reader, press_on(card))
    assert actions_of(database, tenants.ours) == []

"""One worker at a time writes to an object, in the order of the presses; what a dead one left goes on."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import update

from models.accounts.actor import Actor
from models.card_actions.actions import record_press
from models.card_actions.notify import notify_of_end
from models.card_actions.queries import actions_on, shown_action
from models.card_actions.work import ClaimedAction, Ending, claim_action, due_actions, finish_action
from models.clock import now
from models.database.engine import Database
from models.tables import CardAction, CardActionState, Delivery
from tests.conftest import TwoTenants
from tests.models.acting import actions_of, add_person, deliver, due_copies_of, later, notices_to, press_on

LEASE = timedelta(seconds=45)


def press(
    database: Database, actor: Actor, card: Delivery, do: str = "deal.won", object_id: str = "7"
) -> int:
    with database.writing(actor.tenant) as session:
        return record_press(session, actor, press_on(card, do, object_id=object_id)).action.id


def due(database: Database, seconds: float = 0) -> list[int]:
    with database.reading_all() as session:
        return [action_id for _, action_id in due_actions(session, later(seconds))]


def claim(database: Database, tenant_id: int, action_id: int, seconds: float = 0) -> ClaimedAction | None:
    at = later(seconds)
    with database.writing(tenant_id) as session:
        return claim_action(session, tenant_id, action_id, uuid.uuid4().hex, at, at + LEASE)


def finish(database: Database, claimed: ClaimedAction | None, ending: Ending) -> None:
    assert claimed is not None
    with database.writing(claimed.tenant_id) as session:
        finish_action(session, claimed, ending, now())


def test_presses_on_one_object_are_written_in_their_order(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    first = press(database, ada, card)
    second = press(database, ada, card, "deal.move")
    other = press(database, ada, card, object_id="8")

    assert due(database) == [first, other]
    claimed = claim(database, tenants.ours, first)
    assert claim(database, tenants.ours, first) is None
    assert claim(database, tenants.ours, second) is None, "one writes to an object at a time"
    finish(database, claimed, Ending(CardActionState.DONE))
    assert due(database) == [second, other]


def test_what_a_dead_worker_left_goes_on_as_a_repeat(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    number = press(database, ada, card)
    dead = claim(database, tenants.ours, number)

    assert due(database, 30) == []
    assert due(database, 50) == [number]
    again = claim(database, tenants.ours, number, 50)
    assert again is not None
    assert again.is_repeat
    finish(database, dead, Ending(CardActionState.FAILED, "too late"))
    assert actions_of(database, tenants.ours)[0].state == "writing", "only the holder of the lease may end it"


def test_one_that_waited_for_a_connection_does_not_hold_up_what_a_dead_worker_began(
    database: Database, tenants: TwoTenants
) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    waiting, begun = press(database, ada, card), press(database, ada, card, "deal.move")
    _set_state(database, waiting, CardActionState.WAITING)
    claim(database, tenants.ours, begun)
    _set_state(database, waiting, CardActionState.PENDING)

    assert due(database, 30) == [], "the other one is being written"
    assert due(database, 50) == [begun]
    finish(database, claim(database, tenants.ours, begun, 50), Ending(CardActionState.DONE))
    assert due(database, 50) == [waiting]


def _set_state(database: Database, action_id: int, state: CardActionState) -> None:
    with database.writing_all() as session:
        session.execute(update(CardAction).where(CardAction.id == action_id).values(state=state))


def test_the_end_lets_the_copies_be_drawn_in_every_space(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    deliver(database, tenants.ours, space="spaces/OTHER")
    deliver(database, tenants.theirs)
    claimed = claim(database, tenants.ours, press(database, ada, card))

    assert due_copies_of(database, tenants.ours) == []
    finish(database, claimed, Ending(CardActionState.DONE))
    assert due_copies_of(database, tenants.ours) == ["spaces/ACTS", "spaces/OTHER"]
    assert due_copies_of(database, tenants.theirs) == []


def test_a_claim_takes_the_number_of_whoever_pressed(database: Database, tenants: TwoTenants) -> None:
    ben, card = add_person(database, tenants.ours, "Ben", 2), deliver(database, tenants.ours)
    claimed = claim(database, tenants.ours, press(database, ben, card, "deal.claim"))

    assert claimed is not None
    assert claimed.fields == {"owner_id": 2}


def test_the_second_in_a_race_needs_notice_who_was_faster(database: Database, tenants: TwoTenants) -> None:
    ada, ben = add_person(database, tenants.ours), add_person(database, tenants.ours, "Ben", 2)
    card = deliver(database, tenants.ours)
    first, second = press_on(card, "deal.claim"), press_on(card, "deal.claim", seen=10**6)
    with database.writing(tenants.ours) as session:
        one = record_press(session, ada, first).action
        one.state = CardActionState.REPLACED  # as if both had pressed at the same moment
        session.flush()
        two = record_press(session, ben, second).action
        one.state = CardActionState.PENDING
    finish(database, claim(database, tenants.ours, one.id), Ending(CardActionState.DONE))

    beaten = claim(database, tenants.ours, two.id)
    assert beaten is not None
    assert beaten.first is not None
    assert beaten.first.user_id == ada.user_id
    with database.writing(tenants.ours) as session:
        ending = Ending(CardActionState.OVERTAKEN, present=1, needs_notice=True)
        row = finish_action(session, beaten, ending, now())
        assert row is not None
        assert notify_of_end(session, row) == 1
    (notice,) = notices_to(database, tenants.ours)
    assert notice["title"] == "Somebody was first"
    assert "Ada was faster" in notice["words"]
    assert notice["private_to"] == "users/Ben"


def test_cards_show_who_did_what_since_they_came(database: Database, tenants: TwoTenants) -> None:
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    claimed = claim(database, tenants.ours, press(database, ada, card))
    with database.reading(tenants.ours) as session:
        (under_way,) = actions_on(session, tenants.ours, "deal", "7", card.created_at)
        assert (under_way.who, under_way.is_open) == ("Ada", True)
        assert actions_on(session, tenants.ours, "deal", "7", later(60)) == []
    finish(database, claimed, Ending(CardActionState.DONE))
    (action,) = actions_of(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        assert not shown_action(session, action).is_open

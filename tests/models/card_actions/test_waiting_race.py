"""What is pressed in the moment in which its person connects themselves does not wait for that."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import select

from models.accounts.actor import Actor
from models.card_actions.actions import PressOutcome, begin_waiting, record_press
from models.card_actions.work import Ending, claim_action, finish_action
from models.clock import now
from models.database.engine import Database, Session
from models.tables import CardAction, Delivery, PersonalConnection
from models.tables.card_actions import CardActionState
from tests.conftest import TwoTenants
from tests.models.acting import add_person, deliver, press_on


def connect(session: Session, person: Actor) -> None:
    """Do what the callback of a consent does."""
    own = PersonalConnection(tenant_id=person.tenant, user_id=person.user_id, pipedrive_user_id="2")
    session.add(own)
    session.flush()
    begin_waiting(session, person.tenant, person.name)


def state(database: Database, tenant_id: int) -> str:
    with database.reading(tenant_id) as session:
        return session.scalars(select(CardAction.state).where(CardAction.tenant_id == tenant_id)).one()


def press(database: Database, person: Actor, card: Delivery) -> PressOutcome:
    with database.writing(person.tenant) as session:
        return record_press(session, person, press_on(card)).outcome


def test_a_press_while_its_person_connects_begins(database: Database, tenants: TwoTenants) -> None:
    ben, card = add_person(database, tenants.ours, "Ben", number=None), deliver(database, tenants.ours)
    presses = threading.Thread(target=press, args=(database, ben, card))
    with database.writing(tenants.ours) as session:
        connect(session, ben)
        presses.start()
        presses.join(0.5)  # as long as it may take where nothing keeps it from the end
    presses.join()

    assert state(database, tenants.ours) == CardActionState.PENDING


def test_a_person_who_connects_while_they_press_lets_it_begin(
    database: Database, tenants: TwoTenants
) -> None:
    ben, card = add_person(database, tenants.ours, "Ben", number=None), deliver(database, tenants.ours)

    def connects() -> None:
        with database.writing(tenants.ours) as session:
            connect(session, ben)

    other = threading.Thread(target=connects)
    with database.writing(tenants.ours) as session:
        record_press(session, ben, press_on(card))
        other.start()
        other.join(0.5)
    other.join()

    assert state(database, tenants.ours) == CardActionState.PENDING


def test_a_worker_that_saw_no_connection_looks_again_at_the_end(
    database: Database, tenants: TwoTenants
) -> None:
    ben, card = add_person(database, tenants.ours, "Ben", number=None), deliver(database, tenants.ours)
    press(database, ben, card)
    with database.writing(tenants.ours) as session:
        row = session.scalars(select(CardAction)).one()
        row.state, key = CardActionState.PENDING, row.id
    at = now()
    with database.writing(tenants.ours) as session:
        claimed = claim_action(session, tenants.ours, key, "t", at, at + timedelta(seconds=45))
    assert claimed is not None
    with database.writing(tenants.ours) as session:
        connect(session, ben)
    with database.writing(tenants.ours) as session:
        finish_action(session, claimed, Ending(CardActionState.WAITING, needs_notice=True), at)

    assert state(database, tenants.ours) == CardActionState.PENDING

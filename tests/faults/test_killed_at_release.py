"""What quiet hours held and what a mute kept back comes once, however often workers are killed meanwhile."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import select

from models.clock import now
from models.deliveries.notices import NOTICE
from models.tables import Mute, Space
from tests.customers import Customer, new_customer, told_by
from tests.invariants import deliveries, hold, settle, tenant_id
from tests.stack import Stack, wait_until
from web.playground.faults import Fault

KILLED_AFTER_S: Final = (0.1, 0.6, 1.5)  # of a worker's work
SETTLED_WITHIN_S: Final = 90.0
MUTED_S: Final = 40.0  # long enough for three webhooks on a busy machine
pytestmark = pytest.mark.long
WHOLE_DAY: Final = {"scope": "tenant", "from": "00:00", "until": "24:00", "timezone": "UTC"}


def held_customer(stack: Stack, cards: int) -> Customer:
    """A customer whose cards in two spaces are held by quiet hours."""
    customer = new_customer(stack, 2)
    rules = [{"name": "Wins", "on": "deal.won", "to": customer.spaces}]
    customer.load(rules, quiet_hours=[WHOLE_DAY])
    for number in range(cards):
        assert customer.post(customer.won(f"Deal {number}", number + 1)).status_code == 200
    wait_until(lambda: states(customer) == ["held"] * 2 * cards, 20, "held cards")
    return customer


def states(customer: Customer) -> list[str]:
    return [each.state for each in deliveries(customer)]


def kill_again_and_again(stack: Stack) -> None:
    for seconds in KILLED_AFTER_S:
        worker = stack.start_worker()
        time.sleep(seconds)
        worker.kill()


def test_killed_while_held_cards_are_released_each_comes_once(stack: Stack) -> None:
    stack.start_web()
    worker = stack.start_worker()
    customer = held_customer(stack, 3)
    worker.kill()
    stack.play.chat.faults.order(Fault(where=f"/{customer.spaces[0]}/", hang=True))
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}], quiet_hours=[])

    kill_again_and_again(stack)
    stack.start_worker()

    settle(customer, seconds=SETTLED_WITHIN_S)
    assert states(customer) == ["delivered"] * 6
    for space in customer.spaces:
        assert sum(told_by(card) for card in customer.cards(space)) == 3
    hold(customer)


def test_killed_while_a_mute_ends_its_one_card_comes_once(stack: Stack) -> None:
    stack.start_web()
    worker = stack.start_worker()
    customer = new_customer(stack, 1)
    customer.load([{"name": "Wins", "on": "deal.won", "to": customer.spaces}])
    until = now() + timedelta(seconds=MUTED_S)
    mute(customer, until)
    for number in range(3):
        assert customer.post(customer.won(f"Deal {number}", number + 1)).status_code == 200
    wait_until(lambda: states(customer) == ["skipped"] * 3, MUTED_S, "muted cards")
    worker.kill()
    stack.play.chat.faults.order(Fault(where=f"/{customer.spaces[0]}/", hang=True))
    time.sleep(max(0.0, (until - now()).total_seconds()))

    kill_again_and_again(stack)
    stack.start_worker()

    wait_until(lambda: "delivered" in states(customer), SETTLED_WITHIN_S, "the card of what was missed")
    settle(customer)
    assert states(customer) == [*["skipped"] * 3, "delivered"]
    (card,) = customer.cards()
    assert "3 cards while muted" in str(card)
    assert NOTICE not in [each.event_type for each in deliveries(customer)]


def mute(customer: Customer, until: datetime) -> None:
    """Mute the customer's space, as somebody there would."""
    owner = tenant_id(customer)
    with customer.stack.database.writing(owner) as session:
        space = session.scalars(select(Space.id).where(Space.tenant_id == owner)).one()
        row = Mute(tenant_id=owner, scope="space", space_id=space, until=until, muted_by="Ada")
        session.add(row)

"""Invariants after any fault: nothing lost, nothing sent twice, nothing secret shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import orjson
from sqlalchemy import func, select

from models.tables import Attempt, Delivery, Event, Tenant
from models.tables.deliveries import OPEN_STATES, DeliveryState
from tests.customers import PASSWORD, Customer
from tests.stack import Stack, wait_until

SECRETS: Final = (PASSWORD, "ya29.", "PRIVATE KEY", "playground-refresh-token", "playground-secret")
SENDS_A_TRY: Final = 2  # httplib2 sends a POST once more if the connection drops


def tenant_id(customer: Customer) -> int:
    with customer.stack.database.reading_all() as session:
        return session.execute(select(Tenant.id).where(Tenant.name == customer.name)).scalar_one()


def deliveries(customer: Customer) -> Sequence[Delivery]:
    tenant = tenant_id(customer)
    with customer.stack.database.reading(tenant) as session:
        mine = select(Delivery).where(Delivery.tenant_id == tenant).order_by(Delivery.id)
        return session.scalars(mine).all()


def events(customer: Customer) -> Sequence[Event]:
    tenant = tenant_id(customer)
    with customer.stack.database.reading(tenant) as session:
        return session.scalars(select(Event).where(Event.tenant_id == tenant).order_by(Event.id)).all()


def is_settled(customer: Customer) -> bool:
    """Return whether all work is done: every event was fanned out, every delivery ended."""
    read = all(event.state != "new" for event in events(customer))
    return read and all(each.state not in OPEN_STATES for each in deliveries(customer))


def settle(*customers: Customer, seconds: float = 30) -> None:
    wait_until(lambda: all(is_settled(one) for one in customers), seconds, "the end of all deliveries")


def hold(*customers: Customer) -> None:
    """Check the invariants of settled customers."""
    for customer in customers:
        accepted_events_have_a_row(customer)
        deliveries_ended_with_a_reason(customer)
        messages_are_seen_once(customer)
        sends_are_counted(customer)
        no_secret_is_logged(customer.stack)


def accepted_events_have_a_row(customer: Customer) -> None:
    stored = Counter(orjson.loads(event.raw)["meta"]["id"] for event in events(customer))
    assert set(customer.accepted) <= set(stored)
    assert [key for key, count in stored.items() if count > 1] == []


def deliveries_ended_with_a_reason(customer: Customer) -> None:
    ends = [(each.state, each.reason) for each in deliveries(customer)]
    assert [end for end in ends if end[0] in OPEN_STATES] == []
    assert [end for end in ends if end[0] != DeliveryState.DELIVERED and not end[1]] == []


def messages_are_seen_once(customer: Customer) -> None:
    """Every delivered message is in Chat exactly once, and there are no others."""
    seen = Counter(str(card.get("clientAssignedMessageId")) for card in customer.cards())
    owed = {str(each.message_key) for each in deliveries(customer) if each.state == DeliveryState.DELIVERED}
    assert [key for key, count in seen.items() if count > 1] == []
    assert set(seen) == owed


def sends_are_counted(customer: Customer) -> None:
    """No message was sent more often than there are recorded attempts and lost leases."""
    tenant = tenant_id(customer)
    query = select(Attempt.delivery_id, func.count()).where(Attempt.tenant_id == tenant)
    with customer.stack.database.reading(tenant) as session:
        noted = {row[0]: row[1] for row in session.execute(query.group_by(Attempt.delivery_id))}
    tries: Counter[str] = Counter()
    for each in deliveries(customer):
        tries[str(each.message_key)] += noted.get(each.id, 0)
        tries[str(each.message_key)] += each.lease_losses
    writes = [seen for space in customer.spaces for seen in customer.stack.play.chat.writes(space)]
    sent = Counter(seen.query["messageId"] for seen in writes)
    assert {key: count for key, count in sent.items() if count > SENDS_A_TRY * tries[key]} == {}


def no_secret_is_logged(stack: Stack) -> None:
    said = stack.logs()
    assert [secret for secret in SECRETS if secret in said] == []

"""The deliveries that wait for the people of their record, and the cards that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.accounts.queries import find_user
from models.attention.gathered import send_what_came_late
from models.deliveries.lanes import mark_due
from models.deliveries.reasons import ON_ANOTHER_CARD
from models.destinations.linking import add_direct_message
from models.languages.translate import for_later, marked
from models.notifications.send import NewNotification, send_batch
from models.notifications.types import NotificationType
from models.plan.quota import hold_over_quota
from models.tables.accounts import Role, User
from models.tables.deliveries import OPEN_STATES, Delivery, DeliveryState
from models.tables.destinations import RECORD, Destination, is_paused_by_person
from models.tables.events import Event
from models.tables.rules import Rule

NOT_IN_CHAT: Final = marked(
    "They have not written to the app in Google Chat yet, or are no users of your team."
)
AT_ONCE: Final = 50
SOURCE: Final = "recipients"
_ATTRIBUTES: Final = {"withheld": "redacted_because"}  # of columns that kept an older name
_WAITS: Final = text("deliveries.state = 'digested'")  # in the words of the partial index


def tenants_with_addressed(session: Session, at: datetime) -> list[int]:
    """Return the tenants that have due deliveries to people of a record. The session sees all tenants."""
    of_record = select(Destination.tenant_id, Destination.id).where(Destination.kind == RECORD).subquery()
    waits = select(Delivery.id).where(
        Delivery.tenant_id == of_record.c.tenant_id,
        Delivery.destination_id == of_record.c.id,
        _WAITS,
        Delivery.next_attempt_at <= at,
    )
    return list(session.scalars(select(of_record.c.tenant_id).where(waits.exists()).distinct()))


def addressed(session: Session, tenant_id: int, at: datetime) -> list[Delivery]:
    """Return a tenant's due deliveries to people of a record, the oldest first."""
    of_record = select(Destination.id).where(Destination.tenant_id == tenant_id, Destination.kind == RECORD)
    mine = (Delivery.tenant_id == tenant_id, Delivery.destination_id.in_(of_record), _WAITS)
    is_due = Delivery.next_attempt_at <= at
    return list(session.scalars(select(Delivery).where(*mine, is_due).order_by(Delivery.id).limit(AT_ONCE)))


def lock_addressed(session: Session, delivery: Delivery) -> Delivery | None:
    """Return such a delivery, locked; None if another worker was faster."""
    mine = (Delivery.tenant_id == delivery.tenant_id, Delivery.id == delivery.id, _WAITS)
    query = select(Delivery).where(*mine).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def address_later(session: Session, delivery: Delivery, until: datetime) -> None:
    """Let a delivery wait until then, so that it keeps no other from its turn."""
    delivery.next_attempt_at = until
    session.flush()


def event_of(session: Session, delivery: Delivery) -> Event | None:
    mine = (Event.tenant_id == delivery.tenant_id, Event.id == delivery.event_id)
    return session.scalar(select(Event).where(*mine))


def direct_message(session: Session, user: User) -> Destination | None:
    """Return where the app writes to somebody, None if it cannot: a pause by the person is none of that."""
    if user.chat_name is None:
        return None
    found = add_direct_message(session, user.tenant_id, user.email)
    return found if found.is_active or is_paused_by_person(found.paused_because) else None


def author_of(session: Session, delivery: Delivery) -> User | None:
    """Return who made the rule of a delivery, if they are a user still."""
    mine = (Rule.tenant_id == delivery.tenant_id, Rule.id == delivery.rule_id)
    made_by = session.scalar(select(Rule.made_by).where(*mine))
    return find_user(session, delivery.tenant_id, made_by) if made_by else None


def create_cards(session: Session, delivery: Delivery, rows: Sequence[dict[str, Any]], at: datetime) -> None:
    """Replace a delivery to people of a record by the deliveries to each of them.

    Somebody who gets the card of the event by another rule gets no second one. The session sees all tenants.
    """
    fresh = [_once(session, row) for row in rows if not _exists(session, row)]
    send_what_came_late(session, fresh)
    hold_over_quota(session, fresh, at)
    for row in fresh:
        session.add(Delivery(**{_ATTRIBUTES.get(key, key): value for key, value in row.items()}))
    session.delete(delivery)
    session.flush()
    due = [row for row in fresh if row["state"] in OPEN_STATES]
    mark_due(session, [(row["tenant_id"], row["lane"], row["next_attempt_at"]) for row in due])


def end_addressed(
    session: Session,
    delivery: Delivery,
    reason: str,
    at: datetime,
    state: DeliveryState = DeliveryState.SKIPPED,
) -> None:
    """End a delivery to people of a record without cards, with the reason."""
    delivery.state, delivery.reason, delivery.finished_at = state, reason, at
    session.flush()


def tell_unreached(
    session: Session,
    delivery: Delivery,
    names: Sequence[str],
    author: User | None,
    at: datetime,
    why: str = NOT_IN_CHAT,
) -> None:
    """Tell the author of a rule, else the admins, once a day and rule, who could not be written to."""
    admins = select(User).where(User.tenant_id == delivery.tenant_id, User.role == Role.ADMIN)
    to = [author] if author is not None else list(session.scalars(admins))
    title = for_later(
        "Rule {rule}: {who} cannot be reached", rule=delivery.rule_name[:80], who=", ".join(names)[:80]
    )
    key = f"unreached-{delivery.rule_id}-{at.date()}"
    batch = [
        NewNotification(each.email, NotificationType.CONNECTION_PROBLEM, title, why, key=key, source=SOURCE)
        for each in to
    ]
    send_batch(session, system(delivery.tenant_id, SOURCE), batch[:AT_ONCE], at)


def _exists(session: Session, row: dict[str, Any]) -> bool:
    same = (
        Delivery.tenant_id == row["tenant_id"],
        Delivery.event_id == row["event_id"],
        Delivery.rule_id == row["rule_id"],
        Delivery.destination_id == row["destination_id"],
    )
    return session.scalar(select(Delivery.id).where(*same)) is not None


def _once(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    other = (
        Delivery.tenant_id == row["tenant_id"],
        Delivery.event_id == row["event_id"],
        Delivery.destination_id == row["destination_id"],
        Delivery.state != DeliveryState.SKIPPED,
    )
    if row["state"] == DeliveryState.SKIPPED or session.scalar(select(Delivery.id).where(*other)) is None:
        return row
    ended = {"state": DeliveryState.SKIPPED, "reason": ON_ANOTHER_CARD, "finished_at": row["created_at"]}
    return row | ended | {"gathered_for": None}

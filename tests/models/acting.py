"""Delivered cards and people who press on them, for tests of what a press does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import orjson
from sqlalchemy import select

from models.accounts.actor import Actor
from models.card_actions.actions import CardPress
from models.clock import now
from models.database.engine import Database
from models.security.vault import Vault, associated_data
from models.tables import (
    CardAction,
    CardCopy,
    Delivery,
    Destination,
    Event,
    KnownName,
    Lane,
    PersonalConnection,
    PipedriveUser,
    User,
)

SPACE: Final = "spaces/ACTS"


def add_space(database: Database, tenant_id: int, space: str = SPACE) -> int:
    """Add a destination in a space that may be written now; return its id."""
    with database.writing_all() as session:
        mine = (Destination.tenant_id == tenant_id, Destination.name == space)
        known = session.scalars(select(Destination).where(*mine)).first()
        if known is None:
            known = Destination(tenant_id=tenant_id, kind="chat_space", name=space, address=space, lane=space)
            session.add_all([known, Lane(tenant_id=tenant_id, lane=space)])
            session.flush()
        return known.id


def body_of(entity: str = "deal", number: int | str = 7, **data: Any) -> dict[str, Any]:
    """A v2 body of a new object."""
    meta = {
        "action": "create",
        "entity": entity,
        "entity_id": str(number),
        "id": uuid4().hex,
        "version": "2.0",
    }
    state = {"id": number, "title": "Globex renewal", "status": "open", "stage_id": 1, "owner_id": 1}
    if entity == "activity":
        state = {"id": number, "subject": "Call Globex", "done": False, "owner_id": 1, "type": "call"}
    return {"meta": meta | {"id": uuid4().hex, "webhook_id": "w"}, "data": state | data, "previous": None}


def deliver(
    database: Database, tenant_id: int, body: dict[str, Any] | None = None, space: str = SPACE, **columns: Any
) -> Delivery:
    """A card that stands in a space since a minute."""
    to, at = add_space(database, tenant_id, space), now() - timedelta(minutes=1)
    body = body or body_of()
    with database.writing_all() as session:
        event = Event(tenant_id=tenant_id, source_key=uuid4().hex, raw=orjson.dumps(body), state="done")
        session.add(event)
        session.flush()
        usual = {"state": "delivered", "event_type": f"{body['meta']['entity']}.created", "created_at": at}
        made = Delivery(
            tenant_id=tenant_id, event_id=event.id, destination_id=to, lane=space, **usual | columns
        )
        made.destination_name, made.finished_at = space, at
        made.message_name = f"{space}/messages/{uuid4().hex}"
        session.add(made)
        session.flush()
        copy = CardCopy(tenant_id=tenant_id, delivery_id=made.id, lane=space, message_name=made.message_name)
        copy.entity, copy.object_id = body["meta"]["entity"], body["meta"]["entity_id"]
        session.add(copy)
        return made


def card_rows(tenant_id: int, user_id: int, delivery_id: int) -> tuple[CardAction, CardCopy]:
    """An action and a copy of the card of a delivery."""
    about = {"tenant_id": tenant_id, "delivery_id": delivery_id, "entity": "deal", "object_id": "7"}
    name = f"{SPACE}/messages/{uuid4().hex}"
    return (
        CardAction(user_id=user_id, key="k", do="deal.won", lane=SPACE, fields={}, **about),
        CardCopy(lane=SPACE, message_name=name, **about),
    )


def add_person(
    database: Database,
    tenant_id: int,
    name: str = "Ada",
    number: int | None = 1,
    *,
    role: str = "sales_rep",
    vault: Vault | None = None,
    refresh_token: str = "",
) -> Actor:
    """A user whom Chat knows; with a number, one who has connected themselves as that Pipedrive user."""
    email = f"{name.lower()}@acts.test"
    with database.writing_all() as session:
        user = User(tenant_id=tenant_id, email=email, role=role, display_name=name, chat_name=f"users/{name}")
        session.add(user)
        session.flush()
        if number is not None:
            where = associated_data(tenant_id, "personal_connections", "refresh_token", user.id)
            closed = vault.close(refresh_token, where) if vault else None
            own = PersonalConnection(tenant_id=tenant_id, user_id=user.id, refresh_token=closed)
            own.pipedrive_user_id = str(number)
            session.add(own)
    return Actor(email, tenant_id, "Acme", user.id, role, f"users/{name}", is_certain=True, space=SPACE)


def add_names(database: Database, tenant_id: int) -> None:
    """Two stages of one pipeline and one of another, and two people of the company."""
    with database.writing_all() as session:
        for key, text, more in (
            ("1", "Qualified", {"pipeline_id": 1, "order": 1}),
            ("2", "Negotiation", {"pipeline_id": 1, "order": 2}),
            ("9", "Elsewhere", {"pipeline_id": 2, "order": 1}),
        ):
            session.add(KnownName(tenant_id=tenant_id, kind="stage", key=key, text=text, more=more))
        for key, text in (("1", "Ada Lovelace"), ("2", "Ben Okafor")):
            session.add(KnownName(tenant_id=tenant_id, kind="user", key=key, text=text))
            session.add(PipedriveUser(tenant_id=tenant_id, pipedrive_id=key, name=text, seen_at=now()))


def press_on(delivery: Delivery, do: str = "deal.won", **more: Any) -> CardPress:
    """A press on a card of deal 7."""
    fields = {"deal.won": {"status": "won"}, "deal.move": {"stage_id": 2}, "deal.claim": {}}.get(do, {})
    usual: dict[str, Any] = {"fields": fields, "entity": "deal", "object_id": "7", "lane": delivery.lane}
    usual |= {"since": delivery.created_at, "key": uuid4().hex}
    return CardPress(do=do, delivery_id=delivery.id, **usual | more)


def actions_of(database: Database, tenant_id: int) -> list[CardAction]:
    with database.reading(tenant_id) as session:
        mine = select(CardAction).where(CardAction.tenant_id == tenant_id)
        return list(session.scalars(mine.order_by(CardAction.id)))


def due_copies_of(database: Database, tenant_id: int) -> list[str]:
    """The lanes of cards that wait to be drawn again."""
    with database.reading(tenant_id) as session:
        mine = select(CardCopy.lane).where(
            CardCopy.tenant_id == tenant_id, CardCopy.update_due_at.is_not(None)
        )
        return sorted(session.scalars(mine))


def notices_to(database: Database, tenant_id: int) -> list[dict[str, Any]]:
    with database.reading(tenant_id) as session:
        mine = select(Delivery.notice).where(Delivery.tenant_id == tenant_id, Delivery.notice.is_not(None))
        return list(session.scalars(mine.order_by(Delivery.id)))


def later(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)

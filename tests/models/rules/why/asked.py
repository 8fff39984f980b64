"""Stored events, rules and deliveries of two tenants, for tests of why a card came or did not."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import orjson

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.events.facts import facts_of
from models.pipedrive.change import read
from models.tables import Delivery, Destination, Event, PipedriveUser, Rule, RuleDestination, User
from models.tables.accounts import Role
from tests.models.rows import add

DEALS = "spaces/AAAA"
BOARD = "spaces/BOARD"


def body_of(
    number: int = 42,
    *,
    entity: str = "deal",
    action: str = "change",
    previous: dict[str, Any] | None = None,
    seen_by: list[str] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A v2 body: a deal called Globex renewal that was won, unless fields say otherwise."""
    meta: dict[str, Any] = {
        "action": action,
        "entity": entity,
        "entity_id": str(number),
        "id": uuid.uuid4().hex,
    }
    meta |= {"version": "2.0", "timestamp": "2026-11-20T12:00:00Z", "user_id": "7"}
    if seen_by is not None:
        meta["permitted_user_ids"] = seen_by
    state = {"id": number, "title": "Globex renewal", "value": 12_000, "currency": "EUR", "status": "won"}
    before = {"status": "open"} if previous is None else previous
    return {"meta": meta, "data": state | fields, "previous": before if action == "change" else None}


def add_event(database: Database, tenant_id: int, body: dict[str, Any] | None = None, **columns: Any) -> int:
    """Store an event as fan-out leaves it; return its id."""
    raw = body_of() if body is None else body
    change = read(raw)
    assert change is not None
    usual: dict[str, Any] = {"source_key": uuid.uuid4().hex, "raw": orjson.dumps(raw), "state": "done"}
    usual |= {"event_type": change.types[-1], "received_at": now(), **asdict(facts_of(change))}
    made = Event(tenant_id=tenant_id, **(usual | columns))
    add(database, made)
    return made.id


def add_place(database: Database, tenant_id: int, name: str = DEALS, kind: str = "chat_space") -> int:
    made = Destination(tenant_id=tenant_id, kind=kind, name=name, address=name, lane=name)
    add(database, made)
    return made.id


def add_rule(database: Database, tenant_id: int, name: str, *to: int, **columns: Any) -> int:
    """Add a rule that is older than every event, unless columns say otherwise."""
    at = now() - timedelta(days=1)
    usual: dict[str, Any] = {"event_types": ["deal.won"], "created_at": at, "updated_at": at}
    made = Rule(tenant_id=tenant_id, name=name, **(usual | columns))
    add(database, made)
    targets = [RuleDestination(tenant_id=tenant_id, rule_id=made.id, destination_id=each) for each in to]
    add(database, *targets)
    return made.id


def add_delivery(
    database: Database,
    tenant_id: int,
    event: int,
    rule: int | None,
    to: int,
    name: str = DEALS,
    **columns: Any,
) -> int:
    usual: dict[str, Any] = {"state": "delivered", "finished_at": now(), "rule_name": "Wins", "lane": name}
    made = Delivery(
        tenant_id=tenant_id,
        event_id=event,
        rule_id=rule,
        destination_id=to,
        destination_name=name,
        **(usual | columns),
    )
    add(database, made)
    return made.id


def add_people(database: Database, tenant_id: int, *ids: str) -> None:
    """Make these the active users of the tenant's Pipedrive."""
    add(database, *(PipedriveUser(tenant_id=tenant_id, pipedrive_id=each) for each in ids))


def person(
    database: Database,
    tenant_id: int,
    role: str | None = Role.ADMIN,
    *,
    space: str | None = DEALS,
    pipedrive: str | None = None,
    name: str = "ada@acme.test",
) -> Actor:
    """Return somebody who asks in a space; a guest without a role."""
    if role is None:
        return Actor(name, tenant_id, "Acme", is_certain=True, space=space)
    user = User(tenant_id=tenant_id, email=name, role=role, pipedrive_user_id=pipedrive)
    add(database, user)
    return Actor(name, tenant_id, "Acme", user.id, role, is_certain=True, space=space)

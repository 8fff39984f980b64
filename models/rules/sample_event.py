"""The event of a test card: a copy of a recent real one, else a made-up one."""

from __future__ import annotations

import uuid
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.connections.names import known_names
from models.connections.visibility import active_users, restriction
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.filters import ALWAYS, Filter, InvalidFilter, parse
from models.pipedrive.lead_ends import as_stored
from models.pipedrive.names import NO_NAMES, Names
from models.pipedrive.types import entities_of, wants
from models.pipedrive.webhook.json import parse_json
from models.tables import Event, Rule
from models.tables.events import EventState

LOOK_BACK: Final = 50  # events read to find a matching one; each costs a fraction of a millisecond
OUTCOME: Final = "a test"

# The data of a derived type: (present values, previous values).
_MADE_UP: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "deal.won": ({"status": "won"}, {"status": "open"}),
    "deal.lost": ({"status": "lost", "lost_reason": "Price"}, {"status": "open"}),
    "deal.reopened": ({"status": "open"}, {"status": "lost"}),
    "deal.stage_changed": ({"stage_id": 2}, {"stage_id": 1}),
    "deal.stage_regressed": ({"stage_id": 1}, {"stage_id": 2}),
    "deal.value_changed": ({"value": 12500}, {"value": 9000}),
    "deal.owner_changed": ({"owner_id": 2}, {"owner_id": 1}),
    "activity.done": ({"done": True}, {"done": False}),
}
_ACTIONS: Final = {"created": "create", "deleted": "delete"}


def store_sample_event(session: Session, tenant_id: int, rule: Rule, event_id: int | None = None) -> Event:
    """Return a newly stored event for a test of a rule: a copy, so that it collides with no real delivery.

    It is of the event that was chosen, if that is still there and not restricted, else of one that fits.
    """
    real = _chosen_event(session, tenant_id, event_id) or _latest_match(session, tenant_id, rule)
    made = Event(
        tenant_id=tenant_id,
        source_key=f"test-{uuid.uuid4().hex}",
        raw=real.raw if real else orjson.dumps(made_up_body(rule.event_types[0])),
        state=EventState.DONE,
        event_type=real.event_type if real else rule.event_types[0],
        outcome=OUTCOME,
    )
    session.add(made)
    session.flush()
    return made


def _latest_match(session: Session, tenant_id: int, rule: Rule) -> Event | None:
    """Return the latest event the rule would have matched, else the latest one of its types.

    Restricted objects are not used: the viewer of the test may not be allowed to see them.
    """
    names, users = known_names(session, tenant_id), active_users(session, tenant_id)
    fits, of_type = _filter_of(rule, names), None
    for event in _recent_events(session, tenant_id):
        change = change_in(event.raw, names)
        change = change and as_stored(change, event.kind)
        if change is None or not wants(rule.event_types, change.types):
            continue
        if restriction(change.permitted_user_ids, users):
            continue
        if fits.decide(change, names).holds:
            return event
        of_type = of_type or event
    return of_type


def _chosen_event(session: Session, tenant_id: int, event_id: int | None) -> Event | None:
    mine = (Event.tenant_id == tenant_id, Event.id == event_id, Event.state == EventState.DONE)
    event = session.scalar(select(Event).where(*mine)) if event_id is not None else None
    change = change_in(event.raw, NO_NAMES) if event is not None else None
    if change is None or restriction(change.permitted_user_ids, active_users(session, tenant_id)):
        return None
    return event


def _recent_events(session: Session, tenant_id: int) -> list[Event]:
    query = select(Event).where(
        Event.tenant_id == tenant_id, Event.state == EventState.DONE, Event.source_key.not_like("test-%")
    )
    return list(session.scalars(query.order_by(Event.id.desc()).limit(LOOK_BACK)))


def _filter_of(rule: Rule, names: Names) -> Filter:
    try:
        return parse(rule.conditions, entities_of(rule.event_types), names)
    except InvalidFilter:
        return ALWAYS


def change_in(raw: bytes, names: Names) -> Change | None:
    """Parse a stored body; None if unreadable, or for an entity outside the list."""
    try:
        body = parse_json(raw)
        return read(body, names) if isinstance(body, dict) else None
    except Unreadable:
        return None


def made_up_body(event_type: str) -> dict[str, Any]:
    """Return a body as Pipedrive (v2) would send it for an event type; `*` gets a won deal."""
    entity, _, verb = event_type.partition(".")
    if entity not in ENTITIES:
        return made_up_body("deal.won")
    verb = "updated" if verb == "*" else verb
    now_is, before = _MADE_UP.get(event_type, ({}, {}))
    title = ENTITIES[entity].title
    state = {"id": 1, title: f"Sample {ENTITIES[entity].label.lower()}", **_extra_values(entity), **now_is}
    action = _ACTIONS.get(verb, "change")
    before = before or {title: "Before"}
    return {
        "meta": {
            "action": action,
            "entity": entity,
            "entity_id": "1",
            "id": str(uuid.uuid4()),
            "timestamp": now().isoformat(),
            "version": "2.0",
        },
        "data": None if action == "delete" else state,
        "previous": state if action == "delete" else before if action == "change" else None,
    }


def _extra_values(entity: str) -> dict[str, Any]:
    return {"value": 12500, "currency": "EUR", "status": "open"} if entity == "deal" else {}

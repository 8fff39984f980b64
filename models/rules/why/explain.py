"""Explains one stored event: which rules looked at it, what each decided, and what became of its cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.connections.lead_pipelines import lead_pipelines_of
from models.connections.names import names_of_pairs
from models.database.row_ids import row_id
from models.deliveries.visible import visible_to
from models.errors import NotFound
from models.languages.translate import marked, tr
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.deal_leads import as_lead
from models.pipedrive.entity import ENTITIES
from models.pipedrive.lead_ends import as_stored
from models.pipedrive.local_time import NO_ZONE, due_in_zone
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import NO_NAMES, Names
from models.pipedrive.webhook.json import parse_json
from models.rules.queries import destination_names
from models.rules.why.reader import Reader, deliveries_of, reader_of
from models.rules.why.verdicts import (
    Facts,
    RuleVerdict,
    deleted_rules,
    in_order,
    judge,
    looks_at,
    without_conditions,
)
from models.tables.accounts import Tenant
from models.tables.deliveries import Delivery
from models.tables.events import Event, EventState
from models.tables.rules import Rule

FIELD_KINDS: Final = frozenset(kind for entity in ENTITIES.values() for kind in entity.custom)
NO_EVENT: Final = marked("There is no such event any more, or it is not yours to see.")
NO_EVENT_OF_CARD: Final = marked("This card is about nothing in Pipedrive: it was a test or a notice.")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an event made the cards that it made.

    `change` is None for a body that cannot be read; `state` and `outcome` of the event say why. `names` are
    those that everybody may read. `redacted` says how few may see the object, empty when the reader may;
    then, and for who reads only what a space has shown, `rules` are those that made a delivery, without
    conditions.
    `untold` counts rules that looked at it and are not the reader's, `others` those about other events.
    `folded` counts the further events in the message of a delivery, by the key of the message. `earlier` and
    `later` are the neighbouring events of the same object.
    """

    event_id: int
    received_at: datetime
    state: str
    outcome: str
    change: Change | None
    names: Names
    redacted: str = ""
    rules: Sequence[RuleVerdict] = ()
    untold: int = 0
    others: int = 0
    folded: dict[str, int] | None = None
    earlier: int | None = None
    later: int | None = None


def explain_delivery(session: Session, actor: Actor, number: str) -> Explanation:
    """Explain the event of a delivery, by its number. Raises NotAllowed, NotFound."""
    reader, delivery_id = reader_of(session, actor), row_id(number)
    mine = (Delivery.tenant_id == actor.tenant, Delivery.id == delivery_id)
    query = select(Delivery.event_id, Delivery.is_test).where(*mine, visible_to(actor, Action.WHY_READ))
    found = session.execute(query).first() if delivery_id is not None else None
    if found is None:
        raise NotFound(user_message=tr(NO_EVENT))
    if found.event_id is None or found.is_test:
        raise NotFound(user_message=tr(NO_EVENT_OF_CARD))
    return _explain(session, reader, found.event_id)


def explain_event(session: Session, actor: Actor, event_id: int) -> Explanation:
    """Explain an event. Raises NotAllowed, and NotFound also for one that is not the actor's to see."""
    return _explain(session, reader_of(session, actor), event_id)


def _explain(session: Session, reader: Reader, event_id: int) -> Explanation:
    tenant_id = reader.actor.tenant
    event = session.scalar(select(Event).where(Event.tenant_id == tenant_id, Event.id == event_id))
    if event is None:
        raise NotFound(user_message=tr(NO_EVENT))
    deliveries = deliveries_of(session, reader, event.id)
    change, names = change_of(session, tenant_id, event)
    if change is None:
        if not reader.sees_values and not deliveries:
            raise NotFound(user_message=tr(NO_EVENT))
        return _unreadable(event)
    if not reader.may_ask(change, deliveries):
        raise NotFound(user_message=tr(NO_EVENT))
    redacted = "" if reader.may_see(change, deliveries) else reader.restriction(change)
    public = names.for_everybody()
    facts = Facts(change, names, public, event.received_at)
    rules, untold, others = (
        _judge_all(session, reader, facts, deliveries) if event.state == EventState.DONE else ([], 0, 0)
    )
    if redacted or not reader.sees_values:
        fired = [without_conditions(each) for each in rules if each.deliveries]
        rules, untold = fired, untold + len(rules) - len(fired)
    earlier, later = _neighbours(session, event) if reader.sees_values else (None, None)
    return Explanation(
        event.id,
        event.received_at,
        event.state,
        event.outcome,
        change,
        public,
        redacted=redacted,
        rules=rules,
        untold=untold,
        others=others,
        folded=_count_folded(session, tenant_id, deliveries),
        earlier=earlier,
        later=later,
    )


def _unreadable(event: Event) -> Explanation:
    return Explanation(event.id, event.received_at, event.state, event.outcome, None, NO_NAMES)


def change_of(session: Session, tenant_id: int, event: Event) -> tuple[Change | None, Names]:
    """Return what an event means, as rules look at it, and the names that they and cards need."""
    change = read_body(event.raw)
    if change is None:
        return None, NO_NAMES
    kinds = {*FIELD_KINDS, *(("stage",) if change.doubts else ())}
    names = names_of_pairs(session, tenant_id, refs_in(change), kinds)
    if change.doubts:
        change = read_body(event.raw, names) or change  # only names tell the order of stages
    zone = session.scalar(select(Tenant.timezone).where(Tenant.id == tenant_id)) or NO_ZONE
    change = as_lead(as_stored(change, event.kind), lead_pipelines_of(session, tenant_id))
    return (change if zone == NO_ZONE else due_in_zone(change, zone)), names


def read_body(raw: bytes, names: Names = NO_NAMES) -> Change | None:
    """Return the change of a stored body, None for one that cannot be read."""
    try:
        return read(parse_json(raw), names)
    except (Unreadable, AttributeError):
        return None


def _judge_all(
    session: Session, reader: Reader, facts: Facts, deliveries: Sequence[Delivery]
) -> tuple[list[RuleVerdict], int, int]:
    """Return what the rules that looked at it decided, how many are not told, and how many did not look."""
    by_rule: dict[int | None, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        by_rule[delivery.rule_id].append(delivery)
    mine = select(Rule).where(Rule.tenant_id == reader.actor.tenant)
    rules = session.scalars(mine.order_by(Rule.priority.desc(), Rule.id)).all()  # as in the list of rules
    looking = [rule for rule in rules if rule.id in by_rule or looks_at(rule, facts.change)]
    targets = destination_names(session, reader.actor.tenant, looking)
    known = [
        rule for rule in looking if rule.id in by_rule or reader.may_know(rule, targets.get(rule.id, ()))
    ]
    verdicts = [
        judge(rule, facts, by_rule.pop(rule.id, ()), posts_nowhere=not targets.get(rule.id)) for rule in known
    ]
    gone: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in (each for left in by_rule.values() for each in left):
        gone[delivery.rule_name].append(delivery)
    verdicts += deleted_rules(gone)
    return in_order(verdicts), len(looking) - len(known), len(rules) - len(looking)


def _count_folded(session: Session, tenant_id: int, deliveries: Sequence[Delivery]) -> dict[str, int]:
    """Count the further events in the messages of these deliveries, by the key of the message."""
    keys = {each.message_key for each in deliveries if each.message_key}
    if not keys:
        return {}
    columns = (Delivery.message_key, func.count(Delivery.event_id.distinct()))
    mine = (Delivery.tenant_id == tenant_id, Delivery.message_key.in_(keys))
    rows: Any = session.execute(select(*columns).where(*mine).group_by(Delivery.message_key))
    return {key: count - 1 for key, count in rows if count > 1}


def _neighbours(session: Session, event: Event) -> tuple[int | None, int | None]:
    """Return the event of the same object before an event, and the one after it."""
    if event.object_key is None:
        return None, None
    mine = (Event.tenant_id == event.tenant_id, Event.object_key == event.object_key)
    before = select(func.max(Event.id)).where(*mine, Event.id < event.id)
    after = select(func.min(Event.id)).where(*mine, Event.id > event.id)
    return session.scalar(before), session.scalar(after)

"""A team with people, places, deliveries and a trail, for pictures and checks of the admin pages."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.accounts.tokens import create_token
from models.clock import now
from models.security.audit import record
from models.tables import (
    Attempt,
    Delivery,
    Destination,
    DestinationHealth,
    Event,
    Rule,
    RuleDestination,
    User,
)
from tests.browser.scenes import ADA, connected

PATHS = (
    "/admin",
    "/admin/figures",
    "/admin/figures?range=1d",
    "/admin/rules",
    "/admin/destinations",
    "/admin/intake",
    "/admin/intake/imports",
    "/admin/people",
    "/admin/people/1",
    "/admin/access",
    "/admin/audit",
    "/admin/data",
    "/admin/data/erase",
    "/admin/deliveries/2",
    "/admin/deliveries/8",
)
WHYS = {"dead": "HTTP 404: Space not found", "held": "held by quiet hours", "skipped": "its rule was deleted"}


BODY = (
    b'{"meta":{"action":"change","entity":"deal","entity_id":"42","id":"m","timestamp":"2026-11-20T08:00:00Z",'
    b'"version":"2.0"},"data":{"id":42,"title":"Lamps for the northern offices","status":"won","value":25000,'
    b'"currency":"EUR"},"previous":{"status":"open"}}'
)


def _won(session: Session, tenant_id: int, place: Destination) -> None:
    """Add a card of a won deal that arrived, with its event and its rule."""
    rule = Rule(tenant_id=tenant_id, name="Big wins", event_types=["deal.won"], made_by=ADA)
    rule.conditions = {"all": [{"field": "value", "op": "at_least", "value": 10_000}]}
    event = Event(tenant_id=tenant_id, source_key="won", raw=BODY, state="done", object_key="deal:42")
    session.add_all([rule, event])
    session.flush()
    session.add(RuleDestination(tenant_id=tenant_id, rule_id=rule.id, destination_id=place.id))
    row = Delivery(tenant_id=tenant_id, event_id=event.id, rule_id=rule.id, destination_id=place.id)
    row.rule_name, row.destination_name, row.lane = rule.name, place.name, place.lane
    row.event_type, row.state, row.finished_at = "deal.won", "delivered", now()
    session.add(row)
    session.flush()
    session.add(Attempt(tenant_id=tenant_id, delivery_id=row.id, outcome="delivered", took_ms=87))


def busy(session: Session) -> str:
    """An admin of a team where things went well, failed and wait."""
    secret = connected(session)
    assert secret is not None
    tenant_id = session.scalars(select(User.tenant_id).where(User.email == ADA)).all()[0]
    place = session.scalars(select(Destination).where(Destination.tenant_id == tenant_id)).all()[0]
    at = now()
    for number, state in enumerate(("delivered", "dead", "held", "pending", "skipped", "delivered")):
        ended = at - timedelta(minutes=number) if state in ("delivered", "dead", "skipped") else None
        row = Delivery(
            tenant_id=tenant_id,
            destination_id=place.id,
            destination_name=place.name,
            rule_name=f"Big deals of the northern region, number {number}",
            event_type="deal.won",
            lane=place.lane,
            state=state,
            reason=WHYS.get(state, ""),
            finished_at=ended,
        )
        session.add(row)
        session.flush()
        session.add(
            Attempt(tenant_id=tenant_id, delivery_id=row.id, outcome="refused", http_status=404, took_ms=87)
        )
    session.add(
        DestinationHealth(
            tenant_id=tenant_id,
            destination_id=place.id,
            failures=7,
            failing_since=at,
            failed_at=at,
            open_until=at + timedelta(seconds=30),
            error="HTTP 503",
        )
    )
    _won(session, tenant_id, place)
    create_token(session, system(tenant_id, "scene"), ADA, name="Nightly export")
    record(session, system(tenant_id, ADA), "rule.edited", "Big deals", condition="value over 10,000")
    return secret

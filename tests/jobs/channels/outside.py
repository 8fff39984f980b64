"""What tests of channels outside Chat need: an engine with their settings, and a rule that posts there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from jobs.channels import ChatClients
from models.tables import Delivery, Destination, Rule, RuleDestination
from tests.engine import Bench


def bench_with(bench: Bench, **changes: Any) -> Bench:
    """Return an engine like this one, with other settings."""
    settings = bench.settings.model_copy(update=changes)
    clients = ChatClients.of(settings, bench.clients.chat)
    return Bench(bench.database, bench.vault, settings, clients, bench.chat, bench.clock)


def rule_to(session: Any, tenant_id: int, to: Destination, **columns: Any) -> Rule:
    """Store a rule that posts every change of a deal to a destination."""
    rule = Rule(tenant_id=tenant_id, name="Deals", event_types=["deal.*"], **columns)
    session.add(rule)
    session.flush()
    session.add(RuleDestination(tenant_id=tenant_id, rule_id=rule.id, destination_id=to.id))
    session.flush()
    return rule


def states(bench: Bench, tenant_id: int) -> list[tuple[str, str]]:
    """Return the state and the reason of each delivery of a tenant."""
    with bench.database.reading(tenant_id) as session:
        query = select(Delivery.state, Delivery.reason).where(Delivery.tenant_id == tenant_id)
        return [(state, reason) for state, reason in session.execute(query.order_by(Delivery.id))]

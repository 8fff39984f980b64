"""Looks again at what quiet hours hold when a tenant changed them: what may leave now leaves now."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from sqlalchemy import and_, literal_column, select
from sqlalchemy.orm import Session

from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.rules.ruleset import Ruleset, RulesetDestination, Rulesets
from models.tables.accounts import User
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import Destination

SETTLE_S: Final = 5.0
IS_HELD: Final = Delivery.state == literal_column(
    f"'{DeliveryState.HELD}'"
)  # written out: the index of open ones is found by it


class Quiet:
    """Remembers which version of each tenant's book the held deliveries were decided by."""

    def __init__(self, database: Database, rulesets: Rulesets) -> None:
        self._database = database
        self._rulesets = rulesets
        self._decided: dict[int, tuple[int, float]] = {}

    def release_due(self) -> int:
        """Decide anew for tenants whose book changed; return how many deliveries leave earlier or later."""
        with self._database.reading_all() as session:
            tenants = list(session.scalars(select(Delivery.tenant_id).where(IS_HELD).distinct()))
            rulesets = self._rulesets.for_tenants(session, tenants) if tenants else {}
        changed = [ruleset for ruleset in rulesets.values() if self._is_news(ruleset)]
        return sum(self._decide(ruleset) for ruleset in changed)

    def _is_news(self, ruleset: Ruleset) -> bool:
        """Tell whether a book changed, or did moments ago: another process may have held by the old one."""
        version, until = self._decided.get(ruleset.tenant_id, (0, 0.0))
        if version != ruleset.version:
            until = time.monotonic() + SETTLE_S
            self._decided[ruleset.tenant_id] = (ruleset.version, until)
        return time.monotonic() < until

    def _decide(self, ruleset: Ruleset) -> int:
        at = now()
        with self._database.writing(ruleset.tenant_id) as session:
            moved = []
            for delivery, target in _held(session, ruleset.tenant_id):
                until = ruleset.held_until(target, urgent=delivery.is_urgent, at=at) or at
                if until != delivery.next_attempt_at:
                    _move(delivery, until, at)
                    moved.append((ruleset.tenant_id, delivery.lane, until))
            lanes.mark_due(session, moved)
            return len(moved)


def _held(session: Session, tenant_id: int) -> list[tuple[Delivery, RulesetDestination]]:
    of_destination = and_(
        Destination.tenant_id == Delivery.tenant_id, Destination.id == Delivery.destination_id
    )
    of_person = and_(User.tenant_id == Destination.tenant_id, User.email == Destination.address)
    query = (
        select(Delivery, Destination.name, Destination.kind, Destination.space_id, User.id)
        .join(Destination, of_destination)
        .join(User, and_(of_person, Destination.kind == "chat_dm"), isouter=True)
        .where(Delivery.tenant_id == tenant_id, IS_HELD)
    )
    return [
        (
            delivery,
            RulesetDestination(delivery.destination_id or 0, name, kind, delivery.lane, space_id, user_id),
        )
        for delivery, name, kind, space_id, user_id in session.execute(query)
    ]


def _move(delivery: Delivery, until: datetime, at: datetime) -> None:
    delivery.next_attempt_at = until
    if until <= at:
        delivery.state, delivery.reason = DeliveryState.PENDING, ""

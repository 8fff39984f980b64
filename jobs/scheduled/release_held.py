"""Releases what quiet hours held when a tenant changed them: what may be sent now is sent now."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.rules.queries import read_held, tenants_with_held
from models.rules.ruleset import Ruleset, Rulesets
from models.tables.deliveries import Delivery, DeliveryState

SETTLE_S: Final = 5.0


class HeldDeliveries:
    """Remembers by which version of each tenant's ruleset its held deliveries were decided."""

    def __init__(self, database: Database, rulesets: Rulesets) -> None:
        self._database = database
        self._rulesets = rulesets
        self._decided: dict[int, tuple[int, float]] = {}

    def release_due(self) -> None:
        """Decide again for the tenants whose ruleset changed until when each delivery is held."""
        with self._database.reading_all() as session:
            tenants = tenants_with_held(session)
            rulesets = self._rulesets.for_tenants(session, tenants) if tenants else {}
        for ruleset in rulesets.values():
            if self._has_changed(ruleset):
                self._decide_again(ruleset)

    def _has_changed(self, ruleset: Ruleset) -> bool:
        """Whether a ruleset changed, now or moments ago: another process may have held by the old one."""
        version, until = self._decided.get(ruleset.tenant_id, (0, 0.0))
        if version != ruleset.version:
            until = time.monotonic() + SETTLE_S
            self._decided[ruleset.tenant_id] = (ruleset.version, until)
        return time.monotonic() < until

    def _decide_again(self, ruleset: Ruleset) -> None:
        at = now()
        with self._database.writing(ruleset.tenant_id) as session:
            moved = []
            for delivery, target in read_held(session, ruleset.tenant_id):
                until = ruleset.held_until(target, urgent=delivery.is_urgent, at=at) or at
                if until != delivery.next_attempt_at:
                    _hold_until(delivery, until, at)
                    moved.append((ruleset.tenant_id, delivery.lane, until))
            lanes.mark_due(session, moved)


def _hold_until(delivery: Delivery, until: datetime, at: datetime) -> None:
    delivery.next_attempt_at = until
    if until <= at:
        delivery.state, delivery.reason = DeliveryState.PENDING, ""

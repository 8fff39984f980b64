"""The rulesets of all tenants that a process serves, read again when their version changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import monotonic
from models.database.engine import Database
from models.database.lists import one_of
from models.rules.ruleset import Ruleset, read_ruleset
from models.tables.accounts import Tenant

MOST_BESIDE: Final = 256
# Built once: it is asked every second while events come.
_VERSIONS = select(Tenant.id, Tenant.ruleset_version, Tenant.monthly_limit.is_not(None)).where(
    one_of(Tenant.id, "tenants")
)


class Rulesets:
    """Rulesets of tenants, and which of these have a monthly limit.

    Versions are checked after `fresh_s` seconds (RULES_FRESH_S), in sessions that see all tenants.
    """

    def __init__(self, fresh_s: float) -> None:
        self.fresh_s = fresh_s
        self._rulesets: dict[int, tuple[Ruleset, float]] = {}
        self._limited: set[int] = set()

    def read(self, database: Database, tenants: Collection[int]) -> dict[int, Ruleset]:
        """Return each tenant's ruleset, at most a second old; only older ones are read from the database."""
        if self._stale(tenants, monotonic()):
            with database.reading_all() as session:
                return self.for_tenants(session, tenants)
        return {each: self._rulesets[each][0] for each in tenants}

    def for_tenants(self, session: Session, tenants: Iterable[int]) -> dict[int, Ruleset]:
        """Return each tenant's ruleset, at most a second old."""
        wanted, now = set(tenants), monotonic()
        if stale := self._stale(wanted, now):
            # Whether other rulesets are still the newest costs nothing more: events of theirs come soon.
            beside = islice(self._stale(self._rulesets.keys() - wanted, now), MOST_BESIDE)
            for tenant_id, version, is_limited in session.connection().execute(
                _VERSIONS, {"tenants": [*stale, *beside]}
            ):
                known = self._rulesets.get(tenant_id)
                if known is None or known[0].version != version:
                    if tenant_id not in wanted:
                        continue
                    known = (read_ruleset(session, tenant_id, version), now)
                self._rulesets[tenant_id] = (known[0], now)
                (self._limited.add if is_limited else self._limited.discard)(tenant_id)
        return {each: self._rulesets[each][0] for each in wanted if each in self._rulesets}

    def any_limited(self, tenants: Iterable[int]) -> bool:
        """Return whether any of these tenants, whose rulesets were read, has a monthly limit."""
        return not self._limited.isdisjoint(tenants)

    def forget(self, tenants: Iterable[int]) -> None:
        """Read these tenants' rulesets again before their next use."""
        for tenant_id in tenants:
            self._rulesets.pop(tenant_id, None)

    def _stale(self, tenants: Iterable[int], now: float) -> list[int]:
        fresh = now - self.fresh_s
        return [each for each in tenants if each not in self._rulesets or self._rulesets[each][1] < fresh]

"""Releases what was held over a tenant's monthly limit, once the limit is raised or the month has turned."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Final

from models.clock import monotonic, now, sleep
from models.database.engine import Database, Session
from models.plan import quota, warnings
from models.plan.quota import HeldCard
from models.rules.ruleset import Ruleset, RulesetDestination
from models.rules.rulesets import Rulesets

TURN_S: Final = 1.0  # the other jobs of the sweep wait for it
PAUSE_S: Final = 0.02  # between two batches, so that whoever waits for SQLite's one writer gets a turn


class OverQuota:
    """Moves held cards while their tenant's month has places, in batches; what is quiet now stays held."""

    def __init__(self, database: Database, rulesets: Rulesets) -> None:
        self._database, self._rulesets = database, rulesets

    def release_due(self) -> bool:
        """Release for a second at most; return whether more may leave at once."""
        with self._database.reading_all() as session:
            tenants = quota.tenants_over_quota(session)
        if not tenants:
            return False
        ends = monotonic() + TURN_S
        rulesets = self._rulesets.read(self._database, tenants)
        return not all(self._release(ruleset, ends) for ruleset in rulesets.values())

    def _release(self, ruleset: Ruleset, ends: float) -> bool:
        """Release what a tenant may send; False if the time was over first."""
        with self._database.reading(ruleset.tenant_id) as session:
            room = quota.room_for_held(session, ruleset.tenant_id, now())
        while room:
            if monotonic() > ends:
                return False
            with self._database.writing(ruleset.tenant_id) as session:
                room = _release_batch(session, ruleset, now())
            sleep(PAUSE_S)
        return True


def _release_batch(session: Session, ruleset: Ruleset, at: datetime) -> int:
    """Release the oldest cards that have a place; return how many were released."""
    tenant_id = ruleset.tenant_id
    room = quota.room_for_held(session, tenant_id, at, locks=True)
    cards = quota.oldest_held(session, tenant_id, room) if room else []
    groups: dict[datetime | None, list[HeldCard]] = defaultdict(list)
    for each in cards:
        target = RulesetDestination(
            each.destination_id, each.name, each.kind, each.lane, each.space_id, each.user_id
        )
        groups[ruleset.held_until(target, urgent=each.is_urgent, at=at)].append(each)
    for until, group in groups.items():
        quota.release(session, tenant_id, group, at, until)
    return len(cards)


def warn_of_quota(database: Database) -> None:
    """Tell admins that most, or all, cards of their month are used."""
    at = now()
    with database.reading_all() as session:
        due = warnings.warnings_due(session, at)
    for tenant_id, percent in due:
        with database.writing(tenant_id) as session:
            warnings.warn(session, tenant_id, percent, at)

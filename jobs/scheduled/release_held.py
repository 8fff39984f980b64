"""Releases what quiet hours held when a tenant changed them, or mutes: what may be sent now is sent now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from models.attention.mutes import ActiveMute, deciding_mute
from models.chance import new_id
from models.clock import monotonic, now, sleep
from models.database.engine import Database
from models.deliveries import held
from models.deliveries.held import HeldGroup
from models.destinations.quiet_hours import Window
from models.maintenance.job_leases import take_lease
from models.rules.ruleset import Ruleset, RulesetDestination
from models.rules.rulesets import Rulesets

SETTLE_S: Final = 5.0
TURN_S: Final = 1.0  # the other jobs of the sweep wait for it
PAUSE_S: Final = 0.02  # between two batches, so that whoever waits for SQLite's one writer gets a turn
LEASE: Final = timedelta(seconds=10)
NAME: Final = "release held"
Causes = tuple[tuple[Window, ...], tuple[ActiveMute, ...]]


class HeldDeliveries:
    """Remembers by which quiet hours and mutes of each tenant its held deliveries were decided.

    One worker at a time decides, the one with the lease; another that gets it decides for all anew.
    """

    def __init__(self, database: Database, rulesets: Rulesets) -> None:
        self._database = database
        self._rulesets = rulesets
        self._token = new_id()
        self._decided: dict[int, tuple[Causes, float]] = {}

    def release_due(self) -> None:
        """Decide again for the tenants whose quiet hours or mutes changed until when each delivery is held.

        What cannot be moved within a second is moved by the next sweep.
        """
        with self._database.reading_all() as session:
            tenants = held.tenants_with_held(session)
        if not tenants or not self._has_lease():
            self._decided.clear()
            return
        ends = monotonic() + TURN_S
        for ruleset in self._rulesets.read(self._database, tenants).values():
            if self._has_changed(ruleset) and not self._decide_again(ruleset, ends):
                del self._decided[ruleset.tenant_id]
                return

    def _has_lease(self) -> bool:
        with self._database.writing_all() as session:
            return take_lease(session, NAME, self._token, now(), now() + LEASE)

    def _has_changed(self, ruleset: Ruleset) -> bool:
        """Whether they changed, now or moments ago: another process may have held by the old ones."""
        known, until = self._decided.get(ruleset.tenant_id, (None, 0.0))
        causes = (ruleset.quiet, ruleset.mutes)
        if known != causes:
            until = monotonic() + SETTLE_S
            self._decided[ruleset.tenant_id] = (causes, until)
        return monotonic() < until

    def _decide_again(self, ruleset: Ruleset, ends: float) -> bool:
        """Move the held deliveries of a tenant in batches; False if the time was over first."""
        with self._database.reading(ruleset.tenant_id) as session:
            groups = held.held_groups(session, ruleset.tenant_id)
        return all(monotonic() < ends for group in groups for _ in self._move(ruleset, group))

    def _move(self, ruleset: Ruleset, group: HeldGroup) -> Iterator[int]:
        """Move a group, one batch in each step, and yield how many.

        What is held for a muted place goes by the quiet hours at the end of the mute, and leaves no sooner.
        """
        target = RulesetDestination(
            group.destination_id, group.name, group.kind, group.lane, group.space_id, group.user_id
        )
        moved = held.BATCH
        while moved:
            at = now()
            muted = deciding_mute(
                ruleset.mutes, rule_id=None, space_id=group.space_id, user_id=group.user_id, at=at
            )
            until = ruleset.held_until(target, urgent=group.is_urgent, at=muted.until if muted else at)
            if muted and until is None:
                return
            with self._database.writing(ruleset.tenant_id) as session:
                moved = held.hold_until(session, group, until) if until else held.release(session, group, at)
            yield moved
            sleep(PAUSE_S)

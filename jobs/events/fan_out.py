"""Turns new events into deliveries: parses them, matches them with rules, and writes in one transaction.

Events of many tenants share a batch. One that cannot be handled ends as `failed` and takes no other along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

import structlog

from jobs.connections.restricted_notice import RestrictedNotices
from jobs.deliveries.parts import is_database_away, work_in_parts
from jobs.deliveries.recent_changes import RecentChanges
from jobs.deliveries.retry import LEASE
from jobs.events.create import NewDeliveries
from jobs.events.echoes import skip_echoes
from jobs.events.fanned_out import NOTHING, Beside, FannedOut
from jobs.events.lead_ends import note_lead_ends
from jobs.events.read_event import (
    fail_event,
    guarded,
    is_foreign,
    is_slow,
    match_event,
    matchable,
    read_event,
    tracked_rows,
)
from jobs.events.unclaimed import UnclaimedEvents
from jobs.names.cache import NameCache
from jobs.queue import INTERRUPTIONS
from models.attention.gathered import send_what_came_late
from models.chance import new_id
from models.clock import monotonic, now
from models.connections.people import save_user
from models.database.engine import ConstraintViolation, Database, Session
from models.errors import DatabaseUnavailable
from models.events import claims
from models.events.claims import MOST_TENANTS, ClaimedEvent
from models.events.store import stored_keys
from models.leads.threads import join_lead_threads
from models.pipedrive.change import Change
from models.pipedrive.names import Names
from models.pipedrive.rest.backfill_body import late_key_of
from models.plan.quota import hold_over_quota
from models.rules.ruleset import Ruleset
from models.rules.rulesets import Rulesets

BATCH: Final = 100
ALREADY_BACKFILLED: Final = "a backfill had delivered it already"
STEP_S: Final = 1.0  # a step reads for so long; what it has not read is read by a later one
TENANT_S: Final = 0.25  # of which one tenant gets so much, and at least one event

log = structlog.get_logger()


class FanOut:
    """Fans out new events; every process that drains has one."""

    def __init__(
        self, database: Database, names: NameCache, rulesets: Rulesets, recent: RecentChanges | None = None
    ) -> None:
        self._database = database
        self._names = names
        self._rulesets = rulesets
        self._recent = recent or RecentChanges()
        self._restricted = RestrictedNotices(database)
        self._last_tenant = 0  # considered last: the next claim begins behind it
        self._lapsed_first = False
        self.unclaimed = UnclaimedEvents()
        self.held_token: str | None = None  # of the events that are being read
        self.has_unread = False  # whether the last events were too many for the time of a step

    def step(self, limit: int = BATCH, *, expected: bool = False) -> int:
        """Fan out up to `limit` new events; return how many. A read is first unless `expected`."""
        token, events = self.claim(limit) if expected or self._has_new_events() else ("", [])
        if events:
            self.process(token, events)
        return len(events)

    def process(self, token: str, events: Sequence[ClaimedEvent], beside: Beside = NOTHING) -> bool:
        """Give events their outcomes, and do what is `beside` in the same transaction.

        `token` is that of their lease, empty for `unclaimed` ones. Return False if that failed: then each
        event has its outcome all the same, and `beside` is not done. Raises DatabaseUnavailable; then the
        events are still new, and their leases run out.
        """
        self.held_token, self.has_unread = token, False
        try:
            try:
                self._fan_out(token, events, beside)
            except INTERRUPTIONS:
                raise
            except Exception as error:
                if is_database_away(self._database, error):
                    raise
                log.warning("step.split", events=len(events), error=type(error).__name__)
                self.unclaimed.claim_next_time(events)
                self._process_events(token, events)
                return False
            return True
        finally:
            self.held_token = None

    def renew(self) -> None:
        """Extend the leases of the events that are being read; called from another thread."""
        if token := self.held_token:
            with self._database.writing_all() as session:
                claims.renew(session, token, now() + LEASE)

    def _has_new_events(self) -> bool:
        with self._database.reading_all() as session:
            return bool(claims.tenants_with_new(session))

    def claim(self, limit: int = BATCH) -> tuple[str, list[ClaimedEvent]]:
        """Claim up to `limit` new events; return the token of their lease, and them."""
        with self._database.writing_all() as session:
            return self.claim_in(session, limit)

    def claim_in(self, session: Session, limit: int = BATCH) -> tuple[str, list[ClaimedEvent]]:
        """Claim events of the tenants whose turn it is; every second time first one that a worker lost."""
        token, at = new_id(), now()
        self._lapsed_first = not self._lapsed_first
        tenants = claims.tenants_with_new(session)
        behind = [each for each in tenants if each > self._last_tenant]
        ordered = behind + [each for each in tenants if each <= self._last_tenant]
        # Tenants whose events others read are passed over: two workers often begin with the same ones.
        for first in range(0, len(ordered), MOST_TENANTS):
            served = ordered[first : first + MOST_TENANTS]
            events = claims.claim_new(
                session, served, token, at, at + LEASE, limit, lapsed_first=self._lapsed_first
            )
            if events:
                if not (self._lapsed_first and len(events) == 1):  # else a lost one may have taken their turn
                    self._last_tenant = served[-1]
                return token, events
        return "", []

    def _process_events(self, token: str, events: Sequence[ClaimedEvent]) -> None:
        """Give each event its outcome. Raises DatabaseUnavailable; then their leases run out."""
        work_in_parts(
            self._database,
            events,
            lambda event: event.tenant_id,
            partial(self._process_group, token),
            partial(self._close_failed, token),
        )

    def _close_failed(self, token: str, event: ClaimedEvent, error: Exception) -> None:
        """Close an event that failed alone. If the database refused it, the end of its lease decides."""
        fail_event(event, error)
        if isinstance(error, DatabaseUnavailable):
            return
        try:
            with self._database.writing_all() as session:
                claims.close(session, token, [event])
        except INTERRUPTIONS:
            raise
        except Exception:
            log.exception("event.not_closed", tenant_id=event.tenant_id, event_id=event.id)

    def _process_group(self, token: str, events: Sequence[ClaimedEvent]) -> None:
        try:
            self._fan_out(token, events)
        except ConstraintViolation:  # a rule or a destination was removed since its ruleset was read
            self._rulesets.forget({event.tenant_id for event in events})
            self._fan_out(token, events)

    def _fan_out(self, token: str, events: Sequence[ClaimedEvent], beside: Beside = NOTHING) -> None:
        by_tenant: dict[int, list[ClaimedEvent]] = defaultdict(list)
        for event in events:
            by_tenant[event.tenant_id].append(event)
        rulesets = self._rulesets.read(self._database, by_tenant)
        until, work = monotonic() + STEP_S, FannedOut()
        parsed: dict[int, list[ClaimedEvent]] = {}
        for tenant_id, group in by_tenant.items():
            if tenant_id in rulesets:  # else the tenant was erased, and its events with it
                parsed[tenant_id] = self._parse_in_time(rulesets[tenant_id], group, until, work)
        self._drop_backfilled([event for group in parsed.values() for event in group])
        note_lead_ends(self._database, [event for group in parsed.values() for event in group])
        to_match = {each: matchable(rulesets[each], group) for each, group in parsed.items()}
        self._names.read_ahead(to_match)
        for tenant_id, group in parsed.items():
            self._match(rulesets[tenant_id], group, to_match[tenant_id], until, work)
        try:
            with self._database.writing_all() as session:
                beside.before(session, {row["lane"] for row in work.rows})
                beside.create(session, self._write(session, token, work))
        except Exception:
            self._names.forget(work.names)  # so that they are new again, and stored, the next time
            raise
        self._names.doubt_late(work.names)
        self.has_unread |= bool(work.unread)
        for event in work.events:
            if event.change is not None:
                self._recent.add(event.id, event.change)
        self._save_users(work.users)
        self._restricted.consider(work.rows)

    def _parse_in_time(
        self, ruleset: Ruleset, events: Sequence[ClaimedEvent], step_until: float, work: FannedOut
    ) -> list[ClaimedEvent]:
        """Parse a tenant's events, as many as it has time for; return these."""
        until = min(monotonic() + TENANT_S, step_until)
        parsed: list[ClaimedEvent] = []
        for event in events:
            if not parsed or monotonic() < until:
                guarded(event, partial(read_event, event, ruleset.lead_pipelines), None)
                parsed.append(event)
        work.unread += events[len(parsed) :]
        self._note_names(ruleset, parsed, work)
        return parsed

    def _match(
        self,
        ruleset: Ruleset,
        parsed: Sequence[ClaimedEvent],
        changes: Sequence[Change],
        step_until: float,
        work: FannedOut,
    ) -> None:
        """Add what comes of a tenant's parsed events, as many as it has time for.

        `changes` are those of them that some rule may match.
        """
        until = min(monotonic() + TENANT_S, step_until)
        work.tracked += tracked_rows(ruleset, parsed)
        work.lead_pipelines[ruleset.tenant_id] = ruleset.lead_pipelines
        names = self._names.for_changes(ruleset.tenant_id, changes) if changes else Names()
        at = now()
        none: list[dict[str, Any]] = []
        for index, event in enumerate(parsed):
            # One is matched in any case, so that each step gets on.
            if index and monotonic() > until:
                work.unread += parsed[index:]
                break
            work.rows += guarded(event, partial(match_event, ruleset, event, names, at), none)
            work.events.append(event)

    def _note_names(self, ruleset: Ruleset, events: Sequence[ClaimedEvent], work: FannedOut) -> None:
        changes = [
            (event.tenant_id, event.change)
            for event in events
            if event.change is not None and not is_foreign(ruleset, event.change)
        ]
        noted = self._names.note_names(changes, lambda _tenant_id, change: ruleset.is_restricted(change))
        work.names.update(noted)
        work.users += [each for each in changes if each[1].entity == "user"]

    def _drop_backfilled(self, events: Sequence[ClaimedEvent]) -> None:
        """Drop the changes of slow webhooks that a backfill has found and delivered before they came.

        One read for all tenants: when Pipedrive catches up, all webhooks are slow.
        """
        keys = {
            event.id: (event.tenant_id, late_key_of(event.change))
            for event in events
            if event.change is not None and is_slow(event)
        }
        if not keys:
            return
        with self._database.reading_all() as session:
            stored = stored_keys(session, set(keys.values()))
        for event in events:
            if keys.get(event.id) in stored:
                event.change, event.outcome = None, ALREADY_BACKFILLED

    def _write(self, session: Session, token: str, work: FannedOut) -> NewDeliveries:
        """Close events and store what they tell; return the deliveries that are to be created."""
        if token:
            claims.give_back(session, token, work.unread)
        closed = claims.close(session, token, work.events)
        present = {event.tenant_id for event in work.events if event.id in closed}
        work.store_known(session, present)
        rows = [row for row in work.rows if row["event_id"] in closed]
        if rows:
            join_lead_threads(session, rows)
            skip_echoes(session, work.events, rows, now())
        send_what_came_late(session, rows)
        if self._rulesets.any_limited(present):
            hold_over_quota(session, rows, now())
        return NewDeliveries(rows, {event.id for event in work.events if event.facts.is_bulk})

    def _save_users(self, changes: Iterable[tuple[int, Change]]) -> None:
        """Store users that were added or deactivated, for the next events.

        Until then a user who is new counts as one who may see everything.
        """
        for tenant_id, change in changes:
            try:
                with self._database.writing(tenant_id) as session:
                    save_user(session, tenant_id, change.state, is_gone=change.action == "deleted")
            except (*INTERRUPTIONS, DatabaseUnavailable):
                raise
            except Exception:
                log.exception("user.not_saved", tenant_id=tenant_id)

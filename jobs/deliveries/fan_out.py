"""Turns new events into deliveries: parses them, matches them with rules, and writes in one transaction."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

import structlog

from jobs.deliveries.new_delivery import delivery_row
from jobs.deliveries.retry import LEASE, MOST_LEASE_LOSSES
from jobs.names.cache import NameCache
from models.clock import now
from models.connections.names import remember
from models.connections.people import save_user
from models.database.engine import ConstraintViolation, Database
from models.deliveries import lanes
from models.deliveries import store as delivery_store
from models.errors import DatabaseUnavailable
from models.events import store as event_store
from models.events.store import ClaimedEvent
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.local_time import NO_ZONE, due_in_zone
from models.pipedrive.names import Name, Names
from models.pipedrive.rest.backfill_body import late_key_of
from models.pipedrive.webhook.json import parse_json
from models.rules.ruleset import Ruleset, Rulesets
from models.tables.deliveries import DeliveryState
from models.tables.events import EventState

BATCH: Final = 100
IN_TIME: Final = timedelta(minutes=1)  # a backfill may have taken a slower webhook for a missing one
ALREADY_BACKFILLED: Final = "it was taken for missed, and told then"

NameKey = tuple[int, tuple[str, str]]  # a tenant and which of its names

log = structlog.get_logger()


class FanOut:
    """Fans out new events; every process that drains has one."""

    def __init__(self, database: Database, names: NameCache, rulesets: Rulesets) -> None:
        self._database = database
        self._names = names
        self._rulesets = rulesets
        self._first = 0  # which tenant comes first this time

    def step(self, limit: int = BATCH, *, expected: bool = False) -> int:
        """Fan out up to `limit` new events; return how many were claimed.

        Unless some are `expected`, a read decides whether to take the write lock at all: idle workers
        disturb no writer.
        """
        token, events = self._claim_events(limit) if expected or self._has_new_events() else ("", [])
        if not events:
            return 0
        try:
            self._process_events(token, events)
        except DatabaseUnavailable:
            raise
        except ConstraintViolation:  # a rule or a destination was removed since its ruleset was read
            self._rulesets.forget({event.tenant_id for event in events})
            self._process_events(token, events)
        except Exception:  # their lease runs out, then they are claimed one by one
            log.exception("fan_out.unexpected", events=[event.id for event in events])
        return len(events)

    def _has_new_events(self) -> bool:
        with self._database.reading_all() as session:
            return bool(event_store.tenants_with_new(session))

    def _claim_events(self, limit: int) -> tuple[str, list[ClaimedEvent]]:
        token, at = uuid.uuid4().hex, now()
        with self._database.writing_all() as session:
            tenants = event_store.tenants_with_new(session)
            if not tenants:
                return "", []
            # Another tenant comes first each time, so that none of very many waits for ever.
            self._first = (self._first + 1) % len(tenants)
            ordered = tenants[self._first :] + tenants[: self._first]
            return token, event_store.claim_new(session, ordered, token, at, at + LEASE, limit)

    def _process_events(self, token: str, events: list[ClaimedEvent]) -> None:
        by_tenant: dict[int, list[ClaimedEvent]] = defaultdict(list)
        for event in events:
            _parse_event(event)
            by_tenant[event.tenant_id].append(event)
        rulesets = self._rulesets.read(self._database, by_tenant)
        changes = [
            (event.tenant_id, event.change)
            for event in events
            if event.change is not None and not _is_foreign(rulesets[event.tenant_id], event.change)
        ]
        new_names = self._names.note_names(
            changes, lambda tenant_id, change: rulesets[tenant_id].is_restricted(change)
        )
        rows = [
            row
            for tenant_id, group in by_tenant.items()
            for row in self._match_events(rulesets[tenant_id], group)
        ]
        self._write_deliveries(token, events, rows, new_names)
        self._save_users((tenant_id, change) for tenant_id, change in changes if change.entity == "user")

    def _save_users(self, changes: Iterable[tuple[int, Change]]) -> None:
        """Store users that were added or deactivated, for the next events.

        Until then a user who is new counts as one who may see everything.
        """
        for tenant_id, change in changes:
            with self._database.writing(tenant_id) as session:
                save_user(session, tenant_id, change.state, is_gone=change.action == "deleted")

    def _match_events(self, ruleset: Ruleset, events: Sequence[ClaimedEvent]) -> list[dict[str, Any]]:
        """Set the outcome of a tenant's events; return the rows of their deliveries."""
        self._drop_backfilled(ruleset.tenant_id, events)
        changes = [event.change for event in events if event.change is not None]
        matchable = [change for change in changes if ruleset.may_match(change)]
        names = self._names.for_changes(ruleset.tenant_id, matchable) if matchable else Names()
        return [row for event in events for row in _match_event(ruleset, event, names)]

    def _drop_backfilled(self, tenant_id: int, events: Sequence[ClaimedEvent]) -> None:
        """Drop the changes of slow webhooks that a backfill has found and delivered before they came."""
        slow = [event for event in events if _is_slow(event)]
        if not slow:
            return
        keys = {
            event.id: late_key_of(event.change)
            for event in events
            if event.change is not None and not event.change.is_late
        }
        with self._database.reading(tenant_id) as session:
            stored = event_store.stored_keys(session, tenant_id, {keys[event.id] for event in slow})
        for event in events:
            if keys.get(event.id) in stored:
                event.change, event.outcome = None, ALREADY_BACKFILLED

    def _write_deliveries(
        self,
        token: str,
        events: Sequence[ClaimedEvent],
        rows: list[dict[str, Any]],
        new_names: dict[NameKey, Name],
    ) -> None:
        with self._database.writing_all() as session:
            remember(session, new_names)
            closed = event_store.close(session, token, events)
            rows = [row for row in rows if row["event_id"] in closed]
            delivery_store.create_deliveries(session, rows)
            open_rows = (row for row in rows if row["state"] != DeliveryState.SKIPPED)
            lanes.mark_due(
                session, ((row["tenant_id"], row["lane"], row["next_attempt_at"]) for row in open_rows)
            )


def _parse_event(event: ClaimedEvent) -> None:
    """Set the change of an event, or the state and the reason why there is none."""
    event.change, event.state, event.event_type, event.outcome = None, EventState.DONE, "", ""
    if event.lease_losses >= MOST_LEASE_LOSSES:
        event.state = EventState.UNPARSED
        event.outcome = "workers died reading it, three times; the bytes are kept"
        return
    try:
        event.change = read(parse_json(event.raw))
    except Unreadable as error:
        log.warning("event.unparsed", tenant_id=event.tenant_id, event_id=event.id, why=str(error)[:200])
        event.state, event.outcome = EventState.UNPARSED, f"could not be read: {error}"
        return
    if event.change is None:
        event.state, event.outcome = EventState.IGNORED, "an entity Pipenotify does not know"


def _is_slow(event: ClaimedEvent) -> bool:
    change = event.change
    if change is None or change.is_late or change.happened_at is None:
        return False
    return event.received_at - change.happened_at > IN_TIME


def _match_event(ruleset: Ruleset, event: ClaimedEvent, names: Names) -> list[dict[str, Any]]:
    """Set the outcome of an event with a change; return the rows of its deliveries."""
    change = event.change
    if change is None:
        return []
    if _is_foreign(ruleset, change):
        event.state, event.event_type = EventState.FOREIGN, change.types[0]
        event.outcome = f"company {change.company_id} is not the company of this key"
        return []
    change = _with_names(event, change, names)
    if ruleset.timezone != NO_ZONE:
        change = due_in_zone(change, ruleset.timezone)
    rules = ruleset.matching_rules(change, names)
    at = now()
    event.event_type, event.outcome = change.types[-1], f"{len(rules)} rules wanted it"
    return [delivery_row(event, change, rule, to, ruleset, at) for rule in rules for to in rule.destinations]


def _is_foreign(ruleset: Ruleset, change: Change) -> bool:
    return bool(ruleset.company_id and change.company_id and ruleset.company_id != change.company_id)


def _with_names(event: ClaimedEvent, change: Change, names: Names) -> Change:
    """Parse a stage move again with names: only they tell the order of the stages."""
    if change.doubts and names:
        return read(parse_json(event.raw), names) or change
    return change

"""Turns events into the deliveries they owe: read, match, and write in one transaction."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy.exc import IntegrityError

from jobs.deliveries.new_delivery import delivery_row
from jobs.deliveries.retry import LEASE, MOST_LEASE_LOSSES
from jobs.names.cache import NameCache
from models.clock import now
from models.connections.names import remember
from models.connections.people import save_user
from models.database.engine import Database
from models.deliveries import lanes
from models.deliveries import store as delivery_store
from models.errors import DatabaseUnavailable
from models.events import store as event_store
from models.events.store import ClaimedEvent, Outcome
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.names import Name, Names
from models.pipedrive.rest.backfill_body import late_key_of
from models.pipedrive.webhook.json import parse_json
from models.rules.ruleset import Ruleset, Rulesets
from models.tables.deliveries import DeliveryState
from models.tables.events import EventState

BATCH: Final = 100
IN_TIME: Final = timedelta(minutes=1)  # a webhook that took longer may have been taken for a missed one
TOLD_ALREADY: Final = "it was taken for missed, and told then"

At = tuple[int, tuple[str, str]]  # a tenant and which of its names

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """An event and what it means: a change, or the state and the words of why there is none."""

    event: ClaimedEvent
    change: Change | None
    state: str = EventState.DONE
    words: str = ""


class FanOut:
    """Fans out new events; every process that drains has one."""

    def __init__(self, database: Database, names: NameCache, rulesets: Rulesets) -> None:
        self._database = database
        self._names = names
        self._rulesets = rulesets
        self._turn = 0

    def step(self, limit: int = BATCH, *, expected: bool = False) -> int:
        """Fan out up to `limit` new events; return how many were read.

        When none is `expected`, a look comes before the lock: idle workers disturb nobody who writes.
        """
        token, events = self._claim(limit) if expected or self._is_any_new() else ("", [])
        if not events:
            return 0
        try:
            self._spread(token, events)
        except DatabaseUnavailable:
            raise
        except IntegrityError:  # a rule or a destination was removed since its book was read
            self._rulesets.forget({event.tenant_id for event in events})
            self._spread(token, events)
        except Exception:  # their lease lapses, then they are read one by one
            log.exception("fan_out.unforeseen", events=[event.id for event in events])
        return len(events)

    def _spread(self, token: str, events: list[ClaimedEvent]) -> None:
        readings = [_read(event) for event in events]
        by_tenant: dict[int, list[ReadEvent]] = defaultdict(list)
        for reading in readings:
            by_tenant[reading.event.tenant_id].append(reading)
        rulesets = self._rulesets.read(self._database, by_tenant)
        told_of = [
            (reading.event.tenant_id, reading.change)
            for reading in readings
            if reading.change is not None
            and not _is_foreign(rulesets[reading.event.tenant_id], reading.change)
        ]
        news = self._names.learn(
            told_of,
            lambda tenant_id, change: rulesets[tenant_id].restricts(change),
        )
        outcomes, owed = [], []
        for tenant_id, told in by_tenant.items():
            for outcome, rows in self._match(rulesets[tenant_id], told):
                outcomes.append(outcome)
                owed += rows
        self._write(token, outcomes, owed, news)
        self._learn_users([(tenant_id, change) for tenant_id, change in told_of if change.entity == "user"])

    def _learn_users(self, told: list[tuple[int, Change]]) -> None:
        """Note who came and who left, for the next events; until then who is new counts as seeing all."""
        for tenant_id, change in told:
            with self._database.writing(tenant_id) as session:
                save_user(session, tenant_id, change.state, is_gone=change.action == "deleted")

    def _is_any_new(self) -> bool:
        with self._database.reading_all() as session:
            return bool(event_store.tenants_with_new(session))

    def _claim(self, limit: int) -> tuple[str, list[ClaimedEvent]]:
        token, at = uuid.uuid4().hex, now()
        with self._database.writing_all() as session:
            tenants = event_store.tenants_with_new(session)
            if not tenants:
                return "", []
            # The tenants take turns at being first, so that none of very many waits for ever.
            self._turn = (self._turn + 1) % len(tenants)
            turned = tenants[self._turn :] + tenants[: self._turn]
            return token, event_store.claim_new(session, turned, token, at, at + LEASE, limit)

    def _match(self, ruleset: Ruleset, told: list[ReadEvent]) -> list[tuple[Outcome, list[dict[str, Any]]]]:
        """Return what becomes of each event of a tenant, and the deliveries it owes."""
        told = self._without_told(ruleset.tenant_id, told)
        changes = [reading.change for reading in told if reading.change is not None]
        wanted = [change for change in changes if ruleset.may_match(change)]
        names = self._names.for_changes(ruleset.tenant_id, wanted) if wanted else Names()
        return [_outcome(ruleset, reading, names) for reading in told]

    def _without_told(self, tenant_id: int, told: list[ReadEvent]) -> list[ReadEvent]:
        """Empty the readings of webhooks that come so late that their change was found and told already."""
        keys = {late_key_of(each.change) for each in told if each.change is not None and _took_long(each)}
        if not keys:
            return told
        with self._database.reading(tenant_id) as session:
            known = event_store.stored_keys(session, tenant_id, keys)
        return [
            replace(each, change=None, words=TOLD_ALREADY)
            if each.change is not None and not each.change.is_late and late_key_of(each.change) in known
            else each
            for each in told
        ]

    def _write(
        self, token: str, outcomes: list[Outcome], owed: list[dict[str, Any]], news: dict[At, Name]
    ) -> None:
        with self._database.writing_all() as session:
            remember(session, news)
            held = event_store.close(session, token, outcomes)
            rows = [row for row in owed if row["event_id"] in held]
            delivery_store.create_deliveries(session, rows)
            open_rows = (row for row in rows if row["state"] != DeliveryState.SKIPPED)
            lanes.mark_due(
                session, ((row["tenant_id"], row["lane"], row["next_attempt_at"]) for row in open_rows)
            )


def _read(event: ClaimedEvent) -> ReadEvent:
    if event.lease_losses >= MOST_LEASE_LOSSES:
        return ReadEvent(
            event, None, EventState.UNPARSED, "workers died reading it, three times; the bytes are kept"
        )
    try:
        change = read(parse_json(event.raw))
    except Unreadable as wrong:
        log.warning("event.unparsed", tenant_id=event.tenant_id, event_id=event.id, why=str(wrong)[:200])
        return ReadEvent(event, None, EventState.UNPARSED, f"could not be read: {wrong}")
    if change is None:
        return ReadEvent(event, None, EventState.IGNORED, "an entity Pipenotify does not know")
    return ReadEvent(event, change)


def _took_long(reading: ReadEvent) -> bool:
    change = reading.change
    if change is None or change.is_late or change.happened_at is None:
        return False
    return reading.event.received_at - change.happened_at > IN_TIME


def _outcome(ruleset: Ruleset, reading: ReadEvent, names: Names) -> tuple[Outcome, list[dict[str, Any]]]:
    change = reading.change
    if change is None:
        return Outcome(reading.event, reading.state, "", reading.words), []
    if _is_foreign(ruleset, change):
        words = f"company {change.company_id} is not the company of this key"
        return Outcome(reading.event, EventState.FOREIGN, change.types[0], words), []
    told = _told_again(reading.event, change, names)
    rules = ruleset.matching(told, names)
    at = now()
    rows = [delivery_row(reading.event, told, rule, to, ruleset, at) for rule in rules for to in rule.targets]
    words = f"{len(rules)} rules wanted it"
    return Outcome(reading.event, EventState.DONE, told.types[-1], words), rows


def _is_foreign(ruleset: Ruleset, change: Change) -> bool:
    return bool(ruleset.company_id and change.company_id and ruleset.company_id != change.company_id)


def _told_again(event: ClaimedEvent, change: Change, names: Names) -> Change:
    """Read a stage move again with names: only they know the order of the stages."""
    if change.doubts and names:
        return read(parse_json(event.raw), names) or change
    return change

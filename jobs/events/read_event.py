"""What one event means and which deliveries it makes; what goes wrong there ends this event alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from jobs.deliveries.retry import EVENT_LOSSES_IN_COMPANY, MOST_LEASE_LOSSES
from jobs.events.new_delivery import delivery_row
from jobs.queue import INTERRUPTIONS
from models.errors import DatabaseUnavailable
from models.events.claims import ClaimedEvent
from models.events.facts import NO_FACTS, facts_of
from models.pipedrive.change import Change, Unreadable, decided, read
from models.pipedrive.deal_leads import as_lead
from models.pipedrive.local_time import NO_ZONE, due_in_zone
from models.pipedrive.names import Names
from models.pipedrive.webhook.json import parse_json
from models.rules.join_rules import join_rules
from models.rules.ruleset import Ruleset
from models.stalled.track import Row, row_of_change
from models.tables.events import EventState
from models.tables.types.encrypted import is_lost

IN_TIME: Final = timedelta(minutes=1)  # a backfill may have taken a slower webhook for a missing one
UNREADABLE: Final = "no key of this worker decrypts it; the bytes are kept"
DIED: Final = "workers died reading it, three times; the bytes are kept"

log = structlog.get_logger()
Result = TypeVar("Result")


def guarded(event: ClaimedEvent, work: Callable[[], Result], otherwise: Result) -> Result:
    """Return the result of some work on one event; an unforeseen error makes this event `failed`.

    Raises DatabaseUnavailable, which is not about the event.
    """
    try:
        return work()
    except (*INTERRUPTIONS, DatabaseUnavailable):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other events go on
        fail_event(event, error)
        return otherwise


def fail_event(event: ClaimedEvent, error: Exception) -> None:
    """Give an event the outcome `failed`. An error's text may quote a customer: only its kind is stored."""
    log.error("event.failed", tenant_id=event.tenant_id, event_id=event.id, exc_info=error)
    event.change, event.state, event.event_type = None, EventState.FAILED, ""
    event.outcome = f"{type(error).__name__} while it was read; the bytes are kept"


def read_event(event: ClaimedEvent, chosen: Collection[str] = ()) -> None:
    """Set the change of an event, or the state and the reason why there is none.

    `chosen` are the pipelines whose deals are leads of its tenant.
    """
    event.change, event.state, event.event_type, event.outcome = None, EventState.DONE, "", ""
    event.facts = NO_FACTS
    if event.lease_losses >= EVENT_LOSSES_IN_COMPANY + MOST_LEASE_LOSSES:
        log.error("event.failed", tenant_id=event.tenant_id, event_id=event.id, why=DIED)
        event.state, event.outcome = EventState.FAILED, DIED
        return
    if is_lost(event.raw):
        log.error("event.failed", tenant_id=event.tenant_id, event_id=event.id, why=UNREADABLE)
        event.state, event.outcome = EventState.FAILED, UNREADABLE
        return
    try:
        event.change = read(parse_json(event.raw))
    except Unreadable as error:
        log.warning("event.unparsed", tenant_id=event.tenant_id, event_id=event.id, why=str(error)[:200])
        event.state, event.outcome = EventState.UNPARSED, f"could not be read: {error}"
        return
    if event.change is None:
        event.state, event.outcome = EventState.IGNORED, "an entity Pipenotify does not know"
    elif chosen:
        event.change = as_lead(event.change, chosen)


def is_slow(event: ClaimedEvent) -> bool:
    """Whether its webhook came so long after the change that a backfill may have been faster."""
    change = event.change
    if change is None or change.is_late or change.happened_at is None:
        return False
    return event.received_at - change.happened_at > IN_TIME


def is_foreign(ruleset: Ruleset, change: Change) -> bool:
    return bool(ruleset.company_id and change.company_id and ruleset.company_id != change.company_id)


def tracked_rows(ruleset: Ruleset, events: Sequence[ClaimedEvent]) -> list[Row]:
    """Return what is recorded of the deals and activities that events are about."""
    found = (
        guarded(event, partial(_tracked_row, ruleset, event, event.change), None)
        for event in events
        if event.change is not None and not is_foreign(ruleset, event.change)
    )
    return [row for row in found if row is not None]


def _tracked_row(ruleset: Ruleset, event: ClaimedEvent, change: Change) -> Row | None:
    return row_of_change(event.tenant_id, change, event.received_at, ruleset.timezone)


def matchable(ruleset: Ruleset, events: Sequence[ClaimedEvent]) -> list[Change]:
    """Return the changes that some rule may match: only these need names."""
    return [
        event.change
        for event in events
        if event.change is not None
        and guarded(event, partial(ruleset.may_match, event.change), otherwise=False)
    ]


def match_event(ruleset: Ruleset, event: ClaimedEvent, names: Names, at: datetime) -> list[dict[str, Any]]:
    """Set the outcome of an event with a change; return the rows of its deliveries."""
    change = event.change
    if change is None:
        return []
    if is_foreign(ruleset, change):
        event.state, event.event_type = EventState.FOREIGN, change.types[0]
        event.outcome = f"company {change.company_id} is not the company of this key"
        return []
    event.change = change = decided(change, names)
    if ruleset.timezone != NO_ZONE:
        change = due_in_zone(change, ruleset.timezone)
    event.facts = facts_of(change)
    rules = ruleset.matching_rules(change, names)
    event.event_type, event.outcome = change.types[-1], f"{len(rules)} rules wanted it"
    wanted = [
        (rule, delivery_row(event, change, rule, to, ruleset, at))
        for rule in rules
        for to in rule.destinations
    ]
    return join_rules(wanted)

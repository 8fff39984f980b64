"""Opens and closes the breakers of destinations by the results of sends, and tells people of the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.deliveries.about import WITHOUT_CARDS
from jobs.deliveries.pause_destinations import PausedDestination
from jobs.deliveries.results import SendResult
from models.database.engine import Session
from models.deliveries import lanes
from models.deliveries.notices import Notice, notify_destination
from models.destinations import health
from models.destinations.health import Failing
from models.destinations.queries import destination_title
from models.errors import RateLimited, TemporaryFailure
from models.languages.translate import for_later

WORTH_A_NOTICE: Final = timedelta(minutes=10)  # shorter ones are seen by nobody
FOR_DAYS: Final = for_later("nothing has arrived there for five days")

log = structlog.get_logger()


@dataclass(slots=True)
class BreakerChanges:
    """What results lead to: lanes that rest, destinations that work again, and those that are given up."""

    resting: list[tuple[int, str, datetime]] = field(default_factory=list)
    recovered: list[tuple[Failing, datetime]] = field(default_factory=list)
    paused: list[PausedDestination] = field(default_factory=list)


def note_results(session: Session, results: Sequence[SendResult]) -> BreakerChanges:
    """Note which destinations took a message and which failed for now.

    A 429 says nothing about a destination, and neither does a refusal for good of one message.
    """
    changes = BreakerChanges()
    arrived = {key: each for each in results if each.error is None and (key := _key(each))}
    for was in health.failing_among(session, arrived.keys()):
        health.note_success(session, was)
        result = arrived[was.tenant_id, was.destination_id]
        if result.message.head.kind not in WITHOUT_CARDS:
            changes.recovered.append((was, result.at))
        log.info("destination.recovered", tenant_id=was.tenant_id, destination_id=was.destination_id)
    for result in results:
        is_down = isinstance(result.error, TemporaryFailure) and not isinstance(result.error, RateLimited)
        if is_down and (key := _key(result)) and key not in arrived:
            _note_failure(session, result, key, changes)
    return changes


def _key(result: SendResult) -> tuple[int, int] | None:
    """Return tenant and destination; None for what goes to another address than the destination has now."""
    head = result.message.head
    is_there = head.destination_id is not None and head.destination_lane == head.lane
    return (head.tenant_id, head.destination_id) if is_there and head.destination_id else None


def _note_failure(
    session: Session, result: SendResult, key: tuple[int, int], changes: BreakerChanges
) -> None:
    failing = health.note_failure(session, *key, str(result.error), result.at)
    if failing.has_failed_for_days(result.at):
        _give_up(session, result, failing, changes)
    elif failing.open_until is not None:
        changes.resting.append((failing.tenant_id, result.message.head.lane, failing.open_until))
        log.warning(
            "destination.failing",
            tenant_id=failing.tenant_id,
            destination_id=failing.destination_id,
            failures=failing.failures,
            again_at=failing.open_until.isoformat(),
        )


def _give_up(session: Session, result: SendResult, failing: Failing, changes: BreakerChanges) -> None:
    tenant_id, destination_id = failing.tenant_id, failing.destination_id
    health.forget(session, tenant_id, destination_id)
    if health.pause_refused(session, tenant_id, destination_id, FOR_DAYS):
        title = destination_title(session, tenant_id, destination_id)
        kind = str(result.message.head.kind)
        changes.paused.append(PausedDestination(tenant_id, destination_id, kind, title, FOR_DAYS))


def rest_lanes(session: Session, changes: BreakerChanges) -> None:
    """Let the lanes of open breakers rest, after they were released."""
    for tenant_id, lane, until in changes.resting:
        lanes.rest(session, tenant_id, lane, until)


def notify_recovered(session: Session, changes: BreakerChanges) -> None:
    """Say in a destination that cards come again, if they did not for long."""
    for was, at in changes.recovered:
        lasted = at - was.since
        if was.open_until is None or lasted < WORTH_A_NOTICE:
            continue
        title, words = for_later("Cards arrive again"), _outage_text(lasted)
        notify_destination(session, was.tenant_id, was.destination_id, Notice(title, words))


def _outage_text(lasted: timedelta) -> str:
    minutes = int(lasted.total_seconds() // 60)
    if minutes < 120:
        return for_later(
            "Google Chat took no cards here for {count} minutes. They come again now, with what happened"
            " meanwhile.",
            count=minutes,
        )
    return for_later(
        "Google Chat took no cards here for {count} hours. They come again now, with what happened"
        " meanwhile.",
        count=minutes // 60,
    )

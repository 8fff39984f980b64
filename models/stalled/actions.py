"""What people do about stalled deals: set when and where they are told of them, and snooze one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.features import Feature, require_feature
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.destinations.queries import get_destination
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.security.audit import record
from models.stalled.queries import Sees, zone_of
from models.stalled.thresholds import DAYS, MOST_DAYS
from models.stalled.track import DEAL, unpacked
from models.tables.stalled import StalledSettings, TrackedObject

OFF: Final = "off"
DAILY: Final = "daily"
WEEKLY: Final = "weekly"
FREQUENCIES: Final = (OFF, DAILY, WEEKLY)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_THRESHOLDS: Final = 5
MOST_SNOOZED: Final = timedelta(days=MOST_DAYS)
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Summary:
    """When deals count as stalled, and when and where they are summed up; see `StalledSettings`."""

    thresholds: tuple[int, ...] = DAYS
    frequency: str = OFF
    weekday: str = "mon"
    at: str = "09:00"
    destination_id: int | None = None
    least_value: float | None = None


def get_summary(session: Session, tenant_id: int) -> Summary:
    """Return what a tenant has set, or what holds until it sets something."""
    row = session.get(StalledSettings, tenant_id)
    if row is None:
        return Summary()
    return Summary(
        tuple(row.thresholds), row.frequency, row.weekday, row.at, row.destination_id, row.least_value
    )


def set_summary(session: Session, actor: Actor, wanted: Summary) -> None:
    """Set thresholds and summary. Raises NotAllowed, and InvalidRequest that says what is wrong."""
    require(session, actor, Action.SPACE_CHANGE)
    require_feature(session, actor.tenant, Feature.STALLED)
    _check(session, actor.tenant, wanted)
    row = session.get(StalledSettings, actor.tenant, with_for_update=True)
    if row is None:
        row = StalledSettings(tenant_id=actor.tenant, thresholds=list(DAYS))
        session.add(row)
    if tuple(row.thresholds) != wanted.thresholds:
        row.rechecked_to = ""
    row.thresholds = list(wanted.thresholds)
    row.frequency, row.weekday, row.at = wanted.frequency, wanted.weekday, wanted.at
    row.destination_id, row.least_value = wanted.destination_id, wanted.least_value
    row.next_at = next_summary(wanted, now(), zone_of(session, actor.tenant))
    session.flush()
    record(
        session,
        actor,
        "stalled.set",
        "stalled deals",
        thresholds=list(wanted.thresholds),
        frequency=wanted.frequency,
    )


def next_summary(summary: Summary, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the next summary after `at` is due, by the local clock; None if there is none."""
    if summary.frequency == OFF or summary.destination_id is None:
        return None
    local = at.astimezone(zone)
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        if summary.frequency == WEEKLY and WEEKDAYS[day.weekday()] != summary.weekday:
            continue
        moment = datetime.combine(day, time.fromisoformat(summary.at), zone).astimezone(at.tzinfo)
        if moment > at:
            return moment
    return None


def snooze_deal(session: Session, actor: Actor, deal_id: str, until: datetime, sees: Sees) -> str:
    """Tell nothing of a stalled deal until then; return its title.

    Raises NotAllowed, NotFound, InvalidRequest.
    """
    require(session, actor, Action.CARD_PRESS)
    row = session.get(TrackedObject, (actor.tenant, DEAL, deal_id), with_for_update=True)
    if row is None or not row.is_open or not sees(unpacked(row.state)[1]):
        raise NotFound(user_message=tr("This deal is closed by now, or not known here any more."))
    if not now() < until <= now() + MOST_SNOOZED:
        raise InvalidRequest.of_field("until", tr("Snooze until a day in the coming year."))
    row.snoozed_until = until
    title = str(unpacked(row.state)[0].get("title") or f"Deal {deal_id}")
    record(session, actor, "stalled.snooze", f"deal {deal_id}", until=until.isoformat())
    return title


def _check(session: Session, tenant_id: int, wanted: Summary) -> None:
    days = wanted.thresholds
    if not days or len(days) > MOST_THRESHOLDS or list(days) != sorted(set(days)):
        raise InvalidRequest.of_field(
            "thresholds",
            tr(
                "Give one to {most} numbers of days, like 3, 7, 14.",
                most=MOST_THRESHOLDS,
            ),
        )
    if days[0] < 1 or days[-1] > MOST_DAYS:
        raise InvalidRequest.of_field("thresholds", tr("Days are numbers from 1 to {most}.", most=MOST_DAYS))
    if wanted.frequency not in FREQUENCIES or wanted.weekday not in WEEKDAYS:
        raise InvalidRequest.of_field(
            "frequency" if wanted.frequency not in FREQUENCIES else "weekday",
            tr("The summary comes daily, weekly on one day, or not at all."),
        )
    if not _CLOCK.fullmatch(wanted.at):
        raise InvalidRequest.of_field("at", tr("Write the time of the summary as 09:00."))
    if wanted.least_value is not None and not 0 <= wanted.least_value < 1e15:
        raise InvalidRequest.of_field("least_value", tr("The least value is a number, or empty."))
    if wanted.frequency != OFF:
        named = get_destination(session, tenant_id, wanted.destination_id or 0)
        if named is None:
            raise InvalidRequest.of_field(
                "webhook_id", tr("Choose the space where the summary shall be posted.")
            )

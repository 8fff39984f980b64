"""Times of Pipedrive, which are UTC, as the clock of a team shows them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from models.pipedrive.change import Change
from models.pipedrive.declaration import Kind
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Json

NO_ZONE: Final = "UTC"
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_DUE: Final = frozenset(("due_date", "due_time"))

Side = Mapping[str, Json]


def due_in_zone(change: Change, zone: str) -> Change:
    """Return the change with the due date and time of an activity by the clock of a zone.

    Pipedrive sends both in UTC, so that a call at 00:30 in Prague is due the day before. An activity without
    a time is due on its day everywhere. `zone` is an IANA name; UTC is named after the time.
    """
    if change.entity != "activity":
        return change
    after = _moved(change.after, change.after, zone)
    before = change.before
    if change.after and not _DUE.isdisjoint(change.touched):
        old = _moved(change.before, {**change.after, **change.before}, zone)
        before = {key: value for key, value in old.items() if key in change.before or value != after.get(key)}
    elif not change.after:
        before = _moved(change.before, change.before, zone)
    touched = change.touched | (_DUE & before.keys()) if change.touched else change.touched
    return replace(change, after=after, before=before, touched=touched)


def _moved(side: Side, whole: Side, zone: str) -> Side:
    """Set the local due date and time of `side`; `whole` has both, also where `side` has one of them."""
    due = due_moment(whole.get("due_date"), whole.get("due_time"))
    if due is None:
        return side
    local = due.astimezone(ZoneInfo(zone))
    suffix = f" {NO_ZONE}" if zone == NO_ZONE else ""
    return {**side, "due_date": local.date().isoformat(), "due_time": f"{local:%H:%M:%S}{suffix}"}


def due_moment(day: Json, clock: Json) -> datetime | None:
    """When an activity is due; None for one without a time of its own, and for what cannot be read."""
    if isinstance(clock, dict):
        clock = None if clock.get("timezone_id") else clock.get("value")
    if not isinstance(day, str) or not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
        return None
    try:
        return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
    except ValueError:
        return None


def in_zone(change: Change, zone: str) -> Change:
    """Return the change with all its times by the clock of a zone, its own time too, for a card."""
    change = due_in_zone(change, zone)
    if zone == NO_ZONE:
        return change
    dates = [field.where for field in ENTITIES[change.entity].declared if field.kind is Kind.DATE]
    before, after = (_with_local_times(side, dates, zone) for side in (change.before, change.after))
    at = change.happened_at and change.happened_at.astimezone(ZoneInfo(zone))
    return replace(change, before=before, after=after, happened_at=at)


def _with_local_times(side: Side, keys: list[str], zone: str) -> Side:
    local = {key: _local(side[key], zone) for key in keys if isinstance(side.get(key), str)}
    return {**side, **local} if local else side


def _local(written: str, zone: str) -> str:
    """Return a moment with the zone's offset; a day stays a day, for it is one everywhere."""
    if len(written) <= len("2026-11-20"):
        return written
    try:
        at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone)).isoformat()
    except (ValueError, OverflowError):
        return written

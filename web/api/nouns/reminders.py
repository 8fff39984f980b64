"""reminders and holidays: what a person is reminded of later, and when nobody works."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from pydantic import Field

from models.clock import now
from models.reminders.actions import (
    WORD_LETTERS,
    NewReminder,
    cancel_reminder,
    list_reminders,
    set_reminder,
)
from models.reminders.remind import TITLE, WORDS
from models.tables.waits import DayOff, DurableWait, WaitCondition
from models.waits.days_off import NAME_LETTERS, NewDaysOff, add_days_off, list_days_off, remove_days_off
from web.api.errors import InvalidFields
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out, read_time

REMINDERS: Final = Routes("reminders", "read:notifications", "write:notifications")
PATH: Final = "/admin/reminders"
HOLIDAYS: Final = Routes("holidays", "read:settings", "write:settings")
DAYS_PATH: Final = "/admin/holidays"
MOST: Final = 200


class ReminderBody(Body):
    """What the caller is reminded of at `at`, in a direct message."""

    at: str = Field(max_length=40)
    words: str = Field(min_length=1, max_length=WORD_LETTERS)
    in_hours: bool = Field(False, description="not in their quiet hours and on days off, but after them")


class ReminderOut(Out):
    """A reminder. `unless` is empty, `closed` or `changed`: what ends it early."""

    id: Id
    at: Moment
    words: str
    title: str
    entity: str
    object_id: str
    unless: str
    in_hours: bool
    state: str
    created_at: Moment


class HolidayBody(Body):
    """Days without work, both ends included: of the caller, or of the whole team."""

    first: str = Field(max_length=10)
    last: str | None = Field(None, max_length=10)
    name: str = Field("", max_length=NAME_LETTERS)
    team: bool = False


class HolidayOut(Out):
    """Days without work. `team`: of everybody, else of the caller alone."""

    id: Id
    first: str
    last: str
    name: str
    team: bool


@REMINDERS.get(PATH, summary="List reminders", data=ReminderOut, params=ListParams, is_list=True)
def list_waiting(call: ApiCall) -> Page:
    waits, _ = list_reminders(call.session, call.actor, limit=MOST)
    return page_of_list(call.params, waits, _draw_all)


@REMINDERS.post(PATH, summary="Be reminded", data=ReminderOut, body=ReminderBody, status=201)
def add_reminder(call: ApiCall) -> ReminderOut:
    body = call.body
    new = NewReminder(read_time("at", body.at), uuid.uuid4().hex, body.words, in_hours=body.in_hours)
    return _draw(set_reminder(call.session, call.actor, new, now()))


@REMINDERS.delete(f"{PATH}/<id>", summary="Cancel a reminder", data=ReminderOut)
def end_reminder(call: ApiCall) -> ReminderOut:
    return _draw(cancel_reminder(call.session, call.actor, call.id, now()))


@HOLIDAYS.get(DAYS_PATH, summary="List days off", data=HolidayOut, params=ListParams, is_list=True)
def list_holidays(call: ApiCall) -> Page:
    found = list_days_off(call.session, call.actor, now().date())
    return page_of_list(call.params, found, lambda shown: [_draw_days(each) for each in shown])


@HOLIDAYS.post(DAYS_PATH, summary="Add days off", data=HolidayOut, body=HolidayBody, status=201)
def add_holiday(call: ApiCall) -> HolidayOut:
    body = call.body
    first = _read_date("first", body.first)
    last = first if body.last is None else _read_date("last", body.last)
    new = NewDaysOff(first, last, body.name, for_team=body.team)
    return _draw_days(add_days_off(call.session, call.actor, new, now().date()))


@HOLIDAYS.delete(f"{DAYS_PATH}/<id>", summary="Remove days off", data=HolidayOut)
def remove_holiday(call: ApiCall) -> HolidayOut:
    return _draw_days(remove_days_off(call.session, call.actor, call.id))


def _read_date(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidFields([(field, "must be a day like 2026-12-24")]) from None


def _draw_all(waits: Sequence[DurableWait]) -> list[ReminderOut]:
    return [_draw(each) for each in waits]


def _draw(wait: DurableWait) -> ReminderOut:
    details: dict[str, Any] = wait.details
    return ReminderOut(
        id=wait.id,
        at=wait.due_at,
        words=str(details.get(WORDS, "")),
        title=str(details.get(TITLE, "")),
        entity=wait.entity,
        object_id=wait.object_id,
        unless=WaitCondition(wait.ends_if),
        in_hours=wait.in_hours,
        state=wait.state,
        created_at=wait.created_at,
    )


def _draw_days(row: DayOff) -> HolidayOut:
    return HolidayOut(
        id=row.id,
        first=row.first_day.isoformat(),
        last=row.last_day.isoformat(),
        name=row.name,
        team=row.user_id is None,
    )

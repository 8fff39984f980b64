"""Adds, lists and removes days off for who asks, and draws the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from bot.attention.places import ME, TEAM, person_zone, place_word
from bot.context import Context
from bot.text.format import day
from bot.widgets import Button, Card, Fact, Icon, Message, Section, Text, notice_rows, press
from models.accounts.rights import Action
from models.clock import now
from models.database.row_ids import row_id
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr, tr_plural
from models.languages.words import meaning_of
from models.tables.waits import DayOff
from models.waits.days_off import NewDaysOff, add_days_off, list_days_off, remove_days_off
from models.waits.when import read_day

HOW = marked("Say /pipenotify holiday add 2026-12-24 2026-12-26 me.")
_BETWEEN = ("to", "until", "-")


def add_by_words(context: Context, words: Sequence[str]) -> Message:
    """Add days off: a day, or the first and the last, then whose, then a name.

    Raises InvalidRequest, NotAllowed.
    """
    today, rest = _today(context), [word for word in words if meaning_of(word) not in _BETWEEN]
    if not rest:
        raise InvalidRequest(user_message=tr(HOW))
    first = last = read_day(rest.pop(0), today)
    if rest and (found := _maybe_day(rest[0], first)) is not None:
        last = found
        rest.pop(0)
    whose = place_word(rest[:1]) if rest else ""
    name = " ".join(rest[1:] if whose in (ME, TEAM) else rest)
    new = NewDaysOff(first, last, name, for_team=whose == TEAM)
    made = add_days_off(context.session, context.actor, new, today)
    return draw_holidays(context, notice=tr("Added: {days}", days=_days(made)))


def remove_by_words(context: Context, words: Sequence[str]) -> Message:
    """Remove days off by their number. Raises NotFound, NotAllowed."""
    number = row_id(words[0].removeprefix("#")) if words else None
    if number is None:
        raise NotFound(user_message=tr("There are no such days off any more."))
    gone = remove_days_off(context.session, context.actor, number)
    return draw_holidays(context, notice=tr("Removed: {days}", days=_days(gone)))


def draw_holidays(context: Context, notice: str = "") -> Message:
    """Return the days off of the team and of who asks that are to come."""
    found = list_days_off(context.session, context.actor, _today(context))
    rows = notice_rows(notice)
    rows += [_row(context, each) for each in found] or [Text(tr("There are none. {how}", how=tr(HOW)))]
    count = tr_plural("{count} entry", "{count} entries", len(found))
    card = Card(tr("Days off"), count, [Section(rows)], card_id="days-off")
    return Message(card, fallback_text=notice or tr("Days off: {count}", count=count))


def _row(context: Context, row: DayOff) -> Fact:
    whose = tr("the whole team") if row.user_id is None else tr("you")
    may = Action.ATTENTION_CHANGE if row.user_id is None else Action.ATTENTION_SELF
    remove = Button(tr("Remove"), press("holiday.remove", day_off=row.id))
    end = remove if context.actor.may(may) else None
    icon = Icon("event_busy", tr("Days off"))
    return Fact(_days(row), f"#{row.id} · {whose}", icon, row.name, end)


def _days(row: DayOff) -> str:
    first, last = day(row.first_day), day(row.last_day)
    return first if first == last else tr("{first} to {last}", first=first, last=last)


def _maybe_day(word: str, after: date) -> date | None:
    try:
        return read_day(word, after)
    except InvalidRequest:
        return None


def _today(context: Context) -> date:
    return now().astimezone(ZoneInfo(person_zone(context))).date()

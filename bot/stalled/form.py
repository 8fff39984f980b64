"""The dialogs about stalled deals: the settings of thresholds and summary, and how long a deal is snoozed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.context import Context
from bot.text.format import listed, number
from bot.widgets import Button, Card, Choice, Option, Press, Section, Text, TextInput, press
from models.database.row_ids import row_id
from models.destinations.queries import list_destinations, space_titles
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_in
from models.stalled.actions import DAILY, OFF, WEEKDAYS, WEEKLY, Summary, get_summary
from models.tables import Destination

WEEKDAY_TEXTS: Final = (
    marked("Monday"),
    marked("Tuesday"),
    marked("Wednesday"),
    marked("Thursday"),
    marked("Friday"),
    marked("Saturday"),
    marked("Sunday"),
)
FREQUENCY_TEXTS: Final = {
    OFF: marked("Not at all"),
    DAILY: marked("Every day"),
    WEEKLY: marked("Once a week"),
}
SNOOZES: Final = {
    "1": marked("1 day"),
    "3": marked("3 days"),
    "7": marked("1 week"),
    "14": marked("2 weeks"),
    "30": marked("30 days"),
}
USUAL_SNOOZE: Final = "7"
_NUMBERS: Final = re.compile(r"\d{1,4}")

Inputs = Mapping[str, Sequence[str]]


def draw_settings(context: Context, typed: Summary | None = None, problem: str = "") -> Card:
    """Return the dialog with what is set, or with what was typed and the `problem` with it."""
    summary = typed or get_summary(context.session, context.tenant_id)
    least = "" if summary.least_value is None else f"{summary.least_value:.15g}"
    days = ", ".join(map(str, summary.thresholds))
    sections = [
        Section([Text(problem)] if problem else [], tr("Please look at this again")),
        Section(
            [
                TextInput(
                    "days",
                    tr("After how many days without change"),
                    days,
                    hint=tr("A stage may have its own time"),
                )
            ],
            tr("A deal is stalled"),
        ),
        Section(
            [
                Choice("frequency", tr("How often"), _options(FREQUENCY_TEXTS, summary.frequency)),
                Choice("weekday", tr("On (once a week)"), _weekday_options(summary.weekday)),
                TextInput("at", tr("At"), summary.at, hint=tr("By the clock of the team, like 09:00")),
                Choice("to", tr("Where"), _place_options(context, summary.destination_id)),
                TextInput(
                    "least", tr("Only deals worth at least"), least, hint=tr("A number; empty for all")
                ),
            ],
            tr("The summary"),
        ),
    ]
    save = Button(tr("Save"), press("stalled.save"), primary=True)
    shown = [section for section in sections if section.widgets]
    return Card(tr("Stalled deals"), "", shown, [save], card_id="stalled-form")


def read_settings(inputs: Inputs) -> Summary:
    """Return what was filled in; what cannot be read becomes a value that is refused with its reason."""
    least = _first(inputs, "least").replace(" ", "")
    days = tuple(sorted({int(each) for each in _NUMBERS.findall(_first(inputs, "days"))}))
    at = _first(inputs, "at")
    return Summary(
        thresholds=days,
        frequency=_first(inputs, "frequency"),
        weekday=_first(inputs, "weekday") or WEEKDAYS[0],
        at=f"0{at}" if re.fullmatch(r"\d:\d\d", at) else at,
        destination_id=row_id(_first(inputs, "to")),
        least_value=_amount(least) if least else None,
    )


def _amount(typed: str) -> float:
    try:
        return float(typed)
    except ValueError:
        return -1.0  # refused


def settings_text(context: Context, summary: Summary) -> str:
    """Return what is set in one or two sentences."""
    days = listed([str(each) for each in summary.thresholds], most=5)
    text = tr("A deal is stalled when nobody has changed it for {days} days.", days=days)
    if summary.frequency == OFF:
        return f"{text} {tr('There is no summary.')}"
    often = (
        tr("Every day")
        if summary.frequency == DAILY
        else tr("Every {weekday}", weekday=_weekday_text(summary.weekday))
    )
    place = next((name for key, name in _places(context) if key == summary.destination_id), tr("a space"))
    summed = tr("{often} at {time} they are summed up in {place}", often=often, time=summary.at, place=place)
    least = summary.least_value
    worth = "" if least is None else f", {tr('worth at least {amount}', amount=number(least))}"
    return f"{text} {summed}{worth}."


def draw_snooze(deal_id: str, title: str, problem: str = "") -> Card:
    """Return the dialog that asks for how long a deal is not told of."""
    return draw_snooze_fields(tr("Snooze this deal"), title, press("stalled.snooze", deal=deal_id), problem)


def draw_snooze_fields(
    what: str, title: str, save: Press, problem: str = "", *, reason: str = "", asks_why: bool = False
) -> Card:
    """Return a dialog that asks for how long, and where it `asks_why` for a reason."""
    why = TextInput("reason", tr("Why?"), reason, hint=tr("Your team can read it"))
    sections = [
        Section([Text(problem)] if problem else [], tr("Please look at this again")),
        Section(
            [
                Choice("days", tr_in("duration", "For"), _options(SNOOZES, USUAL_SNOOZE), "radio"),
                TextInput("until", tr("Or until a day"), hint=tr("Like 2026-12-24")),
                *([why] if asks_why else []),
            ]
        ),
    ]
    shown = [section for section in sections if section.widgets]
    return Card(what, title, shown, [Button(tr("Snooze"), save, primary=True)], card_id="snooze")


def read_snooze(inputs: Inputs, at: datetime, zone: ZoneInfo) -> datetime:
    """Return until when the deal is snoozed: eight o'clock of that day. Raises InvalidRequest."""
    typed, days = _first(inputs, "until"), _first(inputs, "days")
    try:
        day = date.fromisoformat(typed) if typed else at.astimezone(zone).date() + timedelta(days=int(days))
        return datetime.combine(day, time(8), zone)
    except (ValueError, OverflowError) as wrong:
        raise InvalidRequest(user_message=tr("Write the day as 2026-12-24, or choose how long.")) from wrong


def _first(inputs: Inputs, name: str) -> str:
    return next(iter(inputs.get(name, ())), "").strip()


def _options(texts: Mapping[str, str], chosen: str) -> list[Option]:
    return [Option(value, tr(text), value == chosen) for value, text in texts.items()]


def _weekday_options(chosen: str) -> list[Option]:
    return [Option(day, _weekday_text(day), day == chosen) for day in WEEKDAYS]


def _weekday_text(day: str) -> str:
    return tr(WEEKDAY_TEXTS[WEEKDAYS.index(day)])


def _place_options(context: Context, chosen: int | None) -> list[Option]:
    here = context.interaction.space.name
    places = _places(context)
    names = {each.id: each.name for each in _destinations(context)}
    wanted = chosen if chosen in names else next((key for key, _ in places if names[key] == here), None)
    return [Option(str(key), name, key == wanted) for key, name in places]


def _places(context: Context) -> list[tuple[int, str]]:
    titles = space_titles(context.session, context.tenant_id)
    return [(each.id, titles.get(each.name, each.name)) for each in _destinations(context)]


def _destinations(context: Context) -> list[Destination]:
    """Return the spaces where a card with buttons can be posted."""
    every = list_destinations(context.session, context.tenant_id)
    return [each for each in every if each.kind == "chat_space"]

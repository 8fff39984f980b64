"""The dialogs of leads: a new one, whom to give it, until when it rests, and whether to make a deal of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.attention.places import person_zone
from bot.card_actions.choices import people_of
from bot.card_actions.form import first, note_html, read_day
from bot.context import Context
from bot.text.format import as_decimal
from bot.widgets import Button, Card, Choice, DatePicker, Option, Section, Text, TextInput, Widget, press
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.leads.actions import NewLead
from models.pipedrive.contact_details import EMAIL_LETTERS, NAME_LETTERS, PHONE_LETTERS
from models.waits.when import MORNING, day_and_clock

MOMENTS: Final = {
    "1": marked("Tomorrow"),
    "7": marked("In a week"),
    "14": marked("In two weeks"),
    "30": marked("In a month"),
}
USUAL: Final = "7"
CURRENCY: Final = "EUR"
REASONS: Final = (
    marked("No budget now"),
    marked("Asked to call later"),
    marked("No answer"),
    marked("Waits for a decision"),
)
Inputs = Mapping[str, Sequence[str]]


def draw_new(context: Context, problem: str = "") -> Card:
    """Return the dialog "New lead", with what was filled in and the `problem` with it."""
    inputs = context.interaction.inputs
    owners = [Option("", tr("Me"), selected=not first(inputs, "owner"))]
    owners += [Option(key, name, key == first(inputs, "owner")) for key, name in people_of(context)]
    about: list[Widget] = [
        TextInput("title", tr("Title"), first(inputs, "title"), most=255),
        TextInput("person", tr("Person"), first(inputs, "person"), most=NAME_LETTERS),
        TextInput("email", tr("E-mail"), first(inputs, "email"), most=EMAIL_LETTERS),
        TextInput("phone", tr("Telephone"), first(inputs, "phone"), most=PHONE_LETTERS),
        TextInput("organization", tr("Organization"), first(inputs, "organization"), most=NAME_LETTERS),
    ]
    worth: list[Widget] = [
        TextInput("value", tr("Value"), first(inputs, "value"), hint=tr("A number, or empty"), most=20),
        TextInput("currency", tr("Currency"), first(inputs, "currency") or CURRENCY, most=3),
        Choice("owner", tr("Whose is it?"), owners),
        TextInput("note", tr("Note"), first(inputs, "note"), lines=True, most=2000),
    ]
    sections = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    hint = Text(tr("A person of this e-mail and an organization of this name are taken, not made again."))
    save = Button(tr("Make the lead"), press("lead.make"), primary=True)
    return Card(
        tr("New lead"), "", [*sections, Section([*about, hint]), Section(worth)], [save], card_id="lead"
    )


def read_new(inputs: Inputs) -> NewLead:
    """Return what was filled in. Raises InvalidRequest for a value or a currency that is none."""
    email, typed = first(inputs, "email"), first(inputs, "value")
    amount = as_decimal(typed.replace(",", ".")) if typed else None
    if typed and (amount is None or not 0 <= amount < 10**15):
        raise InvalidRequest(user_message=tr("The value is a number, or empty."))
    currency = (first(inputs, "currency") or CURRENCY).upper()
    if not (currency.isascii() and currency.isalpha() and len(currency) == len(CURRENCY)):
        raise InvalidRequest(user_message=tr("A currency has three letters, like EUR."))
    return NewLead(
        first(inputs, "title"),
        first(inputs, "person"),
        email,
        first(inputs, "phone"),
        first(inputs, "organization"),
        None if amount is None else float(amount),
        currency,
        first(inputs, "owner"),
        note_html(note) if (note := first(inputs, "note").strip()) else "",
    )


def snooze_widgets(inputs: Inputs) -> list[Widget]:
    """Return the fields of "Not now": for how long, or until which day, and why."""
    chosen = first(inputs, "for") or USUAL
    known = [Option(tr(each), tr(each), tr(each) == first(inputs, "known")) for each in REASONS]
    return [
        Choice("for", tr("Back"), [Option(key, tr(text), key == chosen) for key, text in MOMENTS.items()]),
        DatePicker("day", tr("Or on this day")),
        Choice("known", tr("Why?"), [Option("", tr("Another reason"), not first(inputs, "known")), *known]),
        TextInput("reason", tr("In your own words"), first(inputs, "reason"), most=300),
    ]


def read_snooze(context: Context) -> tuple[datetime, str]:
    """Return until when a lead rests, in the morning of that day, and why. Raises InvalidRequest."""
    inputs, zone = context.interaction.inputs, person_zone(context)
    chosen: date | None = read_day(first(inputs, "day"))
    days = first(inputs, "for") or USUAL
    if chosen is None:
        if days not in MOMENTS:
            raise InvalidRequest(user_message=tr("Choose a day to come, within a year."))
        chosen = now().astimezone(ZoneInfo(zone)).date() + timedelta(days=int(days))
    reason = first(inputs, "reason") or first(inputs, "known")
    return day_and_clock(chosen, MORNING, now(), zone), reason

"""The form of quiet hours: one or several windows with their days, the zone, and what urgent cards do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.attention.places import Place
from bot.text.wording import weekday_text
from bot.widgets import Button, Buttons, Card, Choice, Option, Press, Section, Text, TextInput, TimePicker
from models.attention.window_words import MOST_WINDOWS, NewWindow, find_timezone, new_window
from models.destinations.quiet_hours import DAYS, END_OF_DAY, MIDNIGHT, is_timezone
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.tables.destinations import QuietHours

WORKDAYS: Final = DAYS[:5]
HOW_TO_DROP: Final = marked("To drop one of several windows, empty both of its times.")
SEVERAL_ZONES: Final = marked("These windows are in several zones. Saved here, all of them are in this one.")
_YES: Final = "yes"


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window as it stands in the form: `HH:MM` or nothing yet; a whole day needs no times."""

    starts: str = ""
    ends: str = ""
    days: Sequence[str] = WORKDAYS
    is_whole: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.starts or self.ends or self.is_whole)


@dataclass(frozen=True, slots=True)
class QuietForm:
    """What was filled in; `zones` is how many zones the stored windows have."""

    rows: Sequence[WindowRow] = (WindowRow(),)
    timezone: str = ""
    urgent: bool = True
    zones: int = 1


def form_of(windows: Sequence[QuietHours], timezone: str) -> QuietForm:
    """Return the form of stored windows; where there are none, an empty window in this zone."""
    if not windows:
        return QuietForm(timezone=timezone)
    rows = [_row_of(each) for each in windows]
    urgent = all(each.lets_urgent_through for each in windows)
    return QuietForm(rows, windows[0].timezone, urgent, len({each.timezone for each in windows}))


def _row_of(window: QuietHours) -> WindowRow:
    is_whole = window.starts == window.ends == MIDNIGHT
    times = ("", "") if is_whole else (window.starts, window.ends)
    return WindowRow(*times, days=tuple(window.days), is_whole=is_whole)


def read_form(inputs: Mapping[str, Sequence[str]], rows: int) -> QuietForm:
    """Return the form as filled in, with so many windows."""
    count = max(1, min(rows, MOST_WINDOWS))
    read = [_read_row(inputs, number) for number in range(1, count + 1)]
    return QuietForm(read, _first(inputs, "timezone").strip(), bool(inputs.get("urgent")))


def _read_row(inputs: Mapping[str, Sequence[str]], number: int) -> WindowRow:
    days = tuple(day for day in DAYS if day in inputs.get(f"days{number}", ()))
    starts, ends = (_first(inputs, f"{name}{number}") for name in ("from", "until"))
    return WindowRow(starts, ends, days, is_whole=bool(inputs.get(f"whole{number}")))


def _first(inputs: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(inputs.get(name, ())), "")


def windows_of_form(form: QuietForm) -> list[NewWindow]:
    """Return the windows that were filled in. Raises InvalidRequest, which names one that is not whole."""
    filled = [(number, row) for number, row in enumerate(form.rows, start=1) if not row.is_empty]
    if not filled:
        raise InvalidRequest(user_message=tr("From when until when? Choose both times, or a whole day."))
    return [_window_of(number, row) for number, row in filled]


def _window_of(number: int, row: WindowRow) -> NewWindow:
    if not row.days:
        raise InvalidRequest(
            user_message=tr("Window {number}: on which days? Choose one at least.", number=number)
        )
    if row.is_whole:
        return new_window(MIDNIGHT, END_OF_DAY, row.days)
    if not (row.starts and row.ends):
        missing = tr("Window {number}: until when?") if row.starts else tr("Window {number}: from when?")
        raise InvalidRequest(user_message=missing.format(number=number))
    return new_window(row.starts, row.ends, row.days)


def zone_of_form(form: QuietForm) -> str:
    """Return the zone that was typed, as it is called. Raises InvalidRequest for one that is none."""
    zone = find_timezone(form.timezone) or form.timezone
    if not is_timezone(zone):
        typed = form.timezone[:60]
        raise InvalidRequest(
            user_message=tr("There is no zone “{typed}”. Write it like Europe/Prague.", typed=typed)
        )
    return zone


def draw_quiet_form(place: Place, form: QuietForm, problem: str = "") -> Card:
    """Return the dialog with what was filled in; `problem` is shown above it."""
    params = {"where": place.word, "rows": str(len(form.rows))}
    problems = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    rows = [_draw_row(number, row) for number, row in enumerate(form.rows, start=1)]
    more = Button(tr("Add a window"), Press("quiet.form", params))
    add = [Section([Buttons(more), Text(tr(HOW_TO_DROP))])] if len(form.rows) < MOST_WINDOWS else []
    zones = [Text(tr(SEVERAL_ZONES))] if form.zones > 1 else []
    passing = Option(_YES, tr("Let urgent cards through"), form.urgent)
    common = Section(
        [
            TextInput("timezone", tr("Time zone"), form.timezone, hint=tr("Like Europe/Prague"), most=60),
            *zones,
            Choice("urgent", "", [passing], "switch"),
        ]
    )
    save = Button(tr("Save"), Press("quiet.save", params), primary=True)
    title = tr("Quiet hours of {title}", title=place.title)
    return Card(title, "", [*problems, *rows, *add, common], [save], card_id="quiet-form")


def _draw_row(number: int, row: WindowRow) -> Section:
    days = [Option(day, weekday_text(day), day in row.days) for day in DAYS]
    whole = [Option(_YES, tr("The whole day"), row.is_whole)]
    return Section(
        [
            TimePicker(f"from{number}", tr("From"), row.starts),
            TimePicker(f"until{number}", tr("Until"), row.ends),
            Choice(f"whole{number}", "", whole, "switch"),
            Choice(f"days{number}", tr("Days on which it begins"), days, "checkboxes"),
        ],
        tr("Window {number}", number=number),
    )

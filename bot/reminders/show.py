"""Sets, lists and cancels the reminders of who asks, and draws the answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.attention.places import person_zone
from bot.cards.done import done_card
from bot.context import Context
from bot.reminders.form import FilledIn, find_about
from bot.text.format import day_and_time
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, notice_rows, press
from models.clock import now
from models.database.row_ids import row_id
from models.errors import NotFound
from models.languages.translate import marked, tr, tr_in, tr_plural, tr_stored
from models.reminders.actions import (
    NewReminder,
    cancel_reminder,
    ended_reminders,
    list_reminders,
    remind_again,
    set_reminder,
)
from models.reminders.remind import TITLE, WORDS
from models.tables.waits import DurableWait, WaitCondition, WaitState
from models.waits.when import read_moment

PAGE: Final = 10
ENDED_SHOWN: Final = 5
SHORTEST: Final = timedelta(minutes=1)
HOW: Final = marked(
    "Say /pipenotify remind tomorrow 09:00 and what, or press Follow-up on the card of a deal."
)
_UNLESS: Final = {
    WaitCondition.CLOSED: marked("unless it is closed by then"),
    WaitCondition.CHANGED: marked("only if nobody changes it until then"),
}
_ENDED: Final = {
    WaitState.DONE: marked("Reminded"),
    WaitState.ENDED: marked("Needless"),
    WaitState.CANCELLED: marked("Cancelled"),
}


def remind_by_words(context: Context, words: Sequence[str]) -> Message:
    """Set a reminder of words: `tomorrow 09:00 call Jana`. Raises InvalidRequest."""
    at = now()
    moment = read_moment(words, at, person_zone(context))
    new = NewReminder(moment.at, key=_key(context), words=" ".join(moment.rest))
    wait = set_reminder(context.session, context.actor, new, at)
    return done_card(
        is_set_text(context, wait), what_text(wait), buttons=[_cancel_button(wait), _list_button()]
    )


def set_from_form(context: Context, filled: FilledIn) -> DurableWait:
    """Set the reminder of a dialog. Raises InvalidRequest, NotFound."""
    about = find_about(context)
    new = NewReminder(
        filled.due_at,
        key=_key(context),
        words=filled.words,
        entity=about.entity,
        object_id=about.object_id,
        title=about.title,
        ends_if=filled.ends_if,
        in_hours=filled.in_hours,
        place_id=about.place_id,
    )
    return set_reminder(context.session, context.actor, new, now())


def is_set_text(context: Context, wait: DurableWait) -> str:
    return tr("You are reminded: {when}", when=_when(context, wait))


def again(context: Context, number: str, when: str) -> Message:
    """Set a reminder once more, from its card. Raises NotFound, InvalidRequest."""
    at = now()
    due_at = read_moment(when.split(), at, person_zone(context)).at
    wait = remind_again(context.session, context.actor, _id(number), due_at, at)
    return done_card(
        is_set_text(context, wait), what_text(wait), buttons=[_cancel_button(wait), _list_button()]
    )


def cancel(context: Context, number: str) -> Message:
    """Cancel a reminder, and show those that are left. Raises NotFound."""
    gone = cancel_reminder(context.session, context.actor, _id(number), now())
    state = tr(_ENDED[WaitState(gone.state)])
    return draw_reminders(context, context.page, notice=f"{state}: {what_text(gone)}")


def draw_reminders(context: Context, page: int = 1, notice: str = "") -> Message:
    """Return a page of the reminders that wait, and what became of the last ones."""
    waits, total = list_reminders(context.session, context.actor, limit=PAGE, offset=(page - 1) * PAGE)
    if not waits and total:
        return draw_reminders(context, -(-total // PAGE), notice)
    rows = notice_rows(notice)
    rows += [_waiting_row(context, each) for each in waits] or [
        Text(tr("You are reminded of nothing. {how}", how=tr(HOW)))
    ]
    ended = [
        _ended_row(context, each)
        for each in ended_reminders(context.session, context.actor, limit=ENDED_SHOWN)
    ]
    sections = [Section(rows)]
    if ended and page == 1:
        sections.append(Section(ended, tr("The last ones")))
    if pages := _pages(page, total):
        sections.append(Section([Buttons(*pages)]))
    count = tr_plural("{count} reminder", "{count} reminders", total)
    return Message(Card(tr("Reminders"), count, sections, card_id="reminders"), fallback_text=notice or count)


def what_text(wait: DurableWait) -> str:
    """Return what a reminder is about: the title of its object, the person's own words, or both."""
    texts = (str(wait.details.get(key, "")) for key in (TITLE, WORDS))
    return " · ".join(filter(None, texts))


def _waiting_row(context: Context, wait: DurableWait) -> Fact:
    unless = tr(_UNLESS[WaitCondition(wait.ends_if)]) if wait.ends_if else ""
    hours = tr("not in quiet hours and on days off") if wait.in_hours else ""
    icon = Icon("alarm", tr("Reminder"))
    below = " · ".join(filter(None, (unless, hours)))
    return Fact(what_text(wait), _when(context, wait), icon, below, _cancel_button(wait))


def _ended_row(context: Context, wait: DurableWait) -> Fact:
    at = day_and_time(wait.ended_at or wait.due_at, now(), person_zone(context), context.clock_locale)
    return Fact(what_text(wait), f"{tr(_ENDED[WaitState(wait.state)])}, {at}", below=tr_stored(wait.reason))


def _when(context: Context, wait: DurableWait) -> str:
    return day_and_time(wait.due_at, now(), person_zone(context), context.clock_locale)


def _pages(page: int, total: int) -> list[Button]:
    buttons = []
    if page > 1:
        buttons.append(Button(tr("Previous"), press("reminder.list", page=page - 1)))
    if page * PAGE < total:
        buttons.append(Button(tr("Next"), press("reminder.list", page=page + 1)))
    return buttons


def _cancel_button(wait: DurableWait) -> Button:
    return Button(tr_in("button", "Cancel"), press("reminder.cancel", wait=wait.id))


def _list_button() -> Button:
    return Button(tr("All reminders"), press("reminder.list"))


def _key(context: Context) -> str:
    return context.interaction.key or uuid.uuid4().hex


def _id(number: str) -> int:
    found = row_id(number)
    if found is None:
        raise NotFound(user_message=tr("This reminder is not kept any more."))
    return found

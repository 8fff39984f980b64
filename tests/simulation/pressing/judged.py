"""What must hold of presses: each is written once, as whoever pressed, and over nothing that is unseen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import select

from models.database.engine import Database
from models.tables import CardAction, Delivery, Event, User
from models.tables.card_actions import CardActionState
from models.tables.deliveries import DeliveryState
from tests.simulation.ports import VirtualClock
from tests.simulation.pressing.colleagues import Pressed, email_of
from tests.simulation.pressing.crm import Change, Deal, Deals, Note
from tests.simulation.pressing.press import CONNECTS_LATE, NUMBERS, Pressing

ENDS: Final = tuple(
    each for each in CardActionState if each not in (CardActionState.PENDING, CardActionState.WRITING)
)
FIRST_ONLY: Final = ("deal.claim", "deal.won", "deal.lost")
DONE_MARK: Final = "check_circle"
OURS: Final = re.compile(r"[AB]\d+x1\d\d\dx")  # the token of an event that a press caused
AFTER: Final = timedelta(minutes=1)


@dataclass
class Deeds:
    """What the judge of presses may see. `is_calm`: nothing went wrong, so every card shows what was done."""

    plan: Pressing
    clock: VirtualClock
    tenants: dict[str, int]
    deals: Deals
    pressed: list[Pressed]
    database: Database
    is_calm: bool


@dataclass(frozen=True)
class Deed:
    """One row of the record: what became of a press."""

    row: CardAction
    deal: Deal
    user: int
    at: float

    @property
    def what(self) -> str:
        return f"{self.row.do} on {self.deal[0]}{self.deal[1]} by {self.user} (row {self.row.id})"


def judge_presses(deeds: Deeds) -> Iterator[str]:
    """Yield what is wrong with the presses of a world that has come to rest."""
    rows = list(_read(deeds))
    for each in rows:
        if each.row.state not in ENDS:
            yield f"{each.what} ended as {each.row.state}"
    yield from _a_repeated_interaction_counts_once(deeds, rows)
    yield from _each_note_is_written_once(deeds.deals.notes, rows)
    yield from _each_change_was_pressed(deeds.deals.changes, rows)
    yield from _each_end_is_true(deeds.deals, rows)
    yield from _notes_come_in_order(deeds.deals.notes, rows)
    yield from _what_was_pressed_comes_once(deeds, rows)
    if deeds.is_calm:
        yield from _cards_show_what_was_done(deeds, rows)


def _read(deeds: Deeds) -> Iterator[Deed]:
    names = {number: name for name, number in deeds.tenants.items()}
    with deeds.database.reading_all() as session:
        emails = {each.id: each.email for each in session.scalars(select(User))}
        for row in session.scalars(select(CardAction).order_by(CardAction.id)):
            name, email = names[row.tenant_id], emails[row.user_id]
            user = next(NUMBERS[each] for each in NUMBERS if email_of(each, name) == email)
            yield Deed(row, (name, int(row.object_id)), user, deeds.clock.seconds(row.created_at))


def _a_repeated_interaction_counts_once(deeds: Deeds, rows: Sequence[Deed]) -> Iterator[str]:
    written = Counter(str(each.row.fields.get("content")) for each in rows if each.row.do == "deal.note")
    pressed = Counter(each.press.words for each in deeds.pressed if each.press.button == "deal.note")
    for words, count in written.items():
        if count > pressed[words]:
            yield f"“{words}” was pressed {pressed[words]} times and is recorded {count} times"
    yield from (f"“{words}” was pressed, and is not recorded" for words in pressed if not written[words])


def _each_note_is_written_once(notes: Sequence[Note], rows: Sequence[Deed]) -> Iterator[str]:
    found = Counter((each.deal, each.user, each.content) for each in notes)
    for each in rows:
        if each.row.do != "deal.note":
            continue
        count = found.pop((each.deal, each.user, str(each.row.fields["content"])), 0)
        least, most = {CardActionState.DONE: (1, 1), CardActionState.FAILED: (0, 1)}.get(
            CardActionState(each.row.state), (0, 0)
        )
        if not least <= count <= most:
            yield f"{each.what} ended as {each.row.state} and is there {count} times"
    yield from (f"the note {what} is there, and nobody pressed it" for what in found)


def _each_change_was_pressed(changes: Sequence[Change], rows: Sequence[Deed]) -> Iterator[str]:
    """A field is written by who pressed for it, and only over what they saw."""
    for change in changes:
        theirs = [
            each.row
            for each in rows
            if each.deal == change.deal and each.user == change.user and change.slot in each.row.fields
        ]
        what = f"{change.slot} of {change.deal[0]}{change.deal[1]} at {change.at:.1f} s by {change.user}"
        if not any(_same(each.fields[change.slot], change.value) for each in theirs):
            yield f"{what} was not pressed"
        meant = [each for each in theirs if each.slot == change.slot and each.do in FIRST_ONLY]
        if meant and not any(_may_replace(change.read, each) for each in meant):
            yield f"{what} replaced {change.read}, which was not on the card"


def _may_replace(present: Any, row: CardAction) -> bool:
    expected = str((row.expected or {}).get("value") or "")
    return _same(present, expected) or _same(present, row.fields[row.slot])


def _each_end_is_true(deals: Deals, rows: Sequence[Deed]) -> Iterator[str]:
    """What counts as done was written, or held already."""
    for each in rows:
        if each.row.state != CardActionState.DONE or not each.row.slot:
            continue
        held = (each.deal, each.row.slot, str(each.row.fields[each.row.slot]))
        if held not in deals.held:
            yield f"{each.what} counts as done, and never was"


def _notes_come_in_order(notes: Sequence[Note], rows: Sequence[Deed]) -> Iterator[str]:
    times = {(each.deal, each.user, each.content): each.at for each in notes if not each.is_late}
    pressed = [each for each in rows if each.row.do == "deal.note" and each.row.state == CardActionState.DONE]
    begun = sorted(pressed, key=lambda each: each.row.id)
    for deal in {each.deal for each in begun}:
        of_deal = [
            (each, times.get((deal, each.user, str(each.row.fields["content"]))))
            for each in begun
            if each.deal == deal
        ]
        written = [
            (each, at) for each, at in of_deal if at is not None and each.user != NUMBERS[CONNECTS_LATE]
        ]
        for (_, earlier), (second, later) in pairwise(written):
            if later < earlier:
                yield f"{second.what} is written before an earlier one"


def _what_was_pressed_comes_once(deeds: Deeds, rows: Sequence[Deed]) -> Iterator[str]:
    """The webhook of a press makes no card where the card that was pressed shows it."""
    by_us = select(Delivery.tenant_id, Delivery.lane, Event.object_key, Event.raw, Event.received_at)
    by_us = by_us.join(Event, (Event.tenant_id == Delivery.tenant_id) & (Event.id == Delivery.event_id))
    with deeds.database.reading_all() as session:
        shown = session.execute(by_us.where(Delivery.state == DeliveryState.DELIVERED)).all()
    for each in rows:
        row, ended = each.row, each.row.finished_at
        if row.state != CardActionState.DONE or row.slot != "status" or ended is None:
            continue
        for tenant_id, lane, key, raw, received in shown:
            of_it = (row.tenant_id, row.lane, f"deal:{row.object_id}") == (tenant_id, lane, key)
            is_told = OURS.search(raw.decode()) and f'"status":"{row.fields["status"]}"' in raw.decode()
            if of_it and is_told and row.created_at <= received <= ended + AFTER:
                yield f"{each.what} is told where the card was pressed"


def _cards_show_what_was_done(deeds: Deeds, rows: Sequence[Deed]) -> Iterator[str]:
    shown = {each.delivery_id: each.message for each in deeds.pressed}
    for each in rows:
        message = shown.get(each.row.delivery_id or 0)
        if each.row.state == CardActionState.DONE and message is not None and DONE_MARK not in message.body:
            yield f"the card of {each.what} does not show it"


def _same(one: Any, other: Any) -> bool:
    nothing = (None, "", 0, "0")
    return str(one) == str(other) or (one in nothing and other in nothing)

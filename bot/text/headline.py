"""What a card says first: which kind of news it is, in a verb, and the number that matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from bot.text.changes import delay_text, is_left_without_owner, other_name, title_of, value_of, who_did
from bot.text.entities import new_object
from bot.text.format import as_decimal, clean, cut_letters, money, percent, short_day
from models.languages.translate import marked, tr, tr_in, tr_plural
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.lead_ends import is_archived_now
from models.pipedrive.names import Names
from models.pipedrive.signal import IDLE_DAYS

MOST_LETTERS: Final = 120  # of a notification on a phone
_NOTE: Final = "note"
_ABOUT: Final = ("deal", "person", "organization")  # what a note is about, the closest first
MOST_TIMES: Final = 10  # beyond this factor a percentage says nothing
_WORTHLESS: Final = 0


@dataclass(frozen=True, slots=True)
class Headline:
    """`kind` names a card's picture, `verb` is what happened, `rest` the number and what else matters."""

    kind: str
    verb: str
    rest: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line under a card's title: `Won · €12,000`."""
        return " · ".join((self.verb, *self.rest))


def headline(change: Change, names: Names) -> Headline:
    """Return the headline of a change, by the most telling of its event types."""
    verbs = {each.partition(".")[2] for each in change.types}
    tell = next((tell for verb, tell in _BY_VERB.items() if verb in verbs), None)
    found = tell(change, names) if tell else _BY_ACTION[change.action](change, names)
    return Headline(found.kind, found.verb, tuple(filter(None, (*_number(change, names), *found.rest))))


def subject_of(change: Change, names: Names) -> str:
    """Return the name at the head of a card: the object's; for a note that of what it is about, if known."""
    return _about(change, names) or title_of(change, names)


def _about(change: Change, names: Names) -> str:
    """Return the name of what a note is about, empty if it is unknown, and for everything but notes."""
    return next(filter(None, map(_reader(change, names), _ABOUT)), "") if change.entity == _NOTE else ""


def notification(change: Change, names: Names, head: Headline | None = None) -> str:
    """Return the line on a phone: `Won: Globex renewal, €12,000 (Ada Lovelace)`, at most 120 letters.

    `head` is its headline, if that is known already.
    """
    head, who = head or headline(change, names), who_did(change, names)
    about = _about(change, names)
    subject = about or title_of(change, names)  # a note about something unknown is its own subject
    text = cut_letters(value_of(change, names, "content"), MOST_LETTERS // 3) if about else ""
    rest = [each for each in (*head.rest, text) if each and each != subject]
    end = "".join((f", {', '.join(rest)}" if rest else "", f" ({who})" if who else ""))
    room = max(MOST_LETTERS - len(head.verb) - len(end) - 2, 20)
    line = cut_letters(f"{head.verb}: {cut_letters(subject, room)}{end}", MOST_LETTERS)
    return f"{line}{delay_text(change)}"


def change_of_amount(change: Change) -> tuple[Decimal, Decimal] | None:
    """Return the old and the new amount of a change in one currency, None if either is unknown."""
    if "value" not in change.touched or "currency" in change.touched:
        return None
    before, after = (as_decimal(state.get("value")) for state in (change.before, change.after))
    return None if before is None or after is None else (before, after)


def day_text(iso: object, change: Change) -> str:
    """Return a day of a body, without the year where it is that of the change: `Dec 2`."""
    text = clean(iso)[:10]
    try:
        when = date.fromisoformat(text)
    except ValueError:
        return ""
    return short_day(when, change.happened_at.year if change.happened_at else None)


def due_text(change: Change, names: Names) -> str:
    """Return when an activity is due: `Dec 2, 10:00`."""
    when = (day_text(change.state.get("due_date"), change), value_of(change, names, "due_time"))
    return ", ".join(filter(None, when)) if when[0] else ""


def _number(change: Change, names: Names) -> tuple[str, ...]:
    """Return the amount of a deal or a lead, the price of a product; nothing where it is nothing."""
    if change.entity == "product":
        return _price(change)
    if "value" not in ENTITIES[change.entity].fields:
        return ()
    amount = as_decimal(change.state.get("value"))
    return () if amount is not None and amount == _WORTHLESS else (value_of(change, names, "value"),)


def _price(change: Change) -> tuple[str, ...]:
    """Return the first price of a product, of which it may have one in each currency."""
    prices = change.state.get("prices")
    first = prices[0] if isinstance(prices, list) and prices else None
    amount = as_decimal(first.get("price")) if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or amount is None or amount == _WORTHLESS:
        return ()
    return (money(amount, clean(first.get("currency"))),)


def _reader(change: Change, names: Names) -> Callable[[str], str]:
    return lambda key: value_of(change, names, key)


def _plain(kind: str, verb: str) -> Callable[[Change, Names], Headline]:
    return lambda _change, _names: Headline(kind, tr_in("headline", verb))


def _lost(change: Change, _names: Names) -> Headline:
    return Headline("lost", tr_in("headline", "Lost"), (clean(change.state.get("lost_reason")),))


def _merged(change: Change, names: Names) -> Headline:
    gone = change.merged_from
    return Headline(
        "merged",
        tr("Merged with {other}", other=other_name(change, gone, names)) if gone else tr("Merged"),
    )


def _converted(change: Change, _names: Names) -> Headline:
    """Claim no deal of which nothing is known: a lead may have been archived by hand."""
    if change.became_deal:
        return Headline("done", tr_in("headline", "Converted to a deal"))
    return Headline("lead", tr_in("headline", "Archived"))


def _done(change: Change, names: Names) -> Headline:
    return Headline(
        "done", tr_in("headline", "Done"), (value_of(change, names, "type"), due_text(change, names))
    )


def _overdue(change: Change, names: Names) -> Headline:
    return Headline("overdue", tr("Overdue"), (value_of(change, names, "type"), due_text(change, names)))


def _stalled(change: Change, _names: Names) -> Headline:
    days = change.state.get(IDLE_DAYS)
    if not isinstance(days, int) or isinstance(days, bool):
        return Headline("stalled", tr("No change for a while"))
    return Headline("stalled", tr_plural("No change for {count} day", "No change for {count} days", days))


def _owner(change: Change, names: Names) -> Headline:
    if is_left_without_owner(change):
        return Headline("owner", tr("No owner now"))
    owner = value_of(change, names, "owner")
    return Headline("owner", tr("Now {owner}\u2019s", owner=owner) if owner else tr("New owner"))


def _value(change: Change, _names: Names) -> Headline:
    amounts = change_of_amount(change)
    if amounts is None or amounts[0] == amounts[1]:
        return Headline("changed", tr("Value changed"))
    before, after = amounts
    share = abs(after - before) / abs(before) if before else None
    by = f" {percent(share)}" if share is not None and share < MOST_TIMES else ""
    return (
        Headline("value_up", tr("Value up") + by)
        if after > before
        else Headline("value_down", tr("Value down") + by)
    )


def _created(change: Change, names: Names) -> Headline:
    if change.entity == "activity":
        kind = value_of(change, names, "type") or tr("New activity")
        return Headline("due", kind, (due_text(change, names),))
    at = value_of(change, names, "organization") if change.entity == "person" else ""
    new = new_object(change.entity)
    text = tr("{new} at {organization}", new=new, organization=at) if at else new
    return Headline(_OWN_PICTURE.get(change.entity, "new"), text)


def _updated(change: Change, names: Names) -> Headline:
    if change.entity == "activity":
        kind = value_of(change, names, "type") or tr("Activity")
        return Headline("due", tr("{what} changed", what=kind), (due_text(change, names),))
    if change.entity == "lead" and is_archived_now(change):
        return Headline("lead", tr_in("headline", "Archived"))
    text = tr("{what} changed", what=tr(ENTITIES[change.entity].label))
    return Headline(_OWN_PICTURE.get(change.entity, "changed"), text)


def _deleted(change: Change, names: Names) -> Headline:
    label, into = tr(ENTITIES[change.entity].label), change.merged_to
    if into:
        return Headline(
            "merged",
            tr("{what} merged into {other}", what=label, other=other_name(change, into, names)),
        )
    return Headline("deleted", tr("{what} deleted", what=label))


_OWN_PICTURE: Final[Mapping[str, str]] = {
    "lead": "lead",
    "note": "note",
    "person": "person",
    "organization": "organization",
    "product": "product",
    "user": "person",
}
_BY_VERB: Final[Mapping[str, Callable[[Change, Names], Headline]]] = {  # the most telling first
    "won": _plain("won", marked("Won", "headline")),
    "lost": _lost,
    "reopened": _plain("reopened", marked("Reopened", "headline")),
    "merged": _merged,
    "converted": _converted,
    "done": _done,
    "overdue": _overdue,
    "stalled": _stalled,
    "stage_regressed": _plain("moved_back", marked("Moved back", "headline")),
    "stage_changed": _plain("moved", marked("Moved", "headline")),
    "assigned": _owner,
    "owner_changed": _owner,
    "value_changed": _value,
    "scored": _plain("lead", marked("Scored", "headline")),
}
_BY_ACTION: Final[Mapping[str, Callable[[Change, Names], Headline]]] = {
    "created": _created,
    "updated": _updated,
    "deleted": _deleted,
}

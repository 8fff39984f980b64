"""The card of one event: what happened to which deal, its value, and a link to it."""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from bot.text.changes import (
    FieldChange,
    delay_text,
    line,
    title_of,
    touched,
    value_of,
    what_happened,
    who_did,
)
from bot.text.format import plural, wall_time
from bot.widgets import Button, Buttons, Card, Fact, Icon, Link, Message, Section, Text, Widget, is_link
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

__all__ = ["CustomTemplate", "event_card", "late_row", "line", "object_link", "title_of", "what_happened"]

_MOST_COMPACT_CHANGES = 3
_MOST_DETAILED_CHANGES = 40
_COMPACT = {
    "value": "payments",
    "stage": "flag",
    "owner": "person",
    "user": "person",
    "organization": "business",
    "person": "contacts",
    "deal": "handshake",
    "due_date": "event",
    "emails": "mail",
    "phones": "call",
}
_DETAILED = {
    **_COMPACT,
    "pipeline": "account_tree",
    "status": "check_circle",
    "label": "label",
    "expected_close_date": "event",
    "probability": "percent",
    "lost_reason": "block",
    "source_name": "input",
    "origin": "input",
    "type": "category",
    "due_time": "schedule",
    "location": "location_on",
    "address": "location_on",
    "website": "language",
    "industry": "category",
    "code": "tag",
    "email": "mail",
    "phone": "call",
}


_IN_THE_STORY = {"status", "lost_reason"}  # the first line says these already: "Deal lost: too dear"


class CustomTemplate(Protocol):
    """A customer's template: turns a change into the HTML of a card's text; ValueError when it cannot."""

    def render(self, change: Change, names: Names, link: str) -> str: ...


def event_card(
    change: Change,
    names: Names,
    *,
    look: str | CustomTemplate = "compact",
    rule_name: str = "",
    link_base: str = "",
    actions: Sequence[Button] = (),
) -> Message:
    """Return the message of one change.

    `look`: "compact" (also for an unknown value), "detailed", or a template. `link_base` is the tenant's
    Pipedrive, `https://acme.pipedrive.com`; without it there is no button to open the object. `actions` are
    further buttons after that one.
    """
    link, title, what = object_link(change, link_base), title_of(change, names), what_happened(change, names)
    foot = [*late_row(change), Text(_origin(change, names, rule_name)), *_buttons(link, actions)]
    sections = [Section(_rows(change, names, look, link)), Section(foot)]
    return Message(
        Card(title, what, sections, card_id=f"{change.entity}-event"),
        fallback_text=f"{title}: {what}{delay_text(change)}",
        thread_key=f"{change.entity}-{change.object_id}",
    )


def _rows(change: Change, names: Names, look: str | CustomTemplate, link: str) -> list[Widget]:
    if isinstance(look, str):
        return _detailed(change, names) if look == "detailed" else _compact(change, names)
    try:
        return [Text(look.render(change, names, link), html=True)]
    except ValueError as failed:  # a card without the template is better than no card
        return [*_compact(change, names), Text(f"The template of this rule failed: {failed}")]


def object_link(change: Change, link_base: str) -> str:
    """Return the address of the object in Pipedrive, empty if it has none or `link_base` is not https."""
    path = ENTITIES[change.entity].path(quote(change.object_id, safe=""))
    deal = change.state.get("deal_id")
    if not path and deal:  # notes and activities have no page of their own, but their deal has one
        path = ENTITIES["deal"].path(quote(str(deal), safe=""))
    url = f"{link_base.rstrip('/')}{path}"
    return url if path and link_base and change.action != "deleted" and is_link(url) else ""


def _buttons(link: str, actions: Sequence[Button]) -> list[Widget]:
    opener = [Button("Open in Pipedrive", Link(link), primary=True)] if link else []
    row = [*opener, *actions]
    return [Buttons(*row)] if row else []


def late_row(change: Change) -> list[Widget]:
    """Return the row that says why a card comes late; None if it is in time."""
    if not change.is_late:
        return []
    when = wall_time(change.happened_at) if change.happened_at else "earlier"
    return [
        Fact(f"Late: this happened {when}", below="Pipenotify was away then", icon=Icon("history", "Late"))
    ]


def _origin(change: Change, names: Names, rule_name: str) -> str:
    who = who_did(change, names)
    parts = [f"By {who}" if who else "", f"Rule: {rule_name}" if rule_name else ""]
    return " · ".join(filter(None, parts)) or "From Pipedrive"


def _compact(change: Change, names: Names) -> list[Widget]:
    changes = touched(change, names)
    rows = _facts(change, names, _COMPACT, changes)
    others = [one for one in _with_words(changes) if one.key not in _COMPACT and one.key not in _IN_THE_STORY]
    rows += [Fact(one.arrow, one.label) for one in others[:_MOST_COMPACT_CHANGES]]
    if len(others) > _MOST_COMPACT_CHANGES:
        rows.append(Text(f"and {plural(len(others) - _MOST_COMPACT_CHANGES, 'more change')}"))
    return rows


def _detailed(change: Change, names: Names) -> list[Widget]:
    changes = touched(change, names)
    rows = _facts(change, names, _DETAILED, changes)
    others = [one for one in _with_words(changes) if one.key not in _DETAILED]
    rows += [Fact(one.arrow, one.label, Icon("edit", "Changed")) for one in others[:_MOST_DETAILED_CHANGES]]
    if change.happened_at:
        rows.append(Fact(wall_time(change.happened_at), "When", Icon("schedule", "When")))
    return rows


def _with_words(changes: list[FieldChange]) -> list[FieldChange]:
    """Leave out the changes of ids whose names are unknown."""
    return [one for one in changes if one.arrow]


def _facts(change: Change, names: Names, icons: dict[str, str], changes: list[FieldChange]) -> list[Widget]:
    """Return one row for each field that matters and is not empty: its value, or its change."""
    fields, moved = ENTITIES[change.entity].fields, {one.key: one.arrow for one in changes}
    known = ((key, moved.get(key) or value_of(change, names, key)) for key in icons if key in fields)
    return [Fact(text, fields[key].label, Icon(icons[key], fields[key].label)) for key, text in known if text]

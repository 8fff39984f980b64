"""The card of one event: what happened to which object, what was changed, what is around it, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol
from urllib.parse import quote

from bot.text.card_lines import change_lines, changed_keys, context_line
from bot.text.changes import (
    FieldChange,
    custom_fields_by_name,
    line,
    title_of,
    touched,
    value_of,
    what_happened,
    who_did,
)
from bot.text.contacts import linked
from bot.text.format import clock, cut_letters, wall_time
from bot.text.headline import Headline, due_text, headline, notification, subject_of
from bot.widgets import (
    Button,
    Buttons,
    Card,
    Columns,
    Fact,
    Icon,
    Link,
    Menu,
    Message,
    Picture,
    Press,
    Section,
    Text,
    Widget,
    is_link,
)
from models.languages.translate import tr
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

__all__ = ["CustomTemplate", "event_card", "late_row", "line", "object_link", "title_of", "what_happened"]

MOST_BUTTONS: Final = 3
_SECONDARY: Final = ("rule.mute", "delivery.why")
_COMPACT_CHANGES: Final = 3
_DETAILED_CHANGES: Final = 8
_DETAILED_FIELDS: Final = 8
_BODY_LINES: Final = 5
_VALUE_LETTERS: Final = 300
_OPEN_FIRST: Final = frozenset({"won", "value_up", "value_down", "owner", "note", "person", "organization"})
_LABELLED: Final = (  # the fields of a detailed card that the lines above them do not tell
    "owner",
    "label",
    "probability",
    "due_date",
    "user",
    "emails",
    "phones",
    "email",
    "phone",
    "location",
    "address",
    "website",
    "industry",
    "source_name",
    "code",
)


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

    `look`: "compact" (also for an unknown value), "detailed", or a template. `rule_name` may name several
    rules. `link_base` is the tenant's Pipedrive, `https://acme.pipedrive.com`; without it there is no button
    to open the object. `actions` are what people can do, the likely ones first: three buttons at most are
    visible, the others are in a menu.
    """
    link, head = object_link(change, link_base), headline(change, names)
    body = Section(_rows(change, names, head, look, link))
    foot = Section(
        [
            *_buttons(link, actions, open_first=head.kind in _OPEN_FIRST),
            *late_row(change),
            *_foot(change, names, rule_name),
        ]
    )
    card = Card(
        subject_of(change, names),
        head.text,
        [body, foot],
        card_id=f"{change.entity}-event",
        picture=Picture(head.kind, head.verb),
    )
    return Message(card, fallback_text=notification(change, names, head))


def _rows(
    change: Change, names: Names, head: Headline, look: str | CustomTemplate, link: str
) -> list[Widget]:
    if isinstance(look, str):
        return _drawn(change, names, head, is_detailed=look == "detailed")
    try:
        return [Text(look.render(change, names, link), html=True)]
    except ValueError as failed:  # a card without the template is better than no card
        return [
            *_drawn(change, names, head, is_detailed=False),
            Text(tr("The template of this rule failed: {failed}", failed=failed)),
        ]


def _drawn(change: Change, names: Names, head: Headline, *, is_detailed: bool) -> list[Widget]:
    changed = touched(change, names)
    lines = change_lines(change, changed, _DETAILED_CHANGES if is_detailed else _COMPACT_CHANGES)
    rows: list[Widget] = [Text("\n".join(lines))] if lines else []
    if body := _body(change, names):
        rows.append(Text(body, lines=_BODY_LINES))
    if context := context_line(change, names, head, changed):
        with_links = linked(context, change)
        rows.append(Text(with_links, html=True) if with_links else Text(context))
    fields = _labelled(change, names, changed, context)[:_DETAILED_FIELDS] if is_detailed else []
    return [*rows, Columns(fields)] if fields else rows


def _body(change: Change, names: Names) -> str:
    """Return the text of a note under the name of what it is about, and the note of an activity."""
    if change.entity == "activity":
        return value_of(change, names, "public_description")
    text = value_of(change, names, "content") if change.entity == "note" else ""
    return text if text and text != subject_of(change, names) else ""


def _labelled(change: Change, names: Names, changed: Sequence[FieldChange], context: str) -> list[Fact]:
    """Return fields with their labels that neither the lines of what was changed nor the context tell."""
    fields, shown = ENTITIES[change.entity].fields, changed_keys(changed)
    known = [
        (tr(fields[key].label), _labelled_text(change, names, key))
        for key in _LABELLED
        if key in fields and key not in shown
    ]
    known += [(label, text) for key, label, text in custom_fields_by_name(change, names) if key not in shown]
    return [
        Fact(cut_letters(text, _VALUE_LETTERS), label)
        for label, text in known
        if text and text not in context
    ]


def _labelled_text(change: Change, names: Names, key: str) -> str:
    text = value_of(change, names, key)
    time = value_of(change, names, "due_time") if key == "due_date" and due_text(change, names) else ""
    return f"{text}, {time}" if time else text


def object_link(change: Change, link_base: str) -> str:
    """Return the address of the object in Pipedrive, empty if it has none or `link_base` is not https."""
    path = ENTITIES[change.entity].path(quote(change.object_id, safe=""))
    deal = change.state.get("deal_id")
    if not path and deal:  # notes and activities have no page of their own, but their deal has one
        path = ENTITIES["deal"].path(quote(str(deal), safe=""))
    url = f"{link_base.rstrip('/')}{path}"
    return url if path and link_base and change.action != "deleted" and is_link(url) else ""


def _buttons(link: str, actions: Sequence[Button], *, open_first: bool) -> list[Widget]:
    """Return one row: what fits into three buttons is visible, the rest is in a menu behind the last.

    What is not about the object (mute, why) stands behind all else, and is never the main button.
    """
    opener = [Button(tr("Open"), Link(link))] if link else []
    acts = [each for each in actions if not _is_secondary(each)]
    secondary = [each for each in actions if _is_secondary(each)]
    main = [*opener, *acts] if open_first else [*acts[:2], *opener, *acts[2:]]
    row, hidden = (main, secondary) if main and len(secondary) > 1 else ([*main, *secondary], [])
    if len(row) + bool(hidden) > MOST_BUTTONS:
        row, hidden = row[: MOST_BUTTONS - 1], [*row[MOST_BUTTONS - 1 :], *hidden]
    if main:
        row = [replace(row[0], primary=True), *row[1:]]
    menu = [Button("", Menu(hidden), icon=Icon("more_vert", tr("More")))] if hidden else []
    return [Buttons(*row, *menu)] if row else []


def _is_secondary(button: Button) -> bool:
    return isinstance(button.click, Press) and button.click.do in _SECONDARY


def late_row(change: Change) -> list[Widget]:
    """Return the row that says why a card comes late; None if it is in time."""
    if not change.is_late:
        return []
    when = wall_time(change.happened_at) if change.happened_at else tr("earlier")
    return [
        Fact(
            tr("Late: this happened {when}", when=when),
            below=tr("Pipenotify was away then"),
            icon=Icon("history", tr("Late")),
        )
    ]


def _foot(change: Change, names: Names, rule_name: str) -> list[Widget]:
    """Return the last line: `Rule: Big wins · by Ada Lovelace, 7:24 AM`."""
    who, time = who_did(change, names), clock(change.happened_at) if change.happened_at else ""
    by = ", ".join(filter(None, (tr("by {who}", who=who) if who else "", time)))
    words = " · ".join(filter(None, (tr("Rule: {name}", name=rule_name) if rule_name else "", by)))
    return [Text(words[:1].upper() + words[1:])] if words else []

"""What a claimed delivery looks like: one event's card, a summary of many, or a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.cards.event import CustomLook, event_card, line, object_link
from bot.cards.notice import notice_card
from bot.cards.restricted import withheld_card, withheld_line
from bot.cards.summary import summary_card
from bot.cards.template import template
from bot.cards.test_card import marked_as_test
from bot.widgets import Button, Card, Link, Message, Section, Text, press
from models.connections.visibility import TO_A_PERSON
from models.deliveries.claimed import Owed
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.names import Names
from models.pipedrive.webhook.json import parse_json

OPENED_BY: Final = "An admin can let the rule “{rule}” show such things, on the card of that rule."
UNMATCHED: Final = "You are matched with no user of Pipedrive yet. An admin does that on the setup page."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Scene:
    """All a drawing needs: what one message folds and how many `more`, names, the links of the tenant."""

    head: Owed
    folded: Sequence[Owed]
    more: int
    changes: Sequence[Change | None]
    names: Names
    link_base: str


def change_of(owed: Owed) -> Change | None:
    """Read a delivery's event again; None for a test without one, and for one that no longer reads."""
    if owed.raw is None:
        return None
    try:
        return read(parse_json(owed.raw))
    except Unreadable:
        return None


def draw(scene: Scene) -> Message:
    """Return the message of a scene. Never raises for what a customer wrote: it falls back to compact."""
    if scene.head.notice is not None:
        return notice_card(**scene.head.notice)
    if len(scene.folded) + scene.more > 1:
        told = zip(scene.folded, scene.changes, strict=True)
        lines = [_line(owed, change, scene.names) for owed, change in told if change is not None]
        more = scene.more + len(scene.folded) - len(lines)
        return summary_card(lines, more, see_all=_see_all(scene))
    change = scene.changes[0]
    if change is not None:
        message = _withheld(scene, change) if scene.head.withheld else _event(scene, change)
    else:
        message = _trial(scene.head) if scene.head.is_test else _unread(scene.head)
    return marked_as_test(message) if scene.head.is_test else message


def _line(owed: Owed, change: Change, names: Names) -> str:
    if owed.withheld:
        return withheld_line(_as_wanted(change, owed.event_type))
    return line(change, _names(owed, names))


def _names(owed: Owed, names: Names) -> Names:
    """Leave out what other objects are called, where not everybody may know, unless the rule shows that."""
    return names if owed.shows_restricted else names.for_everybody()


def _see_all(scene: Scene) -> Button | None:
    """Lead to what was folded: the log in a dialog; an incoming webhook takes no clicks, only links."""
    if scene.head.kind != "chat_webhook":
        return Button("See all", press("log.show", dialog=True))
    return Button("Open Pipedrive", Link(scene.link_base)) if scene.link_base else None


def _event(scene: Scene, change: Change) -> Message:
    head = scene.head
    return event_card(
        _as_wanted(change, head.event_type),
        _names(head, scene.names),
        look=_look(head),
        rule_name=head.rule_name,
        link_base=scene.link_base,
    )


def _withheld(scene: Scene, change: Change) -> Message:
    head = scene.head
    return withheld_card(
        _as_wanted(change, head.event_type),
        head.withheld,
        hint=UNMATCHED if head.kind == TO_A_PERSON else OPENED_BY.format(rule=head.rule_name),
        link=object_link(change, scene.link_base),
    )


def _as_wanted(change: Change, event_type: str) -> Change:
    """Keep what happened as it was matched: names known since then do not turn it into another event."""
    if event_type in change.types or not event_type:
        return change
    return replace(change, types=(*change.types, event_type))


@dataclass(frozen=True, slots=True)
class _Liquid:
    """A team's own look, read when drawn: a source that is no longer allowed fails as a drawing does."""

    source: str

    def render(self, change: Change, names: Names, link: str) -> str:
        return template(self.source).render(change, names, link)


def _look(head: Owed) -> str | CustomLook:
    source = head.liquid or head.template
    if head.look != "custom" or not source:
        return head.look or "compact"
    return _Liquid(source)


def _trial(head: Owed) -> Message:
    words = f"Cards of the rule “{head.rule_name}” will appear here." if head.rule_name else "It works."
    card = Card("Pipenotify can post here", "A test you asked for", [Section([Text(words)])], card_id="trial")
    return Message(card, fallback_text="Pipenotify can post here")


def _unread(head: Owed) -> Message:
    words = f"Pipedrive told of it ({head.event_type or 'an event'}), but it can no longer be read."
    card = Card("Something happened in Pipedrive", sections=[Section([Text(words)])], card_id="unread")
    return Message(card, fallback_text="Something happened in Pipedrive")

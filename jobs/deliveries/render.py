"""What a claimed delivery looks like: one event's card, a summary of many, or a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.cards.event import CustomTemplate, event_card, line, object_link
from bot.cards.notice import notice_card
from bot.cards.restricted import redacted_card, redacted_line
from bot.cards.summary import summary_card
from bot.cards.template import template
from bot.cards.test_card import marked_as_test
from bot.widgets import Button, Card, Link, Message, Section, Text, press
from models.connections.visibility import TO_A_PERSON
from models.deliveries.claimed import ClaimedDelivery
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.names import Names
from models.pipedrive.webhook.json import parse_json

OPENED_BY: Final = "An admin can let the rule “{rule}” show such things, on the card of that rule."
UNMATCHED: Final = "You are matched with no user of Pipedrive yet. An admin does that on the setup page."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """All a drawing needs: what one message folds and how many `more`, names, the links of the tenant."""

    head: ClaimedDelivery
    coalesced: Sequence[ClaimedDelivery]
    more: int
    changes: Sequence[Change | None]
    names: Names
    link_base: str


def change_of(delivery: ClaimedDelivery) -> Change | None:
    """Read a delivery's event again; None for a test without one, and for one that no longer reads."""
    if delivery.raw is None:
        return None
    try:
        return read(parse_json(delivery.raw))
    except Unreadable:
        return None


def draw(scene: OutgoingMessage) -> Message:
    """Return the message of a scene. Never raises for what a customer wrote: it falls back to compact."""
    if scene.head.notice is not None:
        return notice_card(**scene.head.notice)
    if len(scene.coalesced) + scene.more > 1:
        told = zip(scene.coalesced, scene.changes, strict=True)
        lines = [_line(delivery, change, scene.names) for delivery, change in told if change is not None]
        more = scene.more + len(scene.coalesced) - len(lines)
        return summary_card(lines, more, see_all=_see_all(scene))
    change = scene.changes[0]
    if change is not None:
        message = _redacted(scene, change) if scene.head.redacted_because else _event(scene, change)
    else:
        message = _trial(scene.head) if scene.head.is_test else _unread(scene.head)
    return marked_as_test(message) if scene.head.is_test else message


def _line(delivery: ClaimedDelivery, change: Change, names: Names) -> str:
    if delivery.redacted_because:
        return redacted_line(_as_wanted(change, delivery.event_type))
    return line(change, _names(delivery, names))


def _names(delivery: ClaimedDelivery, names: Names) -> Names:
    """Leave out what other objects are called, where not everybody may know, unless the rule shows that."""
    return names if delivery.shows_restricted else names.for_everybody()


def _see_all(scene: OutgoingMessage) -> Button | None:
    """Lead to what was folded: the log in a dialog; an incoming webhook takes no clicks, only links."""
    if scene.head.kind != "chat_webhook":
        return Button("See all", press("log.show", dialog=True))
    return Button("Open Pipedrive", Link(scene.link_base)) if scene.link_base else None


def _event(scene: OutgoingMessage, change: Change) -> Message:
    head = scene.head
    return event_card(
        _as_wanted(change, head.event_type),
        _names(head, scene.names),
        look=_look(head),
        rule_name=head.rule_name,
        link_base=scene.link_base,
    )


def _redacted(scene: OutgoingMessage, change: Change) -> Message:
    head = scene.head
    return redacted_card(
        _as_wanted(change, head.event_type),
        head.redacted_because,
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


def _look(head: ClaimedDelivery) -> str | CustomTemplate:
    source = head.liquid or head.template
    if head.look != "custom" or not source:
        return head.look or "compact"
    return _Liquid(source)


def _trial(head: ClaimedDelivery) -> Message:
    words = f"Cards of the rule “{head.rule_name}” will appear here." if head.rule_name else "It works."
    card = Card("Pipenotify can post here", "A test you asked for", [Section([Text(words)])], card_id="trial")
    return Message(card, fallback_text="Pipenotify can post here")


def _unread(head: ClaimedDelivery) -> Message:
    words = f"Pipedrive told of it ({head.event_type or 'an event'}), but it can no longer be read."
    card = Card("Something happened in Pipedrive", sections=[Section([Text(words)])], card_id="unread")
    return Message(card, fallback_text="Something happened in Pipedrive")

"""Renders a claimed message: the card of one event, a summary of many, a test card or a notice."""

from __future__ import annotations

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
from jobs.deliveries.message import OutgoingMessage
from jobs.queue import INTERRUPTIONS
from models.connections.visibility import TO_A_PERSON
from models.deliveries.claimed import ClaimedDelivery
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.local_time import in_zone
from models.pipedrive.names import Names
from models.pipedrive.webhook.json import parse_json

OPENED_BY: Final = "An admin can let the rule “{rule}” show such things, on the card of that rule."
UNMATCHED: Final = "You are matched with no user of Pipedrive yet. An admin does that on the setup page."

log = structlog.get_logger()


def parse_change(delivery: ClaimedDelivery) -> Change | None:
    """Parse a delivery's event; None for a test without one, and for one that can no longer be parsed.

    Never raises for what an event holds: messages of many tenants are parsed together.
    """
    if delivery.raw is None:
        return None
    try:
        return read(parse_json(delivery.raw))
    except Unreadable:
        return None
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("delivery.unparsed", tenant_id=delivery.tenant_id, delivery_id=delivery.id)
        return None


def render_message(message: OutgoingMessage) -> Message:
    """Return the Chat message. Never raises for what a customer wrote: it falls back to compact."""
    if message.head.notice is not None:
        return notice_card(**message.head.notice)
    if message.count > 1:
        return _render_summary(message)
    head, change = message.head, message.changes[0]
    if change is None:
        card = _render_bare_test(head) if head.is_test else _render_unreadable(head)
    elif head.redacted_because:
        card = _render_redacted(message, in_zone(change, message.timezone))
    else:
        card = _render_event(message, change)
    return marked_as_test(card) if head.is_test else card


def _render_summary(message: OutgoingMessage) -> Message:
    shown = zip(message.coalesced, message.changes, strict=True)
    lines = [
        _render_line(delivery, in_zone(change, message.timezone), message.names)
        for delivery, change in shown
        if change is not None
    ]
    return summary_card(lines, message.count - len(lines), see_all=_see_all(message))


def _render_line(delivery: ClaimedDelivery, change: Change, names: Names) -> str:
    if delivery.redacted_because:
        return redacted_line(_as_matched(change, delivery.event_type))
    return line(change, _visible_names(delivery, names))


def _visible_names(delivery: ClaimedDelivery, names: Names) -> Names:
    """Leave out the names of restricted objects, unless the rule shows them."""
    return names if delivery.shows_restricted else names.for_everybody()


def _see_all(message: OutgoingMessage) -> Button | None:
    """Return the button to all coalesced events: the log in a dialog. Incoming webhooks take only links."""
    if message.head.kind != "chat_webhook":
        return Button("See all", press("log.show", dialog=True))
    return Button("Open Pipedrive", Link(message.link_base)) if message.link_base else None


def _render_event(message: OutgoingMessage, change: Change) -> Message:
    head = message.head
    return event_card(
        in_zone(_as_matched(change, head.event_type), message.timezone),
        _visible_names(head, message.names),
        look=_choose_template(head),
        rule_name=head.rule_name,
        link_base=message.link_base,
        actions=_actions(head),
    )


def _actions(head: ClaimedDelivery) -> list[Button]:
    """Return the buttons of an event's card. An incoming webhook takes none that call us."""
    if head.kind == "chat_webhook" or head.is_test:
        return []
    return [Button("Why", press("delivery.why", delivery=head.id))]


def _render_redacted(message: OutgoingMessage, change: Change) -> Message:
    head = message.head
    return redacted_card(
        _as_matched(change, head.event_type),
        head.redacted_because,
        hint=UNMATCHED if head.kind == TO_A_PERSON else OPENED_BY.format(rule=head.rule_name),
        link=object_link(change, message.link_base),
    )


def _as_matched(change: Change, event_type: str) -> Change:
    """Keep the event type that the rule matched: names known since then do not turn it into another."""
    if event_type in change.types or not event_type:
        return change
    return replace(change, types=(*change.types, event_type))


@dataclass(frozen=True, slots=True)
class _Liquid:
    """A tenant's own template, compiled when rendered: a source that is no longer allowed fails then."""

    source: str

    def render(self, change: Change, names: Names, link: str) -> str:
        return template(self.source).render(change, names, link)


def _choose_template(head: ClaimedDelivery) -> str | CustomTemplate:
    source = head.liquid or head.template
    if head.look != "custom" or not source:
        return head.look or "compact"
    return _Liquid(source)


def _render_bare_test(head: ClaimedDelivery) -> Message:
    text = f"Cards of the rule “{head.rule_name}” will appear here." if head.rule_name else "It works."
    card = Card("Pipenotify can post here", "A test you asked for", [Section([Text(text)])], card_id="trial")
    return Message(card, fallback_text="Pipenotify can post here")


def _render_unreadable(head: ClaimedDelivery) -> Message:
    text = f"Pipedrive sent it ({head.event_type or 'an event'}), but it can no longer be read."
    card = Card("Something happened in Pipedrive", sections=[Section([Text(text)])], card_id="unread")
    return Message(card, fallback_text="Something happened in Pipedrive")

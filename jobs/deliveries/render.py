"""Renders a claimed message: the card of one event, a summary of many, a test card or a notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog

from bot.cards.actions import IN_CHAT
from bot.cards.delivered import as_matched, delivered_card, visible_names, with_others, with_owner, with_score
from bot.cards.event import line, object_link, title_of
from bot.cards.notice import notice_card
from bot.cards.nudges import nudge_card
from bot.cards.restricted import redacted_card, redacted_line
from bot.cards.stalled import summary_of_stalled
from bot.cards.summary import SummaryLine, burst_card, summary_card
from bot.cards.test_card import marked_as_test
from bot.widgets import Button, Card, Link, Message, Section, Text, press
from jobs.deliveries.message import OutgoingMessage
from jobs.queue import INTERRUPTIONS
from models.attention.gathered import GATHERED
from models.card_actions.nudged import NUDGES
from models.connections.visibility import TO_A_PERSON
from models.deliveries.burst import count_by_rule
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.notices import OR_SPACE
from models.languages.translate import marked, speaking, tr, tr_stored
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.local_time import in_zone
from models.pipedrive.webhook.json import parse_json
from models.stalled.settings import SUMMARY

OPENED_BY: Final = marked("An admin can let the rule “{rule}” show such things, on the card of that rule.")
UNMATCHED: Final = marked(
    "You are matched with no user of Pipedrive yet. An admin does that on the setup page."
)

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
    with speaking(message.language):
        if message.head.notice is not None:
            return _render_notice(message)
        if message.count > 1:
            people = dict.fromkeys((*message.mentions.values(), *message.others.chat_names))
            card = replace(_render_summary(message), mentions=tuple(people))
        else:
            card = _render_one(message)
        return replace(card, is_silent=True) if message.is_silent else card


def _render_one(message: OutgoingMessage) -> Message:
    head, change = message.head, message.changes[0]
    if change is None:
        card = _render_bare_test(head) if head.is_test else _render_unreadable(head)
    elif head.redacted_because:
        card = _render_redacted(message, in_zone(change, message.timezone))
    else:
        card = _render_event(message, change)
    return marked_as_test(card) if head.is_test else card


def _render_notice(message: OutgoingMessage) -> Message:
    head = message.head
    notice = head.notice or {}
    if NUDGES in notice:
        if message.nudges is not None:
            return nudge_card(message.nudges)
        notice = {key: value for key, value in notice.items() if key != NUDGES}
    if SUMMARY in notice:
        return summary_of_stalled(**notice[SUMMARY], delivery=head.id)
    if head.event_type == GATHERED:
        return summary_card(**notice)
    return notice_card(**{key: value for key, value in notice.items() if key != OR_SPACE})


def _render_summary(message: OutgoingMessage) -> Message:
    shown = zip(message.coalesced, message.changes, strict=True)
    lines = [
        _render_line(message, delivery, in_zone(change, message.timezone))
        for delivery, change in shown
        if change is not None
    ]
    if not message.folded:  # they could not be read: the card says how many there are
        return summary_card(lines, message.count - len(lines), see_all=_see_all(message))
    return burst_card(
        lines,
        message.folded,
        message.names,
        rules=count_by_rule(message.by_rule),
        timezone=message.timezone,
        see_all=_see_all(message),
    )


def _render_line(message: OutgoingMessage, delivery: ClaimedDelivery, change: Change) -> SummaryLine:
    change = as_matched(change, delivery.event_type)
    link = object_link(change, message.link_base)
    if delivery.redacted_because:
        name, _, story = redacted_line(change).partition(": ")
        return SummaryLine(name, story, link)
    names = visible_names(delivery, message.names)
    title = title_of(change, names)
    return SummaryLine(title, line(change, names).removeprefix(f"{title}: "), link)


def _see_all(message: OutgoingMessage) -> Button | None:
    """Return the button to all coalesced events: their log in a dialog. Elsewhere only links work."""
    if message.head.kind in IN_CHAT:
        return Button(tr("See all"), press("log.show", dialog=True, message=message.message_key))
    return Button(tr("Open Pipedrive"), Link(message.link_base)) if message.link_base else None


def _render_event(message: OutgoingMessage, change: Change) -> Message:
    card = delivered_card(
        message.head,
        change,
        message.names,
        link_base=message.link_base,
        timezone=message.timezone,
        actions=message.actions,
        lead_pipelines=message.lead_pipelines,
    )
    card = with_owner(card, message.head, change, message.names, message.mentions)
    card = with_score(with_others(card, message.others), message.score)
    return replace(card, thread_key=message.head.thread_key)


def _render_redacted(message: OutgoingMessage, change: Change) -> Message:
    head = message.head
    return redacted_card(
        as_matched(change, head.event_type),
        tr_stored(head.redacted_because),
        hint=tr(UNMATCHED) if head.kind == TO_A_PERSON else tr(OPENED_BY, rule=head.rule_name),
        link=object_link(change, message.link_base),
        actions=_actions_of_redacted(head),
    )


def _actions_of_redacted(head: ClaimedDelivery) -> list[Button]:
    """Return the button by which an admin lets the rule show such things, where buttons call us."""
    if head.kind != "chat_space" or head.rule_id is None or head.is_test:
        return []
    return [Button(tr("Show these"), press("restricted.ask", dialog=True, rule=head.rule_id))]


def _render_bare_test(head: ClaimedDelivery) -> Message:
    rule, title = head.rule_name, tr("Pipenotify can post here")
    text = tr("Cards of the rule “{rule}” will appear here.", rule=rule) if rule else tr("It works.")
    card = Card(title, tr("A test you asked for"), [Section([Text(text)])], card_id="trial")
    return Message(card, fallback_text=title)


def _render_unreadable(head: ClaimedDelivery) -> Message:
    what, title = head.event_type or tr("an event"), tr("Something happened in Pipedrive")
    text = tr("Pipedrive sent it ({what}), but it can no longer be read.", what=what)
    card = Card(title, sections=[Section([Text(text)])], card_id="unread")
    return Message(card, fallback_text=title)

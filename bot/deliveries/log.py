"""Draws the log: a tenant's deliveries, newest first, with what each was about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot import lookup
from bot.cards.restricted import redacted_line
from bot.context import Context
from bot.deliveries.cards import LogRow, LogView, log_card, message_card
from bot.deliveries.held import read_held
from bot.deliveries.words import reason_text, state_text
from bot.text.changes import line
from bot.text.event_types import event_type_text
from bot.text.format import ago
from bot.widgets import Message
from models.accounts.rights import Action
from models.clock import now
from models.connections.names import known_names
from models.connections.visibility import active_users, restriction
from models.deliveries.queries import LogEntry, read_log
from models.deliveries.store import count_coalesced
from models.destinations.linking import DIRECT_MESSAGE
from models.destinations.queries import space_titles
from models.errors import InvalidRequest
from models.languages.translate import tr, tr_stored
from models.languages.words import meaning_of
from models.pipedrive.change import Change
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import NO_NAMES, Names
from models.rules.sample_event import change_in
from models.tables import Delivery
from models.tables.deliveries import DeliveryState

PAGE: Final = 10
_MESSAGE_KEY: Final = re.compile(r"client-[\w-]{1,56}")
ONLY: Final = {
    "failed": DeliveryState.DEAD,
    "held": DeliveryState.HELD,
    "digested": DeliveryState.DIGESTED,
    "skipped": DeliveryState.SKIPPED,
}


def view_of_args(context: Context, args: Sequence[str]) -> LogView:
    """Read `[failed|held|digested|skipped] [rule <number or name>]`. Raises InvalidRequest."""
    only = meaning_of(args[0]) if args and meaning_of(args[0]) in ONLY else ""
    rest = args[1:] if only else args
    if not rest:
        return LogView(only)
    if meaning_of(rest[0]) != "rule":
        raise InvalidRequest(
            user_message=(
                tr(
                    "Say log, log failed, log held, log digested, log skipped, or log rule and its number or"
                    " name."
                )
            )
        )
    rule = lookup.find_rule(context, rest[1:])
    return LogView(only, str(rule.id), rule.name)


def view_of_button(context: Context) -> LogView:
    """Return which part of the log a button is about; a rule that was removed does not narrow it."""
    parameters = context.interaction.parameters
    message = parameters.get("message", "")
    if _MESSAGE_KEY.fullmatch(message):
        return LogView(message=message, page=context.page)
    rule = lookup.rule_by_id(context, parameters.get("rule", ""))
    only = parameters.get("only", "")
    return LogView(
        only if only in ONLY else "",
        str(rule.id) if rule else "",
        rule.name if rule else "",
        page=context.page,
    )


def draw_log_page(context: Context, view: LogView) -> Message:
    """Return one page of the log; the first where the page has no rows any more."""
    found = _read_page(context, view)
    if not found and view.page > 1:
        view = replace(view, page=1)
        found = _read_page(context, view)
    view = replace(view, more=len(found) > PAGE, may_retry=context.actor.may(Action.LOG_RETRY))
    if view.message:
        count = count_coalesced(context.session, context.tenant_id, view.message)
        return message_card(_log_rows(context, found[:PAGE]), view, count, pages=-(-count // PAGE))
    return log_card(_log_rows(context, found[:PAGE]), view)


def _read_page(context: Context, view: LogView) -> Sequence[LogEntry]:
    """Read a page and one row more, which shows that there is a next page without counting all rows."""
    return read_log(
        context.session,
        context.tenant_id,
        reader=context.actor,
        state=ONLY[view.only] if view.only else None,
        rule_id=int(view.rule) if view.rule else None,
        message_key=view.message or None,
        offset=(view.page - 1) * PAGE,
        limit=PAGE + 1,
    )


def _log_rows(context: Context, found: Sequence[LogEntry]) -> list[LogRow]:
    changes = [change_in(raw, NO_NAMES) if raw is not None else None for _, raw, _ in found]
    refs = {pair for change in changes if change is not None for pair in refs_in(change)}
    names = known_names(context.session, context.tenant_id, refs).for_everybody()
    titles = space_titles(context.session, context.tenant_id)
    users = active_users(context.session, context.tenant_id)
    held = read_held(context, [delivery for delivery, _, _ in found])
    return [
        LogRow(
            id=str(delivery.id),
            event=str(delivery.event_id) if delivery.event_id and not delivery.is_test else "",
            what=_subject_text(delivery, change, names, shows=_may_show(context, delivery, change, users)),
            state=delivery.state,
            state_text=state_text(delivery),
            where=titles.get(delivery.destination_name, delivery.destination_name),
            rule=delivery.rule_name,
            reason=held[delivery.id].text if delivery.id in held else reason_text(delivery),
            when=ago(delivery.finished_at or delivery.created_at, now()),
            attempts=delivery.attempts,
            is_test=delivery.is_test,
            may_retry=delivery.state in (DeliveryState.DEAD, DeliveryState.SKIPPED) and not obstacle,
            may_send=delivery.id in held and held[delivery.id].may_send,
        )
        for (delivery, _, obstacle), change in zip(found, changes, strict=True)
    ]


def _may_show(context: Context, delivery: Delivery, change: Change | None, users: frozenset[str]) -> bool:
    """Tell whether the log may show here what a delivery is about.

    The log shows no more than the card did: a restricted change only where its card was sent, and a notice
    to one person, who may see more in Pipedrive than whoever asks, only to that person.
    """
    is_here = delivery.destination_name in _here(context)
    if delivery.notice is not None:
        private_to = delivery.notice.get("private_to", "")
        is_to_one = delivery.lane.startswith(DIRECT_MESSAGE) or private_to
        return not is_to_one or (is_here and private_to in ("", context.interaction.user.name))
    if delivery.redacted_because or change is None:
        return False
    return is_here or not restriction(change.permitted_user_ids, users)


def _here(context: Context) -> set[str]:
    """Return the names of the destinations that somebody reads where they ask."""
    space = context.interaction.space
    return {space.name, context.interaction.user.email} if space.is_dm else {space.name}


def _subject_text(delivery: Delivery, change: Change | None, names: Names, *, shows: bool) -> str:
    if delivery.notice:
        title = tr_stored(delivery.notice["title"])
        return tr("Notice: {title}", title=title) if shows else tr("A notice to one person")
    if change is not None:
        return line(change, names) if shows else redacted_line(change)
    return event_type_text(delivery.event_type) if delivery.event_type else tr("A test card")

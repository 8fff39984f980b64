"""Ends the company's connection with Pipedrive, after an admin has seen what stops with it."""

from __future__ import annotations

from typing import Final

from bot.cards.done import confirm_dialog, done_card
from bot.context import Context
from bot.widgets import Button, Card, Message, press
from models.connections.actions import disconnect
from models.connections.queries import count_personal, get_connection, has_manual_webhook
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_plural
from models.rules.queries import count_rules
from models.tables.connections import ConnectionState

NOTHING: Final = marked("Pipedrive is not connected, so there is nothing to disconnect.")
UNDER_WAY: Final = marked("Pipedrive is being disconnected already. /pipenotify connect connects it again.")


def ask(context: Context) -> Card:
    """Return the confirmation dialog, which names what stops.

    Raises InvalidRequest where there is nothing to disconnect.
    """
    _check_connected(context)
    rules, _ = count_rules(context.session, context.tenant_id)
    people = count_personal(context.session, context.tenant_id)
    stops = [tr("no events come from Pipedrive any more, because our webhooks there are removed")]
    stops += (
        [
            tr_plural(
                "{count} rule will have nothing to send", "{count} rules will have nothing to send", rules
            )
        ]
        if rules
        else []
    )
    stops += (
        [
            tr_plural(
                "{count} person has to connect as themselves again",
                "{count} people have to connect as themselves again",
                people,
            )
        ]
        if people
        else []
    )
    what = tr(
        "What stops: {stops}. What stays: rules, spaces and the history, so that all goes on"
        " when Pipedrive is connected again. All data is erased on the setup page alone.",
        stops="; ".join(stops),
    )
    return confirm_dialog(
        tr("Disconnect Pipedrive?"), what, yes=tr("Disconnect"), press=press("connection.leave")
    )


def end(context: Context) -> Message:
    """Begin to disconnect; a second call changes nothing. Raises InvalidRequest as `ask`, and NotAllowed."""
    _check_connected(context)
    disconnect(context.session, context.actor)
    detail = tr("No cards come from Pipedrive any more. Rules are kept: connect it again, and they go on.")
    again = Button(tr("Connect again"), press("connection.show"))
    return done_card(tr("Pipedrive is being disconnected"), detail, buttons=[again])


def _check_connected(context: Context) -> None:
    connection = get_connection(context.session, context.tenant_id)
    state = connection.state if connection is not None else None
    if state == ConnectionState.LEAVING:
        raise InvalidRequest(user_message=tr(UNDER_WAY))
    if state in (None, ConnectionState.NONE, ConnectionState.REVOKED) and not has_manual_webhook(
        context.session, context.tenant_id
    ):
        raise InvalidRequest(user_message=tr(NOTHING))

"""The dialogs that add a destination, and give one a new address."""

from __future__ import annotations

from bot import lookup
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.destinations import show as view
from bot.destinations.form import (
    MAIL,
    SERVER,
    THIS_SPACE,
    DestinationForm,
    draw_address_form,
    draw_form,
    offered_kinds,
    read_form,
)
from bot.widgets import Message
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.deliveries.actions import (
    add_email_and_notify,
    add_outgoing_webhook_and_notify,
    add_webhook_and_notify,
)
from models.destinations.outside import OutgoingWebhook
from models.errors import Conflict, InvalidRequest, NotAllowed
from models.tables import Destination
from models.tables.destinations import NAMED_BY_PEOPLE


@dialog("space.add", right=Action.SPACE_LINK, feature=Feature.WEBHOOKS)
def open_form(context: Context) -> Reply:
    return Open(draw_form(offered_kinds(context)))


@dialog("space.save", right=Action.SPACE_LINK, writes=True)
def save_destination(context: Context) -> Reply:
    """Add the destination; one that is refused is shown in the form again with the reason."""
    form = read_form(context.interaction.inputs)
    may_add_webhook = context.actor.may(Action.WEBHOOK_ADD)
    try:
        return Update(_add_destination(context, form))
    except (InvalidRequest, Conflict, NotAllowed) as error:
        if isinstance(error, NotAllowed) and not may_add_webhook:
            raise  # no address that they type would be taken
        return Open(draw_form(offered_kinds(context), form, error.user_message))


def _add_destination(context: Context, form: DestinationForm) -> Message:
    if form.kind == THIS_SPACE:
        return view.link_this_space(context)
    session, actor, vault = context.session, context.actor, context.deps.vault
    if form.kind == MAIL:
        made = add_email_and_notify(session, actor, form.name, form.url)
    elif form.kind == SERVER:
        webhook = OutgoingWebhook(form.url, form.secret)
        made = add_outgoing_webhook_and_notify(session, actor, vault, form.name, webhook)
    else:
        made = add_webhook_and_notify(session, actor, vault, form.name, form.url)
    return view.draw_destination(context, made, is_new=True)


@dialog("space.address", right=Action.WEBHOOK_ADD)
def open_address_form(context: Context) -> Reply:
    destination = _find(context)
    if destination is None or destination.kind not in NAMED_BY_PEOPLE:
        return Update(view.gone_card(context))
    return Open(draw_address_form(destination.id, destination.name, kind=destination.kind))


@dialog("space.readdress", right=Action.WEBHOOK_ADD, writes=True)
def save_address(context: Context) -> Reply:
    """Give the destination its new address; one that is refused is shown again with the reason."""
    destination = _find(context)
    if destination is None:
        return Update(view.gone_card(context))
    form = read_form(context.interaction.inputs)
    try:
        return Update(view.give_new_address(context, destination, form.url, form.secret))
    except (InvalidRequest, NotAllowed) as error:
        if destination.kind not in NAMED_BY_PEOPLE:
            raise
        name, kind = destination.name, destination.kind
        return Open(draw_address_form(destination.id, name, form, error.user_message, kind=kind))


@dialog("space.fallback", right=Action.SPACE_CHANGE)
def open_fallback_form(context: Context) -> Reply:
    destination = _find(context)
    if destination is None:
        return Update(view.gone_card(context))
    return Open(view.ask_for_fallback(context, destination))


@dialog("space.set_fallback", right=Action.SPACE_CHANGE, writes=True)
def save_fallback(context: Context) -> Reply:
    """Give the destination its fallback; one that is refused is shown again with the reason."""
    destination = _find(context)
    if destination is None:
        return Update(view.gone_card(context))
    chosen = next(iter(context.interaction.inputs.get("to", ())), "")
    try:
        return Update(view.choose_fallback(context, destination, chosen))
    except InvalidRequest as error:
        return Open(view.ask_for_fallback(context, destination, error.user_message))


def _find(context: Context) -> Destination | None:
    return lookup.destination_by_id(context, context.interaction.parameters.get("place", ""))

"""The dialog that adds a destination."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.destinations import show as view
from bot.destinations.form import THIS_SPACE, DestinationForm, draw_form, read_form
from bot.widgets import Message
from models.accounts.rights import Action
from models.deliveries.actions import add_webhook_and_notify
from models.errors import Conflict, InvalidRequest


@dialog("space.add", right=Action.SPACE_LINK)
def open_form(context: Context) -> Reply:
    return Open(draw_form(may_add_webhook=context.actor.may(Action.WEBHOOK_ADD)))


@dialog("space.save", right=Action.SPACE_LINK, writes=True)
def save_destination(context: Context) -> Reply:
    """Add the destination; one that is refused is shown in the form again with the reason."""
    form = read_form(context.interaction.inputs)
    try:
        return Update(_add_destination(context, form))
    except (InvalidRequest, Conflict) as error:
        may_add_webhook = context.actor.may(Action.WEBHOOK_ADD)
        return Open(draw_form(form, error.user_message, may_add_webhook=may_add_webhook))


def _add_destination(context: Context, form: DestinationForm) -> Message:
    if form.kind == THIS_SPACE:
        return view.link_this_space(context)
    made = add_webhook_and_notify(context.session, context.actor, context.deps.vault, form.name, form.url)
    return view.draw_destination(context, made)

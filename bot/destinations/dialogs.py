"""The dialog of a new destination."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.destinations import actions as space_actions
from bot.destinations import form as space_form
from bot.destinations.form import SpaceForm
from bot.widgets import Message
from models.destinations.linking import add_incoming_webhook
from models.errors import Conflict, InvalidRequest


@dialog("space.add")
def open_add(_context: Context) -> Reply:
    return Open(space_form.draw())


@dialog("space.save", writes=True)
def save(context: Context) -> Reply:
    """Add what was filled in; what cannot be added is shown again with what is wrong."""
    form = space_form.filled(context.interaction.inputs)
    try:
        return Update(_added(context, form))
    except (InvalidRequest, Conflict) as wrong:
        return Open(space_form.draw(form, wrong.user_message))


def _added(context: Context, form: SpaceForm) -> Message:
    if form.kind == space_form.THIS_SPACE:
        return space_actions.link_here(context)
    vault = context.deps.vault
    made = add_incoming_webhook(context.session, vault, context.tenant_id, form.name, form.url)
    context.record("space.added", made.name, kind=made.kind)
    return space_actions.shown(context, made)

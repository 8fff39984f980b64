"""The dialog of a new destination."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.destinations import form as space_form
from bot.destinations import show as view
from bot.destinations.form import SpaceForm
from bot.widgets import Message
from models.destinations.actions import add_webhook
from models.errors import Conflict, InvalidRequest


@dialog("space.add")
def open_add(_context: Context) -> Reply:
    return Open(space_form.draw())


@dialog("space.save", writes=True)
def save(context: Context) -> Reply:
    """Add the destination; if that fails, show the form again with the problem."""
    form = space_form.filled(context.interaction.inputs)
    try:
        return Update(_added(context, form))
    except (InvalidRequest, Conflict) as wrong:
        return Open(space_form.draw(form, wrong.user_message))


def _added(context: Context, form: SpaceForm) -> Message:
    if form.kind == space_form.THIS_SPACE:
        return view.link_here(context)
    made = add_webhook(context.session, context.actor, context.deps.vault, form.name, form.url)
    return view.show_destination(context, made)

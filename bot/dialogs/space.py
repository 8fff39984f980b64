"""The dialog of a new destination."""

from __future__ import annotations

from bot import space_acts, space_form
from bot.context import Context, dialog
from bot.reply import Open, Reply, Update
from bot.space_form import SpaceForm
from bot.widgets import Message
from models.errors import Conflict, Refused
from models.linking import add_incoming_webhook


@dialog("space.add")
def open_add(_context: Context) -> Reply:
    return Open(space_form.draw())


@dialog("space.save", writes=True)
def save(context: Context) -> Reply:
    """Add what was filled in; what cannot be added is shown again with what is wrong."""
    form = space_form.filled(context.interaction.inputs)
    try:
        return Update(_added(context, form))
    except (Refused, Conflict) as wrong:
        return Open(space_form.draw(form, wrong.told))


def _added(context: Context, form: SpaceForm) -> Message:
    if form.kind == space_form.THIS_SPACE:
        return space_acts.link_here(context)
    vault = context.backing.vault
    made = add_incoming_webhook(context.session, vault, context.tenant_id, form.name, form.url)
    context.record("space.added", made.name, kind=made.kind)
    return space_acts.shown(context, made)

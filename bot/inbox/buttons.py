"""The buttons of the inbox: pages, Mark read, Delete, Clear read, and Why."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.inbox.prefs import draw_prefs
from bot.inbox.show import clear, delete, draw_inbox, explain, filter_of_button, read, read_all
from models.accounts.rights import Action


@press("inbox.show", right=Action.ATTENTION_SELF)
def show_page(context: Context) -> Reply:
    return Update(draw_inbox(context, filter_of_button(context), context.page))


@press("inbox.read", right=Action.ATTENTION_SELF, writes=True)
def read_one(context: Context) -> Reply:
    return Update(read(context, _id(context)))


@press("inbox.read_all", right=Action.ATTENTION_SELF, writes=True)
def read_every_one(context: Context) -> Reply:
    return Update(read_all(context))


@press("inbox.delete", right=Action.ATTENTION_SELF, writes=True)
def delete_one(context: Context) -> Reply:
    return Update(delete(context, _id(context)))


@press("inbox.clear", right=Action.ATTENTION_SELF, writes=True)
def clear_read_ones(context: Context) -> Reply:
    return Update(clear(context))


@press("inbox.why", right=Action.ATTENTION_SELF)
def explain_one(context: Context) -> Reply:
    return Update(explain(context, _id(context)))


@press("prefs.show", right=Action.ATTENTION_SELF)
def show_prefs(context: Context) -> Reply:
    return Update(draw_prefs(context))


def _id(context: Context) -> str:
    return context.interaction.parameters.get("notification", "")

"""inbox and prefs."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.inbox.prefs import choose_by_words, draw_matrix, draw_prefs
from bot.inbox.show import clear, delete_by_words, draw_inbox, explain_by_words, read_by_words, read_filter
from models.accounts.rights import Action


@command(
    "inbox",
    right=Action.ATTENTION_SELF,
    usage="[unread] [deal_won, task_due, ...] [tag:word]",
    summary="What was sent to you, the newest first",
)
def inbox(context: Context) -> Reply:
    return Say(draw_inbox(context, read_filter(context.args)))


@command(
    "inbox read",
    right=Action.ATTENTION_SELF,
    usage="<number or all>",
    summary="Mark one or all of your inbox as read",
    writes=True,
)
def inbox_read(context: Context) -> Reply:
    return Say(read_by_words(context, context.args))


@command(
    "inbox delete",
    right=Action.ATTENTION_SELF,
    usage="<number>",
    summary="Delete one from your inbox",
    writes=True,
)
def inbox_delete(context: Context) -> Reply:
    return Say(delete_by_words(context, context.args))


@command("inbox clear", right=Action.ATTENTION_SELF, summary="Delete what you have read", writes=True)
def inbox_clear(context: Context) -> Reply:
    return Say(clear(context))


@command(
    "inbox why",
    right=Action.ATTENTION_SELF,
    usage="<number>",
    summary="Why a notification reached you as it did, channel by channel",
)
def inbox_why(context: Context) -> Reply:
    return Say(explain_by_words(context, context.args))


@command("prefs", right=Action.ATTENTION_SELF, summary="Which notifications reach you, where, and when")
def prefs(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(draw_matrix(context))
    return Say(draw_prefs(context))


@command(
    "prefs place",
    right=Action.ATTENTION_SELF,
    usage="<destination | nowhere>",
    summary="Let your notifications also go to a space, or to an outgoing webhook of the team",
    writes=True,
)
def prefs_place(context: Context) -> Reply:
    return Say(choose_by_words(context, context.args))

"""The dialog of weights: opened, tried on last month's leads, saved."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Say
from bot.context import Context, dialog
from bot.scores.form import draw_weights, read_weights
from bot.scores.show import progress_now
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.leads.settings import get_weights, set_weights
from models.leads.weights import check_weights


@dialog("score.weights", right=Action.SPACE_CHANGE)
def open_weights(context: Context) -> Reply:
    return Open(draw_weights(context))


@dialog("score.try", right=Action.SPACE_CHANGE)
def try_weights(context: Context) -> Reply:
    """Show what the typed weights make of last month's leads; nothing is saved."""
    present = get_weights(context.session, context.tenant_id)
    try:
        typed = read_weights(context.interaction.inputs, present)
        check_weights(typed)
    except InvalidRequest as refused:
        return Open(draw_weights(context, problem=refused.user_message))
    return Open(draw_weights(context, typed))


@dialog("score.save", right=Action.SPACE_CHANGE, writes=True)
def save_weights(context: Context) -> Reply:
    """Save the weights; what is refused is shown in the form again with the reason."""
    present = get_weights(context.session, context.tenant_id)
    try:
        set_weights(context.session, context.actor, read_weights(context.interaction.inputs, present))
    except InvalidRequest as refused:
        return Open(draw_weights(context, problem=refused.user_message))
    return Say(progress_now(context))

"""The dialogs of preferences: one's own matrix, and the defaults and locks of the team."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.inbox.prefs import draw_matrix, draw_prefs, draw_team_matrix, save_matrix, save_team_matrix
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr


@dialog("prefs.open", right=Action.ATTENTION_SELF)
def open_matrix(context: Context) -> Reply:
    return Open(draw_matrix(context))


@dialog("prefs.save", right=Action.ATTENTION_SELF, writes=True)
def save(context: Context) -> Reply:
    """Save the choices; what an admin has locked meanwhile is said above the form."""
    try:
        save_matrix(context)
    except InvalidRequest as refused:
        return Open(draw_matrix(context, refused.user_message))
    return Update(draw_prefs(context, notice=tr("Saved. The next notification obeys it.")))


@dialog("prefs.team", right=Action.NOTIFY_DEFAULTS)
def open_team_matrix(context: Context) -> Reply:
    return Open(draw_team_matrix(context))


@dialog("prefs.save_team", right=Action.NOTIFY_DEFAULTS, writes=True)
def save_team(context: Context) -> Reply:
    save_team_matrix(context)
    return Update(draw_prefs(context, notice=tr("Saved for the team.")))

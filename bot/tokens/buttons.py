"""The buttons on cards of tokens."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, ShownOnce, Update
from bot.context import Context, press
from bot.tokens import show as view
from bot.widgets import Button
from bot.widgets import press as button
from models.accounts.rights import Action
from models.accounts.tokens import revoke_token
from models.database.row_ids import row_id
from models.languages.translate import tr


@press("token.list", right=Action.API_ACCESS)
def list_tokens(context: Context) -> Reply:
    return Update(view.draw_list(context))


@press("token.new", right=Action.API_ACCESS, writes=True)
def make_token(context: Context) -> ShownOnce:
    return view.make_token(context)


@press("token.ask", right=Action.API_ACCESS)
def ask_to_revoke(context: Context) -> Reply:
    return Open(view.ask_to_revoke(context, _number(context)))


@press("token.revoke", right=Action.API_ACCESS, writes=True)
def revoke(context: Context) -> Reply:
    ended = revoke_token(context.session, context.actor, row_id(_number(context)))
    buttons = [Button(tr("All tokens"), button("token.list"))]
    return Update(
        done_card(
            tr("Token no. {id} is revoked", id=ended.id), tr("It is refused from now on."), buttons=buttons
        )
    )


def _number(context: Context) -> str:
    return context.interaction.parameters.get("token", "")

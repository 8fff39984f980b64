"""The cards of tokens: the list, a new one with its secret, and the question before one is revoked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards.done import confirm_dialog, done_card
from bot.chat.reply import Say, ShownOnce
from bot.context import Context
from bot.text.format import cut_bytes, plural
from bot.widgets import Button, Card, Fact, Message, Section, Text, Widget, press
from models.accounts.rights import Action, Scope
from models.accounts.tokens import DAYS, create_token, find_token, list_tokens
from models.database.row_ids import row_id
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.tables.api import ApiToken

ONCE: Final = marked("Copy it now: it is shown once, and nobody can read it again.")
KEEP_IT: Final = marked("Whoever has it may do what you may. Keep it like a password.")
MADE: Final = marked("Its secret was shown once. If you have lost it, revoke it and make another.")
NONE: Final = marked("No tokens. With one, a program of yours calls the REST API as you.")
MOST_SHOWN: Final = 40


def draw_list(context: Context) -> Message:
    """Return the tokens of the actor; for an admin everybody's."""
    found = list_tokens(context.session, context.actor)
    rows: list[Widget] = [_row(context, token, email) for token, email in found[:MOST_SHOWN]]
    subtitle = plural(len(found), "token")
    new = Button(tr("New token"), press("token.new"), primary=True)
    docs = Text(tr("How to use one: {address}", address=f"{context.deps.base_url}/docs"))
    sections = [Section(rows or [Text(tr(NONE))]), Section([docs])]
    card = Card(tr("Tokens for programs"), subtitle, sections, [new], card_id="tokens")
    return Message(card, fallback_text=tr("Tokens: {count}", count=subtitle))


def _row(context: Context, token: ApiToken, email: str) -> Fact:
    whose = f" · {email}" if context.actor.scope(Action.API_ACCESS) is Scope.TENANT else ""
    used = tr("last used {day}", day=f"{token.used_at:%Y-%m-%d}") if token.used_at else tr("not used yet")
    below = f"{tr('until {until}', until=f'{token.expires_at:%Y-%m-%d}')}, {used}"
    end = Button(tr("Revoke"), press("token.ask", dialog=True, token=token.id))
    title = cut_bytes(token.name or tr("ends in {letters}", letters=token.last_four), 80)
    return Fact(title, tr("No. {id}", id=token.id) + whose, below=below, end=end)


def make_token(
    context: Context, scopes: Sequence[str] | None = None, days: int = DAYS, name: str = ""
) -> ShownOnce:
    """Make a token of the actor and show it to them alone, once.

    Raises InvalidRequest where others would see it, and as `create_token`.
    """
    asked = context.interaction
    if not (asked.space.is_dm or asked.user.name.startswith("users/")):
        raise InvalidRequest(user_message=tr("Others would see it here. Ask me in a direct message."))
    owner = context.actor.name
    made, secret = create_token(context.session, context.actor, owner, scopes=scopes, days=days, name=name)
    stays = not (asked.on_private or asked.space.is_dm)
    return ShownOnce(
        Say(draw_new(made, secret), keep_clicked=stays), Say(draw_made(made), keep_clicked=stays)
    )


def draw_new(token: ApiToken, secret: str) -> Message:
    """Return the only card that ever shows the secret of a token."""
    facts = [
        (tr("Token"), secret),
        (tr("Good until"), f"{token.expires_at:%Y-%m-%d}"),
        (tr("Scopes"), _scopes(token)),
    ]
    buttons = [Button(tr("All tokens"), press("token.list"))]
    return done_card(tr("Your new token"), f"{tr(ONCE)} {tr(KEEP_IT)}", facts=facts, buttons=buttons)


def draw_made(token: ApiToken) -> Message:
    """Return the card of a new token without its secret: for whoever asks for the same answer again."""
    facts = [(tr("Number"), tr("No. {id}", id=token.id)), (tr("Scopes"), _scopes(token))]
    buttons = [Button(tr("All tokens"), press("token.list"))]
    return done_card(tr("A token was made"), tr(MADE), facts=facts, buttons=buttons)


def _scopes(token: ApiToken) -> str:
    return ", ".join(token.scopes)


def ask_to_revoke(context: Context, number: str) -> Card:
    """Return the question before a token is revoked. Raises NotFound."""
    token, email = find_token(context.session, context.actor, row_id(number.lstrip("#")))
    name = token.name or tr("that ends in {letters}", letters=token.last_four)
    what = tr(
        "Token no. {id} of {email}, {name}. Programs that use it are refused from then on.",
        id=token.id,
        email=email,
        name=name,
    )
    return confirm_dialog(
        tr("Revoke this token?"), what, yes=tr("Revoke"), press=press("token.revoke", token=token.id)
    )

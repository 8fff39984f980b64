"""Links to the setup page: who asked, from which space, and the present state of the connection."""

from __future__ import annotations

from typing import Final

from bot.cards.done import done_card
from bot.chat.interaction import Interaction
from bot.chat.reply import AfterReading, Reply, Say
from bot.context import BotDeps, Context
from bot.home.show import BROKEN_TEXTS
from bot.widgets import Button, Link
from models.accounts.actor import Actor
from models.accounts.connect_links import MINUTES, issue
from models.connections.queries import get_connection, has_manual_webhook, personal_state
from models.database.engine import Session
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_stored
from models.tables import Connection
from models.tables.accounts import CONNECT, PERSONAL
from models.tables.connections import ConnectionState

WAYS: Final = ("connect", "connect me", "connection.show")  # somebody without a tenant may use these, too
FIRST: Final = marked("An admin signs in there and allows Pipenotify to hear what happens in Pipedrive.")
GOES: Final = marked(
    "The setup page shows how it fares. Connecting again there does no harm: nothing is lost by it."
)
BY_HAND: Final = marked(
    "Events come by a webhook that somebody made by hand. Once connected, Pipenotify looks"
    " after its webhooks itself, knows the names in your Pipedrive, and finds what was missed."
)
AGAIN: Final[dict[str, str]] = {
    ConnectionState.NEEDS_REAUTH: marked(
        "Until an admin allows it again, names stay unknown and nothing that is missed is found."
    ),
    ConnectionState.REVOKED: marked(
        "No cards come from Pipedrive. Rules are kept, and work again once an admin connects it."
    ),
    ConnectionState.LEAVING: marked(
        "In a moment it is done. Connect it again, and everything goes on; rules are kept."
    ),
}
PRIVATE: Final = marked("The link below is yours alone: it works once, within {minutes} minutes.")
MINE: Final = marked(
    "Pipenotify then knows who you are in Pipedrive, so that direct messages show you what"
    " you may see there. Nobody else can use it."
)


def offer(context: Context) -> AfterReading:
    """Show the state of the company's connection, with a link to the setup page."""
    connection = get_connection(context.session, context.tenant_id)
    state = connection.state if connection else ConnectionState.NONE
    says, words, step = tr("Connect Pipedrive"), tr(FIRST), tr("Connect Pipedrive")
    if state == ConnectionState.CONNECTED:
        says, words, step = tr("Pipedrive is connected"), tr(GOES), tr("Open the setup page")
    elif state in BROKEN_TEXTS:
        says, words, step = tr(BROKEN_TEXTS[state]), tr(AGAIN[state]), tr("Connect again")
    elif has_manual_webhook(context.session, context.tenant_id):
        words = tr(BY_HAND)
    facts = (
        _facts(connection)
        if connection and state in (ConnectionState.CONNECTED, ConnectionState.NEEDS_REAUTH)
        else []
    )
    return AfterReading(
        lambda: _answer_privately(
            context.interaction, context.actor, context.deps, says, words, step, facts=facts
        )
    )


def offer_me(context: Context) -> AfterReading:
    """Give a user of the tenant a link to connect as themselves.

    Raises InvalidRequest for anybody else.
    """
    if context.actor.user_id is None:
        raise InvalidRequest(
            user_message=tr(
                "You are nobody of {team} yet. Ask an admin to add you.", team=context.actor.tenant_name
            )
        )
    state = personal_state(context.session, context.tenant_id, context.actor.user_id)
    says: dict[str | None, str] = {
        None: tr("Connect as yourself"),
        ConnectionState.CONNECTED: tr("You are connected as yourself"),
        ConnectionState.NEEDS_REAUTH: tr("You have to connect again"),
    }
    words = says.get(state, "You are no longer connected as yourself")
    step = tr("Connect again") if state else tr("Connect as myself")
    return AfterReading(
        lambda: _answer_privately(
            context.interaction, context.actor, context.deps, words, tr(MINE), step, purpose=PERSONAL
        )
    )


def offer_to_unknown(interaction: Interaction, actor: Actor, deps: BotDeps) -> Reply:
    """Give a setup link to somebody without a tenant, or in a space where the tenant is not certain."""
    return _answer_privately(
        interaction, actor, deps, tr("Connect Pipedrive"), tr(FIRST), tr("Connect Pipedrive")
    )


def _facts(connection: Connection) -> list[tuple[str, str]]:
    company = connection.company_name or connection.domain
    facts = [
        (tr("Company"), company),
        (tr("Connected by"), connection.connected_by),
        (tr("Trouble"), tr_stored(connection.problem)),
    ]
    return [(label, text) for label, text in facts if text]


def _answer_privately(  # noqa: PLR0913 - who asks where, and the parts of a card
    interaction: Interaction,
    actor: Actor,
    deps: BotDeps,
    says: str,
    words: str,
    step: str,
    *,
    facts: list[tuple[str, str]] | None = None,
    purpose: str = CONNECT,
) -> Reply:
    """Answer the asking person alone; a card that others see stays unchanged."""
    way = door(interaction, actor, deps, purpose)
    detail = words if way == deps.setup_url else f"{words} {tr(PRIVATE, minutes=MINUTES)}"
    card = done_card(says, detail, facts=facts or [], buttons=[Button(step, Link(way), primary=True)])
    return Say(card, keep_clicked=not (interaction.on_private or interaction.space.is_dm))


def door(interaction: Interaction, actor: Actor, deps: BotDeps, purpose: str) -> str:
    """Return the URL of the setup page: a connect link for this person, or the plain page.

    Opens a transaction of its own, so none may be open. Else as `connect_url`.
    """
    if not _may_have_link(interaction):
        return deps.setup_url
    with deps.database.writing_all() as session:
        return connect_url(session, interaction, actor, deps, purpose)


def connect_url(session: Session, interaction: Interaction, actor: Actor, deps: BotDeps, purpose: str) -> str:
    """Return a connect link for this person, or the plain setup page.

    The link identifies its holder as this person. So it needs an e-mail that Chat has verified, and an answer
    that only this person sees. The session is a writing one.
    """
    if not _may_have_link(interaction):
        return deps.setup_url
    person, space = interaction.user, interaction.space
    secret = issue(
        session,
        purpose=purpose,
        email=person.email,
        chat_name=person.name or None,
        tenant_id=actor.tenant_id,
        space=None if space.is_dm else space.name or None,
        space_title=space.title,
    )
    return f"{deps.base_url}/connect/{secret}"


def _may_have_link(interaction: Interaction) -> bool:
    person = interaction.user
    return bool(person.email) and (interaction.space.is_dm or person.name.startswith("users/"))

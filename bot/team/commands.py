"""team: who is in the team, with which role; invite and remove people."""

from __future__ import annotations

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.team import show as view
from bot.team.cards import invite_dialog
from bot.widgets import Button, Message, press
from models.accounts.actions import invite_user, roles_text
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.tables.accounts import Role

WHICH_ROLE = marked(
    "Which role? Say the person and one of {roles}: /pipenotify team role ada@acme.com manager."
)

WHOSE_MANAGER = marked(
    "Whose manager? Say the person and their manager: /pipenotify team manager ben@acme.com ada@acme.com."
)


@command(
    "team list",
    right=Action.PEOPLE_READ,
    usage="[words]",
    summary="Who is in the team, with which role; or only those with these words in their name or e-mail",
)
def team_list(context: Context) -> Reply:
    return Say(view.draw_page(context, find=" ".join(context.args)))


@command(
    "team invite",
    right=Action.PEOPLE_CHANGE,
    usage="<e-mail> [role]",
    summary="Make somebody a user of the team; a sales rep unless you say a role",
    writes=True,
)
def team_invite(context: Context) -> Reply:
    words, role = view.split_role(context.args)
    if not words:
        if context.interaction.opens_dialog:
            return Open(invite_dialog())
        button = Button(tr("Invite"), press("team.invite", dialog=True), primary=True)
        return Say(
            done_card(tr("Whom do you invite?"), tr("By their e-mail in Google Chat."), buttons=[button])
        )
    email, *rest = words
    if rest:
        raise InvalidRequest(
            user_message=tr(
                "There is no role “{words}”. There are {roles}.",
                words=" ".join(rest)[:40],
                roles=roles_text(),
            )
        )
    user = invite_user(context.session, context.actor, email, role or Role.SALES_REP)
    return Say(view.draw_person(context, user, tr("Invited.")))


@command(
    "team role",
    right=Action.PEOPLE_CHANGE,
    usage="<person> <role>",
    summary="Give somebody another role; they are told",
    writes=True,
)
def team_role(context: Context) -> Reply:
    words, role = view.split_role(context.args)
    if not role:
        raise InvalidRequest(user_message=tr(WHICH_ROLE, roles=roles_text()))
    return Say(view.change_role(context, lookup.find_person(context, words), role))


@command(
    "team manager",
    right=Action.PEOPLE_CHANGE,
    usage="<person> <manager | nobody>",
    summary="Say who manages somebody, for rules that write to the manager or team of the owner",
    writes=True,
)
def team_manager(context: Context) -> Reply:
    if not context.args:
        raise InvalidRequest(user_message=tr(WHOSE_MANAGER))
    return Say(view.set_manager_by_words(context, context.args))


@command(
    "team remove",
    right=Action.PEOPLE_CHANGE,
    usage="<person>",
    summary="Take somebody out of the team, after asking",
)
def team_remove(context: Context) -> Reply:
    card = view.ask_to_remove(context, lookup.find_person(context, context.args))
    return Say(Message(card, fallback_text=card.title))

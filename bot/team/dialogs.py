"""The dialogs about people: what is refused is shown again, with the reason."""

from __future__ import annotations

from typing import Final

from bot import lookup
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.team import show as view
from bot.team.cards import invite_dialog, manager_dialog, role_dialog
from models.accounts.actions import invite_user
from models.accounts.rights import Action
from models.errors import Conflict, InvalidRequest, NotFound
from models.languages.translate import tr
from models.tables import User

with_person: Final = lookup.with_object("person", view.person_by_id, view.draw_gone)


@dialog("team.invite", right=Action.PEOPLE_CHANGE)
def open_invitation(_context: Context) -> Reply:
    return Open(invite_dialog())


@dialog("team.add", right=Action.PEOPLE_CHANGE, writes=True)
def invite_person(context: Context) -> Reply:
    email, role = _filled(context, "email"), _filled(context, "role")
    try:
        user = invite_user(context.session, context.actor, email, role)
    except (InvalidRequest, Conflict) as error:
        return Open(invite_dialog(email, role, error.user_message))
    return Update(view.draw_person(context, user, tr("Invited.")))


@dialog("team.role", right=Action.PEOPLE_CHANGE)
@with_person
def open_role(context: Context, user: User) -> Reply:
    return Open(role_dialog(view.facts_of(context, user)))


@dialog("team.grant", right=Action.PEOPLE_CHANGE, writes=True)
@with_person
def change_role(context: Context, user: User) -> Reply:
    role = _filled(context, "role")
    try:
        return Update(view.change_role(context, user, role))
    except InvalidRequest as error:
        return Open(role_dialog(view.facts_of(context, user), error.user_message, role))


@dialog("team.line", right=Action.PEOPLE_CHANGE)
@with_person
def open_manager(context: Context, user: User) -> Reply:
    return Open(manager_dialog(view.facts_of(context, user)))


@dialog("team.report", right=Action.PEOPLE_CHANGE, writes=True)
@with_person
def change_manager(context: Context, user: User) -> Reply:
    typed = _filled(context, "manager")
    try:
        return Update(view.change_manager(context, user, view.person_or_nobody(context, typed.split())))
    except (InvalidRequest, NotFound) as error:
        return Open(manager_dialog(view.facts_of(context, user), error.user_message, typed))


def _filled(context: Context, name: str) -> str:
    return next(iter(context.interaction.inputs.get(name, ())), "").strip()

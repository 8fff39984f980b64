"""The buttons on cards of people. A button of somebody who was removed says so."""

from __future__ import annotations

from typing import Final

from bot import lookup
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, press
from bot.team import show as view
from models.accounts.rights import Action
from models.tables import User

with_person: Final = lookup.with_object("person", view.person_by_id, view.draw_gone)


@press("team.list", right=Action.PEOPLE_READ)
def list_people(context: Context) -> Reply:
    return Update(view.draw_page(context, context.page, context.interaction.parameters.get("find", "")))


@press("team.show", right=Action.PEOPLE_READ)
@with_person
def show_person(context: Context, user: User) -> Reply:
    return Update(view.draw_person(context, user))


@press("team.restore", right=Action.PEOPLE_CHANGE, writes=True)
@with_person
def restore_manager(context: Context, user: User) -> Reply:
    manager = view.person_by_id(context, context.interaction.parameters.get("manager", ""))
    return Update(view.change_manager(context, user, manager))


@press("team.remove", right=Action.PEOPLE_CHANGE)
@with_person
def ask_to_remove(context: Context, user: User) -> Reply:
    return Open(view.ask_to_remove(context, user))


@press("team.drop", right=Action.PEOPLE_CHANGE, writes=True)
@with_person
def remove_person(context: Context, user: User) -> Reply:
    return Update(view.remove_person(context, user))

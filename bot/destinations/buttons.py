"""The buttons on cards of destinations.

A button of a destination that was removed says so.
"""

from __future__ import annotations

from typing import Final

from bot import lookup
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, press
from bot.destinations import show as view
from models.accounts.rights import Action
from models.tables import Destination

with_destination: Final = lookup.with_object("place", lookup.destination_by_id, view.gone_card)


@press("space.list", right=Action.SPACE_READ)
def list_destinations(context: Context) -> Reply:
    return Update(view.draw_page(context, context.page, context.interaction.parameters.get("find", "")))


@press("space.link", right=Action.SPACE_LINK, writes=True, open_to_all=True)
def link_space(context: Context) -> Reply:
    return Update(view.link_this_space(context))


@press("space.show", right=Action.SPACE_READ)
@with_destination
def show_destination(context: Context, destination: Destination) -> Reply:
    return Update(view.draw_destination(context, destination))


@press("space.try", right=Action.SPACE_CHANGE)
@with_destination
def ask_to_test(context: Context, destination: Destination) -> Reply:
    return Open(view.ask_to_test(context, destination))


@press("space.test", right=Action.SPACE_CHANGE, writes=True)
@with_destination
def test_destination(context: Context, destination: Destination) -> Reply:
    return Update(view.test_destination(context, destination))


@press("space.pause", right=Action.SPACE_CHANGE, writes=True)
@with_destination
def pause_destination(context: Context, destination: Destination) -> Reply:
    return Update(view.pause_destination(context, destination))


@press("space.resume", right=Action.SPACE_CHANGE, writes=True)
@with_destination
def resume_destination(context: Context, destination: Destination) -> Reply:
    return Update(view.resume_destination(context, destination))


@press("space.remove", right=Action.SPACE_CHANGE)
@with_destination
def ask_to_remove(context: Context, destination: Destination) -> Reply:
    return Open(view.ask_to_remove(context, destination))


@press("space.drop", right=Action.SPACE_CHANGE, writes=True)
@with_destination
def remove_destination(context: Context, destination: Destination) -> Reply:
    return Update(view.remove_destination(context, destination))

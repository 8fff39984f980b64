"""The buttons on cards of destinations. If the destination was removed meanwhile, the list is shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from bot import lookup
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, press
from bot.destinations import show as view
from models.tables import Destination


def with_destination(handle: Callable[[Context, Destination], Reply]) -> Callable[[Context], Reply]:
    """Pass a button its destination; if it is gone (a stale card), show the present state instead."""

    @wraps(handle)
    def find_first(context: Context) -> Reply:
        place = lookup.destination_by_id(context, context.interaction.parameters.get("place", ""))
        return handle(context, place) if place else Update(view.destination_page(context))

    return find_first


@press("space.list")
def list_destinations(context: Context) -> Reply:
    page = context.interaction.parameters.get("page", "1")
    return Update(view.destination_page(context, int(page) if page.isdecimal() and len(page) < 9 else 1))


@press("space.link", writes=True, open_to_all=True)
def link(context: Context) -> Reply:
    return Update(view.link_here(context))


@press("space.show")
@with_destination
def show(context: Context, place: Destination) -> Reply:
    return Update(view.show_destination(context, place))


@press("space.test", writes=True)
@with_destination
def test(context: Context, place: Destination) -> Reply:
    return Update(view.send_test(context, place))


@press("space.pause", writes=True)
@with_destination
def pause(context: Context, place: Destination) -> Reply:
    return Update(view.pause(context, place))


@press("space.resume", writes=True)
@with_destination
def resume(context: Context, place: Destination) -> Reply:
    return Update(view.resume(context, place))


@press("space.remove")
@with_destination
def ask_to_remove(context: Context, place: Destination) -> Reply:
    return Open(view.ask_to_remove(context, place))


@press("space.drop", writes=True)
@with_destination
def drop(context: Context, place: Destination) -> Reply:
    return Update(view.remove(context, place))

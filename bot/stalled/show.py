"""Draws the list of stalled deals for who asks, and answers a snooze."""

from __future__ import annotations

from typing import Final

from bot.cards.event import object_link
from bot.cards.stalled import StalledRow, StalledView, stalled_card, stalled_row
from bot.context import Context
from bot.deals.show import link_base_of
from bot.widgets import Message
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.clock import now
from models.pipedrive.name_refs import refs_in
from models.stalled.queries import list_stalled, names_for, seen_by_person

PAGE: Final = 8


def draw_stalled(context: Context, page: int = 1, notice: str = "") -> Message:
    """Return a page of the stalled deals that the asking person may see."""
    session, tenant_id = context.session, context.tenant_id
    sees = seen_by_person(session, tenant_id, context.actor.user_id)
    found = list_stalled(session, tenant_id, sees, now())
    pages = max(1, -(-len(found.deals) // PAGE))
    page = min(max(page, 1), pages)
    shown = found.deals[(page - 1) * PAGE : page * PAGE]
    names = names_for(session, tenant_id, {pair for each in shown for pair in refs_in(each.change)})
    base = link_base_of(context)
    rows: list[StalledRow] = [stalled_row(each, names, object_link(each.change, base)) for each in shown]
    view = StalledView(
        total=len(found.deals),
        is_cut=found.is_cut,
        page=page,
        pages=pages,
        may_snooze=context.actor.may(Action.CARD_PRESS),
        may_set=context.offers(Action.SPACE_CHANGE, Feature.STALLED),
        notice=notice,
    )
    return stalled_card(rows, view)

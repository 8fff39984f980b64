"""Sends again what failed or was skipped, whether typed or pressed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from bot.cards.done import done_card
from bot.context import Context
from bot.text.format import plural
from bot.widgets import Button, Message, press
from models.clock import now
from models.deliveries import store as delivery_store
from models.deliveries.replay import (
    BATCH,
    PAUSED,
    REMOVED,
    REPLAYED,
    Sought,
    chosen,
    hindrance,
    left_out,
    of_destination,
)
from models.errors import InvalidRequest, NotFound
from models.tables import Delivery, Destination
from models.tables.deliveries import DeliveryState

FAILED: Final = "failed"
STANDS: Final = {
    DeliveryState.DELIVERED: "It has arrived already.",
    DeliveryState.HELD: "Quiet hours hold it; it leaves when they end.",
}
HINDERED: Final = {
    REMOVED: "Its destination was removed, so it can go nowhere.",
    PAUSED: "Its destination is paused. Resume that first: /pipenotify space resume.",
}


def retry(context: Context, number: str) -> str:
    """Owe one delivery again, with all that its message folds; return what was done.

    Raises NotFound, and InvalidRequest for one that has arrived, is on its way or can go nowhere.
    """
    number = number.removeprefix("#")
    found = None
    if number.isdecimal() and len(number) <= 18:
        query = select(Delivery.state, Delivery.destination_name, hindrance())
        mine = (Delivery.tenant_id == context.tenant_id, Delivery.id == int(number))
        query = query.select_from(Delivery).join(Destination, of_destination(), isouter=True)
        found = context.session.execute(query.where(*mine)).first()
    if found is None:
        raise NotFound(
            user_message=f"There is no delivery “{number[:20]}”. /pipenotify log failed shows the numbers."
        )
    state, where, hindered = found
    if state not in (DeliveryState.DEAD, DeliveryState.SKIPPED):
        raise InvalidRequest(user_message=STANDS.get(state, "It is on its way already."))
    if hindered:
        raise InvalidRequest(user_message=HINDERED[hindered])
    return _create_deliveries(context, [int(number)], f"delivery {number} to {where}")


def retry_failed(context: Context) -> Message:
    """Owe what failed again, oldest first, a batch of it; say what was done and what was left out."""
    sought = Sought()
    ids = chosen(context.session, context.tenant_id, sought, BATCH)
    stuck = left_out(context.session, context.tenant_id, sought)
    told = [
        f"{plural(count, 'failed delivery', 'failed deliveries')} left out: {why}."
        for why, count in stuck.items()
    ]
    if len(ids) == BATCH:
        told.append(f"These were the {BATCH} oldest; say it again for the next ones.")
    what = _create_deliveries(context, ids, "all that failed") if ids else "Nothing to send again"
    buttons = [Button("Log", press("log.show"), primary=True)]
    return done_card(what, " ".join(told), buttons=buttons)


def _create_deliveries(context: Context, ids: list[int], subject: str) -> str:
    again = delivery_store.replay(context.session, context.tenant_id, ids, now())
    places = sorted({delivery.destination_name for delivery in again})
    context.record(REPLAYED, subject, count=len(again), to=places)
    context.wakes = True
    return f"{plural(len(again), 'delivery', 'deliveries')} on the way again"

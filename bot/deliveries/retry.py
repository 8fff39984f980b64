"""Sends failed or skipped deliveries again, by command or by button, and reports it."""

from __future__ import annotations

from typing import Final

from bot.cards.done import done_card
from bot.context import Context
from bot.text.format import plural
from bot.widgets import Button, Message, press
from models.deliveries import actions
from models.deliveries.replay import BATCH, Sought, chosen, left_out

FAILED: Final = "failed"


def retry_one(context: Context, number: str) -> str:
    """Send one delivery again and confirm it. Raises NotFound, InvalidRequest (see `retry_delivery`)."""
    count = actions.retry_delivery(context.session, context.actor, number)
    context.wakes = True
    return _sent_text(count)


def retry_failed(context: Context) -> Message:
    """Send one batch of failed deliveries again, oldest first; report what was sent and what was left out."""
    sought = Sought()
    ids = chosen(context.session, context.tenant_id, sought, BATCH)
    stuck = left_out(context.session, context.tenant_id, sought)
    details = [
        f"{plural(count, 'failed delivery', 'failed deliveries')} left out: {why}."
        for why, count in stuck.items()
    ]
    if len(ids) == BATCH:
        details.append(f"These were the {BATCH} oldest; say it again for the next ones.")
    what = "Nothing to send again"
    if ids:
        what = _sent_text(actions.retry_deliveries(context.session, context.actor, ids, "all that failed"))
        context.wakes = True
    return done_card(what, " ".join(details), buttons=[Button("Log", press("log.show"), primary=True)])


def _sent_text(count: int) -> str:
    return f"{plural(count, 'delivery', 'deliveries')} on the way again"

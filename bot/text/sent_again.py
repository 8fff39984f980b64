"""Words about deliveries that are sent again: how many can go, went, or cannot, and why."""

from __future__ import annotations

from typing import Final

from models.deliveries.replay import PAUSED
from models.destinations.open_deliveries import REMOVED
from models.languages.translate import marked, tr, tr_plural, tr_stored, whole
from models.waits.replay import COUNT_CAP

_WAY_ON: Final = {
    PAUSED: marked("Resume it first, or give its webhook a new address; then send what was missed."),
    REMOVED: marked("Its cards can go nowhere any more."),
}


def can_go_text(count: int) -> str:
    """Return how many can go again; counting ends at COUNT_CAP."""
    if not count:
        return tr("There is nothing to send again")
    if count == COUNT_CAP:
        return tr("More than {count} deliveries can go again", count=whole(COUNT_CAP))
    return tr_plural("{count} delivery can go again", "{count} deliveries can go again", count)


def sent_again_text(count: int) -> str:
    """Return how many go again."""
    return tr_plural("{count} delivery on the way again", "{count} deliveries on the way again", count)


def left_out_text(why: str, count: int) -> str:
    """Return how many cannot go, why, and the way on."""
    text = tr_plural(
        "{count} failed card cannot go: {why}.",
        "{count} failed cards cannot go: {why}.",
        count,
        why=tr_stored(why),
    )
    return f"{text} {tr(_WAY_ON.get(why, ''))}".strip()

"""What the person pressed on cards before they were connected, in words for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.text.format import clean
from models.card_actions.waiting import EarlierPress, earlier_presses
from models.clock import now
from models.database.engine import Session
from models.tables.card_actions import CardActionState

_SAVED_NOW: Final = "is being saved in Pipedrive."
_ENDS: Final[Mapping[str, str]] = {
    CardActionState.WAITING: "will be saved as soon as you are connected.",
    CardActionState.PENDING: _SAVED_NOW,
    CardActionState.WRITING: _SAVED_NOW,
    CardActionState.DONE: "is saved in Pipedrive.",
    CardActionState.OVERTAKEN: "was not saved: somebody was faster.",
    CardActionState.FAILED: "was not saved:",
}


@dataclass(frozen=True, slots=True)
class PressStatus:
    """One press: a sentence, and whether it waits for the person to connect."""

    words: str
    waits: bool


def presses_of(session: Session, tenant_id: int, email: str) -> tuple[PressStatus, ...]:
    """Return what a person of a tenant pressed before they were connected, newest first."""
    return tuple(_status(each) for each in earlier_presses(session, tenant_id, email, now()))


def _status(press: EarlierPress) -> PressStatus:
    problem = clean(press.problem) if press.state == CardActionState.FAILED else ""
    words = " ".join(filter(None, (clean(press.what), _ENDS[press.state], problem)))
    return PressStatus(words, press.state == CardActionState.WAITING)

"""Reads a few new events without a claim, which saves a transaction: nearly all are read so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from models.database.engine import Session
from models.events import claims
from models.events.claims import ClaimedEvent

FEW: Final = 16


class UnclaimedEvents:
    """Which new events may be read without a lease; every process that drains has one.

    Not what was stored before this process first looked, or failed in it: that may have killed a worker, and
    its lease counts how often. Not what a worker has claimed. The others need no lease: who closes an event
    creates its deliveries in the same transaction, and has read all earlier ones of its tenant. So none is
    doubled and all keep their order, however many workers read them.
    """

    def __init__(self) -> None:
        self._claimed_up_to: int | None = None  # the id of an event; None until the first look

    def read_in(self, session: Session) -> list[ClaimedEvent] | None:
        """Return all new events, `FEW` at most; None where there are more, or some have to be claimed."""
        if self._claimed_up_to is None:
            self._claimed_up_to = claims.newest_id(session)
        found = claims.read_new(session, FEW + 1)
        if len(found) > FEW:
            return None
        if any(was_leased or event.id <= self._claimed_up_to for event, was_leased in found):
            return None
        return sorted((event for event, _ in found), key=lambda event: event.id)

    def claim_next_time(self, events: Iterable[ClaimedEvent]) -> None:
        """Claim these, and all that are older, before they are read again."""
        self._claimed_up_to = max([self._claimed_up_to or 0, *(event.id for event in events)])

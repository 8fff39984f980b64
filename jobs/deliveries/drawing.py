"""Draws the cards of one step, a few at a time; those of one tenant do not hold up all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.prepare import TENANT_S
from jobs.deliveries.send import DrawnMessage
from models.clock import monotonic

TOGETHER: Final = 8  # to wake the loop that posts costs as much as a third of a card


class Drawing:
    """Messages to be drawn. Each tenant gets `TENANT_S` and at least one card, its others are late."""

    def __init__(
        self,
        draw: Callable[[OutgoingMessage], DrawnMessage],
        messages: Iterable[OutgoingMessage] = (),
    ) -> None:
        self._draw = draw
        self._undrawn = list(messages)
        self._late: list[OutgoingMessage] = []
        self._spent: dict[int, float] = defaultdict(float)

    @property
    def is_over(self) -> bool:
        return not self._undrawn

    def draw_some(self) -> list[DrawnMessage]:
        """Draw the next few and return them; who gets them sends them. Raises INTERRUPTIONS."""
        drawn, late = list[DrawnMessage](), list[OutgoingMessage]()
        for message in self._undrawn[:TOGETHER]:
            if self._spent[message.head.tenant_id] > TENANT_S:
                late.append(message)
                continue
            started = monotonic()
            drawn.append(self._draw(message))
            self._spent[message.head.tenant_id] += monotonic() - started
        self._late += late
        del self._undrawn[:TOGETHER]
        return drawn

    def take_unsent(self) -> list[OutgoingMessage]:
        """Return what is late and what was not drawn, once: it is to be given back."""
        unsent, self._late, self._undrawn = [*self._late, *self._undrawn], [], []
        return unsent

"""Listens for wake-ups of a drain, and keeps its slot."""

from __future__ import annotations

import queue
import threading
import time
from typing import Final

import redis

from jobs.deliveries.results import SendResult
from jobs.queue import Slot

LISTEN_S: Final = 1.0
BETWEEN_WAKES_S: Final = 0.002  # wake-ups that come sooner are one: each costs as much as half a card
RENEW_SLOT_EVERY_S: Final = 0.5  # a slot that is not renewed is free after three seconds


class WakeListener(threading.Thread):
    """Waits for wake-ups and renews the slot; after a failure of Redis it continues when Redis is back.

    `inbox` gets None for each wake-up, beside the results of the senders. A drain that helps takes none: two
    that are woken by the same events would both read them.
    """

    def __init__(self, slot: Slot, *, takes_wakes: bool) -> None:
        super().__init__(name="wake-listener", daemon=True)
        self._slot = slot
        self._connection = slot.connect()
        self._takes_wakes = takes_wakes
        self._stopped = threading.Event()
        self.inbox: queue.SimpleQueue[SendResult | None] = queue.SimpleQueue()

    def run(self) -> None:
        try:
            self._listen()
        finally:
            self._connection.close()

    def _listen(self) -> None:
        renewed = 0.0
        while not self._stopped.is_set():
            try:
                if time.monotonic() - renewed > RENEW_SLOT_EVERY_S:
                    self._slot.renew()
                    renewed = time.monotonic()
                if not self._takes_wakes:
                    self._stopped.wait(RENEW_SLOT_EVERY_S)
                elif self._slot.wait(LISTEN_S, self._connection):
                    self.inbox.put(None)
                    time.sleep(BETWEEN_WAKES_S)  # to wait for the event costs as much as the wake-up
            except redis.RedisError:
                self._stopped.wait(LISTEN_S)

    def stop(self, *, waits: bool = True) -> None:
        """End it. Without `waits` it ends with the process: it may just wait for Redis."""
        self._stopped.set()
        if waits:
            self.join(LISTEN_S * 2)

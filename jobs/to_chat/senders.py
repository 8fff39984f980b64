"""The threads that send to Chat: as many as its response times need, and no more.

A few threads serve a Chat that answers at once best, because of the GIL; one that takes 100 ms needs dozens.
So a thread is added only while messages wait for one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

FIRST: Final = 2
PATIENCE_S: Final = 0.05
IDLE_S: Final = 10.0


Message = TypeVar("Message")
Result = TypeVar("Result")


class Senders(Generic[Message, Result]):
    """A pool that grows while its queue waits. `on_result` gets each result, in the thread that sent it."""

    def __init__(
        self,
        send: Callable[[Message], Result],
        on_result: Callable[[Result], None],
        most: int,
    ) -> None:
        self._send = send
        self._on_result = on_result
        self._most = most
        self._waiting: deque[tuple[float, Message]] = deque()
        self._queue_changed = threading.Condition()
        self._threads = 0
        self._is_over = False

    def submit(self, messages: list[Message]) -> None:
        """Queue messages; they are sent in this order, each by the next free thread."""
        at = time.monotonic()
        with self._queue_changed:
            self._waiting.extend((at, message) for message in messages)
            self._queue_changed.notify(len(messages))
        self.grow()

    def grow(self) -> None:
        """Add threads while the oldest message waits too long: half as many again each time."""
        with self._queue_changed:
            if not self._waiting:
                return
            waits_long = time.monotonic() - self._waiting[0][0] > PATIENCE_S
            needed = self._threads + self._threads // 2 + 1 if waits_long else FIRST
            for _ in range(min(needed, self._most) - self._threads):
                self._threads += 1
                threading.Thread(target=self._send_messages, name="send", daemon=True).start()

    @property
    def is_behind(self) -> bool:
        """Whether a message waits for a thread."""
        return bool(self._waiting)

    def stop(self) -> list[Message]:
        """Start no further send; return the messages that were not started."""
        with self._queue_changed:
            self._is_over = True
            unsent = [message for _, message in self._waiting]
            self._waiting.clear()
            self._queue_changed.notify_all()
        return unsent

    def _send_messages(self) -> None:
        while (message := self._next_message()) is not None:
            self._on_result(self._send(message))

    def _next_message(self) -> Message | None:
        with self._queue_changed:
            while not self._waiting:
                if self._is_over or not self._queue_changed.wait(IDLE_S):
                    self._threads -= 1
                    return None
            return self._waiting.popleft()[1]

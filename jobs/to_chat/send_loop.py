"""The event loop that posts to Chat: one thread for each process, some hundreds of messages under way."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

import uvloop

NOTE_EVERY_S: Final = 1.0
STUCK_S: Final = 120.0  # as long as a silent coordinator may be (`lease_keeper.MOST_SILENCE_S`)
END_WITHIN_S: Final = 2.0

Message = TypeVar("Message")
Result = TypeVar("Result")


class SendLoop(Generic[Message, Result]):
    """Sends each message by `send`, which never raises, in a task of its own.

    It starts when it is needed, or by `start`, and then begins with `open`.
    """

    def __init__(
        self,
        send: Callable[[Message], Awaitable[Result]],
        open: Callable[[], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._send, self._open, self._close = send, open, close
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self._progress_at = time.monotonic()

    def start(self) -> None:
        """Start the thread, so that the first messages find the loop open."""
        self._running_loop()

    def submit(self, messages: Sequence[Message], on_result: Callable[[Result], object]) -> None:
        """Begin to send all of these; `on_result` gets each result, in the thread of the loop."""
        if messages:
            self._running_loop().call_soon_threadsafe(self._begin, messages, on_result)

    @property
    def is_stuck(self) -> bool:
        """Whether something has held up the loop for long: its messages should go to another worker."""
        return self._thread is not None and time.monotonic() - self._progress_at > STUCK_S

    def close(self) -> None:
        """End the connections and the thread; what is under way is given up."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._end(), loop).result(END_WITHIN_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(END_WITHIN_S)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = uvloop.new_event_loop()
                self._progress_at = time.monotonic()
                self._thread = threading.Thread(
                    target=self._run, args=(self._loop,), name="send-loop", daemon=True
                )
                self._thread.start()
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.call_soon(self._note_progress, loop)
        loop.call_soon(self._begin_task, self._open())
        try:
            loop.run_forever()
        finally:
            loop.close()

    def _note_progress(self, loop: asyncio.AbstractEventLoop) -> None:
        self._progress_at = time.monotonic()
        loop.call_later(NOTE_EVERY_S, self._note_progress, loop)

    def _begin(self, messages: Sequence[Message], on_result: Callable[[Result], object]) -> None:
        for message in messages:
            self._begin_task(self._send_one(message, on_result))

    def _begin_task(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._tasks.discard)

    async def _send_one(self, message: Message, on_result: Callable[[Result], object]) -> None:
        on_result(await self._send(message))

    async def _end(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._close()

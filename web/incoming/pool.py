"""Threads for one kind of work, so that one kind never takes the threads of another."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from web.incoming.request import TooBusy

Result = TypeVar("Result")
_Job = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class WorkerPool:
    """A few daemon threads, started when they are first needed; `run` is called in the event loop alone.

    Unlike concurrent.futures, a thread that still works never delays the end of the process.
    """

    def __init__(self, name: str, threads: int, most_waiting: int) -> None:
        self._name, self._threads = name, threads
        self._most = threads + most_waiting
        self._pending = self._started = 0
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()

    async def run(self, work: Callable[..., Result], *args: object) -> Result:
        """Return what `work` returns in a thread, or raise what it raises. Raises TooBusy at once."""
        if self._pending >= self._most:
            raise TooBusy
        self._pending += 1
        try:
            if self._started < min(self._pending, self._threads):
                self._start()
            future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
            self._jobs.put((partial(work, *args), future))
            return await future
        finally:
            self._pending -= 1

    def _start(self) -> None:
        self._started += 1
        threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._do(*self._jobs.get())  # nothing of a request stays in a waiting thread

    @staticmethod
    def _do(work: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        result, failure = None, None
        try:
            result = work()
        except Exception as failed:  # noqa: BLE001 - `run` raises it
            failure = failed
        with suppress(RuntimeError):  # the loop is closed: the process ends, and nobody waits any more
            future.get_loop().call_soon_threadsafe(_settle, future, result, failure)


def _settle(future: asyncio.Future[Any], result: object, failure: Exception | None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)

"""Looks up keys of webhooks: those that wait at the same time in one query, in one thread.

Neither a wrong key nor its absence is kept, so that nothing grows with what strangers send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from models.errors import DatabaseUnavailable
from web.incoming.pool import WorkerPool

MOST_AT_ONCE: Final = 256
MOST_WAITING: Final = 2048
# Those of addresses with too many failures: among them may be a right one, so they are looked up, but behind
# so few that they delay nobody.
MOST_SUSPECTS: Final = 128

Found = TypeVar("Found")


class LookUps(Generic[Found]):
    """`read` returns what it finds for some keys; it alone runs in a thread, all else in the event loop."""

    def __init__(self, read: Callable[[set[str]], Mapping[str, Found]]) -> None:
        self._read = read
        self._pool = WorkerPool("look-ups", 1, 1)
        self._waiting: dict[str, asyncio.Future[Found | None]] = {}
        self._runs: asyncio.Task[None] | None = None

    async def ask(self, key: str, *, is_suspect: bool) -> Found | None:
        """Return what is found for a key of the right form, None for nothing. Raises DatabaseUnavailable."""
        future = self._waiting.get(key)
        if future is None:
            if len(self._waiting) >= (MOST_SUSPECTS if is_suspect else MOST_WAITING):
                raise DatabaseUnavailable("too many keys are looked up at once")
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._runs is None or self._runs.done():
            self._runs = asyncio.create_task(self._run())
        return await asyncio.shield(future)

    async def _run(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:MOST_AT_ONCE]
            asked = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await self._pool.run(self._read, set(asked))
            except Exception as failed:  # noqa: BLE001 - `ask` raises it
                _fail(asked.values(), failed)
            else:
                for key, future in asked.items():
                    future.set_result(found.get(key))


def _fail(futures: Any, failed: Exception) -> None:
    for future in futures:
        future.set_exception(failed)

"""Threads for one kind of work: as many as needed, never more than said, and errors reach who asked."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.web.rsgi import run
from web.incoming.pool import WorkerPool
from web.incoming.request import TooBusy


def test_work_is_done_in_few_threads_and_its_errors_are_raised_where_it_was_asked() -> None:
    async def scene() -> tuple[set[str], list[object]]:
        pool = WorkerPool("few", 2, 50)
        names = await asyncio.gather(*(pool.run(lambda: threading.current_thread().name) for _ in range(40)))
        failed = await asyncio.gather(pool.run(lambda: 1 / 0), pool.run(int, "7"), return_exceptions=True)
        return set(names), [type(each) if isinstance(each, Exception) else each for each in failed]

    names, found = run(scene())

    assert names <= {"few-1", "few-2"}
    assert found == [ZeroDivisionError, 7]


def test_what_does_not_fit_is_refused_at_once_and_later_taken() -> None:
    async def scene() -> int:
        pool, gate = WorkerPool("full", 1, 1), threading.Event()
        waiting = [asyncio.create_task(pool.run(gate.wait, 20)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TooBusy):
            await pool.run(int)
        gate.set()
        await asyncio.gather(*waiting)
        return await pool.run(int, "5")

    assert run(scene()) == 5

"""One timer for many waits: each ends in its turn, and what is removed never."""

from __future__ import annotations

import asyncio

from tests.web.rsgi import run
from web.incoming.deadlines import Deadlines


class Noted:
    def __init__(self) -> None:
        self.ended = 0

    def end(self) -> None:
        self.ended += 1


def test_waits_end_once_and_only_if_they_are_still_there() -> None:
    async def scene() -> tuple[list[int], int, bool]:
        deadlines, waits = Deadlines(0.1), [Noted() for _ in range(4)]
        for each in waits[:3]:
            deadlines.add(each)
        deadlines.remove(waits[1])
        await asyncio.sleep(0.4)
        deadlines.add(waits[3])
        await asyncio.sleep(0.4)
        return [each.ended for each in waits], len(deadlines._due), deadlines._is_ticking

    assert run(scene()) == ([1, 0, 1, 1], 0, False)


def test_a_wait_is_not_ended_before_its_time() -> None:
    async def scene() -> int:
        deadlines, wait = Deadlines(20), Noted()
        deadlines.add(wait)
        await asyncio.sleep(0.25)
        deadlines.remove(wait)
        return wait.ended

    assert run(scene()) == 0

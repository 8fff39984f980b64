"""Look-ups of keys: together in few queries, and nothing of what strangers ask for is kept."""

from __future__ import annotations

import asyncio
import threading

import pytest

from models.errors import DatabaseUnavailable
from tests.web.rsgi import run
from web.from_pipedrive.look_ups import MOST_AT_ONCE, MOST_SUSPECTS, MOST_WAITING, LookUps


class Table:
    """The credentials' table; it answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.gate = threading.Event()

    def read(self, keys: set[str]) -> dict[str, str]:
        self.asked.append(keys)
        assert self.gate.wait(20)
        return {key: key.upper() for key in keys if key.startswith("known")}


def test_keys_that_wait_together_are_asked_for_together_and_then_forgotten() -> None:
    table = Table()

    async def scene() -> tuple[list[str | None], int]:
        look_ups = LookUps(table.read)
        keys = ["known-1", "nobody", "known-1", *(f"stranger-{number}" for number in range(MOST_AT_ONCE))]
        asking = [asyncio.create_task(look_ups.ask(key, is_suspect=False)) for key in keys]
        await asyncio.sleep(0.05)
        table.gate.set()
        return await asyncio.gather(*asking), len(look_ups._waiting)

    found, kept = run(scene())

    assert found[:3] == ["KNOWN-1", None, "KNOWN-1"]
    assert kept == 0
    assert len(table.asked) <= 3
    assert sum(map(len, table.asked)) == MOST_AT_ONCE + 2


def test_strangers_who_failed_too_often_queue_up_behind_few_and_are_told_at_once() -> None:
    table = Table()

    async def scene() -> tuple[int, str | None]:
        look_ups = LookUps(table.read)
        first = asyncio.create_task(look_ups.ask("first", is_suspect=False))
        await asyncio.sleep(0.05)  # it is being read
        asking = [
            asyncio.create_task(look_ups.ask(f"s{number}", is_suspect=True)) for number in range(MOST_WAITING)
        ]
        honest = asyncio.create_task(look_ups.ask("known", is_suspect=False))
        await asyncio.sleep(0.05)
        refused = sum(isinstance(each.exception(), DatabaseUnavailable) for each in asking if each.done())
        table.gate.set()
        await asyncio.gather(*asking, first, return_exceptions=True)
        return refused, await honest

    assert run(scene()) == (MOST_WAITING - MOST_SUSPECTS, "KNOWN")


def test_a_database_that_is_away_is_raised_where_it_was_asked_and_the_next_look_up_works() -> None:
    answers: list[Exception | None] = [DatabaseUnavailable("away"), None]

    def read(keys: set[str]) -> dict[str, str]:
        if (trouble := answers.pop(0)) is not None:
            raise trouble
        return dict.fromkeys(keys, "found")

    async def scene() -> str | None:
        look_ups = LookUps(read)
        with pytest.raises(DatabaseUnavailable):
            await look_ups.ask("a", is_suspect=False)
        return await look_ups.ask("a", is_suspect=False)

    assert run(scene()) == "found"

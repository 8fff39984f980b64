"""Each change is on disk a moment later, and a disk that is full is no end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stack import wait_until
from web.playground.saved.saver import Saver
from web.playground.saved.state_file import StateFile
from web.playground.ticker import Ticker


class World:
    """A number that changes."""

    def __init__(self, folder: Path) -> None:
        self.file, self.ticker, self.number, self.asked = StateFile(folder), Ticker(), 0, 0
        self.saver = Saver(self.file, self.ticker, self.state)

    def state(self) -> dict[str, int]:
        self.asked += 1
        return {"number": self.number}

    def change(self) -> None:
        self.number += 1
        self.ticker.tick()

    def kept(self) -> int:
        return int((self.file.read() or {}).get("number", -1))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_change_is_written_a_moment_later(world: World) -> None:
    world.saver.start()
    assert world.kept() == 0
    world.change()
    wait_until(lambda: world.kept() == 1, 5, "the change on disk")
    world.saver.close()


def test_closing_writes_the_last_change(world: World) -> None:
    world.saver.start()
    for _ in range(3):
        world.change()
    world.saver.close()
    assert world.kept() == 3


def test_nothing_is_written_while_nothing_changes(world: World) -> None:
    world.saver.save()
    world.saver.save()
    assert world.asked == 1


def test_a_write_that_fails_is_made_up_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.saver.start()
    refused: list[int] = []

    def full(_state: object) -> None:
        refused.append(1)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(world.file, "write", full)
        world.change()
        wait_until(lambda: refused, 5, "a write")
    wait_until(lambda: world.kept() == 1, 8, "the write that is made up for")
    world.saver.close()

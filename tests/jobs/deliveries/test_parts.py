"""Work on many items: what fails fails alone, and a database that is away is nobody's fault."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jobs.deliveries import parts
from jobs.deliveries.parts import work_in_parts
from jobs.queue import INTERRUPTIONS
from models.database.engine import Database
from models.errors import DatabaseUnavailable

Item = tuple[int, str]  # a tenant, and what it is called
ITEMS: list[Item] = [(1, "a"), (1, "b"), (2, "c"), (2, "d"), (3, "e")]


class Work:
    """Fails whenever a bad item is among those to work on."""

    def __init__(self, *bad: str, error: Exception | None = None) -> None:
        self.bad, self.error = bad, error or ZeroDivisionError()
        self.done: list[str] = []
        self.calls: list[str] = []

    def __call__(self, items: Sequence[Item]) -> None:
        names = "".join(name for _, name in items)
        self.calls.append(names)
        if any(name in self.bad for name in names):
            raise self.error
        self.done += names


def run(database: Database, work: Work) -> list[str]:
    failed: list[str] = []
    work_in_parts(database, ITEMS, lambda item: item[0], work, lambda item, _error: failed.append(item[1]))
    return failed


@pytest.mark.parametrize(
    ("bad", "calls"),
    [
        ("", ["abcde"]),
        ("a", ["abcde", "ab", "a", "b", "cd", "e"]),
        ("e", ["abcde", "ab", "cd", "e"]),
        ("bd", ["abcde", "ab", "a", "b", "cd", "c", "d", "e"]),
    ],
)
def test_only_the_bad_ones_fail(database: Database, bad: str, calls: list[str]) -> None:
    work = Work(*bad)

    assert run(database, work) == list(bad)
    assert (work.calls, sorted(work.done)) == (calls, sorted(set("abcde") - set(bad)))


def test_a_refusal_of_a_database_that_answers_is_split_too(database: Database) -> None:
    work = Work("b", error=DatabaseUnavailable("stack depth limit exceeded"))

    assert run(database, work) == ["b"]
    assert sorted(work.done) == ["a", "c", "d", "e"]


def test_a_database_that_is_away_is_said_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_database: Database) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(parts, "ping", refuse)
    work = Work("b", error=DatabaseUnavailable("away"))

    with pytest.raises(DatabaseUnavailable):
        run(database, work)
    assert work.calls == ["abcde"]


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_a_signal_is_nobodys_fault(database: Database, interruption: type[Exception]) -> None:
    work = Work("b", error=interruption())

    with pytest.raises(interruption):
        run(database, work)
    assert work.calls == ["abcde"]

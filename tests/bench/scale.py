"""What further processes give: cards of one, two and four workers, acks of one and two web processes.

The database is the limit of them all. PostgreSQL's own CPU time, and the time that SQLite's write lock is
held, say how much of it an ack or a card needs, and so how many a second one core or one lock can do at most.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from tests.bench.stand import Stand, stand
from tests.bench.usage import Usage

TENANTS: Final = 64
SPACES: Final = 40
CONNECTIONS: Final = 32
SECONDS: Final = 6
EVENTS: Final = 7_680
CHAT_MS: Final = 100  # so that a worker waits, as it does for Google
Say = Callable[[str, str, str], None]


def run(kind: str, say: Say) -> None:
    alone: float = 0
    for webs in (1, 2):
        with stand(kind, TENANTS, SPACES) as at:
            ports = [at.start_web() for _ in range(webs)]
            _post(at, ports, 1)  # warm up
            with Usage(at, "web") as usage:
                acks = _post(at, ports, SECONDS, first=10_000_000)
        alone = alone or acks
        say(
            kind,
            f"scale: acks/s of {webs} web process(es)",
            _found(kind, acks / usage.seconds, acks / alone, usage, acks),
        )
    alone = 0
    for workers in (1, 2, 4):
        with stand(kind, TENANTS, SPACES, CHAT_MS) as at:
            at.load(TENANTS, SPACES, most=EVENTS, port=at.start_web())
            at.stop("web")
            for _ in range(workers):
                at.start("worker")
            before = at.wait_for_cards(EVENTS // 5, 120)["cards"]  # all of them work by then
            with Usage(at, "worker") as usage:
                cards = at.wait_for_cards(EVENTS * 9 // 10, 180)["cards"] - before
        rate = cards / usage.seconds
        alone = alone or rate
        say(kind, f"scale: cards/s of {workers} worker(s)", _found(kind, rate, rate / alone, usage, cards))


def _post(at: Stand, ports: list[int], seconds: float, first: int = 0) -> int:
    """Post to all web processes at once; return how many were acknowledged."""

    def one(number: int) -> dict[str, Any]:
        each = CONNECTIONS // len(ports)
        begin = first + number * 5_000_000
        return at.load(TENANTS, SPACES, connections=each, seconds=seconds, first=begin, port=ports[number])

    with ThreadPoolExecutor(len(ports)) as pool:
        found = list(pool.map(one, range(len(ports))))
    return sum(each["acks"] for each in found)


def _found(kind: str, rate: float, ratio: float, usage: Usage, count: int) -> str:
    """Say a rate, what one of so many took, and where the database is full."""
    own, database = usage.parts_s / count * 1000, usage.database_busy_s / count * 1000
    what = "lock held" if kind == "sqlite" else "PostgreSQL"
    limit = f"full at {1000 / database:,.0f}/s" if database else "not measured"
    return f"{rate:,.0f}/s, x{ratio:.2f}; each {own:.2f} ms CPU, {what} {database:.2f} ms: {limit}"

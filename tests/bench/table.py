"""The road from webhook to card beside a bare loop of the same libraries, in the same run, as one table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.bench import matching
from tests.bench.stand import Stand, stand
from tests.bench.usage import Usage

TENANTS: Final = 64
SPACES: Final = 40
SECONDS: Final = 8
RATE: Final = 200
CARDS: Final = 4_000
GIVE_UP_S: Final = 300.0
Say = Callable[[str, str, str], None]
LESS_IS_BETTER: Final = ("ms", "us")


@dataclass
class Measured:
    """Figures by their names, with their units: `("cards a second", "/s")`."""

    figures: dict[tuple[str, str], float] = field(default_factory=dict)

    def add(self, name: str, unit: str, value: float) -> None:
        self.figures[name, unit] = value


def run(kind: str, say: Say) -> None:
    """Measure the product, then the bare loop, and print a row for each figure."""
    product, bare = measure(kind, is_bare=False), measure(kind, is_bare=True)
    matched = {(f"one event, 1,000 rules with {name}", "us"): us for name, us in matching.operators().items()}
    for row in rows(product.figures | matched, bare.figures):
        say(kind, f"table: {row[0]}", f"{row[1]:>14} | {row[2]:>14} | {row[3]}")


def rows(
    measured: Mapping[tuple[str, str], float], bare: Mapping[tuple[str, str], float]
) -> list[tuple[str, str, str, str]]:
    """Return what was measured, the product's figure, the bare loop's and their ratio, as text."""
    drawn = [("work", "measured", "bare loop", "ratio")]
    for (name, unit), value in measured.items():
        beside = bare.get((name, unit))
        ratio = f"{value / beside:.2f}" if beside else ""
        drawn.append((name, _figure(value, unit), _figure(beside, unit) if beside else "", ratio))
    return drawn


def _figure(value: float, unit: str) -> str:
    return f"{value:,.2f} {unit}" if unit in LESS_IS_BETTER else f"{value:,.0f}{unit}"


def measure(kind: str, *, is_bare: bool) -> Measured:
    found = Measured()
    _latency(kind, found, is_bare=is_bare)
    _door(kind, found, is_bare=is_bare)
    if not is_bare:
        _door_of_busy_spaces(kind, found)
    for delay_ms in (0, 100):
        _cards(kind, found, delay_ms, is_bare=is_bare)
    return found


@contextmanager
def _stand(kind: str, *, is_bare: bool, delay_ms: int = 0) -> Iterator[Stand]:
    with stand(kind, TENANTS, SPACES, delay_ms) as at:
        if is_bare:
            at.be_bare()
        yield at


def _latency(kind: str, found: Measured, *, is_bare: bool) -> None:
    """Measure from the first second after the worker is ready, in which each tenant's first event comes."""
    with _stand(kind, is_bare=is_bare) as at:
        at.start("web")
        at.start("worker")
        with Usage(at, "web") as of_web, Usage(at, "worker") as of_worker:
            load = at.load(TENANTS, SPACES, seconds=SECONDS, rate=RATE)
            seen = at.wait_for_cards(load["acks"], 60)["at"]
        waits = [(seen[deal] - acked) * 1000 for deal, acked in load["acked"].items() if deal in seen]
        cuts = statistics.quantiles(waits, n=100)
        found.add(f"acknowledged to card at {RATE}/s, p50", "ms", cuts[49])
        found.add(f"acknowledged to card at {RATE}/s, p99", "ms", cuts[98])
        found.add(f"CPU of an event in the web part at {RATE}/s", "ms", of_web.parts_s / load["acks"] * 1000)
        found.add(f"CPU of an event in the worker at {RATE}/s", "ms", of_worker.parts_s / load["acks"] * 1000)


def _door(kind: str, found: Measured, *, is_bare: bool) -> None:
    for words, has_worker in (("none draining", False), ("one worker draining", True)):
        with _stand(kind, is_bare=is_bare) as at:
            at.start("web")
            if has_worker:
                at.start("worker")
            at.load(TENANTS, SPACES, seconds=2)  # warm up
            load = at.load(TENANTS, SPACES, seconds=SECONDS, first=10_000_000)
            found.add(f"stored and acknowledged, {words}", "/s", load["acks"] / load["seconds"])


def _door_of_busy_spaces(kind: str, found: Measured) -> None:
    """Measure while each space takes one card a second, as Google allows: then all of them gather bursts."""
    tenants, spaces = 40, 10
    with stand(kind, tenants, spaces) as at:
        at.env["CHAT_SPACE_WRITES_PER_SECOND"] = "1"
        at.start("web")
        at.start("worker")
        at.load(tenants, spaces, seconds=2)
        load = at.load(tenants, spaces, seconds=SECONDS, first=10_000_000)
        words = f"stored and acknowledged, cards for {tenants * spaces} spaces at one a second"
        found.add(words, "/s", load["acks"] / load["seconds"])


def _cards(kind: str, found: Measured, delay_ms: int, *, is_bare: bool) -> None:
    with _stand(kind, is_bare=is_bare, delay_ms=delay_ms) as at:
        at.start("web")
        at.load(TENANTS, SPACES, most=CARDS)
        at.stop("web")
        at.start("worker")
        moments = sorted(at.wait_for_cards(CARDS, GIVE_UP_S)["at"].values())
        tenth = len(moments) // 10  # the first and the last tenth are left out: it starts, and runs empty
        took = moments[-tenth] - moments[tenth]
        found.add(f"cards, Chat answers in {delay_ms} ms", "/s", (len(moments) - 2 * tenth) / took)

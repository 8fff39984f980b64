"""That what waits and what has been changes nothing: `python -m tests.bench [kind] proof`.

The same is measured with an empty record, with 200,000 deliveries due in one space, and with a million that
were delivered. Printed is what the second and the third come to, and their ratio to the first.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from typing import Final

from tests.bench.backlog import fill
from tests.bench.stand import Stand, stand

TENANTS: Final = 64
SPACES: Final = 40
DUE: Final = 200_000
HISTORY: Final = 1_000_000
RATE: Final = 100
SECONDS: Final = 10
Say = Callable[[str, str, str], None]
Figures = Mapping[str, float]


def run(kind: str, say: Say) -> None:
    empty = measure(kind)
    for words, figures in (
        (f"{DUE:,} due in one space", measure(kind, due=DUE)),
        (f"{HISTORY:,} delivered", measure(kind, history=HISTORY)),
    ):
        for name, value in figures.items():
            beside = f"{value:,.1f}, empty {empty[name]:,.1f}: x{value / empty[name]:.2f}"
            say(kind, f"proof: {words}: {name}", beside)


def measure(kind: str, *, due: int = 0, history: int = 0) -> Figures:
    """Return acks, times and memory of a running product beside so many rows."""
    with stand(kind, TENANTS, SPACES) as at:
        fill(at.database, history, due, 0)  # the first tenant has quiet hours then, in every run
        at.env["CHAT_SPACE_WRITES_PER_SECOND"] = "1"  # as Google allows, so that what is due stays
        at.start("web")
        at.start("worker")
        at.load(TENANTS, SPACES, seconds=3, rate=RATE)
        at.wait_for_cards(RATE * 2, 120)
        at.forget()
        return _figures(at)


def _figures(at: Stand) -> Figures:
    slow = at.load(TENANTS, SPACES, seconds=SECONDS, rate=RATE, first=10_000_000)
    sent = {deal: acked for deal, acked in slow["acked"].items() if int(deal) % TENANTS}
    seen = at.wait_for_cards(len(sent), 120)["at"]
    waits = [(seen[deal] - acked) * 1000 for deal, acked in sent.items() if deal in seen]
    memory = at.memory_mb()
    fast = at.load(TENANTS, SPACES, seconds=SECONDS, first=20_000_000)
    return {
        "acks a second": fast["acks"] / fast["seconds"],
        f"ms to an ack at {RATE}/s, p50": statistics.median(slow["ms"]),
        f"ms from an ack to its card at {RATE}/s, p50": statistics.median(waits),
        "MB of the worker": memory["worker"],
        "MB of the web part": memory["web"],
    }

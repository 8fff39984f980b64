"""`make bench`: the throughput and latency of the webhook endpoint, the engine and both together.

`python -m tests.bench [sqlite|postgresql] [door|cards|latency|step|matching|backtest|leads|routing|why|
api|interactions|inbox|memory|table]` runs parts of it; `backlog`, `proof`, `reports`, `freshness` and `scale`
only when they are named.
`table` sets the road from webhook to card beside a bare loop of the same libraries.
The load generator shares the machine, so compare ratios, not absolute figures.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable
from typing import Any

from tests.bench import (
    api,
    backlog,
    backtest,
    freshness,
    inbox,
    interactions,
    leads,
    matching,
    proof,
    reports,
    scale,
    step,
    table,
    why,
)
from tests.bench.stand import Stand, stand

TENANTS, SPACES = 64, 40


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("parts", nargs="*", help="sqlite, postgresql, " + ", ".join([*PARTS, *LONG]))
    asked = set(parser.parse_args().parts)
    kinds = [kind for kind in ("sqlite", "postgresql") if kind in asked] or ["sqlite", "postgresql"]
    parts = [part for part in (*PARTS, *LONG) if part in asked] or list(PARTS)
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; load and parts share them")
    for kind in kinds:
        for part in parts:
            (PARTS | LONG)[part](kind)


def say(kind: str, what: str, found: str) -> None:
    print(f"{kind:<11} {what:<52} {found}", flush=True)


def spread(times: list[float]) -> str:
    """Return median, 99th percentile and longest as text, in milliseconds."""
    if len(times) < 2:
        return "nothing measured"
    cuts = statistics.quantiles(times, n=100)
    return f"p50 {cuts[49]:.1f} p99 {cuts[98]:.1f} max {max(times):.1f} ms"


def door(kind: str) -> None:
    """Acks without a worker, with a working worker, and at a fixed rate."""
    with stand(kind, TENANTS, SPACES) as at:
        at.start("web")
        at.load(TENANTS, SPACES, seconds=2)  # warm up
        found = at.load(TENANTS, SPACES, seconds=8, first=10_000_000)
        say(kind, "door: durable acks/s, 32 connections, none draining", rate(found))
    with stand(kind, TENANTS, SPACES) as at:
        at.start("web")
        at.start("worker")
        at.load(TENANTS, SPACES, seconds=2)
        found = at.load(TENANTS, SPACES, seconds=8, first=10_000_000)
        say(kind, "door: the same while one worker drains", rate(found))
    with stand(kind, TENANTS, SPACES) as at:
        at.start("web")
        at.start("worker")
        at.load(TENANTS, SPACES, seconds=2, rate=200)
        found = at.load(TENANTS, SPACES, seconds=8, rate=1000, first=10_000_000)
        say(kind, "door: ack time at 1,000/s offered, one worker", spread(found["ms"]))


def rate(found: dict[str, Any]) -> str:
    failed = f", {found['failed']} failed" if found["failed"] else ""
    return f"{found['acks'] / found['seconds']:,.0f}/s, {spread(found['ms'])}{failed}"


def cards(kind: str) -> None:
    """Cards from stored event to Chat: an instant Chat with two workers, a 100 ms Chat with one."""
    for delay_ms, workers, events in ((0, 1, 7_680), (0, 2, 7_680), (100, 1, 2_560)):
        with stand(kind, TENANTS, SPACES, delay_ms) as at:
            at.start("web")
            at.load(TENANTS, SPACES, most=events)
            for _ in range(workers):
                at.start("worker")
            per_second, count = _drained(at, events)
            what = f"cards: {workers} worker(s), Chat answers in {delay_ms} ms"
            say(kind, what, f"{per_second:,.0f} cards/s ({count:,} cards)")


def _drained(at: Stand, events: int) -> tuple[float, int]:
    seen = at.wait_for_cards(events, 120)
    moments = sorted(seen["at"].values())
    took = moments[-1] - moments[0] if len(moments) > 1 else float("inf")
    return len(moments) / took, len(moments)


def latency(kind: str) -> None:
    """Time from the ack to the card's arrival at Chat, 200 events a second, from a worker's start on."""
    with stand(kind, TENANTS, SPACES) as at:
        at.start("web")
        at.start("worker")
        found = at.load(TENANTS, SPACES, seconds=10, rate=200)
        seen = at.wait_for_cards(found["acks"], 60)["at"]
        times = [(seen[deal] - acked) * 1000 for deal, acked in found["acked"].items() if deal in seen]
        say(kind, "latency: ack to card at 200/s offered", f"{spread(times)} ({len(times):,} cards)")


def memory(kind: str) -> None:
    """Proportional memory of each part after a thousand cards."""
    with stand(kind, TENANTS, SPACES) as at:
        at.start("web")
        at.start("worker")
        at.load(TENANTS, SPACES, most=2_000)
        at.wait_for_cards(2_000, 60)
        sizes = {part: size for part, size in at.memory_mb().items() if part != "sink"}
        listed = ", ".join(f"{part} {size:.0f}" for part, size in sizes.items())
        say(kind, "memory: MB (worker with its Redis)", f"{listed}, together {sum(sizes.values()):.0f}")


PARTS: dict[str, Callable[[str], None]] = {
    "door": door,
    "matching": lambda kind: matching.run(kind, say),
    "backtest": lambda kind: backtest.run(kind, say),
    "leads": lambda kind: leads.run(kind, say),
    "routing": lambda kind: leads.run_routing(kind, say, spread),
    "why": lambda kind: why.run(kind, say, spread),
    "api": lambda kind: api.run(kind, say, spread),
    "interactions": lambda kind: interactions.run(kind, say, spread),
    "inbox": lambda kind: inbox.run(kind, say, spread),
    "cards": cards,
    "latency": latency,
    "memory": memory,
    "step": lambda kind: step.run(kind, say),
    "table": lambda kind: table.run(kind, say),
}
LONG: dict[str, Callable[[str], None]] = {  # only when named
    "backlog": lambda kind: backlog.run(kind, say),
    "proof": lambda kind: proof.run(kind, say),
    "reports": lambda kind: reports.run(kind, say, spread),
    "freshness": lambda kind: freshness.run(kind, say),
    "scale": lambda kind: scale.run(kind, say),
}

if __name__ == "__main__":
    main()

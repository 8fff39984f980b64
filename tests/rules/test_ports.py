"""The engine takes time, ids and chance from its ports alone, so that a simulation decides them all."""

import ast
from pathlib import Path

import pytest

from tests.rules.house import ROOT, files, listed, place, tree

SIMULATED = (
    "jobs/best_effort",
    "jobs/card_actions",
    "jobs/channels",
    "jobs/connections/restricted_notice.py",
    "jobs/deliveries",
    "jobs/drain_step.py",
    "jobs/events",
    "jobs/names/cache.py",
    "jobs/scheduled/clear_removed.py",
    "jobs/scheduled/digests.py",
    "jobs/scheduled/heal_lanes.py",
    "jobs/scheduled/leased_turns.py",
    "jobs/scheduled/mutes.py",
    "jobs/scheduled/release_held.py",
    "jobs/scheduled/summary_cards.py",
    "models/attention",
    "models/card_actions",
    "models/deliveries",
    "models/destinations",
    "models/events",
    "models/rules/ruleset.py",
    "models/tables",
)
# What is outside of the simulation, each with its reason.
EXEMPT = {
    "jobs/deliveries/lease_keeper.py": "a thread of a real process",
    "models/events/day_usage.py": "numbers the process, decides nothing",
}
REFUSED = {
    "asyncio": {"sleep"},
    "time": {"time", "monotonic", "monotonic_ns", "perf_counter", "sleep"},
    "random": {"random", "uniform", "randint", "randrange", "choice", "shuffle"},
    "secrets": {"token_hex", "token_urlsafe", "randbits", "choice"},
    "uuid": {"uuid1", "uuid4"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}


def outside_the_ports(module: ast.Module) -> list[str]:
    """Return what a module takes from the machine itself: `time.sleep`, `uuid.uuid4`, `datetime.now` ..."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if node.attr in REFUSED.get(owner, ()):
                found.append(f"{owner}.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            refused = REFUSED.get(node.module or "", set()) if node.module != "datetime" else set()
            found += [f"{node.module}.{each.name}" for each in node.names if each.name in refused]
    return found


def _simulated() -> list[Path]:
    chosen = [path for each in SIMULATED for path in ([ROOT / each] if each.endswith(".py") else files(each))]
    return [path for path in chosen if place(path) not in EXEMPT]


def test_the_engine_takes_time_ids_and_chance_from_its_ports() -> None:
    simulated = _simulated()
    past = [f"{place(path)} uses {name}" for path in simulated for name in outside_the_ports(tree(path))]

    assert len(simulated) > 50
    assert past == [], listed(past)


def test_what_is_exempt_exists_and_needs_it() -> None:
    assert [name for name in EXEMPT if not outside_the_ports(tree(ROOT / name))] == []


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("import time\ntime.sleep(1)", ["time.sleep"]),
        ("from time import monotonic", ["time.monotonic"]),
        ("import asyncio\nasyncio.sleep(1)", ["asyncio.sleep"]),
        ("import uuid\nuuid.uuid4().hex", ["uuid.uuid4"]),
        ("import datetime\ndatetime.datetime.now()", ["datetime.now"]),
        ("import uuid\nuuid.uuid5(uuid.UUID(int=1), 'a')", []),
        ("from models.clock import now\nnow()", []),
        ("from datetime import datetime", []),
    ],
)
def test_what_counts_as_taken_from_the_machine(source: str, refused: list[str]) -> None:
    assert outside_the_ports(ast.parse(source)) == refused

"""How fast events are parsed and matched against many rules of one tenant, and what each operator costs."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from models.pipedrive.change import read
from models.pipedrive.filters.filters import parse
from models.pipedrive.names import NO_NAMES
from models.rules.ruleset import ReadyRule, Ruleset, RulesetDestination
from tests.bench.load import BODY

SECONDS = 2.0


When = Callable[[int], Any]  # the conditions of a rule by its number
# Each rule asks for something of its own; the deal of the load meets at most a few of them.
OPERATORS: Final[Mapping[str, When]] = {
    "is": lambda number: {"field": "pipeline_id", "op": "is", "value": str(number)},
    "starts_with": lambda number: {"field": "title", "op": "starts_with", "value": f"{number} Ltd"},
    "ends_with": lambda number: {"field": "title", "op": "ends_with", "value": f"customer {number}"},
    "contains": lambda number: {"field": "title", "op": "contains", "value": f"of customer {number} "},
    "at_least": lambda number: {"field": "value", "op": "at_least", "value": 11_999 + number},
    "matches": lambda number: {"field": "title", "op": "matches", "value": f"customer {number}$"},
}


def _pipeline_and_value(number: int) -> Any:
    large = {"field": "value", "op": "at_least", "value": 1000}
    return {"all": [{"field": "pipeline_id", "op": "is", "value": str(number)}, large]}


def ruleset(rules: int, conditions: When = _pipeline_and_value) -> Ruleset:
    """Make a ruleset on one event type, of rules with these conditions."""
    made = Ruleset(1, 1, None, "")
    target = RulesetDestination(1, "spaces/A", "chat_space", "spaces/A", 1)
    for number in range(rules):
        when = conditions(number)
        rule = ReadyRule(
            number,
            f"Rule {number}",
            number,
            frozenset({"deal.stage_changed"}),
            parse(when, ("deal",)),
            is_urgent=False,
            destinations=(target,),
        )
        made.add(rule)
    return made


def run(kind: str, say: Callable[[str, str, str], None]) -> None:
    """Print one line for each size of the ruleset; no database is used."""
    raw = json.dumps(BODY).encode()
    for rules in (10, 1_000, 10_000):
        ready, count, started = ruleset(rules), 0, time.perf_counter()
        while time.perf_counter() - started < SECONDS:
            change = read(orjson.loads(raw))
            assert change is not None
            ready.matching_rules(change, NO_NAMES)
            count += 1
        took = time.perf_counter() - started
        say(kind, f"matching: events/s against {rules:,} rules", f"{count / took:,.0f}/s")
    for name, us in operators().items():
        say(kind, f"matching: one event, 1,000 rules with {name}", f"p50 {us:,.0f} us")


def operators() -> dict[str, float]:
    """Return the median time of one event against 1,000 rules with each operator, in microseconds."""
    change = read(orjson.loads(json.dumps(BODY).encode()))
    assert change is not None
    found = {}
    for name, conditions in OPERATORS.items():
        ready, times = ruleset(1_000, conditions), []
        for _ in range(300):
            started = time.perf_counter()
            ready.matching_rules(change, NO_NAMES)
            times.append((time.perf_counter() - started) * 1e6)
        found[name] = statistics.median(times)
    return found

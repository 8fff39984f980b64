"""How many events a second are parsed and matched against 10, 1,000 and 10,000 rules of one tenant."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import orjson

from models.pipedrive.change import read
from models.pipedrive.filters.filters import parse
from models.pipedrive.names import NO_NAMES
from models.rules.ruleset import ReadyRule, Ruleset, RulesetDestination
from tests.bench.load import BODY

SECONDS = 2.0


def ruleset(rules: int) -> Ruleset:
    """Make a ruleset on one event type, each rule for its own pipeline and a minimum value."""
    made = Ruleset(1, 1, None, "")
    target = RulesetDestination(1, "spaces/A", "chat_space", "spaces/A", 1)
    for number in range(rules):
        when = {
            "all": [
                {"field": "pipeline_id", "op": "is", "value": str(number)},
                {"field": "value", "op": "at_least", "value": 1000},
            ]
        }
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

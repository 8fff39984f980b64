"""How long people wait for an answer in Chat: `python -m tests.bench [kind] interactions`.

Fifty commands, quick commands and presses a second, of four people in one space, while every answer of
Pipedrive takes 300 ms. The generator and the simulated Chat share the machine with the product.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.bench.stand import database_url
from tests.customers import ADA, BEN
from tests.scenarios.acme import Acme, acme_of
from tests.stack import Stack, wait_until
from web.playground.faults import Fault

PER_SECOND: Final = 50
SECONDS: Final = 12
AT_ONCE: Final = 32  # more than are ever under way, so that one slow answer delays no other
PIPEDRIVE_S: Final = 0.3
RULES: Final = 1_000
COMMANDS: Final = (
    "",
    "rule list",
    "rule show Rule 7",
    "status",
    "log",
    "why Globex",
    "deal show Globex",
    "help rule",
    "mute list",
    "quiet",
)
NEW_RULE: Final = 3  # the quick command that opens the dialog

Say = Callable[[str, str, str], None]
Spread = Callable[[list[float]], str]


def run(kind: str, say: Say, spread: Spread) -> None:
    """Ask each thing once of a new process, then a mix at a rate, then of a tenant with many rules."""
    with (
        tempfile.TemporaryDirectory(prefix="pn-bench-") as folder,
        database_url(kind, folder) as url,
        Stack(Path(folder), url) as stack,
    ):
        stack.is_noisy = True
        acme = acme_of(stack)
        acme.load(_rules(acme, 20), users=_people())
        stack.start_web()
        _deals(stack, acme)
        acme.crm.faults.order(Fault(times=1_000_000, where="/", delay=PIPEDRIVE_S))
        cold = [_timed(acme, index, ADA) for index in range(len(COMMANDS) + 1)]
        say(kind, "interactions: each once, new process", spread(cold))
        say(kind, f"interactions: {PER_SECOND}/s, 20 rules", spread(_offered(acme)))
        acme.load(_rules(acme, RULES), users=_people())
        say(kind, f"interactions: {PER_SECOND}/s, {RULES:,} rules", spread(_offered(acme)))
        lists = [_timed(acme, COMMANDS.index("rule list"), ADA) for _ in range(40)]
        say(kind, f"interactions: rule list, {RULES:,} rules", spread(lists))


def _people() -> list[dict[str, str]]:
    return [{"email": "ada@example.com", "role": "admin"}, {"email": "ben@example.com", "role": "sales_rep"}]


def _rules(acme: Acme, count: int) -> list[dict[str, Any]]:
    when = {"all": [{"field": "value", "op": "at_least", "value": 10_000}]}
    return [
        {"name": f"Rule {number}", "on": "deal.won", "when": when, "to": list(acme.spaces)}
        for number in range(count)
    ]


def _deals(stack: Stack, acme: Acme) -> None:
    """Store some events, so that `why`, `log` and `deal show` have something to tell."""
    worker = stack.start_worker()
    for number in range(20):
        deal = acme.crm.do("create_deal", title=f"Globex {number}", value=20_000)
        acme.crm.do("win_deal", id=deal["id"])
    wait_until(lambda: len(acme.cards()) > 0, 20, "a card")
    time.sleep(2)  # the rest are stored; what is still to be sent is of no interest here
    worker.stop()


def _offered(acme: Acme) -> list[float]:
    """Times in ms from when each was to be asked to its answer, at a fixed rate."""
    start = time.perf_counter() + 0.5
    moments = [start + number / PER_SECOND for number in range(PER_SECOND * SECONDS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(_at, acme, number, moment) for number, moment in enumerate(moments)]
        return [each.result() for each in asked]


def _at(acme: Acme, number: int, moment: float) -> float:
    time.sleep(max(0.0, moment - time.perf_counter()))
    late = time.perf_counter() - moment
    return _timed(acme, number % (len(COMMANDS) + 1), ADA if number % 2 else BEN) + late * 1000


def _timed(acme: Acme, what: int, person: str) -> float:
    """Ask one thing; the last is the dialog of a new rule. Raises RuntimeError if the answer is none."""
    chat, (space,) = acme.stack.play.chat.client, acme.spaces
    started = time.perf_counter()
    if what == len(COMMANDS):
        outcome = chat.quick_command(space, person, NEW_RULE)
    else:
        outcome = chat.say(space, person, f"/pipenotify {COMMANDS[what]}".strip())
    took = (time.perf_counter() - started) * 1000
    if outcome.kind not in ("message", "dialog"):
        raise RuntimeError(f"{COMMANDS[what : what + 1]} was answered {outcome.kind}: {outcome.problems}")
    return took

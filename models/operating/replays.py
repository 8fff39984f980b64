"""The command `python -m models replay`: its arguments, and what it does."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from models.accounts.actor import system
from models.accounts.queries import tenant_id_of
from models.database import migrate
from models.database.engine import Database
from models.database.row_ids import row_id
from models.deliveries import replay
from models.deliveries.replay_events import REPLAYABLE, EventFilter, count_text, replay_events
from models.operating.pace import MOST_A_MINUTE, Pace
from models.settings import Settings
from models.tables.deliveries import DeliveryState
from models.tables.events import EventState

DELIVERY_STATES: Final = (DeliveryState.DEAD, DeliveryState.SKIPPED)
REPLAYER: Final = "python -m models replay"  # who acts, in the audit trail


def up_to(most: int, what: str) -> Callable[[str], int]:
    """Return a type of argument: a whole number from 1 to `most`."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text[:6]) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no {what} from 1 to {most}")
        return int(text)

    return parse


def add_replay(commands: Any) -> None:
    replaying = commands.add_parser("replay", help="send dead letters of a tenant again, or read its events")
    replaying.add_argument("tenant")
    replaying.add_argument("--events", action="store_true", help="read events again that failed")
    replaying.add_argument(
        "--state",
        choices=(*DELIVERY_STATES, *REPLAYABLE),
        help="dead unless said, either with --ids; of events failed, or unparsed",
    )
    replaying.add_argument("--rule", metavar="NAME", help="of this rule alone")
    replaying.add_argument("--destination", metavar="NAME", help="to this destination alone")
    replaying.add_argument("--since", type=_time, metavar="ISO", help="created, or received, then or later")
    replaying.add_argument("--until", type=_time, metavar="ISO", help="created, or received, before then")
    replaying.add_argument("--ids", type=_ids, metavar="1,2", help="these alone; test cards only so")
    replaying.add_argument(
        "--per-minute",
        type=up_to(MOST_A_MINUTE, "number"),
        metavar="N",
        help="so many a minute, until Ctrl-C",
    )
    replaying.add_argument("--dry-run", action="store_true", help="count, write nothing")
    replaying.set_defaults(run=_replay)


def replay_problem(options: argparse.Namespace) -> str:
    """Return why the options of `replay` do not go together, empty when they do."""
    if options.run is not _replay:
        return ""
    of_deliveries = (options.rule, options.destination, options.per_minute)
    if options.events and any(each is not None for each in of_deliveries):
        return "--rule, --destination and --per-minute are for deliveries, not events"
    if options.state is not None and (options.state in REPLAYABLE) is not options.events:
        return f"--state {options.state} is no state of {'an event' if options.events else 'a delivery'}"
    return ""


def _time(text: str) -> datetime:
    """Parse an ISO 8601 time; one without a zone is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time like 2026-11-20T08:00Z") from wrong
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ids(text: str) -> list[int]:
    numbers = [row_id(each.strip()) for each in text.split(",")]
    if None in numbers:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers like 1,2")
    return [each for each in numbers if each is not None]


def _replay(database: Database, _settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    migrate.prepare(database)
    if options.events:
        yield _replay_events(database, options)
        return
    states = (
        (options.state,)
        if options.state
        else (DeliveryState.DEAD,)
        if options.ids is None
        else DELIVERY_STATES
    )
    replay_filter = replay.ReplayFilter(
        states, options.rule, options.destination, options.since, options.until, options.ids
    )
    with database.reading_all() as session:
        actor = system(tenant_id_of(session, options.tenant), REPLAYER)
    dry_run = options.dry_run
    with Pace(options.per_minute) as pace:
        result = replay.replay_deliveries(database, actor, replay_filter, dry_run=dry_run, pacing=pace)
    yield from replay.summary_lines(options.tenant, result, dry_run=dry_run)
    if pace.was_stopped:
        yield "stopped: the others stay as they are, and the same command goes on with them"


def _replay_events(database: Database, options: argparse.Namespace) -> str:
    chosen = EventFilter(options.state or EventState.FAILED, options.since, options.until, options.ids)
    with database.reading_all() as session:
        actor = system(tenant_id_of(session, options.tenant), REPLAYER)
    count = replay_events(database, actor, chosen, dry_run=options.dry_run)
    return f"{options.tenant}: {count_text(count)} {'would be' if options.dry_run else 'will be'} read again"

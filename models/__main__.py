"""The commands for the database: `python -m models upgrade | load | dump | replay` and more."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from models import clock
from models.database import migrate
from models.database.engine import Database
from models.deliveries import replay
from models.errors import AppError, InvalidRulesFile, SecretUnreadable
from models.maintenance import prune, rekey
from models.rules_file import dump, load
from models.security.audit import Auditor
from models.security.vault import Vault
from models.settings import MOST_DAYS, Settings, from_env
from models.tables.deliveries import DeliveryState

EXIT_REFUSED: Final = 2
EXIT_FAILED: Final = 1
MANY_LINES: Final = 20_000
MOST_ID_DIGITS: Final = 18
Command = Callable[[Database, Settings, argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when it is done, 2 when a rules file is refused, 1 for any other error."""
    args = _parser().parse_args(arguments)
    try:
        settings = from_env()
        database = Database(settings.database_url, Auditor(settings.secret_key))
        try:
            args.run(database, settings, args)
        finally:
            database.close()
    except InvalidRulesFile as error:
        print("\n".join(error.problems), file=sys.stderr)
        return EXIT_REFUSED
    except (AppError, OSError) as error:
        print(str(error), file=sys.stderr)
        return EXIT_FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="Looks after the record.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = partial(_add_command, commands)
    add("upgrade", _run_upgrade, "bring the schema up to this release").add_argument(
        "revision", nargs="?", default="head"
    )
    add("downgrade", _run_downgrade, "take the schema down (`base` empties it)").add_argument("revision")
    add("prepare", _run_prepare, "make the record fit for a start, where that is safe")
    add("current", _run_current, "say which revision the database is at")
    new = add("new", _run_new, "write the next migration from the difference")
    new.add_argument("text", metavar="words", help="what it does, in words")
    loading = add("load", _run_load, "bring tenants to what documents describe")
    loading.add_argument("files", nargs="+", metavar="FILE", help="YAML or JSON; - reads standard input")
    loading.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    dumping = add("dump", _run_dump, "write a tenant as a document")
    dumping.add_argument("tenant")
    dumping.add_argument("--with-secrets", action="store_true", help="write secrets in the clear")
    add("rekey", _run_rekey, "close all secrets with the newest key")
    _add_replay_arguments(add("replay", _run_replay, "send dead letters of a tenant again"))
    pruning = add("prune", _run_prune, "delete what is old and over")
    pruning.add_argument("--days", type=_parse_days, metavar="N", help="how long to keep it, else KEEP_DAYS")
    return parser


def _add_command(commands: Any, name: str, run: Command, help_text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help_text)
    command.set_defaults(run=run)
    return command


def _add_replay_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("tenant")
    command.add_argument(
        "--state",
        choices=(DeliveryState.DEAD, DeliveryState.SKIPPED),
        help="dead unless said, either with --ids",
    )
    command.add_argument("--rule", metavar="NAME", help="of this rule alone")
    command.add_argument("--destination", metavar="NAME", help="to this destination alone")
    command.add_argument("--since", type=_parse_time, metavar="ISO", help="first owed then or later")
    command.add_argument("--until", type=_parse_time, metavar="ISO", help="first owed before then")
    command.add_argument("--ids", type=_parse_ids, metavar="1,2", help="these alone; test cards only so")
    command.add_argument("--dry-run", action="store_true", help="count, write nothing")


def _parse_time(text: str) -> datetime:
    """Parse an ISO 8601 time; one without a zone is UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time like 2026-11-20T08:00Z") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _parse_ids(text: str) -> list[int]:
    numbers = [each.strip() for each in text.split(",")]
    if not all(each.isdecimal() and len(each) <= MOST_ID_DIGITS for each in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers like 1,2")
    return [int(each) for each in numbers]


def _parse_days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:6]) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to {MOST_DAYS}")
    return int(text)


def _run_upgrade(database: Database, settings: Settings, args: argparse.Namespace) -> None:
    migrate.upgrade(database, args.revision)
    _run_current(database, settings, args)


def _run_downgrade(database: Database, settings: Settings, args: argparse.Namespace) -> None:
    migrate.downgrade(database, args.revision)
    _run_current(database, settings, args)


def _run_prepare(database: Database, _settings: Settings, _args: argparse.Namespace) -> None:
    migrate.prepare(database)


def _run_current(database: Database, _settings: Settings, _args: argparse.Namespace) -> None:
    print(f"at {migrate.current(database) or 'nothing'}, the code at {migrate.head()}")


def _run_new(database: Database, _settings: Settings, args: argparse.Namespace) -> None:
    print(migrate.new(database, args.text))


def _run_load(database: Database, settings: Settings, args: argparse.Namespace) -> None:
    migrate.prepare(database)
    texts = [(file, _read_file(file)) for file in args.files]
    lines = sum(text.count("\n") for _, text in texts)
    if lines > MANY_LINES and sys.stderr.isatty():
        print(f"reading {lines:,} lines ...", file=sys.stderr)
    for line in load(database, Vault(settings.encryption_keys), texts, dry_run=args.dry_run):
        print(line)


def _read_file(file: str) -> str:
    """Read a file, or standard input for `-`. Raises InvalidRulesFile for what is no UTF-8."""
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRulesFile([f"{file}: this is not UTF-8"]) from error


def _run_dump(database: Database, settings: Settings, args: argparse.Namespace) -> None:
    migrate.prepare(database)
    vault = Vault(settings.encryption_keys)
    print(dump(database, vault, args.tenant, with_secrets=args.with_secrets), end="")


def _run_replay(database: Database, settings: Settings, args: argparse.Namespace) -> None:
    migrate.prepare(database)
    if args.state:
        states = [args.state]
    else:
        states = [DeliveryState.DEAD] if args.ids is None else [DeliveryState.DEAD, DeliveryState.SKIPPED]
    sought = replay.Sought(states, args.rule, args.destination, args.since, args.until, args.ids)
    auditor = Auditor(settings.secret_key)
    done = replay.replay(database, auditor, args.tenant, sought, dry_run=args.dry_run)
    print("\n".join(replay.summary(args.tenant, done, dry_run=args.dry_run)))


def _run_rekey(database: Database, settings: Settings, _args: argparse.Namespace) -> None:
    migrate.prepare(database)
    done = rekey.rekey(database, Vault(settings.encryption_keys))
    print(rekey.summary(done))
    if done.unreadable:
        raise SecretUnreadable("\n".join(done.unreadable))


def _run_prune(database: Database, settings: Settings, args: argparse.Namespace) -> None:
    migrate.prepare(database)
    removed: Counter[str] = Counter()
    for batch in prune.sweep(database, clock.now(), args.days or settings.keep_days):
        removed += batch
    print(prune.summary(removed))


if __name__ == "__main__":
    sys.exit(main())

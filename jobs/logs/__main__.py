"""`python -m jobs.logs tail`: the log lines of a service, a level, a time."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jobs.logs.selection import LEVELS, Selection, read_moment
from jobs.logs.tail import follow, lines_of, print_wanted
from models.clock import now
from models.errors import InvalidRequest
from models.logs import SERVICES


def main() -> int:
    parser = _parser()
    options = parser.parse_args()
    if options.follow and len(options.files) != 1:
        parser.error("--follow wants one FILE; standard input is followed anyway")
    wanted = Selection(options.since, options.until, options.service, options.level, dict(options.where))
    lines = follow(options.files[0]) if options.follow else lines_of(options.files)
    try:
        printed, unread = print_wanted(lines, wanted, sys.stdout)
    except InvalidRequest as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # `| head` has enough; nothing more may be written when the interpreter ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if not printed:
        print("No line fits.", file=sys.stderr)
    if unread:
        print(f"{unread:,} lines were no JSON, and are not shown.", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jobs.logs", description="Log lines of Pipenotify.")
    commands = parser.add_subparsers(required=True, metavar="tail")
    tail = commands.add_parser("tail", help="print the lines that are wanted, as they are")
    tail.add_argument("files", nargs="*", type=Path, metavar="FILE", help="standard input unless given")
    at = now()
    tail.add_argument("--since", type=_moment(at), metavar="WHEN", help="90s, 15m, 1h, 2d ago, or a time")
    tail.add_argument("--until", type=_moment(at), metavar="WHEN", help="up to then")
    tail.add_argument("--service", choices=SERVICES)
    tail.add_argument("--level", choices=LEVELS, help="this level or a higher one")
    tail.add_argument(
        "--where",
        type=_field,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="as event=delivery.dead or request_id=...; may be given several times",
    )
    tail.add_argument("--follow", action="store_true", help="go on with lines that come, of one FILE")
    return parser


def _moment(at: datetime) -> Callable[[str], datetime]:
    def parse(text: str) -> datetime:
        try:
            return read_moment(text, at)
        except ValueError as wrong:
            raise argparse.ArgumentTypeError(str(wrong)) from wrong

    return parse


def _field(text: str) -> tuple[str, str]:
    key, is_one, value = text.partition("=")
    if not (key and is_one):
        raise argparse.ArgumentTypeError(f"{text!r} is not like event=delivery.dead")
    return key, value


if __name__ == "__main__":
    sys.exit(main())

"""`python -m web` serves the web part; `demo` opens the playground, the others help to release."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from bot.version import VERSION
from models.errors import AppError, InvalidSettings
from models.settings import environment_with, from_env
from web.serving import serve

MOST_SECONDS: Final = 3600

# What a command needs is imported by it: the process that serves is watched by this one, which stays small.


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when done, 2 if a variable is wrong, 1 for anything else."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except InvalidSettings as refused:
        print("\n".join(refused.problems), file=sys.stderr)
        return 2
    except AppError as trouble:
        print(str(trouble), file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m web", description="The web part of Pipenotify.")
    parser.set_defaults(run=lambda _: serve(from_env(), "web.server:rsgi"))
    commands = parser.add_subparsers(title="instead of serving")
    commands.add_parser("demo", help="open the playground").set_defaults(run=_demo)
    smoke = commands.add_parser("smoke", help="ask a release that was just started whether it is well")
    smoke.add_argument("url", help="its public address: https://pipenotify.example.com")
    this = f"it has to be this version; without a value that of this source, {VERSION}"
    smoke.add_argument("--version", nargs="?", const=VERSION, help=this)
    smoke.add_argument("--within", type=_seconds, default=120, metavar="SECONDS", help="how long it may take")
    smoke.set_defaults(run=_smoke)
    services = "write web.yaml and worker.yaml for gcloud, with the variables that are set here"
    commands.add_parser("app-engine", help=services).set_defaults(run=_app_engine)
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= MOST_SECONDS:
        raise ValueError(text)
    return seconds


_seconds.__name__ = "number of seconds"  # argparse names it so when it refuses a value


def _demo(_: argparse.Namespace) -> int:
    from web import demo  # noqa: PLC0415 - the playground is no part of the product

    return demo.run()


def _smoke(options: argparse.Namespace) -> int:
    from web.releases.smoke import smoke  # noqa: PLC0415 - see above

    answers = smoke(options.url, options.version, options.within)
    print("\n".join(map(str, answers)))
    return int(not all(each.is_well for each in answers))


def _app_engine(_: argparse.Namespace) -> int:
    from web.releases.app_engine import write_services  # noqa: PLC0415 - see above

    for file, names in write_services(environment_with({})):
        print(f"{file.name}: {', '.join(names)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

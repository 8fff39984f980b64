"""The commands on the database: `python -m models upgrade | load | dump | replay` and more."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models import clock
from models.accounts.actor import system
from models.accounts.queries import tenant_id_of
from models.accounts.tokens import DAYS, create_token
from models.database import migrate
from models.database.engine import Database
from models.errors import (
    AppError,
    InvalidRequest,
    InvalidRulesFile,
    InvalidSettings,
    NotFound,
    SecretUnreadable,
)
from models.maintenance import prune, prune_by_team, rekey
from models.maintenance.prepare import prepare
from models.operating.commands import add_commands
from models.operating.person_commands import add_person_commands
from models.operating.replays import add_replay, replay_problem, up_to
from models.rules_file import dump, load
from models.security.audit import Auditor
from models.security.contents import note_content_keys
from models.security.installed_keys import install_newest_key
from models.security.vault import Vault
from models.settings import MOST_DAYS, Settings, from_env
from models.staging.companies import note_staging_companies

REFUSED = 2
FAILED = 1
MANY_LINES = 20_000
DAYS_KEPT = up_to(MOST_DAYS, "number of days")
TOKEN_MAKER = "python -m models token"  # noqa: S105 - the same, no password


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when done, 2 if the request is refused, 1 for anything else."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if problem := replay_problem(options):
        parser.error(problem)
    try:
        settings = from_env()
        database = Database(settings.database_url, Auditor(settings.secret_key))
        note_content_keys(database, settings.encryption_keys)
        note_staging_companies(database, settings)  # not what is missing here: servers send, not this machine
        try:
            for line in options.run(database, settings, options) or ():
                print(line, flush=True)
        finally:
            database.close()
    except (InvalidRulesFile, InvalidSettings) as refused:
        print("\n".join(refused.problems), file=sys.stderr)
        return REFUSED if isinstance(refused, InvalidRulesFile) else FAILED
    except (AppError, OSError) as trouble:
        print(str(trouble), file=sys.stderr)
        is_refused = options.run is _token and isinstance(trouble, InvalidRequest | NotFound)
        return REFUSED if is_refused else FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="Looks after the record.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    upgrade = commands.add_parser("upgrade", help="bring the schema up to this release")
    upgrade.add_argument("revision", nargs="?", default="head")
    upgrade.set_defaults(run=_upgrade)
    downgrade = commands.add_parser("downgrade", help="take the schema down (`base` empties it)")
    downgrade.add_argument("revision")
    downgrade.set_defaults(run=_downgrade)
    prepare = commands.add_parser("prepare", help="make the record fit for a start, where that is safe")
    prepare.set_defaults(run=_prepare)
    current = commands.add_parser("current", help="say which revision the database is at")
    current.set_defaults(run=_current)
    new = commands.add_parser("new", help="write the next migration from the difference")
    new.add_argument("words", help="what it does, in words")
    new.set_defaults(run=_new)
    load = commands.add_parser("load", help="bring tenants to what documents describe")
    load.add_argument("files", nargs="+", metavar="FILE", help="YAML or JSON; - reads standard input")
    load.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    load.set_defaults(run=_load)
    dump = commands.add_parser("dump", help="write a tenant as a document")
    dump.add_argument("tenant")
    dump.add_argument("--with-secrets", action="store_true", help="write secrets in the clear")
    dump.set_defaults(run=_dump)
    _add_upkeep(commands)
    add_replay(commands)
    add_commands(commands)
    add_person_commands(commands)
    _add_token(commands)
    return parser


def _add_upkeep(commands: Any) -> None:
    rekeying = commands.add_parser("rekey", help="close all secrets with the newest key")
    rekeying.add_argument(
        "--accept-loss",
        action="store_true",
        help="go on with the present keys although some secrets need a lost one",
    )
    rekeying.set_defaults(run=_rekey)
    pruning = commands.add_parser("prune", help="delete what is old and over")
    pruning.add_argument(
        "--days",
        type=DAYS_KEPT,
        metavar="N",
        help="how long to keep it, else KEEP_DAYS",
    )
    pruning.set_defaults(run=_prune)


def _add_token(commands: Any) -> None:
    token = commands.add_parser("token", help="make a token with which a program of a user calls REST")
    token.add_argument("tenant")
    token.add_argument("email", help="of a user of this tenant")
    token.add_argument("--scopes", metavar="read:rules,write:rules", help="all that the role allows if unset")
    token.add_argument(
        "--days",
        type=DAYS_KEPT,
        default=DAYS,
        metavar="N",
        help=f"good for so long, {DAYS} if unset",
    )
    token.set_defaults(run=_token)


def _upgrade(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    migrate.upgrade(database, options.revision)
    _current(database, settings, options)


def _downgrade(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    migrate.downgrade(database, options.revision)
    _current(database, settings, options)


def _prepare(database: Database, settings: Settings, _options: argparse.Namespace) -> None:
    prepare(database, settings)


def _current(database: Database, _settings: Settings, _options: argparse.Namespace) -> None:
    print(f"at {migrate.current(database) or 'nothing'}, the code at {migrate.head()}")


def _new(database: Database, _settings: Settings, options: argparse.Namespace) -> None:
    print(migrate.new(database, options.words))


def _load(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    prepare(database, settings)
    texts = [(file, _text(file)) for file in options.files]
    lines = sum(text.count("\n") for _, text in texts)
    if lines > MANY_LINES and sys.stderr.isatty():
        print(f"reading {lines:,} lines ...", file=sys.stderr)
    vault = Vault(settings.encryption_keys)
    for line in load(database, vault, texts, dry_run=options.dry_run):
        print(line)


def _text(file: str) -> str:
    """Read a file, or standard input for `-`. Raises InvalidRulesFile if it is not UTF-8."""
    held = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise InvalidRulesFile([f"{file}: this is not UTF-8"]) from wrong


def _dump(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    migrate.prepare(database)
    vault = Vault(settings.encryption_keys)
    print(dump(database, vault, options.tenant, with_secrets=options.with_secrets), end="")


def _rekey(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    migrate.prepare(database)
    ring = settings.encryption_keys
    done = rekey.rekey_secrets(database, Vault(ring))
    print(rekey.summary_line(done))
    if options.accept_loss or not done.unreadable:
        with database.writing_all() as session:
            install_newest_key(session, ring)
    if done.unreadable:
        raise SecretUnreadable("\n".join(done.unreadable))


def _token(database: Database, _settings: Settings, options: argparse.Namespace) -> None:
    migrate.prepare(database)
    with database.reading_all() as session:
        tenant_id = tenant_id_of(session, options.tenant)
    scopes = None if options.scopes is None else options.scopes.split(",")
    with database.writing(tenant_id) as session:
        actor = system(tenant_id, TOKEN_MAKER)
        _, secret = create_token(session, actor, options.email, scopes=scopes, days=options.days)
    print(secret)


def _prune(database: Database, settings: Settings, options: argparse.Namespace) -> None:
    migrate.prepare(database)
    removed: Counter[str] = Counter()
    for batch in prune_by_team.prune_all(database, clock.now(), options.days or settings.keep_days):
        removed += batch
    print(prune.summary_line(removed))


if __name__ == "__main__":
    sys.exit(main())

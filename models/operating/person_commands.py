"""The commands of `python -m models` about one person or a whole team: export, erase, admin-link."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.accounts.connect_links import MINUTES, issue_admin_link
from models.accounts.queries import find_user, tenant_id_of, tenant_name
from models.database import migrate
from models.database.engine import Database
from models.errors import InvalidRequest, NotFound
from models.maintenance.erase_tenant import MOST_COUNTED, count_team, mark_for_erasure
from models.maintenance.export import begin_team_export, json_pieces, team_parts
from models.maintenance.person_data import (
    BACKUPS,
    LOGS,
    OF_PIPEDRIVE,
    begin_person_export,
    count_person,
    erase_user,
)
from models.settings import Settings

OPERATOR: Final = "python -m models"


def add_person_commands(commands: Any) -> None:
    """Add `export`, `erase` and `admin-link` to `python -m models`; each yields its lines of text."""
    exporting = commands.add_parser("export", help="write all that is kept of a person, or a tenant, as JSON")
    exporting.add_argument("tenant")
    exporting.add_argument("email", nargs="?", help="of a user; without one all that the tenant owns")
    exporting.set_defaults(run=_export)
    erasing = commands.add_parser("erase", help="erase a person, or a tenant with all it owns")
    erasing.add_argument("tenant")
    erasing.add_argument("email", nargs="?", help="of a user; without one the whole tenant goes")
    erasing.add_argument("--confirm", metavar="TEXT", help="the e-mail, or the tenant's name, once more")
    erasing.set_defaults(run=_erase)
    linking = commands.add_parser("admin-link", help="make a link that signs an admin in without Google")
    linking.add_argument("tenant")
    linking.add_argument("email", help="of an admin of this tenant")
    linking.set_defaults(run=_link)


def _export(database: Database, _settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    tenant_id = _tenant(database, options.tenant)
    actor = system(tenant_id, f"{OPERATOR} export")
    with database.writing(tenant_id) as session:
        if options.email is None:
            head, parts = begin_team_export(session, actor), team_parts(tenant_id, whole=True)
        else:
            user_id = _user_id(session, tenant_id, options.email)
            head, parts = begin_person_export(session, actor, user_id)
    for piece in json_pieces(database, tenant_id, parts, head):
        yield piece.decode().strip("\n")


def _erase(database: Database, _settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    """Show what goes; erase it where that was confirmed. Raises NotFound, InvalidRequest."""
    tenant_id = _tenant(database, options.tenant)
    if options.email is not None:
        yield from _erase_person(database, tenant_id, options)
    else:
        yield from _erase_team(database, tenant_id, options.confirm)


def _erase_person(database: Database, tenant_id: int, options: argparse.Namespace) -> Iterator[str]:
    actor = system(tenant_id, f"{OPERATOR} erase")
    with database.reading(tenant_id) as session:
        user_id = _user_id(session, tenant_id, options.email)
        _, parts = count_person(session, actor, user_id)
    yield from (f"{part.name}: {part.count:,}, {part.fate}" for part in parts if part.count)
    yield from (LOGS, BACKUPS, OF_PIPEDRIVE)
    if options.confirm is None:
        yield "Nothing was erased. Add --confirm and the e-mail to do it."
        return
    with database.writing(tenant_id) as session:
        erase_user(session, actor, user_id, options.confirm)
    yield "Erased."


def _erase_team(database: Database, tenant_id: int, confirm: str | None) -> Iterator[str]:
    with database.reading(tenant_id) as session:
        name = tenant_name(session, tenant_id) or ""
        for table, count in count_team(session, system(tenant_id, f"{OPERATOR} erase")):
            yield f"{table}: {'more than ' if count >= MOST_COUNTED else ''}{count:,}"
    yield from (LOGS, BACKUPS)
    if confirm is None:
        yield "Nothing was erased. Add --confirm and the tenant's name to do it."
        return
    if confirm.strip() != name.strip():
        raise InvalidRequest(f"that is not the name of the tenant, {name!r}, so nothing was erased")
    with database.writing_all() as session:
        mark_for_erasure(session, tenant_id)
    yield "Begun: a worker disconnects Pipedrive, and then deletes all of it."


def _link(database: Database, settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    """Make a link that is good once. Raises InvalidRequest for anybody who is no admin."""
    tenant_id = _tenant(database, options.tenant)
    with database.writing(tenant_id) as session:
        secret = issue_admin_link(session, system(tenant_id, f"{OPERATOR} admin-link"), options.email)
    yield f"{settings.base_url}/connect/{secret}"
    yield f"Good once, for {MINUTES} minutes."


def _tenant(database: Database, given: str) -> int:
    migrate.prepare(database)
    with database.reading_all() as session:
        return tenant_id_of(session, given)


def _user_id(session: Session, tenant_id: int, email: str) -> int:
    found = find_user(session, tenant_id, email.strip().lower())
    if found is None:
        raise NotFound(f"nobody in this tenant has the e-mail {email[:320]!r}")
    return found.id

"""Writes rows as JSON, a batch at a time, whatever their number: the file of a person, or of a team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Table, literal, select, tuple_
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.limits import EXPORTS, require_seldom
from models.accounts.permissions import require
from models.accounts.queries import tenant_name
from models.accounts.rights import Action
from models.database.engine import Database
from models.security.audit import record
from models.tables.base import Base

BATCH: Final = 500  # rows in memory at once
# Columns that could open something, or that say nothing to people.
CLOSED: Final = (
    "hash",
    "token",
    "digest",
    "key",
    "secret",
    "password",
    "lease_until",
    "tenant_id",
    "address",
)
OPEN: Final = frozenset({"object_key", "thread_key", "message_key"})
# Tables that are of no use to a team: what was answered lately, and sign-ins under way.
NOT_EXPORTED: Final = frozenset({"interactions", "idempotent_answers", "oauth_flows", "tickets"})
# Copies of what Pipedrive has, of which some are not for everybody in the team to see.
OF_PIPEDRIVE: Final = frozenset(
    {"events", "tracked_objects", "names", "leads", "lead_history", "lead_scores"}
)
# Inboxes and reminders, which are their people's own, and may name what not everybody may see.
OF_PEOPLE: Final = frozenset({"notifications", "nudge_snoozes", "waits"})
_FOR_ONE_PERSON: Final = frozenset({"notice"})  # messages of ours, some to one person


@dataclass(frozen=True, slots=True)
class ExportPart:
    """The rows of one kind in an export: those of a table for which a condition holds."""

    name: str
    table: Table
    where: ColumnElement[bool]
    without: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[Any]:
        """The columns that are written."""
        return [each for each in self.table.c if each.name not in self.without and _is_open(each.name)]


def begin_team_export(session: Session, actor: Actor) -> dict[str, Any]:
    """Note in the trail that the actor's team is exported; return the head of its file.

    Raises NotAllowed, TooOften (see `EXPORTS`).
    """
    require(session, actor, Action.TENANT_ERASE)
    require_seldom(session, actor.tenant, EXPORTS)
    name = tenant_name(session, actor.tenant) or ""
    record(session, actor, "team.exported", name)
    return {"team": name}


def team_parts(tenant_id: int, *, whole: bool) -> list[ExportPart]:
    """Return everything that a team owns; only a `whole` export has what not everybody in it may see."""
    left_out = NOT_EXPORTED if whole else NOT_EXPORTED | OF_PIPEDRIVE | OF_PEOPLE
    tables = [each for each in Base.metadata.sorted_tables if "tenant_id" in each.c]
    without = frozenset() if whole else _FOR_ONE_PERSON
    return [
        ExportPart(each.name, each, each.c.tenant_id == tenant_id, without)
        for each in tables
        if each.name not in left_out
    ]


def json_pieces(
    database: Database, tenant_id: int, parts: Sequence[ExportPart], head: Mapping[str, Any]
) -> Iterator[bytes]:
    """Yield a JSON object: what is in `head`, and `rows`, which has a list for each part that has any.

    Each piece is read in a transaction of its own, so that a slow reader holds none.
    """
    yield orjson.dumps(head)[:-1] + (b"," if head else b"") + b'"rows":{'
    is_first_part = True
    for part in parts:
        is_first_row = True
        for rows in _batches(database, tenant_id, part):
            opening = b"" if is_first_part else b","
            before = opening + b"\n" + orjson.dumps(part.name) + b":[\n" if is_first_row else b",\n"
            yield before + b",\n".join(orjson.dumps(row, default=_plain) for row in rows)
            is_first_row = is_first_part = False
        if not is_first_row:
            yield b"]"
    yield b"}}\n"


def read_rows(session: Session, part: ExportPart, after: Sequence[Any], most: int) -> list[dict[str, Any]]:
    """Return the next rows of a part by their key; `after` is the key of the last row, empty at first."""
    key = _key_of(part)
    query = select(*dict.fromkeys([*part.columns, *key])).where(part.where)
    if key:
        query = query.order_by(*key)
        if after:
            last = [literal(value, column.type) for value, column in zip(after, key, strict=True)]
            query = query.where(tuple_(*key) > tuple_(*last))
    rows = session.execute(query.limit(most)).mappings()
    return [{str(name): value for name, value in row.items()} for row in rows]


def _batches(database: Database, tenant_id: int, part: ExportPart) -> Iterator[list[dict[str, Any]]]:
    names = [each.name for each in _key_of(part)]
    after: list[Any] = []
    while True:
        with database.reading(tenant_id) as session:
            rows = read_rows(session, part, after, BATCH)
        if rows:
            yield rows
        if len(rows) < BATCH or not names:
            return
        after = [rows[-1][name] for name in names]


def _key_of(part: ExportPart) -> list[Any]:
    """Return the columns that tell a tenant's rows apart; none where it has a single row."""
    return [each for each in part.table.primary_key.columns if each.name != "tenant_id"]


def _is_open(name: str) -> bool:
    return name in OPEN or not name.endswith(CLOSED)


def _plain(value: Any) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)

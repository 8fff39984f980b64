"""Counts changes of a tenant's ruleset in `tenants.book_version`, so that workers read it again.

Flushed rows and updates, inserts and deletes through the ORM are noticed here. Statements sent past the ORM
(`session.connection().execute`) are not: code that sends one calls `ruleset_changed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import BinaryExpression, BindParameter, Table, event, inspect, update
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.sql import operators, visitors

from models.database import isolation
from models.tables.accounts import Tenant, User
from models.tables.attention import Digest, Mute
from models.tables.connections import Connection, PipedriveUser
from models.tables.destinations import Destination, QuietHours, Space
from models.tables.leads import LeadPipeline
from models.tables.rules import Rule, RuleDestination, Template

RULESET: Final = (
    Rule,
    RuleDestination,
    Destination,
    QuietHours,
    Mute,
    Digest,
    Template,
    Space,
    Connection,
    PipedriveUser,
    LeadPipeline,
)
MATCH: Final = "pipedrive_user_id"  # of a user's columns, only this decides what they may see
_TENANTS: Final[Table] = Tenant.__table__  # type: ignore[assignment]  # declared as FromClause


def watch_sessions() -> None:
    """Count changes of rulesets from now on, in every session of the process."""
    for name, listener in (("before_flush", _notice_rows), ("do_orm_execute", _notice_statements)):
        if not event.contains(Session, name, listener):
            event.listen(Session, name, listener)


def ruleset_changed(session: Session, tenant_ids: Iterable[int] | None) -> None:
    """Increase the version of these tenants' rulesets; None means all tenants."""
    grow = update(_TENANTS).values(book_version=_TENANTS.c.book_version + 1)
    if tenant_ids is None:
        session.connection().execute(grow)
        return
    for tenant_id in sorted(set(tenant_ids)):  # in one order, so that two writers never wait for each other
        session.connection().execute(grow.where(_TENANTS.c.id == tenant_id))


def _notice_rows(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    written = [row for row in session.dirty if session.is_modified(row)]
    written += [*session.new, *session.deleted]
    users = [row for row in written if isinstance(row, User) and _is_matched_anew(session, row)]
    rows = [row for row in written if isinstance(row, RULESET)]
    if touched := {row.tenant_id for row in (*rows, *users)}:
        ruleset_changed(session, touched)


def _is_matched_anew(session: Session, user: User) -> bool:
    """Whether a user is matched with another Pipedrive user, or deleted together with their quiet hours."""
    return user in session.deleted or inspect(user).attrs[MATCH].history.has_changes()


def _notice_statements(state: ORMExecuteState) -> None:
    writes = state.is_update or state.is_insert or state.is_delete
    mapper = state.bind_mapper
    if not writes or mapper is None or not issubclass(mapper.class_, (*RULESET, User)):
        return
    if mapper.class_ is User and not state.is_delete and not _sets_match(state):
        return
    ruleset_changed(state.session, _named_tenants(state))


def _sets_match(state: ORMExecuteState) -> bool:
    statement: Any = state.statement
    given = state.parameters or {}
    rows = given if isinstance(given, Sequence) else [given]
    return MATCH in statement.compile().params or any(MATCH in row for row in rows)


def _named_tenants(state: ORMExecuteState) -> set[int] | None:
    """Return the tenants whose rows a statement writes; None when it does not name them."""
    scope = state.session.info.get(isolation.KEY)
    if isinstance(scope, int):
        return {scope}
    given = state.parameters or {}
    rows = given if isinstance(given, Sequence) else [given]
    found = {row["tenant_id"] for row in rows if "tenant_id" in row}
    statement: Any = state.statement
    for part in visitors.iterate(statement):
        if isinstance(part, BinaryExpression) and part.operator is operators.eq:
            found |= _compared_tenant(part)
    return found or None


def _compared_tenant(part: BinaryExpression[Any]) -> set[int]:
    is_owner = getattr(part.left, "name", "") == "tenant_id"
    names_one = is_owner and isinstance(part.right, BindParameter) and isinstance(part.right.value, int)
    return {part.right.value} if names_one else set()

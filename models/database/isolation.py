"""Isolation of tenants: what a session may read, flush and execute, whatever the caller forgot.

Four layers: loader criteria on every ORM statement, a check before every flush, a guard on every
statement text, and composite foreign keys; on PostgreSQL row-level security is the fifth.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from models.tables.base import TenantOwned, tenant_tables

KEY: Final = "tenant"
SETTING: Final = "pipenotify.tenant"
# A condition on the owner; `tenant_id` among the selected columns limits nothing.
_OWNER: Final = re.compile(r"\btenant_id\s*(?:=\s*(?::|%\(|any\s*\()|in\s*\()")


class Everybody:
    """The scope of views and jobs that serve all tenants."""

    def __repr__(self) -> str:
        return "EVERYBODY"


EVERYBODY: Final = Everybody()
Scope = int | Everybody


class TenantIsolationError(Exception):
    """Raised when code tries to reach another tenant's rows: always a bug of ours."""


def as_setting(scope: Scope | None) -> str | None:
    """Return the value row-level security compares with: a number, or `*` for all tenants."""
    if scope is None:
        return None
    return "*" if isinstance(scope, Everybody) else str(int(scope))


@event.listens_for(Session, "do_orm_execute")
def _see_own_rows(state: ORMExecuteState) -> None:
    tenant = state.session.info.get(KEY)
    narrows = state.is_select or state.is_update or state.is_delete
    if isinstance(tenant, int) and narrows and not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(
            with_loader_criteria(
                TenantOwned,
                lambda owned: owned.tenant_id == tenant,
                include_aliases=True,
                track_closure_variables=True,
            ),
        )


@event.listens_for(Session, "before_flush")
def _write_own_rows(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    tenant = session.info.get(KEY)
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(tenant, int) and isinstance(row, TenantOwned) and row.tenant_id != tenant:
            raise TenantIsolationError(
                f"{type(row).__name__} of tenant {row.tenant_id} in a session of {tenant}"
            )


@lru_cache(maxsize=4096)
def _forgets_tenant(statement: str) -> str | None:
    """Return the tenant table that a statement uses without a condition on the tenant, if any."""
    text = statement.lower()
    names_owner = "tenant_id" in text if text.lstrip().startswith("insert") else _OWNER.search(text)
    return None if names_owner else next(iter(set(re.findall(r"\w+", text)) & tenant_tables()), None)


@lru_cache(maxsize=4096)
def _names_tenant_table(statement: str) -> bool:
    return bool(set(re.findall(r"\w+", statement.lower())) & tenant_tables())


def guard_engine(engine: Engine) -> None:
    """Refuse statements on tenant tables outside a scope, without a tenant, or with another tenant's id."""

    @event.listens_for(engine, "before_cursor_execute")
    def _check(conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        tenant = conn.get_execution_options().get(KEY)
        if isinstance(tenant, Everybody) or conn.get_execution_options().get("schema_change"):
            return
        if tenant is None and _names_tenant_table(statement):
            raise TenantIsolationError(f"no tenant was named for: {statement[:80]}")
        if table := _forgets_tenant(statement):
            raise TenantIsolationError(f"{table} reached without tenant_id: {statement[:80]}")
        if tenant is not None:
            _check_values(tenant, parameters)


def _check_values(tenant: int, parameters: Any) -> None:
    """Compare every bound `...tenant_id...` with the tenant of the session."""
    rows = parameters if isinstance(parameters, list | tuple) else [parameters]
    for row in rows:
        for name, value in row.items() if isinstance(row, dict) else ():
            if "tenant_id" in name and value != tenant:
                raise TenantIsolationError(f"a value for tenant {value} in a session of {tenant}")

"""The stored state of a tenant, in the form of a rules file, with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import SecretUnreadable
from models.rules.drafts import RuleDraft
from models.rules.save import drafts_of
from models.rules_file.schema import (
    Secret,
    WantedConnection,
    WantedDestination,
    WantedPipedrive,
    WantedPlan,
    WantedQuietHours,
    WantedSpace,
    WantedTemplate,
    WantedUser,
    WantedWebhook,
)
from models.rules_file.yaml_source import KEPT
from models.security.vault import Vault, associated_data
from models.tables.accounts import Tenant, User
from models.tables.connections import Connection, WebhookCredential
from models.tables.destinations import Destination, QuietHours, Space
from models.tables.rules import Rule, Template

Row = TypeVar("Row")
Item = TypeVar("Item")


@dataclass(slots=True)
class StoredRow(Generic[Row, Item]):
    """A stored row and its form in a document."""

    row: Row
    item: Item


@dataclass(slots=True)
class Stored:
    """The present state of a tenant; empty if it does not exist yet. Sections are by name, oldest first."""

    tenant: Tenant | None = None
    plan: WantedPlan | None = None
    pipedrive: WantedPipedrive = field(default_factory=lambda: WantedPipedrive(None, None, None, None))
    connection: Connection | None = None
    credentials: list[WebhookCredential] = field(default_factory=list)
    users: dict[str, StoredRow[User, WantedUser]] = field(default_factory=dict)
    spaces: dict[str, StoredRow[Space, WantedSpace]] = field(default_factory=dict)
    destinations: dict[str, StoredRow[Destination, WantedDestination]] = field(default_factory=dict)
    templates: dict[str, StoredRow[Template, WantedTemplate]] = field(default_factory=dict)
    rules: dict[str, StoredRow[Rule, RuleDraft]] = field(default_factory=dict)
    quiet_hours: list[StoredRow[QuietHours, WantedQuietHours]] = field(default_factory=list)
    people: dict[str, Destination] = field(default_factory=dict)


def read_stored(session: Session, vault: Vault, name: str) -> Stored:
    """Read the tenant of that name with all its sections; an empty one if there is none."""
    tenant = session.scalars(select(Tenant).where(Tenant.name == name)).first()
    if tenant is None:
        return Stored()
    stored = Stored(tenant, WantedPlan(tenant.plan, tenant.monthly_limit))
    _read_pipedrive(session, vault, tenant.id, stored)
    _read_places(session, vault, tenant.id, stored)
    _read_rules(session, tenant.id, stored)
    _read_quiet_hours(session, tenant.id, stored)
    return stored


def _rows(session: Session, table: type[Any], tenant_id: int) -> Sequence[Any]:
    return session.scalars(select(table).where(table.tenant_id == tenant_id).order_by(table.id)).all()


def _open(vault: Vault, closed: str | None, where: str) -> Secret:
    """Decrypt a secret; an unreadable one equals nothing but `!kept`."""
    try:
        return KEPT if closed is None else vault.open(closed, where)
    except SecretUnreadable:
        return KEPT


def _read_pipedrive(session: Session, vault: Vault, tenant_id: int, stored: Stored) -> None:
    stored.connection = next(iter(_rows(session, Connection, tenant_id)), None)
    stored.credentials = [
        each for each in _rows(session, WebhookCredential, tenant_id) if each.expires_at is None
    ]
    connection, webhook = stored.connection, next(iter(stored.credentials[-1:]), None)
    stored.pipedrive = WantedPipedrive(
        connection.company_id if connection else None,
        connection.domain if connection else None,
        _webhook(vault, tenant_id, webhook) if webhook else None,
        _connection(vault, tenant_id, connection) if connection and connection.refresh_token else None,
    )


def _webhook(vault: Vault, tenant_id: int, row: WebhookCredential) -> WantedWebhook:
    where = associated_data(tenant_id, "webhook_credentials", "password", row.key)
    return WantedWebhook(row.key, row.user_name, _open(vault, row.password, where))


def _connection(vault: Vault, tenant_id: int, row: Connection) -> WantedConnection:
    where = associated_data(tenant_id, "connections", "refresh_token", tenant_id)
    return WantedConnection(_open(vault, row.refresh_token, where), row.api_domain)


def _read_places(session: Session, vault: Vault, tenant_id: int, stored: Stored) -> None:
    for user in _rows(session, User, tenant_id):
        stored.users[user.email] = StoredRow(user, WantedUser(user.email, user.role, user.display_name))
    for space in _rows(session, Space, tenant_id):
        stored.spaces[space.name] = StoredRow(space, WantedSpace(space.name, space.title))
    for template in _rows(session, Template, tenant_id):
        stored.templates[template.name] = StoredRow(template, WantedTemplate(template.name, template.source))
    for row in _rows(session, Destination, tenant_id):
        if row.kind == "chat_webhook":
            url = _open(vault, row.address, associated_data(tenant_id, "destinations", "address", row.uid))
            item = WantedDestination(row.name, url, row.description, row.is_active)
            stored.destinations[row.name] = StoredRow(row, item)
        elif row.kind == "chat_dm":
            stored.people[row.name] = row


def _read_rules(session: Session, tenant_id: int, stored: Stored) -> None:
    rules = list(_rows(session, Rule, tenant_id))
    drafts = drafts_of(session, tenant_id, rules)
    stored.rules = {rule.name: StoredRow(rule, drafts[rule.id]) for rule in rules}


def _read_quiet_hours(session: Session, tenant_id: int, stored: Stored) -> None:
    spaces = {held.row.id: name for name, held in stored.spaces.items()}
    people = {held.row.id: email for email, held in stored.users.items()}
    for row in _rows(session, QuietHours, tenant_id):
        whom = spaces.get(row.space_id) or people.get(row.user_id) or ""
        days, lets = tuple(row.days), row.lets_urgent_through
        item = WantedQuietHours(row.scope, whom, row.starts, row.ends, days, row.timezone, lets)
        stored.quiet_hours.append(StoredRow(row, item))

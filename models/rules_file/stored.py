"""A stored tenant as the sections of a document, each item beside its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.destinations.outside import OutgoingWebhook
from models.destinations.quiet_hours import end_in_file
from models.errors import SecretUnreadable
from models.languages.catalog import ENGLISH
from models.pipedrive.local_time import NO_ZONE
from models.rules.drafts import RuleDraft
from models.rules.save import read_drafts
from models.rules_file.schema import (
    ADDRESS_KEYS,
    ConnectionSchema,
    DestinationSchema,
    PipedriveSchema,
    PlanSchema,
    QuietHoursSchema,
    SpaceSchema,
    TemplateSchema,
    UserSchema,
    WebhookSchema,
)
from models.rules_file.yaml_source import KEPT, Kept
from models.security.vault import Vault, associated_data
from models.tables.accounts import Tenant, User
from models.tables.connections import Connection, WebhookCredential
from models.tables.destinations import (
    EMAIL,
    NAMED_BY_PEOPLE,
    OUTGOING_WEBHOOK,
    Destination,
    QuietHours,
    Space,
)
from models.tables.rules import Rule, Template

_NO_ADDRESS: Final[dict[str, Any]] = dict.fromkeys((*ADDRESS_KEYS, "secret"))
Row = TypeVar("Row")
Item = TypeVar("Item")


@dataclass(slots=True)
class StoredRow(Generic[Row, Item]):
    """A stored row, and its item of a document."""

    row: Row
    item: Item


@dataclass(slots=True)
class Stored:
    """A stored tenant, its sections by name, oldest first. All is empty for one that does not exist yet."""

    tenant: Tenant | None = None
    plan: PlanSchema | None = None
    timezone: str = NO_ZONE
    language: str = ENGLISH
    pipedrive: PipedriveSchema = field(default_factory=PipedriveSchema)
    connection: Connection | None = None
    credentials: list[WebhookCredential] = field(default_factory=list)
    users: dict[str, StoredRow[User, UserSchema]] = field(default_factory=dict)
    spaces: dict[str, StoredRow[Space, SpaceSchema]] = field(default_factory=dict)
    destinations: dict[str, StoredRow[Destination, DestinationSchema]] = field(default_factory=dict)
    templates: dict[str, StoredRow[Template, TemplateSchema]] = field(default_factory=dict)
    rules: dict[str, StoredRow[Rule, RuleDraft]] = field(default_factory=dict)
    quiet_hours: list[StoredRow[QuietHours, QuietHoursSchema]] = field(default_factory=list)
    people: dict[str, Destination] = field(default_factory=dict)


def read_stored(session: Session, vault: Vault, name: str) -> Stored:
    """Read the tenant of that name with all its sections; an empty one if there is none."""
    tenant = session.scalars(select(Tenant).where(Tenant.name == name)).first()
    if tenant is None:
        return Stored()
    plan = PlanSchema.model_construct(
        name=tenant.plan, monthly_limit=tenant.monthly_limit, features=tenant.features or {}
    )
    stored = Stored(tenant, plan, tenant.timezone, tenant.language)
    _read_pipedrive(session, vault, tenant.id, stored)
    _read_named(session, vault, tenant.id, stored)
    _read_rules(session, tenant.id, stored)
    _read_quiet_hours(session, tenant.id, stored)
    return stored


def _rows(session: Session, table: type[Any], tenant_id: int) -> Sequence[Any]:
    return session.scalars(select(table).where(table.tenant_id == tenant_id).order_by(table.id)).all()


def _open(vault: Vault, closed: str | None, where: str) -> str | Kept:
    """Open a secret. One that no key opens any more is `!kept`, so that loading any other one is a change."""
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
    stored.pipedrive = PipedriveSchema.model_construct(
        company_id=connection.company_id if connection else None,
        domain=connection.domain if connection else None,
        webhook=_webhook(vault, tenant_id, webhook) if webhook else None,
        connection=_connection(vault, tenant_id, connection)
        if connection and connection.refresh_token
        else None,
    )


def _webhook(vault: Vault, tenant_id: int, row: WebhookCredential) -> WebhookSchema:
    where = associated_data(tenant_id, "webhook_credentials", "password", row.key)
    return WebhookSchema.model_construct(
        key=row.key, user=row.user_name, password=_open(vault, row.password, where)
    )


def _connection(vault: Vault, tenant_id: int, row: Connection) -> ConnectionSchema:
    where = associated_data(tenant_id, "connections", "refresh_token", tenant_id)
    return ConnectionSchema.model_construct(
        refresh_token=_open(vault, row.refresh_token, where), api_domain=row.api_domain
    )


def _read_named(session: Session, vault: Vault, tenant_id: int, stored: Stored) -> None:
    destinations = _rows(session, Destination, tenant_id)
    names = {each.id: each.name for each in destinations}
    fallbacks = {each.name: names.get(each.fallback_id) for each in destinations}
    for user in _rows(session, User, tenant_id):
        person = UserSchema.model_construct(email=user.email, role=user.role, name=user.display_name)
        stored.users[user.email] = StoredRow(user, person)
    for space in _rows(session, Space, tenant_id):
        fallback = fallbacks.get(space.name)
        item = SpaceSchema.model_construct(name=space.name, title=space.title, fallback=fallback)
        stored.spaces[space.name] = StoredRow(space, item)
    for row in _rows(session, Template, tenant_id):
        template = TemplateSchema.model_construct(name=row.name, liquid=row.source)
        stored.templates[row.name] = StoredRow(row, template)
    for row in destinations:
        if row.kind in NAMED_BY_PEOPLE:
            stored.destinations[row.name] = StoredRow(row, _destination(vault, row, fallbacks[row.name]))
        elif row.kind == "chat_dm":
            stored.people[row.name] = row


def _destination(vault: Vault, row: Destination, fallback: str | None) -> DestinationSchema:
    rest = {"fallback": fallback, "name": row.name, "description": row.description, "enabled": row.is_active}
    return DestinationSchema.model_construct(**(_NO_ADDRESS | _address(vault, row) | rest))


def _address(vault: Vault, row: Destination) -> dict[str, Any]:
    """Return the address of a destination under its keys in a document."""
    if row.kind == EMAIL:
        return {"email": row.address}
    where = associated_data(row.tenant_id, "destinations", "address", row.uid)
    opened = _open(vault, row.address, where)
    if row.kind != OUTGOING_WEBHOOK:
        return {"incoming_webhook": opened}
    if isinstance(opened, Kept):
        return {"webhook": KEPT, "secret": KEPT}
    webhook = OutgoingWebhook.from_text(opened)
    return {"webhook": webhook.url, "secret": webhook.secret}


def _read_rules(session: Session, tenant_id: int, stored: Stored) -> None:
    rules = list(_rows(session, Rule, tenant_id))
    drafts = read_drafts(session, tenant_id, rules)
    stored.rules = {rule.name: StoredRow(rule, drafts[rule.id]) for rule in rules}


def _read_quiet_hours(session: Session, tenant_id: int, stored: Stored) -> None:
    spaces = {each.row.id: name for name, each in stored.spaces.items()}
    users = {each.row.id: email for email, each in stored.users.items()}
    for row in _rows(session, QuietHours, tenant_id):
        window: dict[str, Any] = {
            "scope": row.scope,
            "space": spaces.get(row.space_id),
            "user": users.get(row.user_id),
            "from": row.starts,
            "until": end_in_file(row.starts, row.ends),
            "days": tuple(row.days),
            "timezone": row.timezone,
            "let_urgent_through": row.lets_urgent_through,
            "enabled": row.is_enabled,
        }
        stored.quiet_hours.append(StoredRow(row, QuietHoursSchema.model_construct(**window)))

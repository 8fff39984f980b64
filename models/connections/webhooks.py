"""Our own webhooks at Pipedrive: their credentials, and the known state of each."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from models.clock import now
from models.database.direct import AT, DirectStatement
from models.database.lists import one_of
from models.errors import SecretUnreadable
from models.pipedrive.rest.webhooks import ListedWebhook
from models.security.vault import Vault, associated_data
from models.tables.connections import Connection, WebhookCredential, WebhookSubscription

OUR_NAME: Final = "pipenotify-"  # marks ours, as opposed to one that a person typed into Pipedrive
SECRET_BYTES: Final = 32
STILL_VALID: Final = timedelta(minutes=10)  # Pipedrive retries a delivery up to 183 s later
MISSING: Final = "Pipedrive does not have it any more."
KEPT_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenCredential:
    """The credential of one of our webhooks: the key in its URL, and name and password of HTTP Basic."""

    key: str
    user: str
    password: str = field(repr=False)


def current_credential(session: Session, vault: Vault, tenant_id: int) -> OpenCredential:
    """Return the newest valid credential that we made; create one if none can be decrypted."""
    mine = select(WebhookCredential).where(
        WebhookCredential.tenant_id == tenant_id,
        WebhookCredential.expires_at.is_(None),
        WebhookCredential.user_name.startswith(OUR_NAME, autoescape=True),
    )
    row = session.scalars(mine.order_by(WebhookCredential.id.desc()).limit(1)).first()
    if row is None:
        return add_credential(session, vault, tenant_id)
    try:
        return OpenCredential(row.key, row.user_name, vault.open(row.password, _place(tenant_id, row.key)))
    except SecretUnreadable:  # its key is lost for good: the webhook endpoint refuses it as well
        return add_credential(session, vault, tenant_id)


def add_credential(session: Session, vault: Vault, tenant_id: int) -> OpenCredential:
    """Create a credential; being the newest, it is the one for webhooks from now on."""
    made = OpenCredential(
        secrets.token_urlsafe(SECRET_BYTES),
        OUR_NAME + secrets.token_hex(6),
        secrets.token_urlsafe(SECRET_BYTES),
    )
    closed = vault.close(made.password, _place(tenant_id, made.key))
    row = WebhookCredential(tenant_id=tenant_id, key=made.key, user_name=made.user, password=closed)
    session.add(row)
    session.flush()
    return made


def _place(tenant_id: int, key: str) -> str:
    return associated_data(tenant_id, "webhook_credentials", "password", key)


def known_keys(session: Session, tenant_id: int) -> set[str]:
    """Return the keys of all credentials of a tenant, including those about to expire."""
    mine = select(WebhookCredential.key).where(WebhookCredential.tenant_id == tenant_id)
    return set(session.scalars(mine))


def retire(session: Session, tenant_id: int, in_use: Collection[str], at: datetime) -> None:
    """Expire credentials that no webhook uses any more; delete those that expired long ago."""
    mine = select(WebhookCredential).where(WebhookCredential.tenant_id == tenant_id)
    for row in session.scalars(mine):
        if row.expires_at is None and row.key not in in_use:
            row.expires_at = at + STILL_VALID
        elif row.expires_at is not None and row.expires_at < at - KEPT_AFTER:
            session.delete(row)


def subscriptions(session: Session, tenant_id: int) -> Sequence[WebhookSubscription]:
    """Return what we registered, as of the last check, ordered by entity name."""
    mine = select(WebhookSubscription).where(WebhookSubscription.tenant_id == tenant_id)
    return session.scalars(mine.order_by(WebhookSubscription.entity, WebhookSubscription.id)).all()


def record(
    session: Session, tenant_id: int, key: str, there: Mapping[str, ListedWebhook], left: Collection[str]
) -> None:
    """Make our rows match Pipedrive's: one webhook for each entity, all with this key.

    `left` are ids of others of ours that could not be replaced yet. A missing webhook that could not be made
    again keeps its row, so that its gap is seen until it is back.
    """
    known = {row.pipedrive_id: row for row in subscriptions(session, tenant_id)}
    stay = {each.id for each in there.values()}
    for webhook_id, row in known.items():
        if row.entity not in there:
            row.problem = row.problem if webhook_id in left else MISSING
        elif webhook_id not in stay:
            session.delete(row)
    session.flush()
    for entity, each in there.items():
        row = known.get(each.id) or WebhookSubscription(tenant_id=tenant_id, pipedrive_id=each.id)
        row.entity, row.key, row.problem = entity, key, each.problem
        row.last_status, row.last_delivery_at = each.last_status, each.last_delivery_at
        session.add(row)


def forget(session: Session, tenant_id: int) -> None:
    """Delete our webhook rows and every credential: the webhook endpoint then refuses this tenant's."""
    for table in (WebhookSubscription, WebhookCredential):
        session.execute(delete(table).where(table.tenant_id == tenant_id))


@dataclass(frozen=True, slots=True)
class ValidCredential:
    """A credential that webhooks may bring now; `password` is encrypted.

    `company_id` is that of the tenant at Pipedrive, `ours` how many valid credentials of ours the tenant has:
    more than one while new webhooks replace old ones.
    """

    tenant_id: int
    key: str
    user_name: str
    password: str
    company_id: str | None
    ours: int


def webhook_credentials(session: Session, keys: Collection[str]) -> list[ValidCredential]:
    """Return the credentials of these keys that are valid now. The session sees all tenants."""
    return [ValidCredential(*row) for row in _VALID.rows(session, {"keys": keys, "at": now()})]


def _is_valid(credential: Any) -> ColumnElement[bool]:
    return or_(credential.c.expires_at.is_(None), credential.c.expires_at > AT)


def _valid_statement() -> DirectStatement:
    """Built once: a web part that starts asks for one tenant after the other."""
    mine: Any = WebhookCredential.__table__
    others, connections = mine.alias(), cast(Any, Connection.__table__)
    is_ours = others.c.user_name.startswith(OUR_NAME, autoescape=True)
    ours = select(func.count(others.c.id)).where(
        others.c.tenant_id == mine.c.tenant_id, is_ours, _is_valid(others)
    )
    columns = (mine.c[name] for name in ("tenant_id", "key", "user_name", "password"))
    return DirectStatement(
        select(*columns, connections.c.company_id, ours.scalar_subquery().label("ours"))
        .select_from(mine.outerjoin(connections, connections.c.tenant_id == mine.c.tenant_id))
        .where(one_of(mine.c.key, "keys"), _is_valid(mine))
    )


_VALID: Final = _valid_statement()

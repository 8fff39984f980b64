"""Ends a connection: by our own request to Pipedrive, or when Pipedrive reports an uninstall."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.clock import now
from models.deliveries.notices import Notice, notify_admins
from models.languages.translate import for_later
from models.security.audit import record
from models.staging.companies import require_listed
from models.tables.connections import (
    Connection,
    ConnectionState,
    PersonalConnection,
    WebhookCredential,
    WebhookSubscription,
)

DROPPED: Final[dict[str, Any]] = {
    "access_token": None,
    "refresh_token": None,
    "expires_at": None,
    "refresh_lease_until": None,
    "state": ConnectionState.REVOKED,
}
PIPEDRIVE: Final = "Pipedrive"


def begin_disconnect(session: Session, tenant_id: int) -> bool:
    """Begin to disconnect a tenant's Pipedrive; False if there is no connection.

    From here on a worker deletes our webhooks there, revokes the authorisation and deletes the tokens
    (state leaving, then revoked). Rules and history stay. The session is a writing one of the tenant or of
    all; the caller records who asked. Raises OutsideStaging.
    """
    row = _of_tenant(session, tenant_id)
    if row is None or row.state == ConnectionState.REVOKED:
        mine = WebhookCredential.tenant_id == tenant_id
        session.execute(delete(WebhookCredential).where(mine).execution_options(synchronize_session=False))
        return False
    require_listed(session, tenant_id)
    row.state, row.rotates, row.check_failures = ConnectionState.LEAVING, False, 0
    row.next_check_at, row.check_lease_until = now(), None
    session.flush()
    return True


def forget_uninstalled(session: Session, company_id: str, user_id: str, setup_url: str) -> list[int]:
    """Delete what a Pipedrive user has revoked by uninstalling us; return the tenants that lost something.

    Pipedrive has already removed the user's webhooks. A user who did not make the company's
    connection loses at most their own. The session is a writing one over all tenants. Idempotent.
    """
    of_company = select(Connection).where(Connection.company_id == company_id).with_for_update()
    row = session.scalar(of_company.execution_options(populate_existing=True))
    if row is None:
        return []
    if row.user_id is None:  # unknown who gave the consent: a worker checks whether it is still valid
        row.next_check_at = now()
    lost_own = _drop_personal(session, row.tenant_id, user_id)
    # While we disconnect, this is Pipedrive's echo of it: the disconnecting worker ends the rest.
    lost_all = row.user_id == user_id and row.state not in (ConnectionState.LEAVING, ConnectionState.REVOKED)
    if lost_all:
        _revoke(session, row)
        actor = system(row.tenant_id, PIPEDRIVE)
        record(session, actor, "connection.uninstalled", company_id, user=user_id)
        notify_admins(session, row.tenant_id, _uninstalled_notice(row, setup_url))
    return [row.tenant_id] if lost_own or lost_all else []


def _of_tenant(session: Session, tenant_id: int) -> Connection | None:
    mine = select(Connection).where(Connection.tenant_id == tenant_id).with_for_update()
    return session.scalar(mine.execution_options(populate_existing=True))


def _revoke(session: Session, row: Connection) -> None:
    """Delete tokens, and the webhooks with their credentials: webhooks that still arrive are refused."""
    ends = DROPPED | {
        "rotates": False,
        "problem": "",
        "problem_codes": [],
        "next_check_at": None,
        "check_lease_until": None,
    }
    for name, value in ends.items():
        setattr(row, name, value)
    ours = select(WebhookSubscription.key).where(WebhookSubscription.tenant_id == row.tenant_id)
    of_ours = and_(WebhookCredential.tenant_id == row.tenant_id, WebhookCredential.key.in_(ours))
    for table, which in (
        (WebhookCredential, of_ours),
        (WebhookSubscription, WebhookSubscription.tenant_id == row.tenant_id),
    ):
        session.execute(delete(table).where(which).execution_options(synchronize_session=False))
    session.flush()


def _drop_personal(session: Session, tenant_id: int, user_id: str) -> bool:
    mine = and_(
        PersonalConnection.tenant_id == tenant_id,
        PersonalConnection.pipedrive_user_id == user_id,
        PersonalConnection.state != ConnectionState.REVOKED,
    )
    found = session.scalars(select(PersonalConnection).where(mine)).all()
    for row in found:
        for name, value in DROPPED.items():
            setattr(row, name, value)
    session.flush()
    return bool(found)


def _uninstalled_notice(row: Connection, setup_url: str) -> Notice:
    company = row.company_name or for_later("Your company")
    words = for_later(
        "{company} has uninstalled Pipenotify in Pipedrive, so no cards come any more. Rules are kept.",
        company=company,
    )
    return Notice(for_later("Pipedrive is disconnected"), words, for_later("Connect it again"), setup_url)

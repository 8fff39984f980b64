"""Stores a consent at Pipedrive: the connection of a tenant, what it replaces, and who is notified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.backfills.gaps import open_gap
from models.clock import now
from models.connections.company_owner import JOINED, RENEWED, Joined, Requester, join
from models.deliveries.notices import Notice, notify_admins, notify_space
from models.destinations.linking import link_space
from models.errors import Conflict, InvalidRequest
from models.pipedrive.rest.me import Me
from models.security.audit import record
from models.settings import Settings
from models.tables.connections import Connection, ConnectionState, WebhookCredential, WebhookSubscription
from models.tables.destinations import Space

TRIES: Final = 5
CHANGE_OVER: Final = timedelta(minutes=2)  # until a worker has registered our webhooks
GOES_ON: Final = (
    ConnectionState.CONNECTED,
    ConnectionState.NEEDS_REAUTH,
    ConnectionState.LEAVING,
)  # a backfill may look for what was missed meanwhile
SPACE_TAKEN: Final = "space-taken"
BY_HAND: Final = "by-hand"

Closed = Callable[[int], Mapping[str, Any]]


class _Meanwhile(Exception):
    """Raised when the tenant got another company since it was read."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The result of a consent; `notices` are what else the person should know (SPACE_TAKEN, BY_HAND)."""

    joined: Joined
    company: str
    notices: tuple[str, ...] = ()


def connect(session: Session, requester: Requester, me: Me, settings: Settings, closed: Closed) -> Connected:
    """Assign a company to its tenant and store the consent, in full or not at all.

    `closed` returns the encrypted token columns of a tenant's row. The session is a writing one over all
    tenants. Raises as `models.connections.company_owner.join`.
    """
    for _ in range(TRIES):
        try:
            with session.begin_nested():
                return _connect(session, requester, me, settings, closed)
        except (IntegrityError, _Meanwhile):
            continue  # somebody connected or created the same at the same moment: try again
    raise Conflict


def _connect(session: Session, requester: Requester, me: Me, settings: Settings, closed: Closed) -> Connected:
    joined = join(session, requester, me, settings)
    row, notices = _row(session, joined.tenant_id), []
    if row is not None and row.company_id != me.company_id:
        raise _Meanwhile
    at = now()
    if not (row and row.keeps_webhooks) and _drop_made_by_hand(session, joined.tenant_id):
        notices.append(BY_HAND)
    _write(session, row, requester, me, joined, closed(joined.tenant_id))
    if BY_HAND in notices:
        open_gap(session, joined.tenant_id, at, at + CHANGE_OVER, "Our own webhooks took the place of yours")
    if not _link(session, joined, requester):
        notices.append(SPACE_TAKEN)
    _audit(session, joined, requester, me)
    company = me.company_name or joined.tenant
    _tell(session, joined, requester, company, settings)
    return Connected(joined, company, tuple(notices))


def _row(session: Session, tenant_id: int) -> Connection | None:
    mine = select(Connection).where(Connection.tenant_id == tenant_id)
    return session.scalar(mine.with_for_update().execution_options(populate_existing=True))


def _write(
    session: Session,
    row: Connection | None,
    requester: Requester,
    me: Me,
    joined: Joined,
    tokens: Mapping[str, Any],
) -> None:
    row = row or Connection(tenant_id=joined.tenant_id, company_id=me.company_id)
    session.add(row)
    # We cannot list webhooks that another Pipedrive user registered, so their password must be changed.
    is_other = row.user_id not in (None, me.user_id) and row.keeps_webhooks
    at = now()
    if row.state not in GOES_ON:
        row.created_at = at
    values: dict[str, Any] = {
        "state": ConnectionState.CONNECTED,
        "user_id": me.user_id,
        "company_name": me.company_name,
        "domain": me.domain or row.domain,
        "is_admin": me.is_admin,
        "connected_by": requester.email,
        "keeps_webhooks": True,
        "rotates": is_other or bool(row.rotates),
        "problem": "",
        "problem_codes": [],
        "limited_until": None,
        "refreshed_at": at,
        "next_check_at": at,
        "check_lease_until": None,  # a worker that is disconnecting right now must notice
        "check_failures": 0,
    }
    for name, value in (dict(tokens) | values).items():
        setattr(row, name, value)
    session.flush()


def _drop_made_by_hand(session: Session, tenant_id: int) -> int:
    """Remove the credential of a webhook made by hand: besides ours each event would arrive twice."""
    ours = select(WebhookSubscription.key).where(WebhookSubscription.tenant_id == tenant_id)
    by_hand: ColumnElement[bool] = and_(
        WebhookCredential.tenant_id == tenant_id, WebhookCredential.key.not_in(ours)
    )
    keys = session.scalars(select(WebhookCredential.id).where(by_hand)).all()
    session.execute(delete(WebhookCredential).where(by_hand).execution_options(synchronize_session=False))
    return len(keys)


def _link(session: Session, joined: Joined, requester: Requester) -> bool:
    """Link the space where the link was requested; False if another tenant has it."""
    if requester.space is None:
        return True
    known = select(Space.tenant_id).where(Space.name == requester.space)
    if (owner := session.scalar(known)) is not None:
        return owner == joined.tenant_id
    try:
        link_space(session, joined.tenant_id, requester.space, requester.space_title)
    except (Conflict, InvalidRequest):
        return False
    actor = Actor(requester.email, joined.tenant_id)
    record(session, actor, "space.linked", requester.space, title=requester.space_title)
    return True


def _audit(session: Session, joined: Joined, requester: Requester, me: Me) -> None:
    what = "connection.renewed" if joined.how in (RENEWED, JOINED) else "connection.made"
    details = {"company": me.company_name, "pipedrive_user": me.user_id, "is_admin": me.is_admin}
    record(session, Actor(requester.email, joined.tenant_id), what, me.company_id, **details)


def _tell(session: Session, joined: Joined, requester: Requester, company: str, settings: Settings) -> None:
    who = requester.name or requester.email
    words = f"{who} connected it. Make rules with /pipenotify rule new; the setup page shows how it fares."
    notice = Notice(
        f"Pipedrive is connected: {company}", words, "Open the setup page", f"{settings.base_url}/setup"
    )
    values = notify_space(session, joined.tenant_id, requester.space, notice) if requester.space else 0
    # If no admin can be written to, the oldest space gets the notice: not twice, if that is this one.
    if joined.how in (RENEWED, JOINED):
        knows_it = requester.email if values or joined.how == JOINED else ""
        notify_admins(session, joined.tenant_id, notice, or_space=not values, but=knows_it)

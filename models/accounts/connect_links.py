"""Connect links: given to a person in Chat, shown when the link is opened, redeemed by a button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.limits import too_often
from models.accounts.queries import find_user
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import marked
from models.security.audit import record
from models.security.secrets import digest_of, new_secret
from models.tables.accounts import ADMIN_LINK, ConnectLink, Role

MINUTES: Final = 15
MOST_OPEN: Final = 10  # links of one person that are neither used nor too old
TOO_MANY: Final = marked(
    "You have asked for many links and used none. Use the newest one, or ask again in {minutes} minutes."
)


def issue(  # noqa: PLR0913 - what a ticket knows, each by its name
    session: Session,
    *,
    purpose: str,
    email: str,
    chat_name: str | None,
    tenant_id: int | None,
    space: str | None,
    space_title: str,
) -> str:
    """Create a connect link and return its secret, for the URL `BASE_URL/connect/<secret>`.

    `email` is what Google Chat verified; `purpose` is CONNECT, PERSONAL or ADMIN_LINK of
    models.tables.accounts. The session is a writing one. Raises TooOften for somebody who holds too many; an
    operator is not stopped by what people asked for.
    """
    if purpose != ADMIN_LINK:
        _require_few(session, email.strip().lower())
    secret = new_secret()
    ticket = ConnectLink(
        digest=digest_of(secret),
        purpose=purpose,
        email=email.strip().lower(),
        chat_name=chat_name,
        tenant_id=tenant_id,
        space=space,
        space_title=space_title[:255],
        expires_at=now() + timedelta(minutes=MINUTES),
    )
    session.add(ticket)
    session.flush()
    return secret


def _require_few(session: Session, email: str) -> None:
    theirs = (ConnectLink.email == email, ConnectLink.purpose != ADMIN_LINK, ConnectLink.expires_at > now())
    open_ones = select(ConnectLink.expires_at).where(*theirs).order_by(ConnectLink.expires_at)
    ends = session.scalars(open_ones).all()
    if len(ends) >= MOST_OPEN:
        raise too_often(TOO_MANY, (ends[-MOST_OPEN] - now()).total_seconds())


def issue_admin_link(session: Session, actor: Actor, email: str) -> str:
    """Create a link that signs an admin of the tenant in, also while Google is away; return its secret.

    Only for the command line, whose user could read the database itself. Raises InvalidRequest for anybody
    who is no admin.
    """
    user = find_user(session, actor.tenant, email.strip().lower())
    if not actor.is_system or user is None or user.role != Role.ADMIN:
        raise InvalidRequest(f"{email.strip()[:320]!r} is no admin of this tenant")
    secret = issue(
        session,
        purpose=ADMIN_LINK,
        email=user.email,
        chat_name=None,
        tenant_id=actor.tenant,
        space=None,
        space_title="",
    )
    record(session, actor, "link.made", user.email, minutes=MINUTES)
    return secret


def peek(session: Session, secret: str) -> ConnectLink | None:
    """Return a link that is still valid, without redeeming it; None if it expired or was used."""
    return session.scalars(select(ConnectLink).where(_is_good(secret))).one_or_none()


def redeem(session: Session, secret: str) -> ConnectLink | None:
    """Redeem a link and return it, once; None after that. The session is a writing one over all tenants."""
    taken = delete(ConnectLink).where(_is_good(secret)).returning(ConnectLink)
    return session.scalars(taken.execution_options(synchronize_session=False)).one_or_none()


def _is_good(secret: str) -> Any:
    return and_(ConnectLink.digest == digest_of(secret), ConnectLink.expires_at > now())

"""Connect links: given to a person in Chat, shown when the link is opened, redeemed by a button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from models.clock import now
from models.security.secrets import digest_of, new_secret
from models.tables.accounts import ConnectLink

MINUTES: Final = 15


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

    `email` is what Google Chat verified; `purpose` is CONNECT or PERSONAL of models.tables.accounts. The
    session is a writing one.
    """
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


def peek(session: Session, secret: str) -> ConnectLink | None:
    """Return a link that is still valid, without redeeming it; None if it expired or was used."""
    return session.scalars(select(ConnectLink).where(_is_good(secret))).one_or_none()


def redeem(session: Session, secret: str) -> ConnectLink | None:
    """Redeem a link and return it, once; None after that. The session is a writing one over all tenants."""
    taken = delete(ConnectLink).where(_is_good(secret)).returning(ConnectLink)
    return session.scalars(taken.execution_options(synchronize_session=False)).one_or_none()


def _is_good(secret: str) -> Any:
    return and_(ConnectLink.digest == digest_of(secret), ConnectLink.expires_at > now())

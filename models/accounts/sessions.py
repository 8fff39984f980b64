"""Browser sessions: opened, found, extended and closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.clock import now
from models.security.secrets import digest_of, new_secret
from models.tables.accounts import BrowserSession, Tenant, User

IDLE: Final = timedelta(hours=12)
LIFE: Final = timedelta(days=30)
SEEN_EVERY: Final = timedelta(minutes=5)  # so that reading a page usually writes nothing


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Who is signed in in this browser.

    `tenant_id` is the selected tenant, of which the person is a user now, with `role`. `space` is where in
    Chat they asked for the connect link that signed them in, if they did.
    """

    session_id: int
    email: str
    display_name: str
    tenant_id: int | None = None
    role: str | None = None
    space: str | None = None
    space_title: str = ""

    def may(self, action: Action) -> bool:
        """Tell whether the person may do something in the selected tenant."""
        return self.tenant_id is not None and self.actor.may(action)

    @property
    def actor(self) -> Actor:
        """The actor in the selected tenant."""
        return Actor(name=self.email, tenant_id=self.tenant_id, role=self.role, is_certain=True)


@dataclass(frozen=True, slots=True)
class Membership:
    """A tenant of a person, and their role there."""

    tenant_id: int
    tenant_name: str
    role: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in Chat somebody came from: the space of a connect link and its tenant, if it has one."""

    tenant_id: int | None = None
    space: str | None = None
    space_title: str = ""


def open_session(session: Session, email: str, display_name: str, agent: str, origin: Origin) -> str:
    """Sign a person in and return the secret of the new session.

    It selects the tenant of `origin` if the person is a user there (a guest of its space is not), else
    their last selected one, else the first by name. `agent` is the browser's User-Agent. The
    session is a writing one over all tenants.
    """
    secret = new_secret()
    row = BrowserSession(
        token_hash=digest_of(secret),
        email=email,
        display_name=display_name[:255],
        tenant_id=_first_look(session, email, origin.tenant_id),
        space=origin.space,
        space_title=origin.space_title[:255],
        agent=agent[:255],
        expires_at=now() + LIFE,
    )
    session.add(row)
    session.flush()
    return secret


def _first_look(session: Session, email: str, asked_in: int | None) -> int | None:
    mine = [each.tenant_id for each in memberships(session, email)]
    if asked_in in mine or not mine:
        return asked_in if mine else None
    of_mine = and_(BrowserSession.email == email, BrowserSession.tenant_id.in_(mine))
    last = (
        select(BrowserSession.tenant_id)
        .where(of_mine)
        .order_by(BrowserSession.seen_at.desc(), BrowserSession.id.desc())
    )
    return session.scalar(last.limit(1)) or mine[0]


def find(session: Session, secret: str) -> tuple[SignedInUser, bool] | None:
    """Return the person of a session secret, and whether `touch` is due; None if there is none.

    Role and tenant are read from the database: a user removed a moment ago has none, and is not switched
    to another tenant unasked, because the buttons of a page still open would then act there.
    A person without a tenant so far gets the one that has added them since.
    """
    at = now()
    lives = and_(BrowserSession.expires_at > at, BrowserSession.seen_at > at - IDLE)
    row = session.scalars(
        select(BrowserSession).where(BrowserSession.token_hash == digest_of(secret), lives)
    ).first()
    if row is None:
        return None
    mine = memberships(session, row.email)
    looked_at = row.tenant_id if row.tenant_id is not None else _only(mine)
    role = next((each.role for each in mine if each.tenant_id == looked_at), None)
    person = SignedInUser(
        session_id=row.id,
        email=row.email,
        display_name=row.display_name,
        tenant_id=looked_at if role else None,
        role=role,
        space=row.space,
        space_title=row.space_title,
    )
    return person, row.seen_at < at - SEEN_EVERY


def _only(mine: Sequence[Membership]) -> int | None:
    return mine[0].tenant_id if len(mine) == 1 else None


def touch(session: Session, session_id: int) -> None:
    """Record that a person was here now. The session is a writing one over all tenants."""
    session.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(seen_at=now()))


def switch_tenant(session: Session, session_id: int, tenant_id: int) -> None:
    """Switch a browser to another tenant. The session is a writing one over all tenants."""
    session.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(tenant_id=tenant_id))


def close_session(session: Session, secret: str) -> None:
    """Sign a browser out; repeating it changes nothing."""
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == digest_of(secret)))


def memberships(session: Session, email: str) -> Sequence[Membership]:
    """Return the tenants of a person, by name. The session sees all tenants."""
    query = select(Tenant.id, Tenant.name, User.role).join(User, User.tenant_id == Tenant.id)
    rows = session.execute(query.where(User.email == email).order_by(Tenant.name, Tenant.id)).all()
    return [Membership(*row) for row in rows]

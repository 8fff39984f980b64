"""Which tenant a Pipedrive company belongs to, and who may connect it: a tenant is a company.

| the company | the person who consented | result |
|---|---|---|
| of tenant X | admin of X | renews X's connection |
| of tenant X | user of X, no admin | refused, X is named |
| of tenant X | no user of X; Pipedrive calls them admin, with their verified e-mail | joins X as admin |
| of tenant X | anybody else | refused, nobody of X is named |
| nobody's | admin of tenant T, which has no company yet | T gets it |
| nobody's | user of such a T, no admin | refused, T is named |
| nobody's | of a tenant with another company, or of none | a new tenant, with them as admin |
| nobody's | that, but nobody's admin, where `SIGN_UP` is invited | refused, unless `BOOTSTRAP_ADMIN` |

T is the tenant they have selected; if none is selected, the only one that waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.errors import Conflict, NotAllowed
from models.languages.translate import tr
from models.pipedrive.rest.me import Me
from models.security.audit import record
from models.settings import Settings
from models.tables.accounts import Role, Tenant, TenantStatus, User
from models.tables.connections import Connection

MADE: Final = "made"  # an existing tenant got its company
RENEWED: Final = "renewed"
JOINED: Final = "joined"
TENANT_CREATED: Final = "founded"


@dataclass(frozen=True, slots=True)
class Requester:
    """The requester: a verified e-mail in lower case, the selected tenant, and the space they came from."""

    email: str
    name: str = ""
    tenant_id: int | None = None
    space: str | None = None
    space_title: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The tenant a company belongs to, and how that was decided: made, renewed, joined or founded."""

    tenant_id: int
    tenant: str
    how: str

    @property
    def is_new(self) -> bool:
        return self.how == TENANT_CREATED


def join(session: Session, requester: Requester, me: Me, settings: Settings) -> Joined:
    """Find or create the tenant of Pipedrive's `me`, and add the person to it if they may join.

    The session is a writing one over all tenants. Raises NotAllowed, and Conflict for a tenant that is being
    erased. Of two concurrent requests the unique columns refuse one: IntegrityError, and try again.
    """
    if owner := _owner(session, me.company_id):
        return _of_owner(session, owner, requester, me)
    if waiting := _waiting(session, requester):
        return Joined(waiting.id, waiting.name, MADE)
    if not may_found(session, requester.email, settings):
        raise NotAllowed(
            user_message=tr(
                "{company} does not use Pipenotify yet, and new teams are by invitation here.",
                company=_called(me),
            )
        )
    return _found(session, requester, me)


def may_found(session: Session, email: str, settings: Settings) -> bool:
    """Return whether a person may connect a company that no tenant has."""
    if settings.sign_up == "open" or email == settings.bootstrap_admin:
        return True
    is_admin = and_(User.email == email, User.role == Role.ADMIN)
    return session.scalar(select(User.id).where(is_admin).limit(1)) is not None


def _owner(session: Session, company_id: str) -> Tenant | None:
    """Return the tenant of a company, with its connection locked, so that concurrent connects wait.

    Rows are locked in the usual order, connection before tenant; so the tenant is read afterwards.
    """
    of_company = select(Connection).where(Connection.company_id == company_id).with_for_update()
    held = session.scalar(of_company.execution_options(populate_existing=True))
    return session.get(Tenant, held.tenant_id, populate_existing=True) if held else None


def _of_owner(session: Session, owner: Tenant, requester: Requester, me: Me) -> Joined:
    if owner.status == TenantStatus.ERASING:
        raise Conflict(
            user_message=tr(
                "All data of {team} is just being erased. Please try again in some minutes.", team=owner.name
            )
        )
    mine = and_(User.tenant_id == owner.id, User.email == requester.email)
    role = session.scalar(select(User.role).where(mine))
    if role == Role.ADMIN:
        return Joined(owner.id, owner.name, RENEWED)
    if role is not None:
        raise NotAllowed(
            user_message=tr("Only an admin of {team} may connect Pipedrive. Please ask one.", team=owner.name)
        )
    if not (me.is_admin and me.email and me.email == requester.email):
        raise NotAllowed(
            user_message=tr(
                "{company} already uses Pipenotify. Ask an admin there to add you.", company=_called(me)
            )
        )
    _let_in(session, owner, requester, me)
    return Joined(owner.id, owner.name, JOINED)


def _waiting(session: Session, requester: Requester) -> Tenant | None:
    """Return the tenant that gets its first company; None for a new one.

    Raises NotAllowed if only an admin may do that.
    """
    has_company = select(Connection.id).where(Connection.tenant_id == Tenant.id).exists()
    mine = and_(User.tenant_id == Tenant.id, User.email == requester.email)
    query = (
        select(Tenant, User.role).join(User, mine).where(~has_company, Tenant.status != TenantStatus.ERASING)
    )
    if requester.tenant_id is not None:
        query = query.where(Tenant.id == requester.tenant_id)
    found = session.execute(query.order_by(Tenant.id).with_for_update(of=Tenant, key_share=True)).all()
    if requester.tenant_id is None:
        found = [row for row in found if row.role == Role.ADMIN]
    if len(found) != 1:
        return None
    tenant, role = found[0]
    if role != Role.ADMIN:
        raise NotAllowed(
            user_message=tr(
                "Only an admin of {team} may connect Pipedrive. Please ask one.", team=tenant.name
            )
        )
    return tenant


def _found(session: Session, requester: Requester, me: Me) -> Joined:
    tenant = Tenant(name=_free_name(session, me), monthly_limit=None)
    session.add(tenant)
    session.flush()
    record(session, Actor(requester.email, tenant.id), "tenant.founded", tenant.name)
    _let_in(session, tenant, requester, me)
    return Joined(tenant.id, tenant.name, TENANT_CREATED)


def _free_name(session: Session, me: Me) -> str:
    """Return a tenant name made from its company; the company's number distinguishes equal names."""
    for name in _names(me):
        if session.scalar(select(Tenant.id).where(Tenant.name == name)) is None:
            return name
    raise Conflict(user_message=tr("There are too many teams named {company}.", company=_called(me)))


def _names(me: Me) -> Iterator[str]:
    yield _called(me)
    with_number = f"{_called(me)} ({me.company_id})"
    yield with_number
    yield from (f"{with_number}, {count}" for count in range(2, 100))


def _called(me: Me) -> str:
    return me.company_name or f"Company {me.company_id}"


def _let_in(session: Session, tenant: Tenant, requester: Requester, me: Me) -> None:
    known = select(User.chat_name).where(User.email == requester.email, User.chat_name.is_not(None))
    session.add(
        User(
            tenant_id=tenant.id,
            email=requester.email,
            display_name=requester.name[:255],
            role=Role.ADMIN,
            chat_name=session.scalar(known.limit(1)),
            pipedrive_user_id=me.user_id if me.email == requester.email else None,
        )
    )
    record(session, Actor(requester.email, tenant.id), "user.joined", requester.email, role=Role.ADMIN)

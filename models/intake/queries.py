"""What is read of forms and of what was entered in them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.errors import NotFound
from models.security.secrets import digest_of, may_be_secret
from models.tables.accounts import Tenant, TenantStatus
from models.tables.leads import IntakeForm, IntakeSubmission

MOST: Final = 100


def form_of_token(session: Session, token: str) -> IntakeForm | None:
    """Return the form of an address that still takes something. The session sees all tenants."""
    if not may_be_secret(token):
        return None
    good = and_(
        IntakeForm.token_hash == digest_of(token),
        IntakeForm.revoked_at.is_(None),
        Tenant.status != TenantStatus.ERASING,
    )
    return session.scalar(select(IntakeForm).join(Tenant, Tenant.id == IntakeForm.tenant_id).where(good))


def list_forms(session: Session, actor: Actor) -> list[IntakeForm]:
    """Return the forms of the tenant, the newest first. Raises NotAllowed."""
    require(session, actor, Action.CONNECTION_CHANGE)
    mine = select(IntakeForm).where(IntakeForm.tenant_id == actor.tenant)
    return list(session.scalars(mine.order_by(IntakeForm.id.desc()).limit(MOST)))


def get_form(session: Session, actor: Actor, form_id: int) -> IntakeForm:
    """Return a form of the tenant, also one that was revoked. Raises NotAllowed, NotFound."""
    require(session, actor, Action.CONNECTION_CHANGE)
    mine = and_(IntakeForm.tenant_id == actor.tenant, IntakeForm.id == form_id)
    found = session.scalar(select(IntakeForm).where(mine))
    if found is None:
        raise NotFound
    return found


def list_submissions(session: Session, actor: Actor) -> list[tuple[IntakeSubmission, str]]:
    """Return the last submissions, each with the name of its form. Raises NotAllowed."""
    require(session, actor, Action.CONNECTION_CHANGE)
    query = select(IntakeSubmission, IntakeForm.name).join(IntakeSubmission.form)
    mine = query.where(IntakeSubmission.tenant_id == actor.tenant)
    rows = session.execute(mine.order_by(IntakeSubmission.id.desc()).limit(MOST))
    return [(submission, name) for submission, name in rows]

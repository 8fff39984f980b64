"""Erases what browsers and Chat left of a tenant's people in tables that belong to no tenant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from models.clock import now
from models.database.isolation import EVERYBODY, KEY
from models.security.contents import is_text
from models.tables.accounts import BrowserSession, ConnectLink, OAuthFlow, User
from models.tables.attention import Mute
from models.tables.destinations import Space
from models.tables.events import SeenInteraction
from models.tables.imports import LeadImport, LeadImportRow
from models.tables.leads import IntakeForm, IntakeSubmission, LeadPipeline
from models.tables.routing import RoutingPolicy
from models.tables.rules import Rule

# Chat repeats an interaction within minutes; answers older than this are of no use.
USED_FOR: Final = timedelta(hours=1)


def erase_people(session: Session, tenant_id: int) -> None:
    """Delete sessions, sign-ins and links of people who are in no other tenant, and answers of unknown owner.

    What is left of those who are in another tenant, too, names neither this tenant nor its spaces. Call it
    while the tenant's users and spaces are there. The session sees all tenants.
    """
    people = select(User.email).where(User.tenant_id == tenant_id)
    spaces = select(Space.name).where(Space.tenant_id == tenant_id)
    of_tenant = or_(BrowserSession.tenant_id == tenant_id, BrowserSession.space.in_(spaces))
    is_theirs = or_(BrowserSession.email.in_(people), of_tenant)
    _execute(session, delete(BrowserSession).where(is_theirs, ~_is_elsewhere(BrowserSession, tenant_id)))
    left = {"tenant_id": None, "space": None, "space_title": ""}
    _execute(session, update(BrowserSession).where(of_tenant).values(left))
    for table in (OAuthFlow, ConnectLink):
        is_theirs = and_(table.email.in_(people), ~_is_elsewhere(table, tenant_id))
        _execute(session, delete(table).where(or_(table.tenant_id == tenant_id, is_theirs)))
    _execute(session, delete(ConnectLink).where(ConnectLink.space.in_(spaces)))
    of_earlier_release = and_(
        SeenInteraction.tenant_id.is_(None), SeenInteraction.received_at < now() - USED_FOR
    )
    _execute(session, delete(SeenInteraction).where(of_earlier_release))


def erase_person(session: Session, tenant_id: int, email: str) -> None:
    """Delete sessions, sign-ins and links of a removed user, unless they are for another tenant.

    In a session of all tenants also those for no tenant, if the person is in no other one. Their rules,
    mutes, forms and imports stay, without an author; what they entered in forms goes, and what files say of
    them. Their deliveries forget them
    later (`models.maintenance.removed.forget_removed_people`); the audit trail names who acted.
    """
    made = and_(Rule.tenant_id == tenant_id, func.lower(Rule.made_by) == email.lower())
    _execute(session, update(Rule).where(made).values(made_by=""))
    policies = and_(RoutingPolicy.tenant_id == tenant_id, func.lower(RoutingPolicy.made_by) == email.lower())
    _execute(session, update(RoutingPolicy).where(policies).values(made_by=""))
    chosen = and_(LeadPipeline.tenant_id == tenant_id, func.lower(LeadPipeline.chosen_by) == email.lower())
    _execute(session, update(LeadPipeline).where(chosen).values(chosen_by=""))
    formed = and_(IntakeForm.tenant_id == tenant_id, func.lower(IntakeForm.made_by) == email.lower())
    _execute(session, update(IntakeForm).where(formed).values(made_by=""))
    entered = and_(
        IntakeSubmission.tenant_id == tenant_id, is_text(IntakeSubmission, "email", tenant_id, email.lower())
    )
    _execute(session, delete(IntakeSubmission).where(entered))
    imported = and_(LeadImport.tenant_id == tenant_id, func.lower(LeadImport.made_by) == email.lower())
    _execute(session, update(LeadImport).where(imported).values(made_by=""))
    about = and_(
        LeadImportRow.tenant_id == tenant_id, is_text(LeadImportRow, "email", tenant_id, email.lower())
    )
    _execute(session, delete(LeadImportRow).where(about))
    muted = and_(Mute.tenant_id == tenant_id, func.lower(Mute.muted_by) == email.lower())
    _execute(session, update(Mute).where(muted).values(muted_by=""))
    sees_all = session.info.get(KEY) is EVERYBODY
    for table in (BrowserSession, OAuthFlow, ConnectLink):
        ended = table.tenant_id == tenant_id
        if sees_all:
            ended = or_(ended, ~_is_elsewhere(table, tenant_id))
        _execute(session, delete(table).where(table.email == email, ended))


def _is_elsewhere(table: Any, tenant_id: int) -> Any:
    """Return the condition that the person of a row is a user of another tenant."""
    return select(User.id).where(User.email == table.email, User.tenant_id != tenant_id).exists()


def _execute(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))

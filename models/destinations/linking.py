"""Adds and removes destinations: linked spaces, incoming webhooks and people."""

from __future__ import annotations

import re
import uuid
from typing import Final

from sqlalchemy import and_, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.clock import now
from models.destinations.webhook_url import lane_of
from models.errors import Conflict, InvalidRequest
from models.security.vault import Vault, associated_data
from models.tables.deliveries import OPEN_STATES, Delivery, DeliveryState
from models.tables.destinations import Destination, Space
from models.tables.rules import Rule, RuleDestination

NAME_MOST: Final = 255
DESCRIPTION_MOST: Final = 1000
REMOVED: Final = "destination removed"
_SPACE_NAME: Final = re.compile(r"spaces/[A-Za-z0-9_-]{1,240}")


def link_space(session: Session, tenant_id: int, name: str, title: str = "") -> Space:
    """Link a Chat space to a tenant and create its destination, named like it; a repeat changes nothing.

    Raises InvalidRequest if it is no `spaces/<id>`, Conflict if another tenant has it.
    """
    if not _SPACE_NAME.fullmatch(name):
        raise InvalidRequest(user_message="A space's name looks like spaces/AAAA.")
    known = session.scalars(select(Space).where(Space.tenant_id == tenant_id, Space.name == name)).first()
    space = known or Space(tenant_id=tenant_id, name=name)
    space.title = title.strip()[:NAME_MOST] or space.title or ""
    space.is_member = True
    if known is None:
        _insert(session, space, user_message=f"The space {name} is linked to another tenant.")
        _add(
            session,
            Destination(
                tenant_id=tenant_id, kind="chat_space", name=name, space_id=space.id, address=name, lane=name
            ),
        )
    return space


def unlink_space(session: Session, tenant_id: int, space: Space) -> None:
    """Remove a space with its destination and quiet hours; its open deliveries are skipped."""
    mine = and_(Destination.tenant_id == tenant_id, Destination.space_id == space.id)
    for destination in session.scalars(select(Destination).where(mine)).all():
        remove_destination(session, tenant_id, destination)
    session.delete(space)
    session.flush()


def add_incoming_webhook(
    session: Session, vault: Vault, tenant_id: int, name: str, url: str, *, description: str = ""
) -> Destination:
    """Add an incoming webhook; its URL is encrypted by the vault.

    Raises InvalidRequest if the URL is not Chat's, or a name or description is too long; Conflict
    if the name is taken.
    """
    uid = uuid.uuid4().hex
    address = vault.close(url, associated_data(tenant_id, "destinations", "address", uid))
    made = Destination(
        tenant_id=tenant_id,
        uid=uid,
        kind="chat_webhook",
        name=fitting_name(name),
        description=fitting_description(description),
        address=address,
        lane=lane_of(url),
    )
    return _add(session, made)


def add_direct_message(session: Session, tenant_id: int, email: str) -> Destination:
    """Return the destination for a person's direct message; create it the first time."""
    email = email.strip().lower()
    mine = select(Destination).where(Destination.tenant_id == tenant_id, Destination.name == email)
    if known := session.scalars(mine).first():
        return known
    made = Destination(tenant_id=tenant_id, kind="chat_dm", name=email, address=email, lane=f"dm:{email}")
    try:
        return _add(session, made)
    except Conflict:  # another process created it at the same moment
        return session.scalars(mine).one()


def remove_destination(session: Session, tenant_id: int, destination: Destination) -> None:
    """Remove a destination; history keeps its name, its open deliveries are skipped.

    A rule that loses its last destination is switched off.
    """
    session.flush()
    history = and_(Delivery.tenant_id == tenant_id, Delivery.destination_id == destination.id)
    skipped = {"state": DeliveryState.SKIPPED, "reason": REMOVED, "finished_at": now(), "lease_token": None}
    session.execute(update(Delivery).where(history, Delivery.state.in_(OPEN_STATES)).values(skipped))
    session.execute(update(Delivery).where(history).values(destination_id=None))
    _detach(session, tenant_id, destination)
    session.delete(destination)
    session.flush()


def _detach(session: Session, tenant_id: int, destination: Destination) -> None:
    """Remove the destination from the rules that name it; a rule left with none is switched off."""
    named = and_(RuleDestination.tenant_id == tenant_id, RuleDestination.destination_id == destination.id)
    rules = session.scalars(select(RuleDestination.rule_id).where(named)).all()
    if not rules:
        return
    session.execute(delete(RuleDestination).where(named))
    left = exists().where(RuleDestination.tenant_id == tenant_id, RuleDestination.rule_id == Rule.id)
    orphaned = and_(Rule.tenant_id == tenant_id, Rule.id.in_(rules), ~left)
    session.execute(update(Rule).where(orphaned).values(is_enabled=False, version=Rule.version + 1))


def fitting_name(name: str) -> str:
    """Return a name trimmed. Raises InvalidRequest for none, or more than 255 characters."""
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= NAME_MOST:
        raise InvalidRequest(user_message=f"A name has 1 to {NAME_MOST} characters.")
    return trimmed


def fitting_description(description: str) -> str:
    """Return a description trimmed. Raises InvalidRequest for more than 1,000 characters."""
    trimmed = description.strip()
    if len(trimmed) > DESCRIPTION_MOST:
        raise InvalidRequest(user_message=f"A description has up to {DESCRIPTION_MOST:,} characters.")
    return trimmed


def _add(session: Session, destination: Destination) -> Destination:
    _insert(session, destination, user_message=f"There is a destination named {destination.name!r} already.")
    return destination


def _insert(session: Session, row: Space | Destination, *, user_message: str) -> None:
    """Insert inside a savepoint, so that a refusal leaves the transaction usable."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as taken:
        raise Conflict(user_message=user_message) from taken

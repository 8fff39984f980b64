"""Links spaces, adds incoming webhooks and direct messages, and removes them again."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import and_, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.chance import new_id
from models.clock import now
from models.database.chunks import chunks
from models.destinations.fallback import drop_fallback
from models.destinations.open_deliveries import create_unshared_lane, share_lane, skip_removed
from models.destinations.webhook_url import lane_of
from models.errors import Conflict, InvalidRequest
from models.languages.translate import tr, whole
from models.security.vault import Vault, associated_data
from models.tables.base import removed_name
from models.tables.destinations import REMOVED_KIND, Destination, Space
from models.tables.rules import Rule, RuleDestination

NAME_MOST: Final = 255
DIRECT_MESSAGE: Final = "dm:"  # how the lane of one begins; an e-mail follows
DESCRIPTION_MOST: Final = 1000
_SPACE_NAME: Final = re.compile(r"spaces/[A-Za-z0-9_-]{1,240}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


def link_space(session: Session, tenant_id: int, name: str, title: str = "") -> Space:
    """Link a Chat space to a tenant and make it a destination of its own name, unless it is linked already.

    Raises InvalidRequest for a name other than `spaces/<id>`, Conflict when another tenant has linked it.
    """
    if not _SPACE_NAME.fullmatch(name):
        raise InvalidRequest(user_message=tr("A space's name looks like spaces/AAAA."))
    known = session.scalars(select(Space).where(Space.tenant_id == tenant_id, Space.name == name)).first()
    space = known or Space(tenant_id=tenant_id, name=name)
    space.title = title.strip()[:NAME_MOST] or space.title or ""
    space.is_member = True
    if known is None:
        _insert_row(
            session, space, user_message=tr("The space {name} is linked to another tenant.", name=name)
        )
        add_destination_row(
            session,
            Destination(
                tenant_id=tenant_id, kind="chat_space", name=name, space_id=space.id, address=name, lane=name
            ),
        )
        share_lane(session, tenant_id, name)
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
    """Add an incoming webhook; its address is encrypted by the vault.

    Raises InvalidRequest for an address that is not Chat's, or a name or description that is too long;
    Conflict when the name is taken.
    """
    uid = new_id()
    address = vault.close(url, associated_data(tenant_id, "destinations", "address", uid))
    made = Destination(
        tenant_id=tenant_id,
        uid=uid,
        kind="chat_webhook",
        name=valid_name(name),
        description=valid_description(description),
        address=address,
        lane=lane_of(url),
    )
    create_unshared_lane(session, tenant_id, made.lane)
    return add_destination_row(session, made)


def set_webhook_address(session: Session, vault: Vault, destination: Destination, url: str) -> None:
    """Give an incoming webhook another address, whatever it was paused for. Raises InvalidRequest."""
    lane = lane_of(url)
    where = associated_data(destination.tenant_id, "destinations", "address", destination.uid)
    destination.address, destination.lane = vault.close(url, where), lane
    destination.paused_because = None
    create_unshared_lane(session, destination.tenant_id, lane)


def add_direct_message(session: Session, tenant_id: int, email: str) -> Destination:
    """Return the destination for direct messages to a person, creating it the first time."""
    email = email.strip().lower()
    mine = select(Destination).where(Destination.tenant_id == tenant_id, Destination.name == email)
    if known := session.scalars(mine).first():
        return known
    made = Destination(
        tenant_id=tenant_id, kind="chat_dm", name=email, address=email, lane=f"{DIRECT_MESSAGE}{email}"
    )
    try:
        return add_destination_row(session, made)
    except Conflict:  # another transaction created it at the same moment
        return session.scalars(mine).one()


def add_last_message(session: Session, tenant_id: int, person: str) -> Destination:
    """Return a destination for one last direct message to somebody who is removed.

    `person` is Chat's `users/123`, or their e-mail where that is not known.

    It counts as removed from the start: nobody chooses it, and it is forgotten once the message has ended.
    """
    lane, name = f"{DIRECT_MESSAGE}{person}", removed_name(new_id())
    made = Destination(tenant_id=tenant_id, kind="chat_dm", name=name, address=person, lane=lane)
    made.removed_at = now()
    session.add(made)
    session.flush()
    return made


def remove_destination(session: Session, tenant_id: int, destination: Destination) -> None:
    """Remove a destination; its open deliveries are skipped, ended ones keep its name.

    A rule that loses its last destination is switched off. The first open deliveries are skipped at once,
    more of them by workers: there may be millions. The row stays, emptied and hidden, as long as deliveries
    name it.
    """
    session.flush()
    skip_removed(session, tenant_id, destination.id, destination.lane, now())
    _detach_from_rules(session, tenant_id, destination)
    destination.name, destination.removed_at = removed_name(destination.id), now()
    destination.kind, destination.address, destination.description = REMOVED_KIND, "", ""
    destination.space_id, destination.is_active, destination.paused_because = None, False, None
    destination.fallback_id = None
    drop_fallback(session, tenant_id, destination.id)
    session.flush()
    session.expunge(destination)


def _detach_from_rules(session: Session, tenant_id: int, destination: Destination) -> None:
    """Remove the destination from its rules; a rule without any destination left is switched off."""
    named = and_(RuleDestination.tenant_id == tenant_id, RuleDestination.destination_id == destination.id)
    rules = session.scalars(select(RuleDestination.rule_id).where(named)).all()
    if not rules:
        return
    session.execute(delete(RuleDestination).where(named))
    left = exists().where(RuleDestination.tenant_id == tenant_id, RuleDestination.rule_id == Rule.id)
    for some in chunks(rules):
        orphaned = and_(Rule.tenant_id == tenant_id, Rule.id.in_(some), ~left)
        session.execute(update(Rule).where(orphaned).values(is_enabled=False, version=Rule.version + 1))


def valid_name(name: str) -> str:
    """Return a name that people choose, trimmed.

    Raises InvalidRequest for an empty one, one over 255 characters, and one that names a person or a space:
    rules find direct messages and spaces by it.
    """
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= NAME_MOST:
        raise InvalidRequest.of_field("name", tr("A name has 1 to {most} characters.", most=NAME_MOST))
    if names_an_address(trimmed):
        words = tr("An e-mail address or spaces/... is no name here. Choose words, like Wins wall.")
        raise InvalidRequest.of_field("name", words)
    return trimmed


def names_an_address(name: str) -> bool:
    """Whether a name is what a person or a space is found by: an e-mail address, or `spaces/<id>`."""
    return bool(_EMAIL.fullmatch(name) or _SPACE_NAME.fullmatch(name))


def valid_description(description: str) -> str:
    """Return a description, trimmed. Raises InvalidRequest for one over 1,000 characters."""
    trimmed = description.strip()
    if len(trimmed) > DESCRIPTION_MOST:
        words = tr("A description has up to {most} characters.", most=whole(DESCRIPTION_MOST))
        raise InvalidRequest.of_field("description", words)
    return trimmed


def add_destination_row(session: Session, destination: Destination) -> Destination:
    """Store a new destination. Raises Conflict when its name is taken."""
    _insert_row(
        session,
        destination,
        user_message=tr("There is a destination named {name!r} already.", name=destination.name),
    )
    return destination


def _insert_row(session: Session, row: Space | Destination, *, user_message: str) -> None:
    """Insert inside a savepoint, so that the transaction stays usable after a conflict. Raises Conflict."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as taken:
        raise Conflict(user_message=user_message) from taken

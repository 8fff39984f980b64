"""Actions on destinations, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.destinations import health
from models.destinations.configured import require_configured
from models.destinations.fallback import set_fallback
from models.destinations.health import BreakerState
from models.destinations.linking import (
    add_incoming_webhook,
    link_space,
    remove_destination,
    set_webhook_address,
    unlink_space,
    valid_description,
    valid_name,
)
from models.destinations.open_deliveries import retry_now
from models.destinations.outside import (
    OutgoingWebhook,
    add_email_address,
    add_url,
    is_of_user,
    set_email,
    set_url,
    valid_email,
)
from models.destinations.queries import rules_naming
from models.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from models.languages.translate import marked, tr
from models.security.audit import record
from models.security.vault import Vault
from models.tables.accounts import Role
from models.tables.destinations import (
    EMAIL,
    INCOMING_WEBHOOK,
    NAMED_BY_PEOPLE,
    OUTGOING_WEBHOOK,
    PAUSED_BY,
    Destination,
    Space,
)

REMOVED_FROM_SPACE: Final = marked("Pipenotify was removed from this space")


def link_chat_space(session: Session, actor: Actor, name: str, title: str) -> Space:
    """Allow rules to post into a Chat space.

    Raises NotAllowed, InvalidRequest, Conflict (see `link_space`).
    """
    require(session, actor, Action.SPACE_LINK)
    space = link_space(session, actor.tenant, name, title)
    record(session, actor, "space.linked", name, title=title)
    return space


def add_webhook(session: Session, actor: Actor, vault: Vault, name: str, url: str) -> Destination:
    """Add an incoming webhook. Raises NotAllowed, InvalidRequest, Conflict (see `add_incoming_webhook`)."""
    require(session, actor, Action.WEBHOOK_ADD)
    made = add_incoming_webhook(session, vault, actor.tenant, name, url)
    record(session, actor, "space.added", made.name, kind=made.kind)
    return made


def add_email(session: Session, actor: Actor, name: str, email: str) -> Destination:
    """Add an e-mail address; one that belongs to no user of the tenant only an admin adds.

    Raises NotAllowed, InvalidRequest, Conflict (see `add_email_address`), and InvalidRequest where this
    service can send no mail.
    """
    require(session, actor, Action.WEBHOOK_ADD)
    require_configured(session, EMAIL, "email")
    _check_outsider(session, actor, valid_email(email))
    made = add_email_address(session, actor.tenant, name, email)
    record(session, actor, "space.added", made.name, kind=made.kind, email=made.address)
    return made


def _check_outsider(session: Session, actor: Actor, email: str) -> None:
    is_admin = actor.is_system or actor.role == Role.ADMIN
    if not is_admin and not is_of_user(session, actor.tenant, email):
        raise NotAllowed(user_message=tr("That address is of nobody in your team. Ask an admin to add it."))


def add_outgoing_webhook(
    session: Session, actor: Actor, vault: Vault, name: str, webhook: OutgoingWebhook
) -> Destination:
    """Add an outgoing webhook. Raises NotAllowed, InvalidRequest, Conflict (see `add_url`)."""
    require(session, actor, Action.WEBHOOK_ADD)
    made = add_url(session, vault, actor.tenant, name, webhook)
    record(session, actor, "space.added", made.name, kind=made.kind)
    return made


def readdress(
    session: Session, actor: Actor, vault: Vault, destination: Destination, address: str, secret: str = ""
) -> None:
    """Give a destination another address and send there again; its rules and its name stay.

    It is a URL, or an e-mail; of an outgoing webhook the URL or the secret may be empty, which stays then.
    What still waits goes to the new address, too. Raises NotAllowed, and InvalidRequest for an address that
    does not fit the kind of destination, and for a space or a person.
    """
    require(session, actor, Action.WEBHOOK_ADD)
    if destination.kind == EMAIL:
        _check_outsider(session, actor, valid_email(address))
        set_email(destination, address)
    elif destination.kind == OUTGOING_WEBHOOK:
        set_url(vault, destination, address, secret)
    elif destination.kind == INCOMING_WEBHOOK:
        set_webhook_address(session, vault, destination, address)
    else:
        raise InvalidRequest(
            user_message=tr("Only webhooks and e-mail addresses have an address of their own.")
        )
    destination.is_active = True
    session.flush()
    health.forget(session, destination.tenant_id, destination.id)  # that was the old address
    record(session, actor, "space.readdressed", destination.name)


def edit_webhook(
    session: Session,
    actor: Actor,
    destination: Destination,
    *,
    name: str | None = None,
    description: str | None = None,
) -> None:
    """Rename or describe a webhook or an e-mail address; None leaves it. Its rules go on posting there.

    Raises NotAllowed, Conflict for a name that is taken, and InvalidRequest for a space or a person, who are
    called what Chat calls them.
    """
    require(session, actor, Action.WEBHOOK_ADD)
    before = (destination.name, destination.description)
    is_kept = name is None or name.strip() == before[0]
    wanted = before[0] if is_kept else valid_name(str(name))
    text = valid_description(before[1] if description is None else description)
    if (wanted, text) == before:
        return
    if destination.kind not in NAMED_BY_PEOPLE:
        words = tr("Only webhooks and e-mail addresses have a name and a description of their own.")
        raise InvalidRequest.of_field("name" if wanted != before[0] else "description", words)
    try:
        with session.begin_nested():
            destination.name, destination.description = wanted, text
            session.flush()
    except IntegrityError as taken:
        raise Conflict(
            user_message=tr("There is a destination named {name!r} already.", name=wanted)
        ) from taken
    record(session, actor, "space.edited", wanted, was=before[0])


def choose_fallback(session: Session, actor: Actor, destination: Destination, name: str) -> None:
    """Let cards go to another destination, by its name, while this one refuses us; empty for nowhere.

    Raises NotAllowed, InvalidRequest (see `set_fallback`), also for a name that no destination has, and for
    one that nothing can be sent to from here.
    """
    require(session, actor, Action.SPACE_CHANGE)
    mine = (Destination.tenant_id == actor.tenant, Destination.name == name)
    other = session.scalar(select(Destination).where(*mine)) if name else None
    if name and other is None:
        words = tr("There is no destination named {name!r}.", name=name[:100])
        raise InvalidRequest.of_field("fallback", words)
    if destination.fallback_id != (other and other.id):
        if other is not None:
            require_configured(session, other.kind, "fallback")
        set_fallback(session, destination, other)
        record(session, actor, "space.edited", destination.name, fallback=name or None)


def pause_destination(session: Session, actor: Actor, destination: Destination) -> None:
    """Send nothing there until a person resumes it; pausing twice changes nothing. Raises NotAllowed."""
    require(session, actor, Action.SPACE_CHANGE)
    if destination.is_active:
        _set_active(session, destination, is_active=False, because=f"{PAUSED_BY}{actor.name}")
        record(session, actor, "space.paused", destination.name)


def resume_destination(session: Session, actor: Actor, destination: Destination) -> None:
    """Send there again: whether a person paused it, a permanent failure did, or its breaker is open.

    The breaker begins anew, and what waits there for its retry is due now. Raises NotAllowed.
    """
    require(session, actor, Action.SPACE_CHANGE)
    found = health.failing_among(session, {(destination.tenant_id, destination.id)})
    breaker = next((each.state(now()) for each in found), BreakerState.CLOSED)
    if destination.is_active and not destination.paused_because and breaker is BreakerState.CLOSED:
        return
    for each in found:
        health.forget(session, each.tenant_id, each.destination_id)
        retry_now(session, destination, each.open_until, now())
    _set_active(session, destination, is_active=True, because=None)
    closed = {} if breaker is BreakerState.CLOSED else {"breaker": str(breaker)}
    record(session, actor, "space.resumed", destination.name, **closed)


def unsubscribe(session: Session, destination: Destination) -> None:
    """Send no more mails to an e-mail address, as whoever reads it asked by the link in a mail.

    The link is proof enough, so no right is asked for. Raises NotFound for any other destination.
    """
    if destination.kind != EMAIL:
        raise NotFound
    if destination.is_active:
        reader = Actor(name=destination.address, tenant_id=destination.tenant_id)
        _set_active(session, destination, is_active=False, because=f"{PAUSED_BY}{reader.name}"[:500])
        record(session, reader, "space.paused", destination.name, by_link=True)


def _set_active(session: Session, destination: Destination, *, is_active: bool, because: str | None) -> None:
    mine = (Destination.tenant_id == destination.tenant_id, Destination.id == destination.id)
    session.execute(update(Destination).where(*mine).values(is_active=is_active, paused_because=because))
    session.refresh(destination)


def unlink_or_remove(session: Session, actor: Actor, destination: Destination) -> list[str]:
    """Remove a destination, a space with its link; return the names of the rules that lose it.

    Raises NotAllowed.
    """
    require(session, actor, Action.SPACE_CHANGE)
    tenant_id = destination.tenant_id
    rules = rules_naming(session, tenant_id, destination)
    record(session, actor, "space.removed", destination.name, rules=rules)
    mine = (Space.tenant_id == tenant_id, Space.id == destination.space_id)
    space = session.scalar(select(Space).where(*mine)) if destination.space_id is not None else None
    if space is not None:
        unlink_space(session, tenant_id, space)
    else:
        remove_destination(session, tenant_id, destination)
    return rules


def note_membership(session: Session, actor: Actor, space_name: str, *, is_member: bool) -> Space | None:
    """Note that the app was added to a linked space or removed from it; return the space if that changes it.

    On removal its destinations are paused; on return they are resumed, except those that a person paused.
    """
    mine = (
        Space.tenant_id == actor.tenant,
        Space.name == space_name,
        Space.is_member.is_not(is_member),
    )
    space = session.scalar(select(Space).where(*mine))
    if space is None:
        return None
    session.execute(update(Space).where(*mine).values(is_member=is_member))
    switch = update(Destination).where(
        Destination.tenant_id == actor.tenant, Destination.space_id == space.id
    )
    if is_member:
        switch = switch.where(Destination.paused_because == REMOVED_FROM_SPACE)
        session.execute(switch.values(is_active=True, paused_because=None))
    else:
        switch = switch.where(Destination.is_active.is_(True))
        session.execute(switch.values(is_active=False, paused_because=REMOVED_FROM_SPACE))
    record(session, actor, "space.rejoined" if is_member else "space.left", space_name)
    return space

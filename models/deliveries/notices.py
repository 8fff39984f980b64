"""Notices: messages to admins about the service itself, and to people about what others changed of theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.clock import now
from models.deliveries.lanes import mark_due
from models.destinations.linking import add_direct_message, add_last_message
from models.languages.translate import for_later
from models.security.audit import Acting
from models.tables.accounts import Role, Tenant, User
from models.tables.deliveries import OPEN_STATES, Delivery
from models.tables.destinations import FORMER_PERSON, Destination, is_paused_by_person

PRESS: Final = "press:"
OR_SPACE: Final = "or_space"  # in `deliveries.notice`, which no card shows
NOTICE: Final = "notice"  # the event type of a notice's delivery


@dataclass(frozen=True, slots=True)
class Notice:
    """A title, a sentence or two with the next step, and buttons that lead there.

    `button` and `url` have one line for each button; a `url` is one of our pages, or `press:` and what the
    button does (see `press_url`). The names of the fields are keys of `deliveries.notice`; a release that
    does not know `press:` draws the notice without buttons.
    """

    title: str
    words: str
    button: str = ""
    url: str = ""
    private_to: str = ""  # Chat's `users/123`, in a space where only this person sees it
    or_space: bool = False  # the oldest space gets it once Chat refuses every admin

    def as_stored(self) -> dict[str, Any]:
        """Return it for `deliveries.notice`, as earlier releases know it where that is possible."""
        return {key: value for key, value in asdict(self).items() if value or key not in _SELDOM}


_SELDOM: Final = ("private_to", OR_SPACE)


def press_url(do: str, **parameters: object) -> str:
    """Return the `url` of a button that acts in Chat: `press:space.show?place=3`."""
    return f"{PRESS}{do}?{urlencode(parameters)}"


def notify_admins(
    session: Session, tenant_id: int, notice: Notice, *, or_space: bool = True, but: str = ""
) -> int:
    """Send a notice to every admin in a direct message; without any, `or_space`: to the oldest space.

    An admin need not have written to the app before; whom Chat refuses is known by the first attempt, after
    which `send_refused` does what `or_space` says. `but` is the e-mail of one who knows it. Returns the
    number of recipients, 0 where there is no such space either. The session is a writing one of the tenant or
    of all tenants. Call it once for each change of state, so that notices are not repeated.
    """
    if admins := _admins_to_write_to(session, tenant_id, but):
        return _create_deliveries(session, tenant_id, replace(notice, or_space=or_space), admins)
    spaces = _oldest_space(session, tenant_id) if or_space else []
    return _create_deliveries(session, tenant_id, notice, spaces)


def send_refused(
    session: Session, tenant_id: int, refused: Collection[int], notices: Sequence[dict[str, Any]]
) -> int:
    """Send notices to the oldest space, each once, if Chat lets us write to no admin any more.

    `refused` are the direct messages that have just been paused, `notices` what they refused; what else waits
    for them goes along. Returns the number of messages. Only what `notify_admins` sends may go there.
    """
    # Two workers that pause one admin each wait for each other here: the second one sees both.
    tenant = select(Tenant.id).where(Tenant.id == tenant_id)
    session.execute(tenant.with_for_update(key_share=True)).all()
    if _admins_to_write_to(session, tenant_id):
        return 0
    waits = and_(
        Delivery.tenant_id == tenant_id,
        Delivery.destination_id.in_(refused),
        Delivery.event_type == NOTICE,
        Delivery.state.in_(OPEN_STATES),
    )
    distinct: list[dict[str, Any]] = []
    for each in [*notices, *session.scalars(select(Delivery.notice).where(waits).order_by(Delivery.id))]:
        if each and each.get(OR_SPACE) and each not in distinct:
            distinct.append(each)
    spaces = _oldest_space(session, tenant_id)
    return sum(
        _create_deliveries(session, tenant_id, replace(Notice(**each), or_space=False), spaces)
        for each in distinct
    )


def notify_author(session: Session, actor: Acting, author: str, notice: Notice) -> int:
    """Tell the author of something (a user's e-mail) in a direct message that somebody else changed it.

    `notice.words` follow after who it was. Returns the number of recipients: 0 for the author's own change,
    and for an author who is no user of the tenant or whom Chat has refused before.
    """
    email = author.casefold()
    if not email or email == actor.name.casefold() or actor.tenant_id is None:
        return 0
    query = select(User).where(User.tenant_id == actor.tenant_id, User.email == email)
    user = session.scalar(query)
    return notify_user(session, actor, user, notice) if user is not None else 0


def notify_user(session: Session, actor: Acting, user: User, notice: Notice) -> int:
    """Tell a user in a direct message what somebody did; return 0 if Chat has refused them before.

    `notice.words` follow after who it was.
    """
    return notify_directly(session, user, _signed(session, actor, notice))


def notify_directly(session: Session, user: User, notice: Notice) -> int:
    """Send a user a notice in a direct message; return 0 if Chat has refused them before.

    They need not have written to the app before: Chat may know them by their e-mail.
    """
    direct = add_direct_message(session, user.tenant_id, user.email)
    destinations = [direct] if _can_write_to(direct) else []
    return _create_deliveries(session, user.tenant_id, notice, destinations)


def notify_removed_user(session: Session, actor: Acting, user: User, notice: Notice) -> int:
    """Tell a user who is being removed (see `notify_user`): the message is sent although they are gone."""
    last = add_last_message(session, user.tenant_id, user.chat_name or user.email)
    return _create_deliveries(session, user.tenant_id, _signed(session, actor, notice), [last])


def _signed(session: Session, actor: Acting, notice: Notice) -> Notice:
    """Return a notice whose words begin with who did it."""
    named = and_(User.tenant_id == actor.tenant_id, User.email == actor.name)
    who = session.scalar(select(User.display_name).where(named)) or actor.name
    return replace(notice, words=" ".join(filter(None, (for_later("By {who}.", who=who), notice.words))))


def notify_space(session: Session, tenant_id: int, space: str, notice: Notice) -> int:
    """Send a notice to a linked space (`spaces/AAAA`); return 0 where the tenant has no such space."""
    here = and_(Destination.tenant_id == tenant_id, Destination.name == space)
    return _create_deliveries(
        session, tenant_id, notice, session.scalars(select(Destination).where(here)).all()
    )


def notify_destination(session: Session, tenant_id: int, destination_id: int, notice: Notice) -> int:
    """Send a notice to a destination; return 0 where it takes no messages any more."""
    there = and_(
        Destination.tenant_id == tenant_id, Destination.id == destination_id, Destination.is_active.is_(True)
    )
    found = session.scalars(select(Destination).where(there)).all()
    return _create_deliveries(session, tenant_id, notice, found)


def notify_person(session: Session, tenant_id: int, destination_id: int, viewer: str, notice: Notice) -> int:
    """Send a notice to one person (`users/123`) where they pressed something; others do not see it there.

    Returns 0 where the destination takes no messages any more.
    """
    there = and_(
        Destination.tenant_id == tenant_id, Destination.id == destination_id, Destination.is_active.is_(True)
    )
    found = session.scalars(select(Destination).where(there)).all()
    is_direct = bool(found) and found[0].kind == "chat_dm"
    private = notice if is_direct else replace(notice, private_to=viewer)
    return _create_deliveries(session, tenant_id, private, found)


def _admins_to_write_to(session: Session, tenant_id: int, but: str = "") -> list[Destination]:
    """Return the direct messages of admins (`but` one, by e-mail), without those that Chat has refused."""
    is_admin = and_(User.tenant_id == tenant_id, User.role == Role.ADMIN, User.email != but)
    emails = session.scalars(select(User.email).where(is_admin).order_by(User.id)).all()
    direct = [add_direct_message(session, tenant_id, email) for email in emails]
    session.flush()
    for each in direct:
        session.refresh(each)
    return [each for each in direct if _can_write_to(each)]


def _can_write_to(destination: Destination) -> bool:
    """Tell whether Chat accepts messages there. Notices ignore a pause by the person."""
    return destination.is_active or is_paused_by_person(destination.paused_because)


def _oldest_space(session: Session, tenant_id: int) -> Sequence[Destination]:
    open_spaces = and_(
        Destination.tenant_id == tenant_id, Destination.kind == "chat_space", Destination.is_active.is_(True)
    )
    return session.scalars(select(Destination).where(open_spaces).order_by(Destination.id).limit(1)).all()


def _create_deliveries(
    session: Session, tenant_id: int, notice: Notice, destinations: Sequence[Destination]
) -> int:
    for destination in destinations:
        session.add(
            Delivery(
                tenant_id=tenant_id,
                destination_id=destination.id,
                destination_name=destination.name if destination.removed_at is None else FORMER_PERSON,
                event_type=NOTICE,
                lane=destination.lane,
                is_urgent=True,  # so that it is never coalesced into a summary
                notice=notice.as_stored(),
            )
        )
    session.flush()
    mark_due(session, [(tenant_id, destination.lane, now()) for destination in destinations])
    return len(destinations)

"""Notices: messages to admins about the service itself, and to people about what others changed of theirs."""

from __future__ import annotations

from collections.abc import Sequence
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
from models.tables.accounts import Role, User
from models.tables.deliveries import Delivery
from models.tables.destinations import FORMER_PERSON, Destination, is_paused_by_person

PRESS: Final = "press:"
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

    def as_stored(self) -> dict[str, Any]:
        """Return it for `deliveries.notice`, as earlier releases know it where that is possible."""
        return {key: value for key, value in asdict(self).items() if value or key != "private_to"}


def press_url(do: str, **parameters: object) -> str:
    """Return the `url` of a button that acts in Chat: `press:space.show?place=3`."""
    return f"{PRESS}{do}?{urlencode(parameters)}"


def notify_admins(session: Session, tenant_id: int, notice: Notice, *, or_space: bool = True) -> int:
    """Send a notice to every admin whom the app can write to in Chat; without any, `or_space`: the oldest.

    Returns the number of recipients, 0 where there is no such space either. The session is a writing one of
    the tenant or of all tenants. Call it once for each change of state, so that notices are not repeated.
    """
    is_admin = and_(User.tenant_id == tenant_id, User.role == Role.ADMIN, User.chat_name.is_not(None))
    emails = session.scalars(select(User.email).where(is_admin).order_by(User.id)).all()
    direct = [add_direct_message(session, tenant_id, email) for email in emails]
    destinations: Sequence[Destination] = [each for each in direct if _can_write_to(each)]
    if or_space and not destinations:
        destinations = _oldest_space(session, tenant_id)
    return _create_deliveries(session, tenant_id, notice, destinations)


def notify_author(session: Session, actor: Acting, author: str, notice: Notice) -> int:
    """Tell the author of something (a user's e-mail) in a direct message that somebody else changed it.

    `notice.words` follow after who it was. Returns the number of recipients: 0 for the author's own change,
    and for an author who is no user of the tenant or whom the app cannot write to in Chat.
    """
    email = author.casefold()
    if not email or email == actor.name.casefold() or actor.tenant_id is None:
        return 0
    query = select(User).where(User.tenant_id == actor.tenant_id, User.email == email)
    user = session.scalar(query)
    return notify_user(session, actor, user, notice) if user is not None else 0


def notify_user(session: Session, actor: Acting, user: User, notice: Notice) -> int:
    """Tell a user in a direct message what somebody did; return 0 if the app cannot write to them in Chat.

    `notice.words` follow after who it was.
    """
    return notify_directly(session, user, _signed(session, actor, notice))


def notify_directly(session: Session, user: User, notice: Notice) -> int:
    """Send a user a notice in a direct message; return 0 if the app cannot write to them in Chat."""
    if user.chat_name is None:
        return 0
    direct = add_direct_message(session, user.tenant_id, user.email)
    destinations = [direct] if _can_write_to(direct) else []
    return _create_deliveries(session, user.tenant_id, notice, destinations)


def notify_removed_user(session: Session, actor: Acting, user: User, notice: Notice) -> int:
    """Tell a user who is being removed (see `notify_user`): the message is sent although they are gone."""
    if user.chat_name is None:
        return 0
    last = add_last_message(session, user.tenant_id, user.chat_name)
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

"""Removes a user from a team: what is theirs alone goes, what they made for the team stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from models.accounts.actions import LAST_ADMIN, lock_user
from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.queries import tenant_name
from models.accounts.rights import Action
from models.clock import now
from models.connections.ended_grants import end_grant
from models.deliveries.notices import Notice, notify_removed_user
from models.destinations.linking import remove_destination
from models.destinations.queries import rules_naming
from models.errors import InvalidRequest
from models.languages.translate import for_later, marked, tr
from models.maintenance.erase_people import erase_person
from models.reports.roll_up import forget_presses
from models.security.audit import record
from models.tables.accounts import User
from models.tables.connections import PipedriveUser
from models.tables.destinations import Destination
from models.tables.routing import Assignment, AssignmentState
from models.tables.rules import Rule

ONESELF: Final = marked("Nobody removes themselves. Ask another admin of your team.")


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a user has: `rules` they made, of which there may be many, and the names of rules to them."""

    rules: int
    to_them: list[str]


def belongings(session: Session, user: User) -> Belongings:
    """Return what changes when a user is removed."""
    made = and_(Rule.tenant_id == user.tenant_id, func.lower(Rule.made_by) == user.email)
    count = session.scalar(select(func.count(Rule.id)).where(made)) or 0
    direct = _direct_message(session, user)
    return Belongings(count, rules_naming(session, user.tenant_id, direct) if direct else [])


def check_removable(session: Session, actor: Actor, user_id: int) -> User:
    """Return the user of an id if the actor may remove them.

    Raises NotAllowed, NotFound, and InvalidRequest for the last admin and for oneself.
    """
    require(session, actor, Action.PEOPLE_CHANGE)
    user, is_last_admin = lock_user(session, actor.tenant, user_id)
    if is_last_admin:
        raise InvalidRequest(user_message=tr(LAST_ADMIN))
    if user.email == actor.name.casefold():
        raise InvalidRequest(user_message=tr(ONESELF))
    return user


def remove_user(session: Session, actor: Actor, user_id: int) -> User:
    """Remove a user from the team and tell them; return the row that is deleted.

    Their sessions and their own connection end. Their rules stay, without an author, and post no more to
    them. If they are a user of the team's Pipedrive, they do not join again by themselves.
    Raises NotAllowed, NotFound, InvalidRequest (see `check_removable`).
    """
    user = check_removable(session, actor, user_id)
    has = belongings(session, user)
    record(session, actor, "user.removed", user.email, role=user.role, rules=has.rules, lost=has.to_them[:50])
    team = tenant_name(session, user.tenant_id) or for_later("your team")
    title = for_later("You are no longer in {team} in Pipenotify", team=team[:80])
    words = for_later(
        "Rules that you made stay with the team. If this is a mistake, ask to be invited again."
    )
    notify_removed_user(session, actor, user, Notice(title, words))
    theirs = and_(PipedriveUser.tenant_id == user.tenant_id, PipedriveUser.email == user.email)
    session.execute(update(PipedriveUser).where(theirs).values(was_removed=True))
    forget_user(session, user)
    return user


def forget_user(session: Session, user: User) -> None:
    """Delete a user, their direct message as a destination, and what `erase_person` names.

    Their own authorisation is given back to Pipedrive later.
    """
    end_grant(session, user.tenant_id, user.id)
    direct = _direct_message(session, user)
    if direct is not None:
        remove_destination(session, user.tenant_id, direct)
    erase_person(session, user.tenant_id, user.email)
    _pass_on_offers(session, user)
    forget_presses(session, user.tenant_id, user.id)
    session.delete(user)
    session.flush()


def _pass_on_offers(session: Session, user: User) -> None:
    """Let the leads that are offered to a user be routed to the next person; the offers go with the user."""
    mine = (Assignment.tenant_id == user.tenant_id, Assignment.user_id == user.id)
    open_ones = (Assignment.state == AssignmentState.OFFERED, Assignment.is_last.is_(False))
    for row in session.scalars(select(Assignment).where(*mine, *open_ones)):
        about = {"tenant_id": row.tenant_id, "entity": row.entity, "object_id": row.object_id}
        session.add(Assignment(**about, step=row.step + 1, policy_id=row.policy_id, due_at=now(), at=now()))


def _direct_message(session: Session, user: User) -> Destination | None:
    mine = (Destination.tenant_id == user.tenant_id, Destination.name == user.email)
    return session.scalar(select(Destination).where(*mine, Destination.kind == "chat_dm"))

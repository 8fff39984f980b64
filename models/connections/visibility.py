"""Visibility: what not everybody may see in Pipedrive is not shown where everybody sees it.

A webhook body may list the users who may see its object (`permitted_user_ids`). If it does not, or if
the company's users are not known yet, nothing counts as restricted: there is nothing to compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.languages.translate import for_later, marked
from models.tables.accounts import User
from models.tables.connections import PipedriveUser

TO_A_PERSON: Final = "chat_dm"
NOT_PERMITTED: Final = marked("this person may not see it in Pipedrive")


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a destination may see of a change: all of it, only that it happened, or nothing.

    `redacted_because` says why it is not all. A `suppressed` change keeps it, so that sending the delivery
    again by hand shows no more.
    """

    redacted_because: str = ""
    suppressed: bool = False


EVERYTHING: Final = Visibility()


def restriction(permitted: frozenset[str] | None, users: frozenset[str]) -> str:
    """Return how many active users of the company may see an object, as text; empty if all, or if unknown."""
    if permitted is None or not users or users <= permitted:
        return ""
    seen, everybody = f"{len(users & permitted):,}", f"{len(users):,}"
    return for_later("{seen} of {all} people may see it in Pipedrive", seen=seen, all=everybody)


def visibility(
    permitted: frozenset[str] | None,
    users: frozenset[str],
    kind: str,
    *,
    pipedrive_user_id: str | None = None,
    shows_restricted: bool = False,
) -> Visibility:
    """Decide for one destination. `pipedrive_user_id` is of the person it reaches, None if unmatched.

    A space, an incoming webhook: all, unless the object is restricted and its rule does not show that. A
    person: what that person may see; an unmatched person is treated like a space whose rule does not
    show restricted objects.
    """
    if permitted is None:
        return EVERYTHING
    if kind != TO_A_PERSON:
        return EVERYTHING if shows_restricted else Visibility(restriction(permitted, users))
    if pipedrive_user_id is None:
        return Visibility(restriction(permitted, users))
    if pipedrive_user_id in permitted:
        return EVERYTHING
    return Visibility(restriction(permitted, users) or NOT_PERMITTED, suppressed=True)


def active_users(session: Session, tenant_id: int) -> frozenset[str]:
    """Return the ids of a tenant's active Pipedrive users; empty while unknown."""
    mine = (PipedriveUser.tenant_id == tenant_id, PipedriveUser.is_active.is_(True))
    return frozenset(session.scalars(select(PipedriveUser.pipedrive_id).where(*mine)))


def count_active_users(session: Session, tenant_id: int) -> int:
    """Count a tenant's active Pipedrive users; 0 while unknown."""
    mine = (PipedriveUser.tenant_id == tenant_id, PipedriveUser.is_active.is_(True))
    return session.scalar(select(func.count()).select_from(PipedriveUser).where(*mine)) or 0


def viewer_of(session: Session, actor: Actor) -> str | None:
    """Return the id in Pipedrive of who reads something, None if unmatched."""
    mine = (User.tenant_id == actor.tenant, User.id == actor.user_id)
    return session.scalar(select(User.pipedrive_user_id).where(*mine))

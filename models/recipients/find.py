"""Finds the people whom a record names, and tells whom the app cannot write to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.reporting import read_lines
from models.connections.names import known_names
from models.destinations.recipients import (
    FOLLOWERS,
    FORMER_OWNER,
    MANAGERS,
    OWNER,
    OWNERS_MANAGER,
    OWNERS_TEAM,
    TEAM,
    field_of,
)
from models.languages.translate import for_later
from models.pipedrive.change import Change
from models.pipedrive.filters.resolve import readers
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json, Names
from models.tables.accounts import Role, User
from models.tables.connections import KnownName, PipedriveUser

OWNER_KEYS = ("owner_id", "user_id")
FOLLOWED: Final = ("deal", "person", "organization", "product")
_ABOUT_OTHERS: Final = ("activity", "note")
_LINKS: Final = (("deal_id", "deal"), ("person_id", "person"), ("org_id", "organization"))


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """Users of the tenant, and what people call those who are none."""

    users: Sequence[User]
    unmatched: Sequence[str] = ()


def people_of(
    session: Session, tenant_id: int, recipient: str, change: Change, followers: Sequence[str] = ()
) -> FoundPeople:
    """Return the people that a recipient means for a change; `followers` are Pipedrive's ids of those."""
    mine = select(User).where(User.tenant_id == tenant_id).order_by(User.id)
    if recipient == TEAM:
        return FoundPeople(session.scalars(mine).all())
    if recipient == MANAGERS:
        return FoundPeople(session.scalars(mine.where(User.role == Role.MANAGER)).all())
    if recipient in (OWNERS_MANAGER, OWNERS_TEAM):
        return _around_owner(session, tenant_id, recipient, change)
    ids = followers if recipient == FOLLOWERS else _pipedrive_ids(session, tenant_id, recipient, change)
    users = session.scalars(mine.where(User.pipedrive_user_id.in_(ids))).all() if ids else []
    matched = {user.pipedrive_user_id for user in users}
    return FoundPeople(users, [_name(session, tenant_id, each) for each in ids if each not in matched])


def _around_owner(session: Session, tenant_id: int, recipient: str, change: Change) -> FoundPeople:
    """Return the owner's manager, or their team with them.

    Who has no manager set: the managers of the team stand for theirs. Where nobody has one, the owner's team
    is everybody.
    """
    owners = people_of(session, tenant_id, OWNER, change)
    lines = read_lines(session, tenant_id)
    if not (owners.users or owners.unmatched):
        return FoundPeople([])
    if recipient == OWNERS_TEAM and not lines.managers:
        return people_of(session, tenant_id, TEAM, change)
    wanted: set[int] = set()
    for owner in owners.users:
        manager = lines.manager_of(owner.id)
        wanted |= lines.team_of(owner.id) if recipient == OWNERS_TEAM else {manager} if manager else set()
    if not wanted:
        return people_of(session, tenant_id, MANAGERS, change)
    found = select(User).where(User.tenant_id == tenant_id, User.id.in_(wanted)).order_by(User.id)
    return FoundPeople(session.scalars(found).all())


def followed_by(change: Change) -> tuple[str, str] | None:
    """Return which object's followers are those of a change, as (entity, id): an activity's are its deal's.

    None where Pipedrive knows no followers, as of leads.
    """
    if change.entity in FOLLOWED:
        return change.entity, change.object_id
    if change.entity not in _ABOUT_OTHERS:
        return None
    linked = ((entity, ids_in(change.state.get(key))) for key, entity in _LINKS)
    return next(((entity, ids[0]) for entity, ids in linked if ids), None)


def _pipedrive_ids(session: Session, tenant_id: int, recipient: str, change: Change) -> list[str]:
    if recipient == OWNER:
        return _first_ids(change.state)
    if recipient == FORMER_OWNER:
        return _first_ids(change.before) if not set(OWNER_KEYS).isdisjoint(change.touched) else []
    field = field_of(recipient)
    if not field:
        return []
    found = readers(field, [change.entity], _field_names(session, tenant_id, change.entity))
    reader = found.get(change.entity)
    return ids_in(reader.raw(change.state, change)) if reader is not None else []


def _first_ids(side: Mapping[str, Json]) -> list[str]:
    return next((ids for key in OWNER_KEYS if (ids := ids_in(side.get(key)))), [])


def ids_in(raw: Json) -> list[str]:
    """Return the ids of users that a value holds: one, an object with one, or a list of such."""
    if isinstance(raw, Mapping):
        inner = raw.get("id", raw.get("value", raw.get("values")))
        return ids_in(inner) if inner is not None else []
    if isinstance(raw, list):
        return list(dict.fromkeys(found for each in raw for found in ids_in(each)))
    key = id_key(raw)
    return [key] if key is not None else []


def _field_names(session: Session, tenant_id: int, entity: str) -> Names:
    """Return the names of an entity's custom fields, by which rules name them."""
    fields = select(KnownName.kind, KnownName.key).where(
        KnownName.tenant_id == tenant_id, KnownName.kind == f"{entity}_field"
    )
    return known_names(session, tenant_id, [(kind, key) for kind, key in session.execute(fields)])


def _name(session: Session, tenant_id: int, pipedrive_id: str) -> str:
    mine = (PipedriveUser.tenant_id == tenant_id, PipedriveUser.pipedrive_id == pipedrive_id)
    found = session.scalar(select(PipedriveUser).where(*mine))
    return (found.name or found.email) if found is not None else for_later("somebody of Pipedrive")

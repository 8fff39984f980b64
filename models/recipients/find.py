"""Finds the people whom a record names, and tells whom the app cannot write to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.connections.names import known_names
from models.destinations.recipients import FORMER_OWNER, MANAGERS, OWNER, TEAM, field_of
from models.languages.translate import for_later
from models.pipedrive.change import Change
from models.pipedrive.filters.resolve import readers
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json, Names
from models.tables.accounts import Role, User
from models.tables.connections import KnownName, PipedriveUser

OWNER_KEYS = ("owner_id", "user_id")


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """Users of the tenant, and what people call those who are none."""

    users: Sequence[User]
    unmatched: Sequence[str] = ()


def people_of(session: Session, tenant_id: int, recipient: str, change: Change) -> FoundPeople:
    """Return the people that a recipient means for a change."""
    mine = select(User).where(User.tenant_id == tenant_id).order_by(User.id)
    if recipient == TEAM:
        return FoundPeople(session.scalars(mine).all())
    if recipient == MANAGERS:
        return FoundPeople(session.scalars(mine.where(User.role == Role.MANAGER)).all())
    ids = _pipedrive_ids(session, tenant_id, recipient, change)
    users = session.scalars(mine.where(User.pipedrive_user_id.in_(ids))).all() if ids else []
    matched = {user.pipedrive_user_id for user in users}
    return FoundPeople(users, [_name(session, tenant_id, each) for each in ids if each not in matched])


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

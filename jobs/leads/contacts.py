"""The person and the organization of a new lead: found at Pipedrive, else made there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import Item
from jobs.to_pipedrive.updates import changed_at
from models.errors import TemporaryFailure
from models.pipedrive.name_refs import id_key

CLOCKS_DIFFER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be made; `organization_id` is empty where they are of none."""

    name: str
    email: str = ""
    phone: str = ""
    organization_id: str = ""


def find_organization(api: PipedriveApi, name: str) -> str:
    """Return the id of the organization of exactly this name, empty if there is none."""
    return _first(api.search_organizations(name))


def find_person(api: PipedriveApi, email: str) -> str:
    """Return the id of the person with exactly this e-mail, empty if there is none."""
    return _first(api.search_persons(email)) if email else ""


def add_person(api: PipedriveApi, person: NewPerson) -> Item:
    """Make a person; return it as it is at Pipedrive."""
    new: dict[str, Any] = {"name": person.name or person.email}
    new |= {"emails": [_contact(person.email)]} if person.email else {}
    new |= {"phones": [_contact(person.phone)]} if person.phone else {}
    new |= {"org_id": int(person.organization_id)} if person.organization_id else {}
    return api.add_person(**new)


def make_organization(api: PipedriveApi, name: str) -> str:
    """Return the id of the organization of this name; it is made if there is none."""
    return find_organization(api, name) or id_of(api.add_organization(name=name))


def make_person(api: PipedriveApi, person: NewPerson) -> str:
    """Return the id of the person with this e-mail; they are made if there is none."""
    return find_person(api, person.email) or id_of(add_person(api, person))


def id_of(item: Item) -> str:
    """Return the id of what was made. Raises TemporaryFailure if Pipedrive named none."""
    key = id_key(item.get("id"))
    if not key:
        raise TemporaryFailure("Pipedrive made something without an id")
    return key


def is_added_since(item: Item, since: datetime) -> bool:
    """Tell whether something was added at Pipedrive since then, by a clock that may differ from ours."""
    at = changed_at({"add_time": item.get("add_time")})
    return at is not None and at >= since - CLOCKS_DIFFER


def _contact(value: str) -> dict[str, Any]:
    return {"value": value, "primary": True, "label": "work"}


def _first(found: Iterable[Item]) -> str:
    return next((key for each in found if (key := id_key(each.get("id")))), "")

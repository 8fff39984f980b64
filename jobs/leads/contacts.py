"""The person and the organization of a new lead: found at Pipedrive, else made there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import Item
from jobs.to_pipedrive.updates import changed_at
from models.card_actions.echoes import same_text
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


def make_organization(api: PipedriveApi, name: str, tried_since: datetime | None) -> str:
    """Return the id of the organization of this name; it is made if there is none.

    `tried_since`: an earlier attempt may have made it since then; None if this is the first.
    """
    known = added_organization(api, name, tried_since) or find_organization(api, name)
    return known or id_of(api.add_organization(name=name))


def make_person(api: PipedriveApi, person: NewPerson, tried_since: datetime | None) -> str:
    """Return the id of the person with this e-mail; they are made if there is none.

    `tried_since` is as for an organization.
    """
    known = added_person(api, person, tried_since) or find_person(api, person.email)
    return known or id_of(add_person(api, person))


def added_organization(api: PipedriveApi, name: str, since: datetime | None) -> str:
    """Return what an earlier attempt added: a search finds it only some moments later."""
    newest = api.newest_contacts("organization") if since is not None else ()
    return _first(each for each in newest if same_text(each.get("name"), name) and _is_new(each, since))


def added_person(api: PipedriveApi, person: NewPerson, since: datetime | None) -> str:
    """Return whom an earlier attempt added. No search finds who has no e-mail."""
    newest = api.newest_contacts("person") if since is not None else ()
    return _first(each for each in newest if _is_same(each, person) and _is_new(each, since))


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


def _is_new(item: Item, since: datetime | None) -> bool:
    return since is not None and is_added_since(item, since)


def _is_same(item: Item, person: NewPerson) -> bool:
    """Tell whether somebody has the name of a person, and what else is given of them."""
    given = (("emails", person.email), ("phones", person.phone))
    return same_text(item.get("name"), person.name or person.email) and all(
        value.casefold() in _values(item.get(key)) for key, value in given if value
    )


def _values(contacts: Any) -> list[str]:
    found = contacts if isinstance(contacts, list) else ()
    return [str(each.get("value")).casefold() for each in found if isinstance(each, Mapping)]


def _contact(value: str) -> dict[str, Any]:
    return {"value": value, "primary": True, "label": "work"}


def _first(found: Iterable[Item]) -> str:
    return next((key for each in found if (key := id_key(each.get("id")))), "")

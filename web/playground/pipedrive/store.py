"""The company's records and their changes; every change is passed to the listeners."""

import copy
import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from web.playground.pipedrive.blanks import BLANKS, CHILDREN, CREATORS, Record, as_webhook_body
from web.playground.pipedrive.clock import Clock
from web.playground.pipedrive.consequences import CrmError, change_along, check, complete
from web.playground.pipedrive.records import CustomField, event_value
from web.playground.pipedrive.sight import seers
from web.playground.ticker import Ticker


@dataclass(frozen=True, slots=True)
class ApiUser:
    """The author of a change, and its source: `app` (Pipedrive itself) or `api`."""

    user_id: int
    source: str = "app"
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class CrmChange:
    """One change as in a webhook: `previous` has the old values of changed fields (all on delete).

    `seers` are the users who may see the record, None if everybody may.
    """

    entity: str
    action: str
    object_id: str
    data: Record | None
    previous: Record | None
    actor: ApiUser
    seers: list[int] | None = None
    extra_meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    id: int = 12345
    name: str = "Acme"
    domain: str = "acme"


class CrmStore:
    """Records by entity and id (as text), under one lock; deleted ones are kept in `deleted`."""

    def __init__(
        self, company: Company | None = None, ticker: Ticker | None = None, clock: Clock | None = None
    ) -> None:
        self.company = company or Company()
        self.ticker = ticker or Ticker()
        self.clock = clock or Clock()
        self.lock = RLock()
        self.listeners: list[Callable[[CrmChange], None]] = []
        self.records: dict[str, dict[str, Record]] = {entity: {} for entity in BLANKS}
        self.deleted: dict[str, dict[str, Record]] = {entity: {} for entity in BLANKS}
        self.custom_fields: dict[str, list[CustomField]] = {entity: [] for entity in BLANKS}
        self.lead_labels: list[Record] = []
        self.followers: dict[str, dict[int, str]] = {}
        self._counts = {entity: itertools.count(1) for entity in BLANKS}

    def replace(
        self,
        records: Mapping[str, list[Record]],
        deleted: Mapping[str, list[Record]],
        custom_fields: Mapping[str, list[CustomField]],
        lead_labels: list[Record],
        followers: Mapping[str, Mapping[int, str]],
    ) -> None:
        """Replace everything by what an earlier run kept; no listener is called, and no id comes twice."""
        with self.lock:
            for entity in BLANKS:
                kept, gone = records.get(entity, []), deleted.get(entity, [])
                self.records[entity] = {str(one["id"]): one for one in kept}
                self.deleted[entity] = {str(one["id"]): one for one in gone}
                self.custom_fields[entity] = list(custom_fields.get(entity, []))
                used = [one["id"] for one in (*kept, *gone) if isinstance(one["id"], int)]
                self._counts[entity] = itertools.count(max(used, default=0) + 1)
            self.lead_labels = lead_labels
            self.followers = {key: dict(found) for key, found in followers.items()}
        self.ticker.tick()

    def get(self, entity: str, key: Any) -> Record:
        """The record; raises CrmError if there is none."""
        record = self.records[entity].get(str(key))
        if record is None:
            raise CrmError(f"There is no {entity} {key}.")
        return record

    def all(self, entity: str) -> list[Record]:
        with self.lock:
            return list(self.records[entity].values())

    def name(self, entity: str, key: Any) -> str | None:
        """The name of a record, None if the id is empty or unknown."""
        record = self.records[entity].get(str(key), {})
        return record.get("name") or record.get("title")

    def create(
        self, entity: str, fields: Mapping[str, Any], actor: ApiUser, *, quiet: bool = False
    ) -> Record:
        """Create a record; `quiet` notifies no listener (for the initial data)."""
        now = self._time_of(entity)
        with self.lock:
            record = {**copy.deepcopy(BLANKS[entity]), **self._typed(entity, fields)}
            record |= {"id": fields.get("id") or self._new_id(entity), "add_time": now, "update_time": now}
            for key in ("owner_id", CREATORS.get(entity, "")):
                if key in record and record[key] is None:
                    record[key] = actor.user_id
            complete(self, entity, record)
            check(self, entity, record)
            self.records[entity][str(record["id"])] = record
        if not quiet:
            self._tell(entity, "create", (record, None), actor)
        return record

    def change(self, entity: str, key: Any, fields: Mapping[str, Any], actor: ApiUser) -> Record:
        """Set fields; an unchanged value does not count, and without changes no listener is called."""
        with self.lock:
            old = self.get(entity, key)
            wished = self._typed(entity, fields)
            new = old | {name: value for name, value in wished.items() if name != "custom_fields"}
            new["update_time"] = self._time_of(entity)
            if "custom_fields" in wished:
                new["custom_fields"] = old["custom_fields"] | wished["custom_fields"]
            touched = {name for name in wished if old[name] != new[name]}
            if not touched:
                return old
            if entity == "deal":
                touched |= change_along(self, old, new)
            check(self, entity, new, touched)
            previous = {name: old[name] for name in sorted(touched)}
            if "custom_fields" in touched:
                previous["custom_fields"] = _old_values(old["custom_fields"], new["custom_fields"])
            self.records[entity][str(key)] = new
        self._tell(entity, "change", (new, previous), actor)
        return new

    def delete(self, entity: str, key: Any, actor: ApiUser, **extra_meta: Any) -> None:
        """Delete a record, and after it the children of a project or board."""
        with self.lock:
            old = self.records[entity].pop(str(self.get(entity, key)["id"]))
            self.deleted[entity][str(key)] = old | {
                "is_deleted": True,
                "update_time": self._time_of(entity),
            }
        self._tell(entity, "delete", (None, old), actor, extra_meta)
        child, link = CHILDREN.get(entity, ("", ""))
        for one in self.all(child) if child else ():
            if one[link] == old["id"]:
                self.delete(child, one["id"], actor)

    def follow(self, entity: str, key: Any, user_id: int) -> None:
        """Let a user follow a record; no webhook tells of it. Raises CrmError for what does not exist."""
        self.get(entity, key), self.get("user", user_id)
        with self.lock:
            self.followers.setdefault(f"{entity}/{key}", {}).setdefault(user_id, self.clock.text())

    def followers_of(self, entity: str, key: Any) -> dict[int, str]:
        """The users who follow a record, with the time since when."""
        with self.lock:
            return dict(self.followers.get(f"{entity}/{key}", {}))

    def merge(self, entity: str, vanishing: Any, surviving: Any, actor: ApiUser) -> Record:
        """Merge two records: a delete with `merged_to_id` and a change with `merged_from_id`."""
        kept = self.get(entity, surviving)
        self.delete(entity, vanishing, actor, merged_to_id=str(surviving))
        before = {"update_time": kept["update_time"]}
        kept = kept | {"update_time": self._time_of(entity)}
        self.records[entity][str(surviving)] = kept
        merged = {"merged_from_id": str(vanishing)}
        self._tell(entity, "change", (kept, before), actor, merged)
        return kept

    def convert(self, lead_id: str, actor: ApiUser, **fields: Any) -> Record:
        """Convert a lead to a deal: the deal is created, and the lead is archived."""
        lead = self.get("lead", lead_id)
        worth = lead["value"] or {"amount": 0, "currency": "EUR"}
        about = {"title": lead["title"], "value": worth["amount"], "currency": worth["currency"]}
        about |= {"person_id": lead["person_id"], "org_id": lead["organization_id"]}
        about |= {"owner_id": lead["owner_id"], "visible_to": lead["visible_to"]}
        deal = self.create("deal", about | {"source_lead_id": str(lead_id), **fields}, actor)
        self.change("lead", lead_id, {"is_archived": True}, actor)
        return deal

    def add_field(self, entity: str, field: CustomField, actor: ApiUser) -> Record:
        """Add a custom field; reports its definition, not any record's value."""
        with self.lock:
            self.custom_fields[entity].append(field)
        now = self.clock.text()
        data = field.resource() | {"id": field.code, "add_time": now, "update_time": now}
        self._tell(f"{entity}_field", "create", (data, None), actor)
        return data

    def find(self, entity: str, name: str) -> Record | None:
        return next((one for one in self.all(entity) if (one.get("name") or one.get("title")) == name), None)

    def stages(self, pipeline_id: int) -> list[Record]:
        here = [stage for stage in self.all("stage") if stage["pipeline_id"] == pipeline_id]
        return sorted(here, key=lambda stage: int(stage["order_nr"]))

    def _time_of(self, entity: str) -> str:
        return self.clock.exact() if entity == "lead" else self.clock.text()

    def _new_id(self, entity: str) -> int | str:
        if entity == "lead":
            return str(uuid.uuid4())
        return next(number for number in self._counts[entity] if str(number) not in self.records[entity])

    def _typed(self, entity: str, fields: Mapping[str, Any]) -> Record:
        """The fields with custom values in the form of webhooks; raises CrmError for unknown ones."""
        strange = sorted(fields.keys() - BLANKS[entity].keys() - {"id"})
        if strange:
            raise CrmError(f"A {entity} has no {', '.join(strange)}.")
        typed = {name: value for name, value in fields.items() if name != "id"}
        if "custom_fields" in typed:
            kinds = {one.code: one.kind for one in self.custom_fields[entity]}
            typed["custom_fields"] = {
                code: value
                if isinstance(value, Mapping) and "type" in value
                else event_value(kinds.get(code, "varchar"), value)
                for code, value in typed["custom_fields"].items()
            }
        return typed

    def _tell(
        self,
        entity: str,
        action: str,
        states: tuple[Record | None, Record | None],
        actor: ApiUser,
        extra_meta: Mapping[str, Any] | None = None,
    ) -> None:
        """Call the listeners; `states` are the record as it is and as it was."""
        record = states[0] or states[1] or {}
        sight = None if entity == "user" else seers(self, entity, record)
        data, previous = (copy.deepcopy(as_webhook_body(entity, state)) for state in states)
        change = CrmChange(entity, action, str(record["id"]), data, previous, actor, sight, extra_meta or {})
        self.ticker.tick()
        for listener in self.listeners:
            listener(change)


def _old_values(old: Record, new: Record) -> Record:
    return {code: old.get(code) for code in new if old.get(code) != new[code]}

"""The company's records, and what each change of them was; every change is told to the listeners."""

import copy
import itertools
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from web.playground.crm_records import BLANKS, CustomField, Record, event_value, now_text
from web.playground.ticker import Ticker

CREATORS = {"deal": "creator_user_id", "lead": "creator_id", "note": "user_id"}
CLOSING = {"won": "won_time", "lost": "lost_time"}


class CrmRefused(ValueError):
    """Something that Pipedrive would not do, in a sentence for people."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and from where: `app` (Pipedrive itself) or `api`."""

    user_id: int
    source: str = "app"
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class CrmChange:
    """One change as webhooks tell it: `previous` holds old values of what was touched (all on delete)."""

    entity: str
    action: str
    object_id: str
    data: Record | None
    previous: Record | None
    actor: Actor
    extra_meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    id: int = 12345
    name: str = "Acme"
    domain: str = "acme"


class CrmStore:
    """Records by entity and id (as text), under one lock."""

    def __init__(self, company: Company | None = None, ticker: Ticker | None = None) -> None:
        self.company = company or Company()
        self.ticker = ticker or Ticker()
        self.lock = RLock()
        self.listeners: list[Callable[[CrmChange], None]] = []
        self.records: dict[str, dict[str, Record]] = {entity: {} for entity in BLANKS}
        self.custom_fields: dict[str, list[CustomField]] = {entity: [] for entity in BLANKS}
        self.lead_labels: list[Record] = []
        self._counts = {entity: itertools.count(1) for entity in BLANKS}

    def get(self, entity: str, key: Any) -> Record:
        """The record; raises CrmRefused when there is none."""
        record = self.records[entity].get(str(key))
        if record is None:
            raise CrmRefused(f"There is no {entity} {key}.")
        return record

    def all(self, entity: str) -> list[Record]:
        with self.lock:
            return list(self.records[entity].values())

    def name(self, entity: str, key: Any) -> str | None:
        """What a record is called, None where the id is empty or unknown."""
        record = self.records[entity].get(str(key), {})
        return record.get("name") or record.get("title")

    def create(self, entity: str, fields: Mapping[str, Any], actor: Actor, *, quiet: bool = False) -> Record:
        """Add a record; `quiet` tells nobody (the furniture of a demo)."""
        now = now_text()
        with self.lock:
            record = {**copy.deepcopy(BLANKS[entity]), **self._typed(entity, fields)}
            record |= {"id": fields.get("id") or self._new_id(entity), "add_time": now, "update_time": now}
            for key in ("owner_id", CREATORS.get(entity, "")):
                if key in record and record[key] is None:
                    record[key] = actor.user_id
            self._complete(entity, record)
            self._check(entity, record)
            self.records[entity][str(record["id"])] = record
        if not quiet:
            self._tell(CrmChange(entity, "create", str(record["id"]), record, None, actor))
        return record

    def change(self, entity: str, key: Any, fields: Mapping[str, Any], actor: Actor) -> Record:
        """Set fields; what is set to its present value is not touched, and nothing touched tells nobody."""
        with self.lock:
            old = self.get(entity, key)
            wished = self._typed(entity, fields)
            new = old | {name: value for name, value in wished.items() if name != "custom_fields"}
            new["update_time"] = now_text()
            if "custom_fields" in wished:
                new["custom_fields"] = old["custom_fields"] | wished["custom_fields"]
            touched = {name for name in wished if old[name] != new[name]}
            if not touched:
                return old
            if entity == "deal":
                touched |= self._complete_change(old, new)
            self._check(entity, new)
            previous = {name: old[name] for name in sorted(touched)}
            if "custom_fields" in touched:
                previous["custom_fields"] = _old_values(old["custom_fields"], new["custom_fields"])
            self.records[entity][str(key)] = new
        self._tell(CrmChange(entity, "change", str(key), new, previous, actor))
        return new

    def delete(self, entity: str, key: Any, actor: Actor, **extra_meta: Any) -> None:
        with self.lock:
            old = self.get(entity, key)
            del self.records[entity][str(key)]
        self._tell(CrmChange(entity, "delete", str(key), None, old, actor, extra_meta))

    def merge(self, entity: str, vanishing: Any, surviving: Any, actor: Actor) -> Record:
        """Two records become one: a delete with `merged_to_id` and a change with `merged_from_id`."""
        kept = self.get(entity, surviving)
        self.delete(entity, vanishing, actor, merged_to_id=str(surviving))
        before = {"update_time": kept["update_time"]}
        kept = kept | {"update_time": now_text()}
        self.records[entity][str(surviving)] = kept
        merged = {"merged_from_id": str(vanishing)}
        self._tell(CrmChange(entity, "change", str(surviving), kept, before, actor, merged))
        return kept

    def find(self, entity: str, name: str) -> Record | None:
        return next((one for one in self.all(entity) if (one.get("name") or one.get("title")) == name), None)

    def stages(self, pipeline_id: int) -> list[Record]:
        here = [stage for stage in self.all("stage") if stage["pipeline_id"] == pipeline_id]
        return sorted(here, key=lambda stage: int(stage["order_nr"]))

    def user_ids(self) -> Iterable[int]:
        return sorted(int(key) for key in self.records["user"])

    def _new_id(self, entity: str) -> int | str:
        return str(uuid.uuid4()) if entity == "lead" else next(self._counts[entity])

    def _typed(self, entity: str, fields: Mapping[str, Any]) -> Record:
        """The fields with custom values in the form of webhooks; raises CrmRefused for unknown ones."""
        strange = sorted(fields.keys() - BLANKS[entity].keys() - {"id"})
        if strange:
            raise CrmRefused(f"A {entity} has no {', '.join(strange)}.")
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

    def _complete(self, entity: str, record: Record) -> None:
        if entity == "deal":
            if record["stage_id"] is None:
                pipeline = record["pipeline_id"] or min(int(key) for key in self.records["pipeline"])
                record["stage_id"] = self.stages(pipeline)[0]["id"]
            record["pipeline_id"] = self.get("stage", record["stage_id"])["pipeline_id"]
            record["update_time"] = None
            if record["status"] in CLOSING:
                record[CLOSING[record["status"]]] = record["close_time"] = record["add_time"]
        if entity == "person":
            first, _, last = record["name"].partition(" ")
            record |= {"first_name": first, "last_name": last or None}
        if entity == "user":
            record["id"] = str(record["id"])

    def _complete_change(self, old: Record, new: Record) -> set[str]:
        """What a deal's change brings along; returns the further fields that `previous` names."""
        now, further = new["update_time"], set()
        if old["stage_id"] != new["stage_id"]:
            new["stage_change_time"] = now
            new["pipeline_id"] = self.get("stage", new["stage_id"])["pipeline_id"]
            further |= {"pipeline_id"} if old["pipeline_id"] != new["pipeline_id"] else set()
        if old["status"] != new["status"]:
            for status, when in CLOSING.items():
                new[when] = now if new["status"] == status else None
            new["close_time"] = now if new["status"] in CLOSING else None
            new["lost_reason"] = new["lost_reason"] if new["status"] == "lost" else None
            new["first_won_time"] = old["first_won_time"] or new["won_time"]
            closing = ("won_time", "lost_time", "close_time", "lost_reason", "first_won_time")
            further |= {name for name in closing if old[name] != new[name]} | {"update_time"}
        return further

    def _check(self, entity: str, record: Record) -> None:
        name = record.get("title", record.get("name", record.get("subject", record.get("content"))))
        if not isinstance(name, str) or not name.strip():
            raise CrmRefused(f"A {entity} needs a name.")
        for key, other in (
            ("stage_id", "stage"),
            ("owner_id", "user"),
            ("person_id", "person"),
            ("org_id", "organization"),
        ):
            if record.get(key) is not None:
                self.get(other, record[key])
        if entity == "deal":
            if record["status"] not in ("open", "won", "lost"):
                raise CrmRefused(f"A deal cannot be {record['status']}.")
            if isinstance(record["value"], bool) or not isinstance(record["value"], int | float):
                raise CrmRefused("A deal's value is a number.")

    def _tell(self, change: CrmChange) -> None:
        told = copy.deepcopy(change)
        self.ticker.tick()
        for listener in self.listeners:
            listener(told)


def _old_values(old: Record, new: Record) -> Record:
    return {code: old.get(code) for code in new if old.get(code) != new[code]}

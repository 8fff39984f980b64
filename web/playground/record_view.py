"""One record as Pipedrive's own page would show it, for links on cards: rows of a label and a text."""

from collections.abc import Mapping
from typing import Any

from web.playground.pipedrive.blanks import BLANKS, Record
from web.playground.pipedrive.consequences import LINKED, CrmError
from web.playground.pipedrive.store import CrmStore

HIDDEN = frozenset({"id", "title", "name", "subject", "custom_fields", "visible_to", "active_flag", "origin"})
HIDDEN |= {"origin_id", "channel_id", "first_won_time", "close_time", "first_name", "last_name"}
LABELS = {"org": "Organization", "creator user": "Created by", "creator": "Created by", "add time": "Created"}
PARTS = ("note", "activity")  # shown below what they belong to
KEYS = {"deal": "deal_id", "person": "person_id", "organization": "org_id", "lead": "lead_id"}


def view_of(store: CrmStore, entity: str, key: str) -> dict[str, Any]:
    """`{"entity", "id", "title", "rows": [[label, text]], "parts": [[label, text]]}`.

    Raises CrmError, in words for people, if there is no such record any more, or never was.
    """
    if entity not in BLANKS or key not in store.records[entity]:
        gone = entity in BLANKS and key in store.deleted[entity]
        raise CrmError("It was deleted in Pipedrive." if gone else "There is no such page in this Pipedrive.")
    record = store.get(entity, key)
    return {
        "entity": entity,
        "id": record["id"],
        "title": _title(record),
        "rows": [*_rows(store, record), *_custom_rows(store, entity, record)],
        "parts": [row for part in PARTS for row in _parts(store, part, KEYS.get(entity, ""), record["id"])],
    }


def _title(record: Mapping[str, Any]) -> str:
    names = (record.get(name) for name in ("title", "name", "subject", "content"))
    return str(next((name for name in names if name), ""))


def _rows(store: CrmStore, record: Record) -> list[list[str]]:
    shown = {name: value for name, value in record.items() if name not in HIDDEN and not _is_empty(value)}
    return [[_label(name), _text(store, name, value)] for name, value in shown.items()]


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [])


def _label(name: str) -> str:
    plain = name.removesuffix("_id").replace("_", " ")
    return LABELS.get(plain, plain.capitalize())


def _text(store: CrmStore, name: str, value: Any) -> str:
    linked = LINKED.get(name, "user" if name in ("creator_user_id", "creator_id", "user_id") else "")
    if name == "pipeline_id":
        linked = "pipeline"
    if linked:
        return store.name(linked, value) or str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(store, "", each) for each in value)
    if isinstance(value, Mapping):
        amount = value.get("amount", value.get("price"))
        return str(value.get("value")) if amount is None else f"{amount} {value.get('currency', '')}".strip()
    text = str(value)
    return f"{text[:16].replace('T', ' ')} UTC" if name.endswith("_time") and text.endswith("Z") else text


def _custom_rows(store: CrmStore, entity: str, record: Record) -> list[list[str]]:
    rows = []
    for field in store.custom_fields[entity]:
        typed = record.get("custom_fields", {}).get(field.code)
        if typed is not None:
            labels = dict(field.options)
            chosen = [typed["id"]] if "id" in typed else [one["id"] for one in typed.get("values", ())]
            text = ", ".join(labels.get(one, str(one)) for one in chosen) or _text(store, "", typed)
            rows.append([field.name, text])
    return rows


def _parts(store: CrmStore, part: str, link: str, key: Any) -> list[list[str]]:
    if not link:
        return []
    found = [one for one in store.all(part) if one.get(link) == key]
    return [[_part_label(part, one), _title(one)] for one in found]


def _part_label(part: str, record: Record) -> str:
    if part == "note":
        return "Note"
    due = f", due {record['due_date']}" if record["due_date"] else ""
    return f"{record['type'].capitalize()}{', done' if record['done'] else due}"

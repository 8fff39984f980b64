"""Names from the lists of Pipedrive's REST API.

Shapes: https://developers.pipedrive.com/docs/api/v1 (in v2 fields have `field_code`, `field_name`,
`field_type`, `options`, `is_custom_field`). All of it was typed by people: invalid items are left out.
"""

from collections.abc import Iterable, Mapping

from models.pipedrive.declaration import Kind
from models.pipedrive.name_refs import id_key, name_text, stage_more
from models.pipedrive.names import Json, Name, Names

Item = Mapping[str, Json]

LOST_REASON = "lost_reason"  # the kind of the reasons that a company offers for lost deals
_LABEL_FIELDS = frozenset(("label", "label_ids"))
_FIELD_KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        ("varchar", "varchar_auto", "varchar_options", "text", "phone", "address", "time", "timerange"),
        Kind.TEXT,
    ),
    **dict.fromkeys(("int", "double"), Kind.NUMBER),
    **dict.fromkeys(("date", "daterange"), Kind.DATE),
    # The person a field refers to is compared by name, like the owner.
    **dict.fromkeys(("user", "people", "org"), Kind.PERSON),
    **dict.fromkeys(("enum", "status", "visible_to", "stage", "pipeline"), Kind.CHOICE),
    **dict.fromkeys(("deal", "lead", "project", "activity"), Kind.ID),
    **dict.fromkeys(("set", "deals"), Kind.SET),
    "monetary": Kind.MONEY,
    "boolean": Kind.FLAG,
}


def called(kind: str, items: Iterable[Item], key: str = "name") -> Names:
    """Names of users, pipelines, persons, organizations and labels by `name`, of deals by `title`."""
    names = Names()
    for item in items:
        _put(names, kind, item.get("id"), item.get(key))
    return names


def stages(items: Iterable[Item]) -> Names:
    """Names of stages, each with its pipeline and order if the list has both."""
    names = Names()
    for item in items:
        _put(names, "stage", item.get("id"), item.get("name"), stage_more(item) or {})
    return names


def fields(entity: str, items: Iterable[Item]) -> Names:
    """Names of an entity's custom fields with kind and options, and of its labels (options of one field)."""
    names = Names()
    for item in items:
        if item.get("is_custom_field") is True:
            _put(names, f"{entity}_field", item.get("field_code"), item.get("field_name"), _field_more(item))
        elif item.get("field_code") in _LABEL_FIELDS:
            for key, label in _options(item).items():
                _put(names, f"{entity}_label", key, label)
        elif item.get("field_code") == LOST_REASON:
            for key, label in _options(item).items():
                _put(names, LOST_REASON, key, label)
    return names


def _field_more(item: Item) -> dict[str, Json]:
    kind = _FIELD_KINDS.get(str(item.get("field_type")), Kind.ANY)
    options = _options(item)
    return {"kind": kind.value, "options": options} if options else {"kind": kind.value}


def _options(item: Item) -> dict[str, str]:
    listed = item.get("options")
    found = {}
    for option in listed if isinstance(listed, list) else ():
        if isinstance(option, Mapping) and (key := id_key(option.get("id"))):
            found[key] = name_text(option.get("label"))
    return {key: label for key, label in found.items() if label}


def _put(names: Names, kind: str, raw: Json, text: Json, more: Mapping[str, Json] | None = None) -> None:
    key, name = id_key(raw), name_text(text)
    if key and name:
        names[kind, key] = Name(name, more or {})

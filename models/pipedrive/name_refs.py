"""Which names a change needs from Pipedrive, and which names it contains itself."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES, Entity, Field
from models.pipedrive.names import Json, Name, Names

Pair = tuple[str, str]
State = Mapping[str, Json]

_CUSTOM = "custom."
_LONGEST_KEY = 64  # the column of `models.connections.names`
_LONGEST_TEXT = 500
_MOST_ROTTEN_DAYS = 366
_KEY_LETTERS = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")
# The `type` of a custom field that refers to somebody, and the kind of name it needs.
_POINTS_AT = {
    "user": "user",
    "people": "person",
    "person": "person",
    "org": "organization",
    "organization": "organization",
}
_NAMED_OBJECTS = frozenset(("deal", "person", "organization", "user", "pipeline", "stage"))
_MERGING = frozenset(("deal", "person", "organization"))


def refs_in(change: Change) -> frozenset[Pair]:
    """The (kind, key) pairs whose names a card or a filter of this change needs.

    Invalid ids are left out, and so are those whose name an older body has next to the id. They are worked
    out once for each body: to match it and to draw it takes the same names.
    """
    parsed = change.parsed
    if parsed is None:
        return _refs_in(change)
    if parsed.refs is None:
        parsed.refs = _refs_in(change)
    return parsed.refs


def _refs_in(change: Change) -> frozenset[Pair]:
    entity = ENTITIES[change.entity]
    wanted: set[Pair] = set()
    for side in (change.after, change.before):
        if side:
            _of_fields(side, _named_fields(entity.key), wanted)
            _of_custom_fields(side, entity, wanted)
    for key in change.touched:
        if key.startswith(_CUSTOM) and entity.custom:
            _add(wanted, entity.custom[-1], key[len(_CUSTOM) :])
    if not change.who_name:
        _add(wanted, "user", change.who_id)
    if change.entity in _MERGING:
        _add(wanted, change.entity, change.merged_to)
        _add(wanted, change.entity, change.merged_from)
    return frozenset(wanted)


def refs_of_fields(fields: Mapping[str, Iterable[Field]], change: Change) -> set[Pair]:
    """As `refs_in`, of these fields of its entity alone."""
    wanted: set[Pair] = set()
    for side in (change.after, change.before):
        _of_fields(side, fields.get(change.entity, ()), wanted)
    return wanted


def names_in(change: Change) -> dict[Pair, Name]:
    """The names that this change contains: of the object itself, and of those next to ids in older bodies.

    A stage comes with its pipeline and order, or not at all: without them it would replace the known order.
    """
    entity, state = ENTITIES[change.entity], change.state
    taught: dict[Pair, Name] = {}
    for field in _named_fields(entity.key):
        raw = state.get(field.where)
        if field.beside in state and field.names != "stage":
            _teach(taught, field.names, raw, state[field.beside])
        elif isinstance(raw, Mapping) and field.names != "stage":  # v1: {"id": 7, "name": "Ada"}
            _teach(taught, field.names, raw.get("id", raw.get("value")), raw.get("name"))
    _teach(taught, "user", change.who_id, change.who_name)
    if change.entity in _NAMED_OBJECTS:
        more = stage_more(state) if change.entity == "stage" else {}
        if more is not None:
            _teach(taught, change.entity, change.object_id, state.get(entity.title), more)
    return taught


def outdated(change: Change, names: Names) -> set[Pair]:
    """The custom fields whose known options lack one in this change: it was added since."""
    entity = ENTITIES[change.entity]
    found: set[Pair] = set()
    for side in (change.after, change.before):
        for key, value in side.items():
            if isinstance(value, Mapping) and key.startswith(_CUSTOM):
                pair = _field_pair(entity, key[len(_CUSTOM) :], names)
                options = names[pair].more.get("options") if pair else None
                chosen = _chosen(value) if isinstance(options, Mapping) else ()
                if pair and isinstance(options, Mapping) and any(one not in options for one in chosen):
                    found.add(pair)
    return found


def owner_of(change: Change) -> str | None:
    """The id of the user who owns the object of a change, None if nobody does or its kind has no owner."""
    field = ENTITIES[change.entity].fields.get("owner")
    raw = change.state.get(field.where) if field is not None else None
    key = id_key(raw.get("id", raw.get("value")) if isinstance(raw, Mapping) else raw)
    return None if key == "0" else key


def id_key(raw: Json) -> str | None:
    """An id of Pipedrive as the key of a name; None if it cannot be one."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw) if 0 <= raw < 10**40 else None
    if isinstance(raw, str) and 0 < len(raw) <= _LONGEST_KEY and _KEY_LETTERS.issuperset(raw):
        return raw
    return None


def name_text(raw: Json) -> str:
    """A name as the database can store it: no NUL, no half surrogates, at most 500 long; empty if no text."""
    if not isinstance(raw, str):
        return ""
    return raw[:_LONGEST_TEXT].replace("\0", "").encode("utf-8", "replace").decode().strip()


def stage_more(stage: State) -> dict[str, Json] | None:
    """The pipeline and the order of a stage, None if one of them is missing; and when its deals stall.

    Webhooks and the REST API name that differently.
    """
    pipeline, order = id_key(stage.get("pipeline_id")), stage.get("order_nr")
    if pipeline is None or type(order) is not int:
        return None
    more: dict[str, Json] = {"pipeline_id": pipeline, "order": order}
    days = stage.get("rotten_days", stage.get("days_to_rotten"))
    if stage.get("rotten_flag", stage.get("is_deal_rot_enabled")) in (True, 1) and type(days) is int:
        more["rotten_days"] = min(days, _MOST_ROTTEN_DAYS) if days > 0 else None
    return {key: value for key, value in more.items() if value is not None}


@lru_cache(maxsize=64)
def _named_fields(entity: str) -> tuple[Field, ...]:
    """One field for each source of named ids: `organization.name` repeats `organization`."""
    named = (field for field in ENTITIES[entity].declared if field.names)
    return tuple({(field.where, field.names): field for field in named}.values())


def _of_fields(side: State, fields: Iterable[Field], wanted: set[Pair]) -> None:
    for field in fields:
        raw = side.get(field.where)
        if raw is None or (field.beside and side.get(field.beside)):
            continue
        for one in raw if isinstance(raw, list) else (raw,):
            if not isinstance(one, Mapping):
                _add(wanted, field.names, one)
            elif not one.get("name"):  # v1 of some entities: {"id": 7, "name": "Ada"} instead of the id
                _add(wanted, field.names, one.get("id", one.get("value")))


def _of_custom_fields(side: State, entity: Entity, wanted: set[Pair]) -> None:
    if not entity.custom:
        return
    # A real deal has 199 custom fields, nearly all of them empty.
    for key, value in side.items():
        if value is not None and key.startswith(_CUSTOM):
            _add(wanted, entity.custom[-1], key[len(_CUSTOM) :])
            if isinstance(value, Mapping) and (kind := _POINTS_AT.get(str(value.get("type")))):
                _add(wanted, kind, value.get("id"))


def _add(wanted: set[Pair], kind: str, raw: Json) -> None:
    key = id_key(raw)
    if key is not None:
        wanted.add((kind, key))


def _teach(
    taught: dict[Pair, Name], kind: str, raw: Json, text: Json, more: Mapping[str, Json] | None = None
) -> None:
    key, name = id_key(raw), name_text(text)
    if key and name:
        taught[kind, key] = Name(name, more or {})


def _field_pair(entity: Entity, digest: str, names: Names) -> Pair | None:
    return next(((kind, digest) for kind in entity.custom if (kind, digest) in names), None)


def _chosen(value: State) -> Iterator[str]:
    """The option ids in the value of an enum (`{"id": 3}`) or a set (`{"values": [{"id": 3}]}`)."""
    many = value.get("values")
    each: Iterable[Json] = many if isinstance(many, list) else (value,)
    for one in each:
        key = id_key(one.get("id") if isinstance(one, Mapping) else one)
        if key is not None:
            yield key

"""Random changes and random filters about them, of few values, so that filters often match.

By id and by name, numbers as text, in either case, with letters of one code point and of two.
"""

from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.filters import ALWAYS, Filter, InvalidFilter, parse
from models.pipedrive.names import Names
from tests.models.pipedrive.webhook import HASH, NAMES, known, v2

MET = ("deal", "person", "note")
BUDGET, REGIONS = "b" * 40, "c" * 40
CUSTOM = {f"custom.{key}": f"custom.{key}" for key in (HASH, REGIONS)}
CUSTOM |= {"custom.customer type": f"custom.{HASH}", "custom.Budget": f"custom.{BUDGET}"}
CUSTOM |= {"custom.regions": f"custom.{REGIONS}"}
FIELDS: tuple[str, ...] = (
    "pipeline_id",
    "stage_id",
    "stage",
    "pipeline",
    "status",
    "currency",
    "title",
    "value",
    "owner",
)
FIELDS += ("owner_id", "organization.name", "person", "label", "label_ids", "probability", "won_time")
FIELDS += ("is_archived", "who", "who_id", "name", "content", "user", "deal")
FIELDS += tuple(CUSTOM)
EQUALITIES = ("is", "in", "changed_to", "has_any", "has_all")
ASK_NOTHING = ("is_empty", "is_not_empty", "changed", "increased")
ASK_MANY = ("in", "not_in", "between", "has_any", "has_all", "has_none")
OTHERS: tuple[str, ...] = (
    "is_not",
    "contains",
    "starts_with",
    "matches",
    "at_least",
    "before",
    "within_days",
)
OTHERS += ("changed_from", "increased_by", "crossed")
OPS = (*EQUALITIES, *ASK_NOTHING, *ASK_MANY, *OTHERS)

TEXTS = ("1", "01", "EUR", "open", "Qualified", "Ada Lovelace", "Järv", "2026-11-20", "2026-11-20T12:00:00Z")
SCALARS = st.sampled_from((None, "", True, False, 0, 1, 2, 1.0, 1.5, 24, 42, 190, 1e30, *TEXTS))
TYPES = st.sampled_from(("enum", "varchar", "monetary", "double", "date", "user", "org", "people", "set"))
ELEMENTS = st.lists(st.fixed_dictionaries({"id": SCALARS}), max_size=3)
SHAPED = st.fixed_dictionaries(
    {"type": TYPES}, optional={"id": SCALARS, "value": SCALARS, "currency": SCALARS, "values": ELEMENTS}
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | SHAPED
KEYS: tuple[str, ...] = (
    "pipeline_id",
    "stage_id",
    "stage_name",
    "status",
    "currency",
    "title",
    "value",
    "owner_id",
)
KEYS += ("owner_name", "org_id", "org_name", "person_id", "label_ids", "probability", "won_time")
KEYS += ("is_archived", "name", "content", "user_id", "deal_id")
SIDES = st.builds(
    lambda flat, custom: flat | {"custom_fields": custom},
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8),
    st.dictionaries(st.sampled_from((HASH, BUDGET, REGIONS)), SHAPED | SCALARS, max_size=3),
)
SOME_NAMES = st.just(NAMES) | st.sets(st.sampled_from(sorted(NAMES))).map(
    lambda keys: Names({key: NAMES[key] for key in keys})
)
USERS = st.sampled_from(({"id": 42}, {"id": 43, "name": "Ada Lovelace"}, {"name": "2"}, {}))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    data, previous = draw(SIDES), draw(SIDES)
    if draw(st.booleans()):
        body = {"event": "deal.updated", "current": {"id": 8, **data}, "previous": previous}
        return known(body | {"user": draw(USERS)})
    action = draw(st.sampled_from(("create", "change", "delete")))
    return known(v2(action, draw(st.sampled_from(MET)), data=data, previous=previous))


def scalars(raw: Any) -> list[Any]:
    """The plain values within any value, without null."""
    inner = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else None
    if inner is not None:
        return [one for each in inner for one in scalars(each)]
    return [] if raw is None else [raw]


def called(one: Any) -> list[str]:
    """Every name and every label of an id in any list."""
    options = [name.more["options"] for name in NAMES.values() if "options" in name.more]
    names = [name.text for (_, key), name in NAMES.items() if key == str(one)]
    return names + [labels[str(one)] for labels in options if str(one) in labels]


def meant(field: str, change: Change) -> list[Any]:
    """What meets a change: what the field has, as text, by its names, and all of these in other letters."""
    declared = ENTITIES[change.entity].fields.get(field)
    keys = (declared.where, declared.beside) if declared else (CUSTOM.get(field, field),)
    values = [change.who_id, change.who_name] if field.startswith("who") else map(change.state.get, keys)
    found = scalars(list(values))
    texts = [text for one in found for text in (str(one), *called(one))]
    return [*found, *texts, *map(str.upper, texts), *(normalize("NFD", text) for text in texts)]


@st.composite
def conditions(draw: st.DrawFn, change: Change) -> dict[str, Any]:
    there = [field for field in FIELDS if meant(field, change)]
    field = draw(st.sampled_from(there or FIELDS) if draw(st.integers(0, 4)) else st.sampled_from(FIELDS))
    op = draw(st.sampled_from(EQUALITIES) | st.sampled_from(OPS))
    if op in ASK_NOTHING:
        return {"field": field, "op": op}
    one = st.sampled_from(meant(field, change) or [None]) | SCALARS
    if op in ASK_MANY or field in ("label", "label_ids", "custom.regions"):
        return {"field": field, "op": op, "value": draw(st.lists(one, min_size=1, max_size=3))}
    money = st.builds(lambda amount: {"amount": amount, "currency": "EUR"}, one)
    return {
        "field": field,
        "op": op,
        "value": draw(money if field == "value" and draw(st.booleans()) else one),
    }


def trees(change: Change) -> st.SearchStrategy[Any]:
    return st.recursive(
        conditions(change),
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=3,
    )


def sound(tree: Any) -> Filter:
    """The filter of a tree, or the empty one if the tree is refused."""
    try:
        return parse(tree, MET, NAMES)
    except InvalidFilter:
        return ALWAYS


@st.composite
def cases(draw: st.DrawFn) -> tuple[Change, list[Filter]]:
    """A change, and filters of which some match it and many nearly do."""
    change = draw(changes())
    return change, [sound(tree) for tree in draw(st.lists(trees(change), min_size=1, max_size=6))]

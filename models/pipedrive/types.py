"""The event types of rules, and whether a change matches those of a rule."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Json

EVENT_TYPES: tuple[str, ...] = tuple(name for entity in ENTITIES.values() for name in entity.event_types)
WILDCARDS: tuple[str, ...] = (*(f"{key}.*" for key in ENTITIES), "*")
# A score changes with every activity and with time: whoever asks for any change does not mean this one.
ONLY_IF_NAMED: frozenset[str] = frozenset(("lead.scored",))
_KNOWN = frozenset((*EVENT_TYPES, *WILDCARDS))
# A change has several types; of these verbs the first one that it has says what happened.
MAIN_VERBS: tuple[str, ...] = (
    "won",
    "lost",
    "reopened",
    "merged",
    "converted",
    "done",
    "overdue",
    "stalled",
    "stage_regressed",
    "stage_changed",
    "assigned",
    "owner_changed",
    "value_changed",
    "scored",
)


def main_type(types: Sequence[str]) -> str:
    """Return the type of a change that says most: `deal.won` of an updated, won and moved deal."""
    verbs = {each.partition(".")[2]: each for each in types}
    return next((verbs[verb] for verb in MAIN_VERBS if verb in verbs), types[0])


def wildcards_of(types: Sequence[str]) -> tuple[str, ...]:
    """The wildcards that a change of these types matches; none if rules have to name its only type.

    A deal that is a lead has types of both.
    """
    if ONLY_IF_NAMED.issuperset(types):
        return ()
    first, last = types[0].partition(".")[0], types[-1].partition(".")[0]
    return (f"{first}.*", "*") if first == last else (f"{first}.*", f"{last}.*", "*")


def wants(on: str | Sequence[str], types: Sequence[str]) -> bool:
    """Whether a rule for `on` matches a change of these types; an exact type never hides a wildcard."""
    wildcards = wildcards_of(types)
    asked = (on,) if isinstance(on, str) else on
    return any(one in types or one in wildcards for one in asked)


def check(on: Json, path: str = "on") -> list[tuple[str, str]]:
    """The problems of a rule's event types, as (path, message); empty if they can be saved."""
    if isinstance(on, list | tuple):
        if not on:
            return [(path, "needs at least one event type")]
        found = ((f"{path}[{number}]", _complaint(each)) for number, each in enumerate(on))
    else:
        found = ((where, _complaint(on)) for where in (path,))
    return [(where, message) for where, message in found if message]


def entities_of(on: str | Sequence[str]) -> tuple[str, ...]:
    """The keys of all entities that a rule for `on` can match."""
    asked = (on,) if isinstance(on, str) else on
    if "*" in asked:
        return tuple(ENTITIES)
    firsts = {one.partition(".")[0] for one in asked}
    return tuple(key for key in ENTITIES if key in firsts)


def entities_of_rule(on: str | Sequence[str], chosen: Collection[str]) -> tuple[str, ...]:
    """As `entities_of`, with the deals that are leads where a team chose some pipelines."""
    entities = entities_of(on)
    is_wider = chosen and "lead" in entities and "deal" not in entities
    return (*entities, "deal") if is_wider else entities


def last_types(on: str | Sequence[str]) -> frozenset[str] | None:
    """The types that may stand last in a change which a rule for `on` matches; None for every one.

    Stored events have only this last type, so that most of the others need not be read.
    """
    asked = (on,) if isinstance(on, str) else on
    if "*" in asked:
        return None
    return frozenset(each for one in asked for each in _last_types(one))


def _last_types(one: str) -> tuple[str, ...]:
    entity = ENTITIES.get(one.partition(".")[0])
    verb = one.partition(".")[2]
    if entity is None or verb == "deleted":
        return (one,)
    if verb not in entity.derived:
        return entity.event_types
    # A move back whose direction was not known at first has been stored as a mere move.
    first = "stage_changed" if verb == "stage_regressed" else verb
    return tuple(f"{entity.key}.{each}" for each in entity.derived[entity.derived.index(first) :])


def main_types(on: str | Sequence[str]) -> frozenset[str] | None:
    """The main types that a change may have which a rule for `on` matches; None for every one.

    A change of a derived type has this as its main type, or one that says more.
    """
    found: set[str] = set()
    for one in (on,) if isinstance(on, str) else on:
        entity, _, verb = one.partition(".")
        if verb not in MAIN_VERBS:
            return None
        # A move back whose direction was not known at first has been stored as a mere move.
        last = "stage_changed" if verb == "stage_regressed" else verb
        found |= {f"{entity}.{each}" for each in MAIN_VERBS[: MAIN_VERBS.index(last) + 1]}
    return frozenset(found)


def _complaint(one: Json) -> str:
    if not isinstance(one, str):
        return f"an event type is text like 'deal.won', not {type(one).__name__}"
    if one in _KNOWN:
        return ""
    near = get_close_matches(one[:80], sorted(_KNOWN), n=1, cutoff=0.7)
    return f"unknown event type {one[:80]!r}" + (f", did you mean {near[0]!r}?" if near else "")

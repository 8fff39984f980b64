"""The derived event types of a change: won, moved back, merged and so on."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from models.pipedrive.names import Json, Name, Names
from models.pipedrive.webhook.parsed import ParsedWebhook, State

Verdict = bool | str  # a text is the reason why it is undecidable
_STAGE = frozenset(("stage_id", "stage_name"))
_STATUS = frozenset(("status",))
_OWNER = frozenset(("owner_id", "owner_name"))
_CLOSED = ("won", "lost")


def types_of(parsed: ParsedWebhook, names: Names) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """All types of a change, base type first, and undecidable ones, each with the reason."""
    key = parsed.entity.key
    if parsed.named_type is not None and parsed.named_type.partition(".")[2] in parsed.entity.signals:
        return (parsed.named_type,), ()  # we detected it ourselves; nothing was updated
    types, doubts = [f"{key}.{parsed.action}"], []
    for event_type, rule in _rules_of(key, parsed.entity.derived, parsed.action):
        if parsed.named_type == event_type:
            types.append(event_type)
        elif rule is not None and (rule.keys is None or not rule.keys.isdisjoint(parsed.touched)):
            verdict = rule.test(parsed, names)
            if isinstance(verdict, str):
                doubts.append((event_type, verdict))
            elif verdict:
                types.append(event_type)
    return tuple(types), tuple(doubts)


def are_doubts_left(parsed: ParsedWebhook, doubts: Iterable[tuple[str, str]], names: Names) -> bool:
    """Whether names leave all these undecidable types as undecidable as they are, for the same reasons."""
    rules = dict(_rules_of(parsed.entity.key, parsed.entity.derived, parsed.action))
    tests = ((rules.get(event_type), reason) for event_type, reason in doubts)
    return all(rule is not None and rule.test(parsed, names) == reason for rule, reason in tests)


class _Rule(NamedTuple):
    """When a derived type holds: one of `keys` was changed (None: whatever was), and the test says so."""

    keys: frozenset[str] | None
    test: Callable[[ParsedWebhook, Names], Verdict]


@lru_cache(maxsize=256)
def _rules_of(entity: str, derived: tuple[str, ...], action: str) -> tuple[tuple[str, _Rule | None], ...]:
    """The derived types of an entity, each with the rule for an action, None where there is none."""
    rules = {"updated": _ON_UPDATE, "created": _ON_CREATE}.get(action, {})
    return tuple((f"{entity}.{verb}", rules.get(verb)) for verb in derived)


def _status_became(status: str) -> _Rule:
    def became(parsed: ParsedWebhook, _: Names) -> Verdict:
        return parsed.after.get("status") == status and parsed.before.get("status") != status

    return _Rule(_STATUS, became)


def _reopened(parsed: ParsedWebhook, _: Names) -> Verdict:
    return parsed.after.get("status") == "open" and parsed.before.get("status") in _CLOSED


def _touched(keys: frozenset[str]) -> _Rule:
    return _Rule(keys, lambda _parsed, _names: True)


def _turned_on(key: str) -> _Rule:
    """v1 has 1 where v2 has true."""
    return _Rule(
        frozenset((key,)), lambda parsed, _: parsed.after.get(key) in (True, 1) and not parsed.before[key]
    )


def _created(key: str, *values: Json) -> _Rule:
    return _Rule(None, lambda parsed, _: parsed.after.get(key) in values)


def _regressed(parsed: ParsedWebhook, names: Names) -> Verdict:
    """Whether the deal moved to an earlier stage of one pipeline; a reason if the order is unknown."""
    (old_line, old), (line, new) = _place(parsed.before, names), _place(parsed.after, names)
    old_line = old_line or str(parsed.before.get("pipeline_id", line))
    if line and old_line != line:
        return False
    if old is None or new is None or not line:
        return "the order of the stages is not known"
    return new < old


def _place(side: State, names: Names) -> tuple[str, float | None]:
    """(pipeline, order) of the stage on one side: from our names, else from a v1 body."""
    stage = names.get(("stage", str(side["stage_id"]))) if "stage_id" in side else _by_name(side, names)
    more = stage.more if stage else {}
    line = more.get("pipeline_id") or side.get("pipeline_id") or ""
    order = more.get("order", side.get("stage_order_nr"))
    return str(line), order if type(order) in (int, float) else None


def _by_name(side: State, names: Names) -> Name | None:
    """The stage that a flat body names, if there is exactly one of that name."""
    called = side.get("stage_name")
    found = [name for name in names.of("stage").values() if name.text == called]
    return found[0] if len(found) == 1 else None


_ON_UPDATE: dict[str, _Rule] = {
    "won": _status_became("won"),
    "lost": _status_became("lost"),
    "reopened": _Rule(_STATUS, _reopened),
    "stage_changed": _touched(_STAGE),
    "stage_regressed": _Rule(_STAGE, _regressed),
    "value_changed": _touched(frozenset(("value",))),
    "owner_changed": _touched(_OWNER),
    "merged": _Rule(None, lambda parsed, _: parsed.merged),
    "assigned": _touched(_OWNER),
    # Pipedrive never reports "converted"; it does report that the lead moved from the inbox to the archive.
    "converted": _turned_on("is_archived"),
    "done": _turned_on("done"),
}
_ON_CREATE: dict[str, _Rule] = {
    "won": _created("status", "won"),
    "lost": _created("status", "lost"),
    "done": _created("done", True, 1),
}

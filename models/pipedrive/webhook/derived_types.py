"""The derived event types of a change: won, moved back, merged and so on."""

from collections.abc import Callable

from models.pipedrive.names import Name, Names
from models.pipedrive.webhook.parsed import ParsedWebhook, State

Verdict = bool | str  # a text is the reason why it is undecidable
_STAGE = frozenset(("stage_id", "stage_name"))
_OWNER = frozenset(("owner_id", "owner_name"))
_CLOSED = ("won", "lost")


def types_of(parsed: ParsedWebhook, names: Names) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """All types of a change, base type first, and undecidable ones, each with the reason."""
    key = parsed.entity.key
    if parsed.named_type is not None and parsed.named_type.partition(".")[2] in parsed.entity.signals:
        return (parsed.named_type,), ()  # we detected it ourselves; nothing was updated
    types, doubts = [f"{key}.{parsed.action}"], []
    for verb in parsed.entity.derived:
        verdict = parsed.named_type == f"{key}.{verb}" or _holds(verb, parsed, names)
        if isinstance(verdict, str):
            doubts.append((f"{key}.{verb}", verdict))
        elif verdict:
            types.append(f"{key}.{verb}")
    return tuple(types), tuple(doubts)


def _holds(verb: str, parsed: ParsedWebhook, names: Names) -> Verdict:
    if parsed.action == "updated":
        test = _ON_UPDATE.get(verb)
        return test is not None and test(parsed, names)
    return parsed.action == "created" and verb in _ON_CREATE and _ON_CREATE[verb](parsed)


def _status_became(status: str) -> Callable[[ParsedWebhook, Names], Verdict]:
    def became(parsed: ParsedWebhook, _: Names) -> Verdict:
        old, new = parsed.before.get("status"), parsed.after.get("status")
        return "status" in parsed.touched and new == status and old != status

    return became


def _reopened(parsed: ParsedWebhook, _: Names) -> Verdict:
    return (
        "status" in parsed.touched
        and parsed.after.get("status") == "open"
        and parsed.before.get("status") in _CLOSED
    )


def _touched(*keys: str) -> Callable[[ParsedWebhook, Names], Verdict]:
    wanted = frozenset(keys)
    return lambda parsed, _: not wanted.isdisjoint(parsed.touched)


def _turned_on(key: str) -> Callable[[ParsedWebhook, Names], Verdict]:
    """v1 has 1 where v2 has true."""
    return lambda parsed, _: (
        key in parsed.touched and parsed.after.get(key) in (True, 1) and not parsed.before[key]
    )


def _regressed(parsed: ParsedWebhook, names: Names) -> Verdict:
    """Whether the deal moved to an earlier stage of one pipeline; a reason if the order is unknown."""
    if _STAGE.isdisjoint(parsed.touched):
        return False
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


_ON_UPDATE: dict[str, Callable[[ParsedWebhook, Names], Verdict]] = {
    "won": _status_became("won"),
    "lost": _status_became("lost"),
    "reopened": _reopened,
    "stage_changed": _touched(*_STAGE),
    "stage_regressed": _regressed,
    "value_changed": _touched("value"),
    "owner_changed": _touched(*_OWNER),
    "merged": lambda parsed, _: parsed.merged,
    "assigned": _touched(*_OWNER),
    # Pipedrive never reports "converted"; it does report that the lead moved from the inbox to the archive.
    "converted": _turned_on("is_archived"),
    "done": _turned_on("done"),
}
_ON_CREATE: dict[str, Callable[[ParsedWebhook], bool]] = {
    "won": lambda parsed: parsed.after.get("status") == "won",
    "lost": lambda parsed: parsed.after.get("status") == "lost",
    "done": lambda parsed: parsed.after.get("done") in (True, 1),
}

"""The event types a change has beside its base type: won, moved back, merged and so on."""

from collections.abc import Callable

from models.pipedrive.names import Name, Names
from models.pipedrive.webhook.parsed import ParsedWebhook, State

Verdict = bool | str  # a text says why nobody can tell
_STAGE = frozenset(("stage_id", "stage_name"))
_OWNER = frozenset(("owner_id", "owner_name"))
_CLOSED = ("won", "lost")


def types_of(told: ParsedWebhook, names: Names) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """All types of a change, base type first, and those nobody can decide, each with the reason."""
    key = told.entity.key
    if told.said is not None and told.said.partition(".")[2] in told.entity.signals:
        return (told.said,), ()  # we found it ourselves; nothing was updated
    types, doubts = [f"{key}.{told.action}"], []
    for verb in told.entity.derived:
        verdict = told.said == f"{key}.{verb}" or _holds(verb, told, names)
        if isinstance(verdict, str):
            doubts.append((f"{key}.{verb}", verdict))
        elif verdict:
            types.append(f"{key}.{verb}")
    return tuple(types), tuple(doubts)


def _holds(verb: str, told: ParsedWebhook, names: Names) -> Verdict:
    if told.action == "updated":
        test = _ON_UPDATE.get(verb)
        return test is not None and test(told, names)
    return told.action == "created" and verb in _ON_CREATE and _ON_CREATE[verb](told)


def _status_became(status: str) -> Callable[[ParsedWebhook, Names], Verdict]:
    def became(told: ParsedWebhook, _: Names) -> Verdict:
        old, new = told.before.get("status"), told.after.get("status")
        return "status" in told.touched and new == status and old != status

    return became


def _reopened(told: ParsedWebhook, _: Names) -> Verdict:
    return (
        "status" in told.touched
        and told.after.get("status") == "open"
        and told.before.get("status") in _CLOSED
    )


def _touched(*keys: str) -> Callable[[ParsedWebhook, Names], Verdict]:
    wanted = frozenset(keys)
    return lambda told, _: not wanted.isdisjoint(told.touched)


def _turned_on(key: str) -> Callable[[ParsedWebhook, Names], Verdict]:
    """v1 says 1 where v2 says true."""
    return lambda told, _: key in told.touched and told.after.get(key) in (True, 1) and not told.before[key]


def _regressed(told: ParsedWebhook, names: Names) -> Verdict:
    """Whether the deal moved to an earlier stage of one pipeline; a reason where the order is not known."""
    if _STAGE.isdisjoint(told.touched):
        return False
    (old_line, old), (line, new) = _place(told.before, names), _place(told.after, names)
    old_line = old_line or str(told.before.get("pipeline_id", line))
    if line and old_line != line:
        return False
    if old is None or new is None or not line:
        return "the order of the stages is not known"
    return new < old


def _place(side: State, names: Names) -> tuple[str, float | None]:
    """(pipeline, order) of the stage on one side: by our names, else as v1 sends it along."""
    stage = names.get(("stage", str(side["stage_id"]))) if "stage_id" in side else _by_name(side, names)
    more = stage.more if stage else {}
    line = more.get("pipeline_id") or side.get("pipeline_id") or ""
    order = more.get("order", side.get("stage_order_nr"))
    return str(line), order if type(order) in (int, float) else None


def _by_name(side: State, names: Names) -> Name | None:
    """The stage a flat body names by its text, if there is exactly one of that name."""
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
    "merged": lambda told, _: told.merged,
    "assigned": _touched(*_OWNER),
    # Pipedrive never says "converted"; what it does say is that the lead left the inbox for the archive.
    "converted": _turned_on("is_archived"),
    "done": _turned_on("done"),
}
_ON_CREATE: dict[str, Callable[[ParsedWebhook], bool]] = {
    "won": lambda told: told.after.get("status") == "won",
    "lost": lambda told: told.after.get("status") == "lost",
    "done": lambda told: told.after.get("done") in (True, 1),
}

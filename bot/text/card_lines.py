"""The lines of an event card: what was changed, with its difference, and the context of the object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.text.changes import FieldChange, value_of, who_did
from bot.text.format import clean, cut_letters, money, percent
from bot.text.headline import MOST_TIMES, Headline, change_of_amount, day_text, subject_of
from models.languages.translate import tr, tr_plural
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

LETTERS: Final = 160  # of one line
_FIRST: Final = ("stage", "value", "owner")  # of several changes, the most important ones
# What the line under the title says already.
_NO_LINE: Final = frozenset({"status", "lost_reason", "done", "content", "due_time"})
_CONTEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "deal": ("organization", "person", "pipeline", "stage", "days", "close", "activity", "owner"),
    "lead": ("organization", "person", "label", "source_name", "close", "owner"),
    "activity": ("deal", "person", "organization", "location", "owner"),
    "note": ("deal", "person", "organization"),
    "person": ("organization", "emails", "phones", "owner"),
    "organization": ("address", "owner"),
    "product": ("code", "owner"),
    "project": ("owner",),
    "stage": ("pipeline",),
}
_SECONDS_A_DAY: Final = 86_400
_BY_HAND: Final = "manually created"  # Pipedrive's word for a lead of no source


def change_lines(change: Change, changed: Sequence[FieldChange], most: int) -> list[str]:
    """Return what was changed, the most important first: `Proposal → Negotiation`, `€5 → €6 (+€1, +20 %)`.

    `changed` are the fields that the change has `touched`. At most `most` lines, and one that counts the
    others.
    """
    changes = [one for one in changed if one.arrow and one.key not in _NO_LINE]
    changes.sort(key=lambda one: _FIRST.index(one.key) if one.key in _FIRST else len(_FIRST))
    lines = [cut_letters(_line(one, change), LETTERS) for one in changes[:most]]
    left = len(changes) - most
    return (
        [*lines, tr_plural("and {count} more change", "and {count} more changes", left)]
        if left > 0
        else lines
    )


def changed_keys(changed: Sequence[FieldChange]) -> frozenset[str]:
    """Return the keys of the fields that `change_lines` tells of."""
    return frozenset(one.key for one in changed if one.arrow)


def context_line(change: Change, names: Names, head: Headline, changed: Sequence[FieldChange]) -> str:
    """Return what is known around the object, joined by dots; empty if nothing is.

    What its headline and `change_lines` tell is left out.
    """
    shown = changed_keys(changed)
    above = f"{subject_of(change, names)} · {head.text}"
    parts = [
        part
        for key in _CONTEXT.get(change.entity, ())
        if key not in shown and (part := _part(change, names, key)) and part not in above
    ]
    return " · ".join(cut_letters(part, LETTERS) for part in parts)


def _line(one: FieldChange, change: Change) -> str:
    if one.key == "value":
        return one.arrow + _difference(change)
    is_clear = one.key == "stage" and one.before and one.after
    return one.arrow if is_clear else f"{one.label}: {one.arrow}"


def _difference(change: Change) -> str:
    amounts = change_of_amount(change)
    if amounts is None or amounts[0] == amounts[1]:
        return ""
    before, after = amounts
    sign = "+" if after > before else "−"  # noqa: RUF001 - the minus sign, as wide as the plus
    parts = [f"{sign}{money(abs(after - before), change.after.get('currency'))}"]
    share = abs(after - before) / abs(before) if before else None
    parts += [f"{sign}{percent(share)}"] if share is not None and share < MOST_TIMES else []
    return f" ({', '.join(parts)})"


def _part(change: Change, names: Names, key: str) -> str:
    if key == "days":
        return _days_in_stage(change)
    if key == "close":
        when = day_text(change.state.get("expected_close_date"), change)
        return tr("closes {when}", when=when) if when and change.state.get("status", "open") == "open" else ""
    if key == "activity":
        when = day_text(change.state.get("next_activity_date"), change)
        what = clean(change.state.get("next_activity_subject")) or tr("next activity")
        return tr("{what} on {when}", what=what, when=when) if when else ""
    if key == "owner":
        owner = value_of(change, names, "owner")
        return tr("Owner: {owner}", owner=owner) if owner and owner != who_did(change, names) else ""
    if key == "source_name" and clean(change.state.get(key)).casefold() == _BY_HAND:
        return ""
    return value_of(change, names, key) if key in ENTITIES[change.entity].fields else ""


def _days_in_stage(change: Change) -> str:
    """Return how long an open deal has been in its stage; nothing on the day it came."""
    since, now = clean(change.state.get("stage_change_time")), change.happened_at
    if not since or now is None or change.state.get("status", "open") != "open":
        return ""
    days = _days_between(since, now.timestamp())
    return tr_plural("{count} day in stage", "{count} days in stage", days) if days else ""


def _days_between(since: str, until: float) -> int:
    try:
        began = datetime.fromisoformat(since)
    except ValueError:
        return 0
    began = began if began.tzinfo else began.replace(tzinfo=UTC)
    return max(int((until - began.timestamp()) // _SECONDS_A_DAY), 0)

"""Does one action in Pipedrive: looks what holds there, then writes, and never writes twice.

Every write is preceded by a read, so that a repeat after an unclear answer or a killed worker finds what was
written already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import Item
from jobs.to_pipedrive.updates import changed_at
from models.card_actions.echoes import same_text, same_value
from models.card_actions.work import ClaimedAction
from models.pipedrive.name_refs import id_key

CLOCKS_DIFFER: Final = timedelta(seconds=60)
# Only where the slot still holds what the person saw. Who chooses a value means it whatever held before.
FIRST_ONLY: Final = ("deal.claim", "lead.claim", "deal.won", "deal.lost")
NOBODY: Final = (None, "", 0, "0")


@dataclass(frozen=True, slots=True)
class Written:
    """The action is done, by this attempt or an earlier one (`was_there`). `result_id` is what it made."""

    result_id: str = ""
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else changed the slot first; `value` is what holds now."""

    value: Any


def perform(api: PipedriveApi, action: ClaimedAction) -> Written | Overtaken:
    """Do an action, unless it is done already or somebody was first.

    Raises Unsure if it may have been done, and else what calls raise.
    """
    if action.slot:
        return _set_slot(api, action)
    return _MAKES[action.do](api, action)


def _set_slot(api: PipedriveApi, action: ClaimedAction) -> Written | Overtaken:
    present = _READS[action.entity](api, action.object_id).get(action.slot)
    if same_value(present, action.fields[action.slot]):
        return Written(was_there=True)
    if action.do in FIRST_ONLY and not _is_expected(present, action):
        return Overtaken(present.get("id") if isinstance(present, Mapping) else present)
    _WRITES[action.entity](api, action.object_id, action.fields)
    return Written()


def _is_expected(present: Any, action: ClaimedAction) -> bool:
    """Tell whether the slot still holds what the person saw; an unknown value is no obstacle."""
    if not action.expected:
        return present in NOBODY or action.slot != "owner_id"
    return same_value(present, action.expected)


def _add_note(api: PipedriveApi, action: ClaimedAction) -> Written:
    content = str(action.fields["content"])
    if action.is_repeat:
        for note in api.newest_notes(action.object_id):
            if same_text(note.get("content"), content) and _is_ours(note, action):
                return Written(id_key(note.get("id")) or "", was_there=True)
    made = api.add_note(content, deal_id=int(action.object_id))
    return Written(id_key(made.get("id")) or "")


def _add_activity(api: PipedriveApi, action: ClaimedAction) -> Written:
    fields = dict(action.fields)
    if action.is_repeat:
        since = (action.created_at - CLOCKS_DIFFER).strftime("%Y-%m-%dT%H:%M:%SZ")
        for activity in api.activities(deal_id=action.object_id, updated_since=since):
            if all(same_text(activity.get(key), fields[key]) for key in ("subject", "type", "due_date")):
                return Written(id_key(activity.get("id")) or "", was_there=True)
    if action.grant is not None:
        fields["owner_id"] = int(action.grant.pipedrive_user_id)
    made = api.add_activity(deal_id=int(action.object_id), **fields)
    return Written(id_key(made.get("id")) or "")


def _is_ours(item: Item, action: ClaimedAction) -> bool:
    """Tell whether a note was made since the press, by whoever pressed."""
    at = changed_at({"add_time": item.get("add_time")})
    is_theirs = action.grant is None or same_value(item.get("user_id"), action.grant.pipedrive_user_id)
    return is_theirs and (at is None or at >= action.created_at - CLOCKS_DIFFER)


_MAKES: Final[Mapping[str, Callable[[PipedriveApi, ClaimedAction], Written]]] = {
    "deal.note": _add_note,
    "deal.activity": _add_activity,
}
_READS: Final[Mapping[str, Callable[[PipedriveApi, str], Item]]] = {
    "deal": PipedriveApi.deal,
    "lead": PipedriveApi.lead,
    "activity": PipedriveApi.activity,
}
_WRITES: Final[Mapping[str, Callable[[PipedriveApi, str, Mapping[str, Any]], Item]]] = {
    "deal": lambda api, key, fields: api.change_deal(key, **fields),
    "lead": lambda api, key, fields: api.change_lead(key, **fields),
    "activity": lambda api, key, _fields: api.finish_activity(key),
}

"""Does one action in Pipedrive: looks what holds there, then writes, and never writes twice.

Every write is preceded by a read, so that a repeat after an unclear answer or a killed worker finds what was
written already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from jobs.card_actions.lead_writes import convert, create
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import Item
from jobs.to_pipedrive.updates import changed_at
from models.card_actions.echoes import same_text, same_value
from models.card_actions.records import (
    ACTIVITY,
    ACTIVITY_CHANGE,
    MADE_ID,
    NOTE,
    NOTE_CHANGE,
    about,
    verb_of,
)
from models.card_actions.work import ClaimedAction
from models.pipedrive.deal_leads import DEAL
from models.pipedrive.name_refs import id_key

CLOCKS_DIFFER: Final = timedelta(seconds=60)
# Only where the slot still holds what the person saw. Who chooses a value means it whatever held before.
FIRST_ONLY: Final = ("deal.claim", "lead.claim", "lead.route", "deal.route", "deal.won", "deal.lost")
CUSTOM: Final = "custom."  # begins the key of a custom field
NOBODY: Final = (None, "", 0, "0")


@dataclass(frozen=True, slots=True)
class Written:
    """The action is done, by this attempt or an earlier one (`was_there`). `result_id` is what it made."""

    result_id: str = ""
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Pipedrive works on it; `result_id` names that work, and is asked about when the action is due again."""

    result_id: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else changed the slot first; `value` is what holds now."""

    value: Any


Outcome = Written | Overtaken | UnderWay


def perform(api: PipedriveApi, action: ClaimedAction) -> Outcome:
    """Do an action, unless it is done already or somebody was first.

    Raises Unsure if it may have been done, and else what calls raise.
    """
    if action.slot:
        return _set_slot(api, action)
    return _MAKES[verb_of(action.do)](api, action)


def _set_slot(api: PipedriveApi, action: ClaimedAction) -> Outcome:
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


def _set_fields(api: PipedriveApi, action: ClaimedAction) -> Written:
    """Set fields that were missing; a person chose the values, so they hold whatever was there."""
    present = api.deal(action.object_id)
    custom = {
        key.removeprefix(CUSTOM): value for key, value in action.fields.items() if key.startswith(CUSTOM)
    }
    plain = {key: value for key, value in action.fields.items() if not key.startswith(CUSTOM)}
    found = present.get("custom_fields")
    found = found if isinstance(found, Mapping) else {}
    if all(same_value(present.get(key), value) for key, value in plain.items()) and all(
        same_value(found.get(key), value) for key, value in custom.items()
    ):
        return Written(was_there=True)
    api.change_deal(action.object_id, **plain, **({"custom_fields": custom} if custom else {}))
    return Written()


def _add_note(api: PipedriveApi, action: ClaimedAction) -> Written:
    content, of = str(action.fields["content"]), about(action.entity, action.object_id)
    if action.is_repeat:
        for note in api.newest_notes(**of):
            if same_text(note.get("content"), content) and _is_ours(note, action):
                return Written(id_key(note.get("id")) or "", was_there=True)
    made = api.add_note(content, **of)
    return Written(id_key(made.get("id")) or "")


def _add_activity(api: PipedriveApi, action: ClaimedAction) -> Written:
    fields, of = dict(action.fields), about(action.entity, action.object_id)
    if action.is_repeat:
        since = (action.created_at - CLOCKS_DIFFER).strftime("%Y-%m-%dT%H:%M:%SZ")
        for activity in api.activities(**of, updated_since=since):
            if all(same_text(activity.get(key), fields.get(key)) for key in ("subject", "type", "due_date")):
                return Written(id_key(activity.get("id")) or "", was_there=True)
    if action.grant is not None:
        fields["owner_id"] = int(action.grant.pipedrive_user_id)
    made = api.add_activity(**of, **fields)
    return Written(id_key(made.get("id")) or "")


def _change_note(api: PipedriveApi, action: ClaimedAction) -> Written:
    """Write a note anew; to do it twice changes nothing."""
    made_id = str(action.fields[MADE_ID])
    api.change_note(made_id, str(action.fields["content"]))
    return Written(made_id)


def _change_activity(api: PipedriveApi, action: ClaimedAction) -> Written:
    """Plan an activity anew; to do it twice changes nothing."""
    made_id = str(action.fields[MADE_ID])
    api.change_activity(made_id, **{key: value for key, value in action.fields.items() if key != MADE_ID})
    return Written(made_id)


def _edit_lead(api: PipedriveApi, action: ClaimedAction) -> Written:
    """Set several fields at once; done again, nothing changes."""
    if action.entity == DEAL:
        fields = dict(action.fields)
        if isinstance(worth := fields.get("value"), Mapping):  # a lead has its money in one object
            fields |= {"value": worth["amount"], "currency": worth["currency"]}
        api.change_deal(action.object_id, **fields)
    else:
        api.change_lead(action.object_id, **action.fields)
    return Written()


def _convert_lead(api: PipedriveApi, action: ClaimedAction) -> Outcome:
    found = convert(api, action)
    return Written(found.deal_id) if found.deal_id else UnderWay(found.job)


def _is_ours(item: Item, action: ClaimedAction) -> bool:
    """Tell whether a note was made since the press, by whoever pressed."""
    at = changed_at({"add_time": item.get("add_time")})
    is_theirs = action.grant is None or same_value(item.get("user_id"), action.grant.pipedrive_user_id)
    return is_theirs and (at is None or at >= action.created_at - CLOCKS_DIFFER)


_MAKES: Final[Mapping[str, Callable[[PipedriveApi, ClaimedAction], Outcome]]] = {
    NOTE: _add_note,
    NOTE_CHANGE: _change_note,
    "qualified": _add_note,
    "snooze": _add_note,
    ACTIVITY: _add_activity,
    ACTIVITY_CHANGE: _change_activity,
    "contacted": _add_activity,
    "edit": _edit_lead,
    "convert": _convert_lead,
    "create": lambda api, action: Written(create(api, action)),
    "fields": _set_fields,
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

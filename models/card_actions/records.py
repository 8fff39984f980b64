"""The records that take notes and activities, and how Pipedrive names them on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# By entity, the field of a note or an activity that says which record it is about.
ABOUT: Final[Mapping[str, str]] = {
    "deal": "deal_id",
    "lead": "lead_id",
    "person": "person_id",
    "organization": "org_id",
}
NOTE: Final = "note"
ACTIVITY: Final = "activity"
NOTE_CHANGE: Final = "note_change"
ACTIVITY_CHANGE: Final = "activity_change"
NEW_ORGANIZATION: Final = "organization.create"
WHY: Final = "why"  # in the fields of an action that is over: the code of what stopped it
MADE_ID: Final = "made_id"  # in the fields of a change: the note or the activity that it changes


def verb_of(do: str) -> str:
    """Return what is done, without the entity: `note` of `deal.note`."""
    return do.partition(".")[2]


def about(entity: str, object_id: str) -> dict[str, int | str]:
    """Return the field that says which record a note or an activity is about; ids of leads are text."""
    return {ABOUT[entity]: object_id if entity == "lead" else int(object_id)}

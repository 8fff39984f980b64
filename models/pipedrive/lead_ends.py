"""What a lead's way to the archive means: Pipedrive's webhook does not say whether a deal was made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from models.pipedrive.change import Change

CONVERTED: Final = "lead.converted"


def is_archived_now(change: Change) -> bool:
    """Return whether a change moved its object to the archive."""
    return "is_archived" in change.touched and change.after.get("is_archived") in (True, 1)


def without_conversion(change: Change) -> Change:
    """Return the change of a lead that was given up: it is no conversion."""
    return replace(change, types=tuple(each for each in change.types if each != CONVERTED))


def as_stored(change: Change, kind: str) -> Change:
    """Return a change as it was read first; `kind` is the main type that its event was stored with.

    What was known of the lead then decided whether it was a conversion.
    """
    was_none = CONVERTED in change.types and kind not in ("", CONVERTED)
    return without_conversion(change) if was_none else change

"""The changes that fan-out has parsed lately, so that drawing their cards parses nothing again."""

from __future__ import annotations

from typing import Final

from models.pipedrive.change import Change

MOST: Final = 2000  # a parsed body takes some kilobytes


class RecentChanges:
    """Changes by the ids of their events; the oldest are forgotten. For one thread."""

    def __init__(self) -> None:
        self._changes: dict[int, Change] = {}

    def add(self, event_id: int, change: Change) -> None:
        """Keep a change until `MOST` others have come."""
        self._changes[event_id] = change
        if len(self._changes) > MOST:
            del self._changes[next(iter(self._changes))]

    def get(self, event_id: int) -> Change | None:
        return self._changes.get(event_id)

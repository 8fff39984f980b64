"""What changed in Pipedrive since a moment, for backfills of missed webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from jobs.to_pipedrive.calls import PAGE, Item, PipedriveCalls, has_more, items_of
from jobs.to_pipedrive.http import Query

CURSORED: Final = {
    "deal": "/api/v2/deals",
    "person": "/api/v2/persons",
    "organization": "/api/v2/organizations",
    "activity": "/api/v2/activities",
    "product": "/api/v2/products",
}
# Lists of a part. Deleted (for 30 days) or archived objects are in no other list.
APART: Final = {
    "deleted deal": ("/api/v2/deals", {"status": "deleted"}),
    "archived deal": ("/api/v2/deals/archived", {}),
    # What is still to be done.
    "open deal": ("/api/v2/deals", {"status": "open"}),
    "open activity": ("/api/v2/activities", {"done": "false"}),
}
PAGED: Final = {"lead": "/v1/leads", "note": "/v1/notes"}
# For leads the OpenAPI document allows only the field name, for notes the name with its direction.
SORTS: Final = {"lead": "update_time", "note": "update_time ASC"}


class PipedriveUpdates(PipedriveCalls):
    """Objects in the order of their last change."""

    def updated(self, entity: str, since: datetime) -> Iterator[Item]:
        """Yield what was changed at `since` or later, the oldest change first, page by page as it is read.

        `entity` is a key of CURSORED, APART or PAGED. If an object changes while we read, its newer state may
        come as well. Archived or deleted objects are listed only for deals. A call costs 10 or 20 tokens.
        """
        if entity in PAGED:
            return self._by_time(entity, since)
        query = {"updated_since": _written(since), "sort_by": "update_time", "sort_direction": "asc"}
        path, further = APART[entity] if entity in APART else (CURSORED[entity], {})
        return self._by_cursor(path, {**query, **further}, most_pages=None)

    def _by_time(self, entity: str, since: datetime) -> Iterator[Item]:
        """Page by the last time seen, not by position.

        An object that changes meanwhile moves to the end of the list; paging by position would then skip
        as many others.
        """
        seen: set[tuple[str, datetime | None]] = set()
        start = 0
        while True:
            query: Query = {
                "updated_since": _written(since),
                "sort": SORTS[entity],
                "start": start,
                "limit": PAGE,
            }
            page = self._get(PAGED[entity], query)
            times = []
            for item in items_of(page):
                times.append(changed_at(item))
                mark = (str(item.get("id")), times[-1])
                if mark not in seen:
                    seen.add(mark)
                    yield item
            if not times or not has_more(page):
                return
            last = _last(times)
            since, start = (last, 0) if last and last > since else (since, start + PAGE)


def changed_at(item: Item) -> datetime | None:
    """Parse the time of an item's last change: v1 has `2026-11-21 12:00:00` in UTC, v2 and leads RFC 3339."""
    stamp = item.get("update_time") or item.get("add_time")
    try:
        at = datetime.fromisoformat(str(stamp))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _last(times: Sequence[datetime | None]) -> datetime | None:
    """Return the last time of a page, in whole seconds; None for a page that is not sorted by time."""
    known = [at for at in times if at is not None]
    if len(known) < len(times) or known != sorted(known):
        return None
    return known[-1].replace(microsecond=0)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

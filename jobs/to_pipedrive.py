"""The Pipedrive REST API as much as we use it: who and what there is, list by list.

v2 pages with an opaque cursor (at most 500 a page), v1 with start and limit; users and lead labels exist in
v1 only. Sources: https://pipedrive.readme.io/docs/core-api-concepts-pagination and the OpenAPI documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from jobs.to_pipedrive_wire import TIMEOUT_S, PipedriveWire
from models.errors import Deliverable

PAGE: Final = 500
MOST_PAGES: Final = 40
IDS_A_CALL: Final = 100  # more are refused
FIELD_LISTS: Final = {
    "deal": "dealFields",
    "person": "personFields",
    "organization": "organizationFields",
    "product": "productFields",
    "activity": "activityFields",
    "project": "projectFields",
}

Item = Mapping[str, Any]


class PipedriveApi:
    """Reads of one company, as its token may see it. All raise the troubles of `PipedriveWire.get`.

    `base_url` is an origin; `timeout_s` is for one call in all, a long list takes several.
    """

    def __init__(
        self, base_url: str, access_token: str, wire: PipedriveWire, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        self._wire = wire
        self._timeout_s = timeout_s

    def users(self) -> list[Item]:
        return list(self._by_start("/v1/users"))

    def lead_labels(self) -> list[Item]:
        return list(self._by_start("/v1/leadLabels"))

    def pipelines(self) -> list[Item]:
        return list(self._by_cursor("/api/v2/pipelines"))

    def stages(self) -> list[Item]:
        return list(self._by_cursor("/api/v2/stages"))

    def fields(self, entity: str) -> list[Item]:
        """List the fields of an entity of FIELD_LISTS; leads have the fields of deals."""
        return list(self._by_cursor(f"/api/v2/{FIELD_LISTS[entity]}"))

    def persons(self, ids: Iterable[str]) -> list[Item]:
        """List those of these ids that exist and can be seen; ids are digits."""
        return list(self._by_ids("/api/v2/persons", ids))

    def organizations(self, ids: Iterable[str]) -> list[Item]:
        return list(self._by_ids("/api/v2/organizations", ids))

    def deals(self, ids: Iterable[str]) -> list[Item]:
        return list(self._by_ids("/api/v2/deals", ids))

    def _by_ids(self, path: str, ids: Iterable[str]) -> Iterator[Item]:
        wanted = sorted(ids)
        for start in range(0, len(wanted), IDS_A_CALL):
            yield from self._by_cursor(path, ids=",".join(wanted[start : start + IDS_A_CALL]))

    def _by_cursor(self, path: str, **query: str) -> Iterator[Item]:
        for _ in range(MOST_PAGES):
            page = self._get(path, {"limit": PAGE, **query})
            yield from _items(page)
            cursor = _beside(page).get("next_cursor")
            if not isinstance(cursor, str) or not cursor:
                return
            query["cursor"] = cursor

    def _by_start(self, path: str) -> Iterator[Item]:
        start = 0
        for _ in range(MOST_PAGES):
            page = self._get(path, {"start": start, "limit": PAGE})
            yield from _items(page)
            paging = _beside(page).get("pagination")
            if not isinstance(paging, dict) or paging.get("more_items_in_collection") is not True:
                return
            start += PAGE

    def _get(self, path: str, query: Mapping[str, str | int]) -> dict[str, Any]:
        url = f"{self._base_url}{path}"
        return self._wire.get(url, query, self._headers, self._timeout_s)


def _items(page: Mapping[str, Any]) -> Iterator[Item]:
    data = page.get("data")
    if data is not None and not isinstance(data, list):  # null is Pipedrive's empty list
        raise Deliverable("Pipedrive answered no list")
    return (item for item in data or () if isinstance(item, dict))


def _beside(page: Mapping[str, Any]) -> dict[str, Any]:
    found = page.get("additional_data")
    return found if isinstance(found, dict) else {}

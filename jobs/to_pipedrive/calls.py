"""Calls of Pipedrive's REST API: one at a time, with their cost recorded and an expired token renewed once.

v2 pages with an opaque cursor (at most 500 a page), v1 with start and limit. Sources:
https://pipedrive.readme.io/docs/core-api-concepts-pagination and the OpenAPI documents.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import Any, Final, Protocol
from urllib.parse import quote

from jobs.to_pipedrive.costs import COSTS
from jobs.to_pipedrive.errors import CallsPaused, Unauthorized
from jobs.to_pipedrive.http import TIMEOUT_S, Call, PipedriveWire, Query
from jobs.to_pipedrive.rate_limit import LONGEST_HOLD_S
from models.errors import NotAllowed, NotFound, RateLimited, TemporaryFailure

PAGE: Final = 500
MOST_PAGES: Final = 40
IDS_A_CALL: Final = 100  # more are refused
FEW_IDS: Final = 4  # one by one they cost less than a list, and do not take long

Item = Mapping[str, Any]


class Account(Protocol):
    """Whose quota pays for calls, and who renews their token. `paying` may refuse a call beforehand."""

    def paying(self, method: str, cost: int) -> AbstractContextManager[None]: ...

    def renewed(self, refused: str) -> str: ...


class PipedriveCalls:
    """Calls with one token, which sees what its user may see. They raise what `PipedriveWire.call` raises.

    `base_url` is an origin; `timeout_s` is for one call in all, a long list takes several. Without an account
    (a company that is no tenant yet) no cost is recorded, and an expired token is not renewed.
    """

    def __init__(
        self,
        base_url: str,
        access_token: str,
        wire: PipedriveWire,
        *,
        timeout_s: float = TIMEOUT_S,
        account: Account | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = access_token
        self._wire = wire
        self._timeout_s = timeout_s
        self._account = account

    def _get(
        self, path: str, query: Query | None = None, *, id: object = "", conversion_id: object = ""
    ) -> dict[str, Any]:
        """Get `path`, in which `{id}` stands for the id, and `{conversion_id}` for that of a job.

        Repeated once after a 429 of the burst limit.
        """
        deadline = time.monotonic() + self._timeout_s
        call = Call("GET", self._url(path, id, conversion_id), query)
        try:
            return self._ask(call, path, deadline)
        except RateLimited as slow:
            is_a_burst = slow.http_status == 429 and (slow.retry_after or 0.0) <= LONGEST_HOLD_S
            if not is_a_burst or isinstance(slow, CallsPaused):
                raise
            return self._ask(call, path, deadline)  # the wire waits until the window is over

    def _write(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, id: object = ""
    ) -> dict[str, Any]:
        """Make one write. It is only repeated after a 401, because then nothing was done."""
        deadline = time.monotonic() + self._timeout_s
        return self._ask(Call(method, self._url(path, id), body=body), path, deadline)

    def _ask(self, call: Call, path: str, deadline: float) -> dict[str, Any]:
        try:
            return self._once(call, path, deadline)
        except Unauthorized:
            if self._account is None:
                raise
            self._token = self._account.renewed(self._token)
            return self._once(call, path, deadline)

    def _once(self, call: Call, path: str, deadline: float) -> dict[str, Any]:
        cost = COSTS[call.method, path]
        with self._account.paying(call.method, cost) if self._account else nullcontext():
            return self._wire.call(call, self._token, deadline - time.monotonic())

    def _url(self, path: str, id: object, conversion_id: object = "") -> str:
        filled = path.replace("{id}", quote(str(id), safe="")).replace(
            "{conversion_id}", quote(str(conversion_id), safe="")
        )
        return self._base_url + filled

    def _by_ids(self, path: str, ids: Iterable[str]) -> Iterator[Item]:
        """Get objects by id, a hundred a call; a few of them each by the endpoint that costs a tenth."""
        wanted = sorted(ids)
        while wanted and len(wanted) <= FEW_IDS:
            try:
                yield item_of(self._get(f"{path}/{{id}}", id=wanted[0]))
            except NotFound:
                pass
            except NotAllowed:
                break  # this one is hidden from us, or all of its kind are: the list call shows which
            del wanted[0]
        for start in range(0, len(wanted), IDS_A_CALL):
            yield from self._by_cursor(path, {"ids": ",".join(wanted[start : start + IDS_A_CALL])})

    def _by_cursor(
        self,
        path: str,
        query: Query | None = None,
        most_pages: int | None = MOST_PAGES,
        *,
        id: object = "",
    ) -> Iterator[Item]:
        cursor: dict[str, str] = {}
        for _ in range(most_pages) if most_pages else count():
            page = self._get(path, {"limit": PAGE, **(query or {}), **cursor}, id=id)
            yield from items_of(page)
            following = beside(page).get("next_cursor")
            if not isinstance(following, str) or not following:
                return
            if most_pages is None and cursor.get("cursor") == following:
                raise TemporaryFailure("Pipedrive's cursor goes round in a circle")
            cursor = {"cursor": following}

    def _whole(self, path: str) -> list[Item]:
        """Get a list of v1 that has no pages."""
        return list(items_of(self._get(path)))


def items_of(page: Mapping[str, Any]) -> Iterator[Item]:
    """Yield the items of a list. Raises TemporaryFailure if there is no list."""
    data = page.get("data")
    if data is not None and not isinstance(data, list):  # null is Pipedrive's empty list
        raise TemporaryFailure("Pipedrive answered no list")
    return (item for item in data or () if isinstance(item, dict))


def item_of(page: Mapping[str, Any]) -> Item:
    """Return the requested object. Raises TemporaryFailure if there is none."""
    data = page.get("data")
    if not isinstance(data, dict):
        raise TemporaryFailure("Pipedrive answered without what was asked for")
    return data


def beside(page: Mapping[str, Any]) -> dict[str, Any]:
    found = page.get("additional_data")
    return found if isinstance(found, dict) else {}


def has_more(page: Mapping[str, Any]) -> bool:
    """Return whether a list of v1 has another page."""
    paging = beside(page).get("pagination")
    return isinstance(paging, dict) and paging.get("more_items_in_collection") is True

"""The envelope of every answer: `success`, `data`, `meta`; of a list also `pagination`."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import orjson
from flask import Response, request
from pydantic import BaseModel

from web.api.csv_table import csv_answer, wants_csv
from web.api.incoming import JSON
from web.api.paging import Page, wanted_fields
from web.api.routes import ApiRoute, Tagged
from web.api.schemas import ListParams

# Only who asked may keep it, and asks each time whether it is still so, with the ETag.
KEPT: Final = "private, no-cache"


def draw(route: ApiRoute, result: Any, params: Any = None) -> Response:
    """Return what a handler returned in the envelope of all answers, or as CSV where that is asked for."""
    if route.as_csv and isinstance(result, Page) and wants_csv(params):
        return _table(route, result, params)
    version = result.version if isinstance(result, Tagged) else None
    data = result.data if isinstance(result, Tagged) else result
    page = data if isinstance(data, Page) else Page([data], 1, 1, 1)
    meta = {"total": page.total, "page": page.page, "limit": page.limit, "next": page.next}
    body = {"success": True, "data": page.items if isinstance(data, Page) else data, "meta": meta}
    if isinstance(data, Page):
        body["pagination"] = meta
    if route.is_open and isinstance(data, dict):
        body = data | body  # what programs that follow OAuth look for at the top
    answer = Response(orjson.dumps(body, default=_plain), route.status, mimetype=JSON)
    if version is not None:
        answer.set_etag(str(version))
    elif route.method == "GET":
        answer.add_etag(weak=True)
    if route.method == "GET":
        answer.headers["Cache-Control"] = KEPT
    return answer


def _table(route: ApiRoute, page: Page, params: Any) -> Response:
    """Return a page of a list as CSV; what follows is named in the header Link."""
    names = wanted_fields(params) if isinstance(params, ListParams) else []
    answer = csv_answer(route.data, page.items, names)
    if page.next is not None:
        asked = {name: value for name, value in request.args.items() if name != "page"}
        answer.headers["Link"] = f'<?{urlencode({**asked, "cursor": page.next})}>; rel="next"'
    return answer


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)

"""Pipedrive's lists: filters, order and paging; and the summary of deals.

v2 has cursors, v1 has start and limit. Source: https://pipedrive.readme.io/docs/core-api-concepts-pagination.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from web.playground.pipedrive.blanks import Record
from web.playground.pipedrive.consequences import CrmError
from web.playground.wire import Answer, answer_json

BY_VALUE = tuple(
    f"{name}_id"
    for name in ("owner", "stage", "pipeline", "person", "org", "organization", "deal", "lead", "user")
)
SORTS = ("id", "update_time", "add_time")
MORE_SORTS = {"stage": ("order_nr",), "product": ("name",), "activity": ("due_date",)}
MOST_OF_A_PAGE = 500
MOST_IDS = 100
STATUSES = ("open", "won", "lost")
# By the name of the summary's filter, the field of a deal; a saved filter (`filter_id`) is not simulated.
SUMMARY_FILTERS = {"user_id": "owner_id", "pipeline_id": "pipeline_id", "stage_id": "stage_id"}
Shape = Callable[[Record], Record]


def moved(record: Mapping[str, Any]) -> str:
    """The time of the last change; if there was none, of the creation."""
    return str(record.get("update_time") or record["add_time"])


def picked(records: Iterable[Record], query: Mapping[str, str]) -> list[Record]:
    """The records that match the query's filters; raises CrmError for a meaningless filter."""
    since, until = _moment(query, "updated_since"), _moment(query, "updated_until")
    wanted = _ids(query)
    return [
        one
        for one in records
        if (wanted is None or str(one["id"]) in wanted)
        and all(query[name] == str(one[name]) for name in BY_VALUE if name in query and name in one)
        and ("done" not in query or "done" not in one or one["done"] is _flag(query["done"]))
        and (since is None or datetime.fromisoformat(moved(one)) >= since)
        and (until is None or datetime.fromisoformat(moved(one)) < until)
    ]


def _ids(query: Mapping[str, str]) -> set[str] | None:
    if "ids" not in query:
        return None
    wanted = query["ids"].split(",")
    if len(wanted) > MOST_IDS or not all(one.isdecimal() for one in wanted):
        raise CrmError(f"ids: at most {MOST_IDS} numbers, separated by commas")
    return set(wanted)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError as wrong:
        raise CrmError(f"{name}: a time like 2025-01-01T10:20:00Z") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _flag(text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise CrmError("done: true or false")
    return text in ("true", "1")


def page(records: list[Record], query: Mapping[str, str], shape: Shape, entity: str) -> Answer:
    """v2: the cursor contains the last item's position, so that changes meanwhile skip nothing."""
    name, direction = query.get("sort_by", "id"), query.get("sort_direction", "asc")
    if name not in (*SORTS, *MORE_SORTS.get(entity, ())) or direction not in ("asc", "desc"):
        raise CrmError("sort_by or sort_direction is unknown")
    backwards = direction == "desc"
    rows = sorted(records, key=lambda one: _place(one, name), reverse=backwards)
    if query.get("cursor"):
        after = _after(query["cursor"], name, direction)
        rows = [
            one for one in rows if (_place(one, name) < after if backwards else _place(one, name) > after)
        ]
    limit = _limit(query)
    shown, more = rows[:limit], len(rows) > limit
    cursor = _cursor(name, direction, shown[-1]) if more else None
    body = {"success": True, "data": [shape(one) for one in shown]}
    return answer_json(body | {"additional_data": {"next_cursor": cursor}})


def _place(record: Record, name: str) -> tuple[Any, Any]:
    value = moved(record) if name == "update_time" else record[name]
    return ("" if value is None else value, record["id"])


def _cursor(name: str, direction: str, last: Record) -> str:
    position = {
        "field": name,
        "fieldValue": _place(last, name)[0],
        "sortDirection": direction,
        "id": last["id"],
    }
    return base64.urlsafe_b64encode(json.dumps(position).encode()).rstrip(b"=").decode()


def _after(cursor: str, name: str, direction: str) -> tuple[Any, Any]:
    """The position in a cursor; raises CrmError for one from a list in another order."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if (position["field"], position["sortDirection"]) != (name, direction):
            raise CrmError("cursor: given with another order")
        return position["fieldValue"], position["id"]
    except (ValueError, KeyError, TypeError) as wrong:
        raise CrmError("cursor: invalid") from wrong


def v1_page(records: list[Record], query: Mapping[str, str], shape: Shape, entity: str) -> Answer:
    """v1: start and limit; leads have them without a `pagination` object."""
    start, limit = int(query.get("start", 0)), _limit(query)
    name, _, direction = query.get("sort", "id").partition(" ")
    if name not in SORTS or direction.upper() not in ("", "ASC", "DESC") or start < 0:
        raise CrmError("sort or start is unknown")
    if name != "id":
        records = sorted(records, key=lambda one: _place(one, name), reverse=direction.upper() == "DESC")
    more = start + limit < len(records)
    paging = {"start": start, "limit": limit, "more_items_in_collection": more}
    if entity != "lead":
        paging |= {"next_start": start + limit} if more else {}
    beside = paging if entity == "lead" else {"pagination": paging}
    data = [shape(one) for one in records[start : start + limit]]
    return answer_json({"success": True, "data": data, "additional_data": beside})


def _limit(query: Mapping[str, str]) -> int:
    limit = int(query.get("limit", 100))
    if not 1 <= limit <= MOST_OF_A_PAGE:
        raise CrmError(f"limit: 1 to {MOST_OF_A_PAGE}")
    return limit


def summary_of(deals: Iterable[Record], query: Mapping[str, str]) -> Record:
    """GET /v1/deals/summary of the deals that a user sees; raises CrmError for a filter that there is not.

    Conversion is one to one here, and every deal is certain.
    """
    _check_summary(query)
    found = [
        deal
        for deal in deals
        if not deal.get("is_archived")
        and query.get("status") in (None, deal["status"])
        and all(str(deal[field]) == query[name] for name, field in SUMMARY_FILTERS.items() if name in query)
    ]
    total = sum(float(deal["value"] or 0) for deal in found)
    return {
        "values_total": {
            currency: _total(currency, rows) | _converted(rows) for currency, rows in _by_currency(found)
        },
        "weighted_values_total": {currency: _total(currency, rows) for currency, rows in _by_currency(found)},
        "total_count": len(found),
        "total_currency_converted_value": total,
        "total_weighted_currency_converted_value": total,
        "total_currency_converted_value_formatted": f"EUR {total:.15g}",
        "total_weighted_currency_converted_value_formatted": f"EUR {total:.15g}",
    }


def _check_summary(query: Mapping[str, str]) -> None:
    if query.get("status", "open") not in STATUSES:
        raise CrmError("status: open, won or lost")
    unknown = query.keys() - {"status", *SUMMARY_FILTERS}
    if unknown or not all(query[name].isdecimal() for name in SUMMARY_FILTERS if name in query):
        raise CrmError("the filters are status, user_id, pipeline_id and stage_id")


def _by_currency(deals: Iterable[Record]) -> list[tuple[str, list[Record]]]:
    found: dict[str, list[Record]] = {}
    for deal in deals:
        found.setdefault(deal["currency"], []).append(deal)
    return sorted(found.items())


def _total(currency: str, deals: list[Record]) -> dict[str, Any]:
    value = sum(float(deal["value"] or 0) for deal in deals)
    return {"value": value, "count": len(deals), "value_formatted": f"{currency} {value:.15g}"}


def _converted(deals: list[Record]) -> dict[str, Any]:
    value = sum(float(deal["value"] or 0) for deal in deals)
    return {"value_converted": value, "value_converted_formatted": f"EUR {value:.15g}"}

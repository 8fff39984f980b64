"""Pipedrive's REST API as far as the product needs it: v1 and v2 shapes, paging, refusals."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from web.playground.crm_records import Record, field_resource, rest_shape
from web.playground.crm_seed import LABELS
from web.playground.crm_store import Actor, CrmRefused, CrmStore
from web.playground.crm_webhooks import Subscriptions, WebhookRefused
from web.playground.wire import Answer, Request, answer_json

V2 = {"pipelines": "pipeline", "stages": "stage", "deals": "deal", "persons": "person"}
V2 |= {"organizations": "organization", "activities": "activity"}
V2_WRITABLE = {"deals", "persons", "organizations", "activities"}
V1 = {"users": "user", "leads": "lead", "notes": "note"}
V1_WRITABLE = {"leads", "notes"}
FIELDS = {"dealFields": "deal", "personFields": "person", "organizationFields": "organization"}
FIELDS |= {"activityFields": "activity", "productFields": "product"}
FILTERS = ("owner_id", "stage_id", "pipeline_id", "status", "person_id", "org_id", "deal_id", "done")
MOST_OF_A_PAGE = 500
BUILT_IN = {
    "deal": (("title", "Title", "varchar"), ("value", "Value", "monetary"), ("status", "Status", "enum")),
    "person": (("name", "Name", "varchar"), ("emails", "Email", "varchar")),
    "organization": (("name", "Name", "varchar"), ("address", "Address", "address")),
}
CURRENCIES: tuple[tuple[str, str, int, str], ...] = (
    ("EUR", "Euro", 2, "€"),
    ("USD", "US Dollar", 2, "$"),
    ("GBP", "Pound", 2, "£"),
    ("CZK", "Czech Koruna", 2, "Kč"),
    ("JPY", "Japanese Yen", 0, "¥"),
)
_PATH = re.compile(r"(?:/api)?/(v1|v2)/(.+)")


class CrmRest:
    """Answers for one user at a time; the caller has checked the bearer."""

    def __init__(self, store: CrmStore, subscriptions: Subscriptions) -> None:
        self.store = store
        self.subscriptions = subscriptions

    def answer(self, request: Request, user_id: int) -> Answer:
        match = _PATH.fullmatch(request.path)
        if not match or (match[1] == "v2" and not request.path.startswith("/api/")):
            return answer_json({"success": False, "error": "Unknown method ."}, 404)
        version, rest = match[1], match[2].strip("/").split("/")
        actor = Actor(user_id, "api")
        try:
            return (self._v2 if version == "v2" else self._v1)(request, rest, actor)
        except WebhookRefused as refused:
            return answer_json(
                {"status": "error", "success": False, "errors": refused.errors}, refused.status
            )
        except (CrmRefused, ValueError, TypeError, AttributeError) as wrong:
            return _failure(version, 400, str(wrong))

    def _v2(self, request: Request, path: list[str], actor: Actor) -> Answer:
        collection, *item = path
        if collection in FIELDS and not item:
            return _page(self._fields(FIELDS[collection]), request.query)
        entity = V2.get(collection)
        if entity is None or len(item) > 1:
            return _failure("v2", 404, "Unknown method .")
        if path == ["deals", "search"]:
            return self._search(request.query)
        if not item:
            if request.method == "POST" and collection in V2_WRITABLE:
                return _one(rest_shape(entity, self.store.create(entity, request.json(), actor)), 201)
            return self._listing(entity, request)
        return self._item("v2", entity, item[0], request, actor, collection in V2_WRITABLE)

    def _v1(self, request: Request, path: list[str], actor: Actor) -> Answer:
        collection, *item = path
        if collection == "webhooks":
            return self._webhooks(request, item, actor)
        fixed: dict[str, Callable[[], Any]] = {
            "users/me": lambda: self._me(actor),
            "currencies": _currencies,
            "leadLabels": lambda: self.store.lead_labels,
        }
        if "/".join(path) in fixed:
            return answer_json({"success": True, "data": fixed["/".join(path)]()})
        entity = V1.get(collection)
        if entity is None or len(item) > 1:
            return _failure("v1", 404, "Unknown method .")
        if item:
            return self._item("v1", entity, item[0], request, actor, collection in V1_WRITABLE)
        if request.method == "POST" and collection in V1_WRITABLE:
            return _one(rest_shape(entity, self.store.create(entity, request.json(), actor)), 201)
        return _v1_page([rest_shape(entity, one) for one in self.store.all(entity)], request.query)

    def _item(
        self, version: str, entity: str, key: str, request: Request, actor: Actor, writable: bool
    ) -> Answer:
        if key not in self.store.records[entity]:
            return _failure(version, 404, "Entity was not found")
        if request.method == "GET":
            return _one(rest_shape(entity, self.store.get(entity, key)))
        if not writable or request.method not in ("PATCH", "PUT", "DELETE"):
            return _failure(version, 404, "Unknown method .")
        if request.method == "DELETE":
            self.store.delete(entity, key, actor)
            return _one({"id": int(key) if key.isdecimal() else key})
        return _one(rest_shape(entity, self.store.change(entity, key, request.json(), actor)))

    def _listing(self, entity: str, request: Request) -> Answer:
        if request.method != "GET":
            return _failure("v2", 404, "Unknown method .")
        query = request.query
        found = [one for one in self.store.all(entity) if _fits(one, query)]
        if "ids" in query:
            wanted = query["ids"].split(",")
            if len(wanted) > 100:
                raise CrmRefused("ids: at most 100")
            found = [one for one in found if str(one["id"]) in wanted]
        return _page([rest_shape(entity, one) for one in found], query)

    def _search(self, query: Mapping[str, str]) -> Answer:
        term = query.get("term", "").casefold()
        if len(term) < 2:
            raise CrmRefused("term: at least 2 characters")
        found = [one for one in self.store.all("deal") if term in one["title"].casefold()]
        items = [{"result_score": 1.0, "item": self._found(one)} for one in found[:100]]
        return answer_json(
            {"success": True, "data": {"items": items}, "additional_data": {"next_cursor": None}}
        )

    def _found(self, deal: Record) -> Record:
        shown = {key: deal[key] for key in ("id", "title", "value", "currency", "status", "is_archived")}
        shown |= {"type": "deal", "owner": {"id": deal["owner_id"]}, "custom_fields": [], "notes": []}
        for key, entity in (("stage", "stage"), ("person", "person"), ("organization", "organization")):
            number = deal["org_id" if key == "organization" else f"{key}_id"]
            shown[key] = {"id": number, "name": self.store.name(entity, number)} if number else None
        return shown

    def _fields(self, entity: str) -> list[Record]:
        """Built-in fields with the labels, and the company's own."""
        built_in = [field_resource(code, name, kind) for code, name, kind in BUILT_IN.get(entity, ())]
        label = [field_resource("label", "Label", "set", LABELS)] if entity in BUILT_IN else []
        return built_in + label + [one.resource() for one in self.store.custom_fields.get(entity, [])]

    def _me(self, actor: Actor) -> Record:
        company = self.store.company
        me = rest_shape("user", self.store.get("user", actor.user_id)) | {"is_you": True, "is_admin": 1}
        names = {"company_id": company.id, "company_name": company.name, "company_domain": company.domain}
        return me | names

    def _webhooks(self, request: Request, item: list[str], actor: Actor) -> Answer:
        company, verb = self.store.company.id, (request.method, bool(item))
        if verb == ("GET", False):
            data = [one.resource(company) for one in self.subscriptions.all.values()]
            return answer_json({"status": "ok", "success": True, "data": data})
        if verb == ("POST", False):
            made = self.subscriptions.add(request.json(), actor.user_id).resource(company)
            return answer_json({"status": "ok", "success": True, "data": made}, 201)
        if verb == ("DELETE", True):
            self.subscriptions.remove(int(item[0]) if item[0].isdecimal() else 0)
            return answer_json({"status": "ok", "success": True})
        return _failure("v1", 404, "Unknown method .")


def _fits(record: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    for name in FILTERS:
        if (
            name in query
            and name in record
            and query[name] != str(record[name]).replace("True", "true").replace("False", "false")
        ):
            return False
    moved = record.get("update_time") or record["add_time"]
    return bool(moved >= query.get("updated_since", ""))


def _one(data: Any, status: int = 200) -> Answer:
    return answer_json({"success": True, "data": data}, status)


def _page(rows: list[Any], query: Mapping[str, str]) -> Answer:
    """v2: a cursor names where the next page begins; null at the end."""
    start = int(base64.urlsafe_b64decode(query["cursor"])) if query.get("cursor") else 0
    end = start + _limit(query)
    cursor = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(rows) else None
    return answer_json({"success": True, "data": rows[start:end], "additional_data": {"next_cursor": cursor}})


def _v1_page(rows: list[Any], query: Mapping[str, str]) -> Answer:
    start, limit = int(query.get("start", 0)), _limit(query)
    more = start + limit < len(rows)
    paging = {"start": start, "limit": limit, "more_items_in_collection": more}
    paging |= {"next_start": start + limit} if more else {}
    return answer_json(
        {"success": True, "data": rows[start : start + limit], "additional_data": {"pagination": paging}}
    )


def _limit(query: Mapping[str, str]) -> int:
    limit = int(query.get("limit", 100))
    if not 1 <= limit <= MOST_OF_A_PAGE:
        raise CrmRefused(f"limit: 1 to {MOST_OF_A_PAGE}")
    return limit


def _failure(version: str, status: int, error: str) -> Answer:
    body: Record = {"success": False, "error": error, "data": None, "additional_data": None}
    return answer_json(
        body | ({"error_info": "Please check developers.pipedrive.com"} if version == "v2" else {}), status
    )


def _currencies() -> list[Record]:
    return [
        {
            "id": number,
            "code": code,
            "name": name,
            "decimal_points": points,
            "symbol": symbol,
            "active_flag": True,
        }
        for number, (code, name, points, symbol) in enumerate(CURRENCIES, 1)
    ]

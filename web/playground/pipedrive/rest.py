"""The parts of Pipedrive's REST API that the product uses, for one user at a time."""

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from web.playground.pipedrive.blanks import Record
from web.playground.pipedrive.catalogue import built_in_fields, currencies
from web.playground.pipedrive.consequences import CrmError, check_types
from web.playground.pipedrive.lists import page, picked, summary_of, v1_page
from web.playground.pipedrive.records import from_rest, rest_shape
from web.playground.pipedrive.routes import Route
from web.playground.pipedrive.sight import seers, sees
from web.playground.pipedrive.store import ApiUser, CrmStore
from web.playground.pipedrive.webhooks import InvalidWebhook, Subscriptions, Webhook
from web.playground.wire import Answer, Request, answer_json

DELETED = "deleted"
NOTE_ABOUT = ("deal_id", "person_id", "org_id", "lead_id", "project_id")


class Unseen(LookupError):
    """A record that does not exist, or is not visible to this user."""


class CrmRest:
    """Every public method but `answer` is an endpoint: (request, path parameters, route, actor)."""

    def __init__(self, store: CrmStore, subscriptions: Subscriptions) -> None:
        self.store = store
        self.subscriptions = subscriptions
        self._conversions: dict[str, tuple[str, int | None]] = {}
        self._running: set[str] = set()

    def answer(self, request: Request, route: Route, places: Mapping[str, str], user_id: int) -> Answer:
        """Answer for a user whose token, scope and limits have been checked."""
        door: Callable[..., Answer] = getattr(self, route.does)
        try:
            return door(request, places, route, ApiUser(user_id, "api"))
        except InvalidWebhook as refused:
            body = {"status": "error", "success": False, "errors": refused.errors}
            return answer_json(body, refused.status)
        except Unseen:
            return failure(route.version, 404, "Entity was not found")
        except (CrmError, ValueError, TypeError, AttributeError) as wrong:
            return failure(route.version, 400, str(wrong))

    def listing(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        query, entity = request.query, route.entity
        wanted = [word for word in query.get("status", "").split(",") if word]
        if wanted and not set(wanted) <= {"open", "won", "lost", DELETED}:
            raise CrmError("status: open, won, lost or deleted")
        found = [one for one in self._seen(entity, actor) if not one.get("is_archived")]
        if wanted:
            found = [one for one in found if one.get("status") in wanted]
        if DELETED in wanted:
            found += [
                one
                for one in self.store.deleted[entity].values()
                if sees(self.store, actor.user_id, entity, one)
            ]
        return page(picked(found, query), query, lambda one: rest_shape(entity, one), entity)

    def archived(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        found = [one for one in self._seen(route.entity, actor) if one["is_archived"]]
        rows = picked(found, request.query)
        return page(rows, request.query, lambda one: rest_shape(route.entity, one), route.entity)

    def deals_summary(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        return one(summary_of(self._seen(route.entity, actor), request.query))

    def v1_listing(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        found = [one for one in self._seen(route.entity, actor) if not one.get("is_archived")]
        return self._v1_page(found, request, route)

    def v1_archived(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        found = [one for one in self._seen(route.entity, actor) if one["is_archived"]]
        return self._v1_page(found, request, route)

    def _v1_page(self, found: list[Record], request: Request, route: Route) -> Answer:
        rows = picked(found, request.query)
        return v1_page(rows, request.query, lambda one: self._shape(route.entity, one), route.entity)

    def read(self, _: Request, places: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        return one(self._shape(route.entity, self._get(route.entity, places["id"], actor)))

    def create(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        return one(self._made(request, route, actor))

    def create_201(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        return one(self._made(request, route, actor), 201)

    def add_note(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        if not any(request.json().get(name) for name in NOTE_ABOUT):
            raise CrmError(f"A note needs one of {', '.join(NOTE_ABOUT)}")
        return one(self._made(request, route, actor))

    def change(self, request: Request, places: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        self._get(route.entity, places["id"], actor)
        check_types(route.entity, request.json())
        fields = from_rest(route.entity, request.json(), self._zone(actor))
        return one(self._shape(route.entity, self.store.change(route.entity, places["id"], fields, actor)))

    def delete(self, _: Request, places: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        key = self._get(route.entity, places["id"], actor)["id"]
        self.store.delete(route.entity, key, actor)
        return one(True if route.entity == "note" else {"id": key})

    def search(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        term = request.query.get("term", "").casefold()
        is_exact = request.query.get("exact_match") == "true"
        if len(term) < (1 if is_exact else 2):
            raise CrmError("term: at least 2 characters, or 1 with exact_match")
        found = [each for each in self._seen(route.entity, actor) if _has(each, term, is_exact=is_exact)]
        draw = self._found_deal if route.entity == "deal" else partial(self._found, route.entity)
        items = [{"result_score": 1.0, "item": draw(each)} for each in found[:100]]
        beside = {"additional_data": {"next_cursor": None}}
        return answer_json({"success": True, "data": {"items": items}} | beside)

    def fields(self, request: Request, _: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:  # noqa: ARG002 - a door's form
        own = [each.resource() for each in self.store.custom_fields[route.entity]]
        rows = [{**each, "id": number} for number, each in enumerate(built_in_fields(route.entity) + own)]
        return page(rows, request.query, lambda each: {k: v for k, v in each.items() if k != "id"}, "field")

    def convert(self, request: Request, places: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        self._get(route.entity, places["id"], actor)
        fields = request.json() if request.body else {}
        number, lead = str(uuid.uuid4()), places["id"]
        is_over = self.store.get("lead", lead)["is_archived"]
        deal = None if is_over else self.store.convert(lead, actor, **fields)["id"]
        self._conversions[number] = (lead, deal)
        self._running.add(number)
        return answer_json({"success": True, "data": {"conversion_id": number}, "additional_data": None})

    def conversion(self, _: Request, places: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:  # noqa: ARG002 - a door's form
        """A conversion is asked about at least twice: as in Pipedrive, it is done some moments later."""
        number = places["other"]
        lead, deal = self._conversions.get(number, ("", None))
        if lead != places["id"]:
            raise Unseen
        state = "running" if number in self._running else "rejected" if deal is None else "completed"
        self._running.discard(number)
        done: Record = {"conversion_id": number, "status": state}
        done |= {"deal_id": deal} if state == "completed" else {}
        return answer_json({"success": True, "data": done, "additional_data": None})

    def me(self, _request: Request, _: Mapping[str, str], _route: Route, actor: ApiUser) -> Answer:
        """The user of the token. `is_admin` is missing in the OpenAPI document, but present in responses."""
        company, user = self.store.company, self.store.get("user", actor.user_id)
        names = {"company_id": company.id, "company_name": company.name, "company_domain": company.domain}
        names |= {"company_country": "CZ", "company_industry": "IT Services"}
        language = {"language": {"language_code": "en", "country_code": "GB"}}
        mine = {"is_you": True, "is_admin": int(user["is_admin"])}
        return one(rest_shape("user", user) | mine | names | language)

    def users(self, _request: Request, _: Mapping[str, str], _route: Route, actor: ApiUser) -> Answer:
        users = [rest_shape("user", each) for each in self.store.all("user")]
        return one([each | {"is_you": each["id"] == actor.user_id} for each in users])

    def currencies(self, *_: object) -> Answer:
        return one(currencies())

    def lead_labels(self, *_: object) -> Answer:
        return one(self.store.lead_labels)

    def permitted(self, _: Request, places: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        return one(seers(self.store, route.entity, self._get(route.entity, places["id"], actor)))

    def followers(self, request: Request, places: Mapping[str, str], route: Route, actor: ApiUser) -> Answer:
        followed = self._get(route.entity, places["id"], actor)
        found = self.store.followers_of(route.entity, followed["id"])
        rows = [{"id": user_id, "add_time": since} for user_id, since in found.items()]
        query: dict[str, str] = {
            name: request.query[name] for name in ("limit", "cursor") if name in request.query
        }
        return page(rows, query, lambda one: {"user_id": one["id"], "add_time": one["add_time"]}, "follower")

    def webhooks(self, _request: Request, _: Mapping[str, str], _route: Route, _actor: ApiUser) -> Answer:
        company = self.store.company.id
        ours = [each for each in list(self.subscriptions.all.values()) if each.kind == "application"]
        return _webhook_answer({"data": [each.resource(company) for each in ours]})

    def add_webhook(self, request: Request, _: Mapping[str, str], _route: Route, actor: ApiUser) -> Answer:
        made = self.subscriptions.add(request.json(), actor.user_id)
        return _webhook_answer({"data": made.resource(self.store.company.id)}, 201)

    def remove_webhook(self, _: Request, places: Mapping[str, str], _route: Route, actor: ApiUser) -> Answer:
        """An app may delete its own webhooks; not those made by people or by another user's install."""
        number = int(places["id"]) if places["id"].isdecimal() else 0
        webhook = self.subscriptions.all.get(number)
        if webhook and not self._may_remove(webhook, actor):
            return answer_json({"success": False, "message": "Forbidden"}, 403)
        self.subscriptions.remove(number)
        return _webhook_answer({})

    def _may_remove(self, webhook: Webhook, actor: ApiUser) -> bool:
        is_admin = self.store.get("user", actor.user_id)["is_admin"]
        return webhook.kind == "application" and (is_admin or webhook.owner_id == actor.user_id)

    def _seen(self, entity: str, actor: ApiUser) -> list[Record]:
        """All records of a kind that are visible to this user."""
        everything = self.store.all(entity)
        return [each for each in everything if sees(self.store, actor.user_id, entity, each)]

    def _get(self, entity: str, key: str, actor: ApiUser) -> Record:
        record = self.store.records[entity].get(key)
        if record is None or not sees(self.store, actor.user_id, entity, record):
            raise Unseen
        return record

    def _made(self, request: Request, route: Route, actor: ApiUser) -> Record:
        check_types(route.entity, request.json())
        fields = from_rest(route.entity, request.json(), self._zone(actor))
        return self._shape(route.entity, self.store.create(route.entity, fields, actor))

    def _zone(self, actor: ApiUser) -> str:
        return str(self.store.get("user", actor.user_id)["timezone_name"])

    def _shape(self, entity: str, record: Record) -> Record:
        """The record as REST returns it; a note names its parent."""
        shown = rest_shape(entity, record)
        if entity == "note":
            for key, about, link in (("title", "deal", "deal_id"), ("name", "person", "person_id")):
                shown[about] = {key: self.store.name(about, record[link])} if record[link] else None
            organization = self.store.name("organization", record["org_id"])
            shown["organization"] = {"name": organization} if organization else None
        return shown

    def _found(self, entity: str, record: Record) -> Record:
        """Return what a search shows of a person or an organization: less than their own door does."""
        shown = {"id": record["id"], "type": entity, "name": record["name"], "custom_fields": [], "notes": []}
        shown |= {"owner": {"id": record["owner_id"]}, "visible_to": int(record["visible_to"])}
        if entity == "organization":
            return shown
        number = record["org_id"]
        shown |= {kind: [each["value"] for each in record[kind]] for kind in ("emails", "phones")}
        place = {"id": number, "name": self.store.name("organization", number)} if number else None
        return shown | {"organization": place}

    def _found_deal(self, deal: Record) -> Record:
        shown = {key: deal[key] for key in ("id", "title", "value", "currency", "status", "is_archived")}
        shown |= {"type": "deal", "owner": {"id": deal["owner_id"]}, "custom_fields": [], "notes": []}
        shown["visible_to"] = int(deal["visible_to"])
        for key, entity in (("stage", "stage"), ("person", "person"), ("organization", "organization")):
            number = deal["org_id" if key == "organization" else f"{key}_id"]
            shown[key] = {"id": number, "name": self.store.name(entity, number)} if number else None
        return shown


def one(data: Any, status: int = 200) -> Answer:
    """A response without pages."""
    return answer_json({"success": True, "data": data}, status)


def failure(version: str, status: int, error: str) -> Answer:
    body: Record = {"success": False, "error": error, "data": None, "additional_data": None}
    return answer_json(
        body | ({"error_info": "Please check developers.pipedrive.com"} if version == "v2" else {}), status
    )


def _webhook_answer(more: Mapping[str, Any], status: int = 200) -> Answer:
    return answer_json({"status": "ok", "success": True, **more}, status)


def _has(record: Record, term: str, *, is_exact: bool) -> bool:
    """Tell whether a record has a term in its name or title, or as a mail address."""
    mails = (each.get("value") for each in record.get("emails") or ())
    texts = [str(each or "").casefold() for each in (record.get("title") or record.get("name"), *mails)]
    return term in texts if is_exact else any(term in each for each in texts)

"""Pipedrive's webhook subscriptions, and the v2 bodies that they receive."""

import itertools
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from web.playground.pipedrive.blanks import BLANKS, FIELD_OWNERS
from web.playground.pipedrive.store import CrmChange, CrmStore

MOST_OF_A_USER = 40
FIRST_ID = 4_710_001
ACTIONS = ("create", "change", "delete", "*")
OBJECTS = (*BLANKS, "deal_product", "deal_installment", *(f"{owner}_field" for owner in FIELD_OWNERS), "*")
SILENT_FOR_S = 3 * 24 * 3600  # after so long without a successful delivery a webhook is deleted


class InvalidWebhook(ValueError):
    """A subscription that Pipedrive refuses: HTTP `status` and the errors by field."""

    def __init__(self, status: int, errors: Mapping[str, list[str]]) -> None:
        super().__init__(str(errors))
        self.status = status
        self.errors = errors


@dataclass(slots=True)
class Webhook:
    """One subscription and the state of its deliveries.

    `owner_id` created it; it gets what `user_id` may see. `good_at` is the time of the last successful
    delivery, or of its creation; `remove_reason` is set once it is deleted.
    """

    id: int
    name: str
    url: str
    action: str
    entity: str
    user: str | None
    password: str | None
    owner_id: int
    user_id: int
    added: str = ""
    kind: str = "application"
    failures: int = 0
    banned_until: float = 0.0
    lost: int = 0
    good_at: float = 0.0
    failing: bool = False
    last_status: int | None = None
    last_delivery: str | None = None
    remove_reason: str | None = None

    def wants(self, change: CrmChange) -> bool:
        fits = self.action in ("*", change.action) and self.entity in ("*", change.entity)
        return fits and (change.seers is None or self.user_id in change.seers)

    def resource(self, company_id: int) -> dict[str, Any]:
        """The webhook as in GET /v1/webhooks; credentials are returned only as ciphertext."""
        return {
            "id": self.id,
            "company_id": company_id,
            "owner_id": self.owner_id,
            "user_id": self.user_id,
            "event_action": self.action,
            "event_object": self.entity,
            "subscription_url": self.url,
            "version": "2.0",
            "is_active": 0 if self.remove_reason else 1,
            "add_time": self.added,
            "remove_time": None,
            "type": self.kind,
            "http_auth_user": self.user and "v1u:c2VjcmV0",
            "http_auth_password": self.password and "v1u:c2VjcmV0",
            "remove_reason": self.remove_reason,
            "last_delivery_time": self.last_delivery,
            "last_http_status": self.last_status,
            "admin_id": self.owner_id,
            "name": self.name,
        }


class Subscriptions:
    """All webhooks of the company; `removed` has the deleted ones."""

    def __init__(self, store: CrmStore) -> None:
        self._store = store
        self._ids = itertools.count(FIRST_ID)
        self.all: dict[int, Webhook] = {}
        self.removed: list[Webhook] = []

    def add(self, body: Mapping[str, Any], owner_id: int, kind: str = "application") -> Webhook:
        """Subscribe as POST /v1/webhooks does; raises InvalidWebhook."""
        errors = _errors(body)
        if errors:
            raise InvalidWebhook(400, errors)
        if sum(one.owner_id == owner_id for one in self.all.values()) >= MOST_OF_A_USER:
            raise InvalidWebhook(422, {"webhook": [f"the limit of {MOST_OF_A_USER} webhooks is reached"]})
        webhook = Webhook(
            id=next(self._ids),
            name=body["name"],
            url=body["subscription_url"],
            action=body["event_action"],
            entity=body["event_object"],
            user=body.get("http_auth_user"),
            password=body.get("http_auth_password"),
            owner_id=owner_id,
            user_id=int(body.get("user_id") or owner_id),
            kind=kind,
            added=self._store.clock.exact(),
            good_at=self._store.clock.now(),
        )
        self.all[webhook.id] = webhook
        self._store.ticker.tick()
        return webhook

    def replace(self, webhooks: Iterable[Webhook], removed: Iterable[Webhook]) -> None:
        """Replace everything by what an earlier run kept; a new webhook gets an id that none had."""
        self.all, self.removed = {one.id: one for one in webhooks}, list(removed)
        used = [one.id for one in (*self.all.values(), *self.removed)]
        self._ids = itertools.count(max(used, default=FIRST_ID - 1) + 1)
        self._store.ticker.tick()

    def remove(self, webhook_id: int, reason: str = "deleted by its owner") -> None:
        """Raises InvalidWebhook 404 for an unknown one."""
        webhook = self.all.pop(webhook_id, None)
        if webhook is None:
            raise InvalidWebhook(404, {"id": ["not found"]})
        webhook.remove_reason = reason
        self.removed.append(webhook)
        self._store.ticker.tick()

    def remove_of(self, user_id: int) -> None:
        """This user uninstalled the app: its subscriptions are deleted."""
        for webhook in list(self.all.values()):
            if webhook.kind == "application" and webhook.owner_id == user_id:
                self.remove(webhook.id, "the app was uninstalled")

    def remove_silent(self) -> None:
        """Delete those that fail, and that had no successful delivery for three days."""
        for webhook in list(self.all.values()):
            if webhook.failing and self._store.clock.now() - webhook.good_at >= SILENT_FOR_S:
                self.remove(webhook.id, "no successful delivery in 3 days")

    def body(self, webhook: Webhook, change: CrmChange) -> dict[str, Any]:
        """The v2 envelope; every try sets its own `attempt` (facts: guide for webhooks v2)."""
        meta: dict[str, Any] = {
            "action": change.action,
            "company_id": str(self._store.company.id),
            "correlation_id": str(uuid.uuid4()),
            "entity_id": change.object_id,
            "entity": change.entity,
            "id": str(uuid.uuid4()),
            "is_bulk_edit": change.actor.is_bulk,
            "timestamp": self._store.clock.exact(),
            "type": webhook.kind,
            "user_id": str(change.actor.user_id),
            "version": "2.0",
            "webhook_id": str(webhook.id),
            "webhook_owner_id": str(webhook.owner_id),
            "change_source": change.actor.source,
            "attempt": 1,
            "host": f"{self._store.company.domain}.pipedrive.com",
        }
        if change.seers is not None:
            meta["permitted_user_ids"] = [str(one) for one in change.seers]
        return {"data": change.data, "previous": change.previous, "meta": meta | dict(change.extra_meta)}


def _errors(body: Mapping[str, Any]) -> dict[str, list[str]]:
    errors = {}
    address = urlsplit(str(body.get("subscription_url")))
    if address.scheme not in ("http", "https") or not address.hostname:
        errors["subscription_url"] = ["invalid or non-reachable URL"]
    if body.get("event_action") not in ACTIONS:
        errors["event_action"] = [f"must be one of {', '.join(ACTIONS)}"]
    if body.get("event_object") not in OBJECTS:
        errors["event_object"] = ["unknown object"]
    if not body.get("name") or len(body["name"]) > 255:
        errors["name"] = ["required, at most 255 characters"]
    if body.get("version", "2.0") != "2.0":
        errors["version"] = ["only 2.0"]
    return errors

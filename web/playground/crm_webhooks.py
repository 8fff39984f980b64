"""Pipedrive's webhook subscriptions, and the v2 bodies that they receive."""

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from web.playground.crm_records import BLANKS
from web.playground.crm_store import CrmChange, CrmStore

MOST_OF_A_USER = 40
ACTIONS = ("create", "change", "delete", "*")


class WebhookRefused(ValueError):
    """A subscription that Pipedrive refuses: HTTP `status` and the errors by field."""

    def __init__(self, status: int, errors: Mapping[str, list[str]]) -> None:
        super().__init__(str(errors))
        self.status = status
        self.errors = errors


@dataclass(slots=True)
class Webhook:
    """One subscription and how its deliveries went."""

    id: int
    name: str
    url: str
    action: str
    entity: str
    user: str | None
    password: str | None
    owner_id: int
    kind: str = "application"
    failures: int = 0
    banned_until: float = 0.0
    lost: int = 0
    last_status: int | None = None

    def wants(self, change: CrmChange) -> bool:
        return self.action in ("*", change.action) and self.entity in ("*", change.entity)

    def resource(self, company_id: int) -> dict[str, Any]:
        """As GET /v1/webhooks gives it; credentials come back as ciphertext only."""
        return {
            "id": self.id,
            "company_id": company_id,
            "owner_id": self.owner_id,
            "user_id": self.owner_id,
            "event_action": self.action,
            "event_object": self.entity,
            "subscription_url": self.url,
            "version": "2.0",
            "is_active": 1,
            "type": self.kind,
            "http_auth_user": self.user and "v1u:c2VjcmV0",
            "http_auth_password": self.password and "v1u:c2VjcmV0",
            "remove_reason": None,
            "last_http_status": self.last_status,
            "admin_id": self.owner_id,
            "name": self.name,
        }


class Subscriptions:
    """All webhooks of the company."""

    def __init__(self, store: CrmStore) -> None:
        self._store = store
        self._ids = itertools.count(4_710_001)
        self.all: dict[int, Webhook] = {}

    def add(self, wish: Mapping[str, Any], owner_id: int, kind: str = "application") -> Webhook:
        """Subscribe as POST /v1/webhooks does; raises WebhookRefused."""
        errors = _errors(wish)
        if errors:
            raise WebhookRefused(400, errors)
        if sum(one.owner_id == owner_id for one in self.all.values()) >= MOST_OF_A_USER:
            raise WebhookRefused(422, {"webhook": [f"the limit of {MOST_OF_A_USER} webhooks is reached"]})
        webhook = Webhook(
            id=next(self._ids),
            name=wish["name"],
            url=wish["subscription_url"],
            action=wish["event_action"],
            entity=wish["event_object"],
            user=wish.get("http_auth_user"),
            password=wish.get("http_auth_password"),
            owner_id=int(wish.get("user_id") or owner_id),
            kind=kind,
        )
        self.all[webhook.id] = webhook
        self._store.ticker.tick()
        return webhook

    def remove(self, webhook_id: int) -> None:
        """Raises WebhookRefused 404 for an unknown one."""
        if self.all.pop(webhook_id, None) is None:
            raise WebhookRefused(404, {"id": ["not found"]})
        self._store.ticker.tick()

    def body(self, webhook: Webhook, change: CrmChange) -> dict[str, Any]:
        """The v2 envelope; `attempt` is set anew by every try (facts: guide for webhooks v2)."""
        meta: dict[str, Any] = {
            "action": change.action,
            "company_id": str(self._store.company.id),
            "correlation_id": str(uuid.uuid4()),
            "entity_id": change.object_id,
            "entity": change.entity,
            "id": str(uuid.uuid4()),
            "is_bulk_edit": change.actor.is_bulk,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "type": webhook.kind,
            "user_id": str(change.actor.user_id),
            "version": "2.0",
            "webhook_id": str(webhook.id),
            "webhook_owner_id": str(webhook.owner_id),
            "change_source": change.actor.source,
            "attempt": 1,
            "host": f"{self._store.company.domain}.pipedrive.com",
        }
        if change.entity != "user":
            meta["permitted_user_ids"] = [str(one) for one in self._store.user_ids()]
        return {"data": change.data, "previous": change.previous, "meta": meta | dict(change.extra_meta)}


def _errors(wish: Mapping[str, Any]) -> dict[str, list[str]]:
    errors = {}
    address = urlsplit(str(wish.get("subscription_url")))
    if address.scheme not in ("http", "https") or not address.hostname:
        errors["subscription_url"] = ["invalid or non-reachable URL"]
    if wish.get("event_action") not in ACTIONS:
        errors["event_action"] = [f"must be one of {', '.join(ACTIONS)}"]
    if wish.get("event_object") not in (*BLANKS, "product", "*"):
        errors["event_object"] = ["unknown object"]
    if not wish.get("name") or len(wish["name"]) > 255:
        errors["name"] = ["required, at most 255 characters"]
    if wish.get("version", "2.0") != "2.0":
        errors["version"] = ["only 2.0"]
    return errors

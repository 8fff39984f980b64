"""One company at Pipedrive: its records, its webhooks, its token budget, and its users."""

from collections.abc import Mapping, Sequence
from typing import Any

from web.playground.pipedrive.actions import CrmActions, perform
from web.playground.pipedrive.catalogue import CURRENCIES
from web.playground.pipedrive.clock import Clock
from web.playground.pipedrive.limits import DailyQuota
from web.playground.pipedrive.rest import CrmRest
from web.playground.pipedrive.seed import PEOPLE, seed
from web.playground.pipedrive.sender import PipedriveSender
from web.playground.pipedrive.store import ApiUser, Company, CrmChange, CrmStore
from web.playground.pipedrive.webhooks import Subscriptions, Webhook
from web.playground.ticker import Ticker

FIRST_USER = 1
SHOWN_DELIVERIES = 20


class CrmCompany:
    """A company with initial data."""

    def __init__(
        self,
        sender: PipedriveSender,
        clock: Clock,
        ticker: Ticker,
        company: Company | None = None,
        people: Sequence[tuple[str, str]] = PEOPLE,
    ) -> None:
        self.store = CrmStore(company, ticker, clock)
        seed(self.store, people)
        self.subscriptions = Subscriptions(self.store)
        self.rest = CrmRest(self.store, self.subscriptions)
        self.actions = CrmActions(self.store)
        self.budget = DailyQuota(clock)
        self._sender = sender
        self.store.listeners.append(self._tell)

    @property
    def id(self) -> int:
        return self.store.company.id

    def do(self, action: str, *, user_id: int | None = None, **arguments: Any) -> dict[str, Any]:
        """Act in Pipedrive's own pages (see CrmActions); raises CrmError with a sentence for people."""
        return perform(self.actions, action, ApiUser(user_id or FIRST_USER), arguments)

    def register(
        self,
        url: str,
        user: str | None = None,
        password: str | None = None,
        *,
        entity: str = "*",
        action: str = "*",
    ) -> Webhook:
        """Create a webhook without REST, as an administrator does in Pipedrive's settings."""
        body: dict[str, Any] = {"subscription_url": url, "event_action": action, "event_object": entity}
        body |= {"name": "Playground", "http_auth_user": user, "http_auth_password": password}
        return self.subscriptions.add(body, FIRST_USER, "general")

    def state(self) -> dict[str, Any]:
        """The board, for the panel and for other processes."""
        store, company = self.store, self.store.company
        pipelines = [
            {"id": one["id"], "name": one["name"], "stages": store.stages(one["id"])}
            for one in store.all("pipeline")
        ]
        mine = [one for one in list(self._sender.sent) if one.company_id == company.id]
        return {
            "version": store.ticker.version,
            "company": {"id": company.id, "name": company.name, "domain": company.domain},
            "users": [_brief(one) | {"email": one["email"]} for one in store.all("user")],
            "pipelines": pipelines,
            "deals": [self._with_names(one) for one in store.all("deal")],
            "leads": [self._with_names(one) for one in store.all("lead")],
            "persons": [_brief(one) for one in store.all("person")],
            "organizations": [_brief(one) for one in store.all("organization")],
            "activities": [_activity(one) for one in store.all("activity") if not one["done"]],
            "currencies": [code for code, *_ in CURRENCIES],
            "webhooks": [_health(one, store.clock) for one in list(self.subscriptions.all.values())],
            "deliveries": [one.resource() for one in mine[-SHOWN_DELIVERIES:]],
        }

    def _with_names(self, record: Mapping[str, Any]) -> dict[str, Any]:
        org = record.get("org_id", record.get("organization_id"))
        return dict(record) | {
            "owner_name": self.store.name("user", record["owner_id"]),
            "org_name": self.store.name("organization", org),
            "person_name": self.store.name("person", record["person_id"]),
        }

    def _tell(self, change: CrmChange) -> None:
        for webhook in list(self.subscriptions.all.values()):
            if webhook.wants(change):
                self._sender.send(webhook, self.subscriptions.body(webhook, change))


def _brief(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": record["id"], "name": record["name"]}


def _activity(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: record[key] for key in ("id", "subject", "type", "due_date", "deal_id")}


def _health(webhook: Webhook, clock: Clock) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "event": f"{webhook.action}.{webhook.entity}",
        "failures": webhook.failures,
        "banned": clock.now() < webhook.banned_until,
        "lost": webhook.lost,
    }

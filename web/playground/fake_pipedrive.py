"""Pipedrive at the wire: OAuth, REST with its limits, and webhooks with Basic auth, retries and the ban."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import httpx

from web.playground.crm_actions import CrmActions, perform
from web.playground.crm_oauth import OAuth
from web.playground.crm_rest import CURRENCIES, CrmRest
from web.playground.crm_seed import furnish
from web.playground.crm_sender import WebhookSender
from web.playground.crm_store import Actor, Company, CrmChange, CrmStore
from web.playground.crm_webhooks import Subscriptions, Webhook
from web.playground.faults import Faults
from web.playground.ticker import Ticker
from web.playground.wire import Answer, Request, Server, answer_json

BURST_WINDOW_S = 2.0
UNAUTHORIZED = {"success": False, "error": "unauthorized access", "errorCode": 401}
SHOWN_DELIVERIES = 20


class FakePipedrive:
    """`with FakePipedrive() as pipedrive:` serves `pipedrive.url` (OAuth and REST alike).

    `burst` requests in two seconds are allowed to a token (None: any number). `time_scale` shrinks the waits
    between webhook tries and the ban.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        company: Company | None = None,
        burst: int | None = 80,
        time_scale: float = 1.0,
        ticker: Ticker | None = None,
    ) -> None:
        self.store = CrmStore(company, ticker)
        furnish(self.store)
        self.subscriptions = Subscriptions(self.store)
        self.rest = CrmRest(self.store, self.subscriptions)
        self.actions = CrmActions(self.store)
        self.sender = WebhookSender(self.store.ticker, time_scale)
        self.faults = Faults()
        self.burst = burst
        self.requests: list[tuple[str, str, int]] = []
        self._recent: dict[str, deque[float]] = {}
        self._server = Server(self._answer, port)
        self.oauth = OAuth("")
        self.store.listeners.append(self._tell)

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        self._server.start()
        self.oauth.company_url = self.url
        self.sender.start()

    def close(self) -> None:
        self._server.close()
        self.sender.close()

    def register(
        self,
        url: str,
        user: str | None = None,
        password: str | None = None,
        *,
        entity: str = "*",
        action: str = "*",
    ) -> Webhook:
        """Subscribe without REST, as an administrator does in Pipedrive's settings."""
        wish: dict[str, Any] = {"subscription_url": url, "event_action": action, "event_object": entity}
        wish |= {"name": "Playground", "http_auth_user": user, "http_auth_password": password}
        return self.subscriptions.add(wish, self.oauth.user_id, "general")

    def do(self, action: str, *, user_id: int | None = None, **arguments: Any) -> dict[str, Any]:
        """Act in Pipedrive's own pages (see CrmActions); raises CrmRefused with a sentence for people."""
        return perform(self.actions, action, Actor(user_id or self.oauth.user_id), arguments)

    def uninstall(self, callback_url: str) -> int:
        """Remove the app as a user does in Pipedrive: webhooks go, tokens die; the app's status."""
        self.oauth.uninstall()
        for webhook in [one for one in self.subscriptions.all.values() if one.kind == "application"]:
            self.subscriptions.remove(webhook.id)
        told = {"client_id": self.oauth.client_id, "company_id": self.store.company.id}
        told |= {
            "user_id": self.oauth.user_id,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        secret = (self.oauth.client_id, self.oauth.client_secret)
        return httpx.request("DELETE", callback_url, json=told, auth=secret, trust_env=False).status_code

    def state(self) -> dict[str, Any]:
        """The board, for the panel and for other processes (`GET /_state`)."""
        store, company = self.store, self.store.company
        pipelines = [
            {"id": one["id"], "name": one["name"], "stages": store.stages(one["id"])}
            for one in store.all("pipeline")
        ]
        return {
            "version": store.ticker.version,
            "company": {"id": company.id, "name": company.name, "domain": company.domain},
            "users": [_brief(one) | {"email": one["email"]} for one in store.all("user")],
            "pipelines": pipelines,
            "deals": [self._with_names(one) for one in store.all("deal")],
            "leads": [self._with_names(one) for one in store.all("lead")],
            "persons": [_brief(one) for one in store.all("person")],
            "organizations": [_brief(one) for one in store.all("organization")],
            "currencies": [code for code, *_ in CURRENCIES],
            "webhooks": [_health(one) for one in list(self.subscriptions.all.values())],
            "deliveries": [one.resource() for one in self.sender.sent[-SHOWN_DELIVERIES:]],
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
                self.sender.send(webhook, self.subscriptions.body(webhook, change))

    def _answer(self, request: Request) -> Answer:
        if request.path == "/_state":
            return answer_json(self.state())
        if request.path == "/_control":
            return self._control(request)
        fault = self.faults.take(request.path)
        if fault and fault.status:
            body = {"success": False, "error": "as ordered"}
            answer = replace(answer_json(body, fault.status, fault.headers), delay=fault.delay)
        else:
            answer = self._route(request)
            if fault:
                answer = replace(answer, delay=fault.delay, drop=fault.drop, hang=fault.hang)
        self.requests.append((request.method, request.path, answer.status))
        return answer

    def _route(self, request: Request) -> Answer:
        answer = self.oauth.answer(request)
        if answer:
            return answer
        token = request.bearer()
        user = self.oauth.user_of(token)
        if user is None or token is None:
            return answer_json(UNAUTHORIZED, 401)
        left = self._spend(token)
        limits = {"x-ratelimit-limit": str(self.burst), "x-ratelimit-reset": "2"} if self.burst else {}
        limits |= {"x-ratelimit-remaining": str(max(left, 0))} if self.burst else {}
        if left < 0:
            return answer_json(
                {"success": False, "error": "request over limit", "errorCode": 429}, 429, limits
            )
        found = self.rest.answer(request, user)
        return replace(found, headers=found.headers | limits)

    def _spend(self, token: str) -> int:
        """How many requests the token has left in its rolling two seconds; under 0 is over the limit."""
        if self.burst is None:
            return 1
        now, recent = time.monotonic(), self._recent.setdefault(token, deque())
        while recent and recent[0] <= now - BURST_WINDOW_S:
            recent.popleft()
        if len(recent) < self.burst:
            recent.append(now)
            return self.burst - len(recent)
        return -1

    def _control(self, request: Request) -> Answer:
        """`{"fault": {..}, "clear": true, "do": {"action": ..}, "register": {"url": ..}}`, each optional."""
        try:
            wish = request.json()
            if wish.get("clear"):
                self.faults.clear()
            if "fault" in wish:
                self.faults.order_from(wish["fault"])
            registered = self.register(**wish["register"]).id if "register" in wish else None
            done = self.do(**wish["do"]) if "do" in wish else None
        except (ValueError, TypeError, AttributeError) as wrong:
            return answer_json({"error": str(wrong)}, 400)
        return answer_json({"done": done, "webhook_id": registered})


def _brief(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": record["id"], "name": record["name"]}


def _health(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "event": f"{webhook.action}.{webhook.entity}",
        "failures": webhook.failures,
        "banned": time.monotonic() < webhook.banned_until,
        "lost": webhook.lost,
    }

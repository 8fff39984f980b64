"""Pipedrive over HTTP: OAuth, REST with its limits, and webhooks with Basic auth, retries and the ban."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

import httpx

from web.playground.faults import Faults
from web.playground.pipedrive.actions import CrmActions
from web.playground.pipedrive.clock import Clock
from web.playground.pipedrive.company import CrmCompany
from web.playground.pipedrive.consent import AUTHORIZE, authorize
from web.playground.pipedrive.limits import OVER_LIMIT, BurstLimit
from web.playground.pipedrive.oauth import IssuedGrant, OAuth
from web.playground.pipedrive.rest import failure
from web.playground.pipedrive.routes import find
from web.playground.pipedrive.sender import PipedriveSender
from web.playground.pipedrive.store import Company, CrmStore
from web.playground.pipedrive.webhooks import Subscriptions, Webhook
from web.playground.ticker import Ticker
from web.playground.wire import Answer, Request, Server, answer_json

UNAUTHORIZED = {"success": False, "error": "unauthorized access", "errorCode": 401}
MALFORMED = {"success": False, "error": "Invalid request: malformed authorization header", "errorCode": 400}
MISMATCH = {"success": False, "error": "Scope and URL mismatch", "errorCode": 403}
Watcher = Callable[[Request, Answer], None]


class FakePipedrive:
    """`with FakePipedrive() as pipedrive:` serves `pipedrive.url` (OAuth and REST alike).

    One company exists from the start; `store`, `subscriptions`, `actions`, `do`, `register` are its own.
    `add_company` creates more; the token of a call determines the company. `clock.forward` advances time.
    `burst` requests in two seconds are allowed to a token (None: any number). `time_scale` shortens the waits
    between webhook tries and the ban. `watchers` get every request with its response.
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
        self.clock = Clock()
        self._ticker = ticker or Ticker()
        self.sender = PipedriveSender(self._ticker, self.clock, time_scale)
        self.sender.after_failure = self._remove_silent
        self.clock.listeners.append(self._remove_silent)
        self._home = CrmCompany(self.sender, self.clock, self._ticker, company)
        self.companies = {self._home.id: self._home}
        self.faults = Faults()
        self.burst_limit = BurstLimit(self.clock, burst)
        self.requests: list[tuple[str, str, int]] = []
        self.watchers: list[Watcher] = []
        self._server = Server(self._answer, port)
        self.oauth = OAuth("", self.clock, company_id=self._home.id)
        self.oauth.on_uninstall = self._forget
        self.oauth.on_change = self._ticker.tick

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def store(self) -> CrmStore:
        return self._home.store

    @property
    def subscriptions(self) -> Subscriptions:
        return self._home.subscriptions

    @property
    def actions(self) -> CrmActions:
        return self._home.actions

    @property
    def burst(self) -> int | None:
        return self.burst_limit.most

    @burst.setter
    def burst(self, most: int | None) -> None:
        self.burst_limit.most = most

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

    def add_company(
        self, id: int, name: str, *, people: Sequence[tuple[str, str]] = (("Una Umber", "una@example.org"),)
    ) -> CrmCompany:
        """Create a company; the first of `people` (name, e-mail) is its administrator, user 1."""
        company = Company(id, name, name.lower().replace(" ", "-"))
        self.companies[id] = CrmCompany(self.sender, self.clock, self._ticker, company, people)
        return self.companies[id]

    def register(
        self, url: str, user: str | None = None, password: str | None = None, **only: str
    ) -> Webhook:
        """Create a webhook without REST, as an admin does in Pipedrive's settings (see CrmCompany)."""
        return self._home.register(url, user, password, **only)

    def do(self, action: str, *, user_id: int | None = None, **arguments: Any) -> dict[str, Any]:
        """Act in Pipedrive's own pages (see CrmActions); raises CrmError with a sentence for people."""
        return self._home.do(action, user_id=user_id or self.oauth.user_id, **arguments)

    def uninstall(
        self, callback_url: str, *, company_id: int | None = None, user_id: int | None = None
    ) -> int:
        """Uninstall the app as a user: deletes webhooks, revokes tokens; returns the status from the app."""
        company_id, user_id = company_id or self._home.id, user_id or self.oauth.user_id
        self.oauth.uninstall(company_id, user_id)
        self._forget(company_id, user_id)
        as_webhook_body = {"client_id": self.oauth.client_id, "company_id": company_id, "user_id": user_id}
        as_webhook_body |= {"timestamp": self.clock.text()}
        secret = (self.oauth.client_id, self.oauth.client_secret)
        return httpx.request(
            "DELETE", callback_url, json=as_webhook_body, auth=secret, trust_env=False
        ).status_code

    def state(self) -> dict[str, Any]:
        """The first company's board, and the list of companies (`GET /_state`)."""
        known = [
            {"id": one.id, "name": one.store.company.name, "users": len(one.store.all("user"))}
            for one in self.companies.values()
        ]
        return self._home.state() | {"companies": known}

    def _forget(self, company_id: int, user_id: int) -> None:
        self.companies[company_id].subscriptions.remove_of(user_id)

    def _remove_silent(self) -> None:
        for company in list(self.companies.values()):
            company.subscriptions.remove_silent()

    def _answer(self, request: Request) -> Answer:
        if request.path == "/_state":
            return answer_json(self.state())
        if request.path == "/_control":
            return self._control(request)
        fault = self.faults.take(request.path)
        if fault and fault.status:
            body = {"success": False, "error": "as ordered"}
            answer = fault.refusal(answer_json(body, fault.status, fault.headers))
        else:
            answer = self._route(request)
            for watcher in self.watchers:
                watcher(request, answer)
            answer = fault.disturb(answer) if fault else answer
        self.requests.append((request.method, request.path, answer.status))
        return answer

    def _route(self, request: Request) -> Answer:
        if (request.method, request.path) == ("GET", AUTHORIZE):
            return authorize(self.oauth, request.query, self.companies)
        answer = self.oauth.answer(request)
        if answer:
            return answer
        token = request.bearer()
        if token is None and "authorization" in request.headers:
            return answer_json(MALFORMED, 400)
        grant = self.oauth.grant_of(token)
        if grant is None or token is None:
            return answer_json(UNAUTHORIZED, 401)
        refused = self.burst_limit.refuse(token)
        if refused:
            return refused
        found = self._work(request, grant)
        return replace(found, headers=found.headers | self.burst_limit.headers(token))

    def _work(self, request: Request, grant: IssuedGrant) -> Answer:
        """The endpoint's response, if its scope and the company's budget allow it."""
        company = self.companies[grant.company_id]
        user = company.store.records["user"].get(str(grant.user_id), {})
        if not user.get("active_flag"):
            return answer_json(UNAUTHORIZED, 401)
        door = find(request.method, request.path)
        if door is None:
            return failure("v2" if "/v2/" in request.path else "v1", 404, "Unknown method .")
        route, places = door
        if not route.scopes & set(grant.scope.split(",")):
            return answer_json(MISMATCH, 403)
        if not company.budget.pay(request.method, route.template, route.cost):
            return answer_json(OVER_LIMIT, 429)
        return company.rest.answer(request, route, places, grant.user_id)

    def _control(self, request: Request) -> Answer:
        """`{"fault": {..}, "clear": true, "forward": s, "do": {"action": ..}, "register": {"url": ..}}`, each
        optional.
        """  # noqa: D205 - one line of JSON
        try:
            body = request.json()
            if body.get("clear"):
                self.faults.clear()
            if "fault" in body:
                self.faults.order_from(body["fault"])
            self.clock.forward(float(body.get("forward", 0)))
            registered = self.register(**body["register"]).id if "register" in body else None
            done = self.do(**body["do"]) if "do" in body else None
        except (ValueError, TypeError, AttributeError) as wrong:
            return answer_json({"error": str(wrong)}, 400)
        return answer_json({"done": done, "webhook_id": registered})

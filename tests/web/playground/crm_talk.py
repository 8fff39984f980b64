"""Shared by tests of the simulated Pipedrive: the app's credentials, consent, and received webhooks."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.web.playground.app_stub import AppStub
from web.playground.pipedrive.server import FakePipedrive

BASIC = ("playground-client", "playground-secret")
BACK = "http://127.0.0.1/callback"


def heard(pipedrive: FakePipedrive, subscriber: AppStub) -> list[dict[str, Any]]:
    assert pipedrive.sender.settle()
    return subscriber.events


def consent(pipedrive: FakePipedrive, **more: str) -> dict[str, list[str]]:
    query = {"client_id": BASIC[0], "redirect_uri": BACK, "state": "s1"} | more
    answer = httpx.get(f"{pipedrive.url}/oauth/authorize", params=query)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)


def exchange(pipedrive: FakePipedrive, **form: str) -> httpx.Response:
    return httpx.post(f"{pipedrive.url}/oauth/token", data=form, auth=BASIC)


class Api:
    """The REST API of a company, with one user's token; every call uses a new connection."""

    def __init__(self, pipedrive: FakePipedrive, user_id: int = 1, *, company_id: int = 12345) -> None:
        self._url = pipedrive.url
        token = pipedrive.oauth.grant(user_id, company_id=company_id)["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, f"{self._url}{path}", headers=self._headers, **more)

    def get(self, path: str, **query: str | int) -> httpx.Response:
        return self.ask("GET", path, params=query)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.ask("POST", path, json=body)

    def patch(self, path: str, **fields: Any) -> httpx.Response:
        return self.ask("PATCH", path, json=fields)

    def delete(self, path: str) -> httpx.Response:
        return self.ask("DELETE", path)

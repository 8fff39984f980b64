"""What tests about the Pipedrive stand-in share: the app's credentials, consent, and what was heard."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.web.playground.app_stub import AppStub
from web.playground.fake_pipedrive import FakePipedrive

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

"""Pipedrive's consent page: who consents, as whom, and the allowed redirects."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.web.playground.crm_talk import BACK, BASIC, exchange
from web.playground.pipedrive.server import FakePipedrive

QUERY = {"client_id": BASIC[0], "redirect_uri": BACK, "state": "s1"}


def ask(pipedrive: FakePipedrive, **changes: str) -> httpx.Response:
    return httpx.get(f"{pipedrive.url}/oauth/authorize", params=QUERY | changes)


def pressed(pipedrive: FakePipedrive, page: str, label: str) -> dict[str, str]:
    """Press a button of the page, and read what comes back to the app."""
    (form,) = re.findall(rf"<form [^>]+>((?:(?!</form>).)*)<button>{label}</button>", page)
    fields = {
        unescape(name): unescape(value) for name, value in re.findall(r'name="(.*?)" value="(.*?)"', form)
    }
    answer = httpx.get(f"{pipedrive.url}/oauth/authorize", params=fields)
    assert answer.status_code == 302
    return {name: one[0] for name, one in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def test_a_person_allows_or_denies_on_the_page(pipedrive: FakePipedrive) -> None:
    pipedrive.oauth.interactive = True
    page = ask(pipedrive)
    assert page.status_code == 200
    assert "Acme as Ada Lovelace" in page.text
    assert pressed(pipedrive, page.text, "Deny") == {"error": "user_denied", "state": "s1"}
    found = pressed(pipedrive, page.text, "Allow and install")
    form = {"grant_type": "authorization_code", "code": found["code"], "redirect_uri": BACK}
    assert pipedrive.oauth.user_of(exchange(pipedrive, **form).json()["access_token"]) == 1


def test_another_user_of_another_company_may_answer(pipedrive: FakePipedrive) -> None:
    pipedrive.add_company(777, "Umbrella", people=(("Una", "una@example.org"), ("Vic", "vic@example.org")))
    pipedrive.oauth.interactive = True
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', ask(pipedrive).text)]
    assert len(links) == 3
    page = httpx.get(f"{pipedrive.url}{links[-1]}").text
    assert "Umbrella as Vic" in page
    found = pressed(pipedrive, page, "Allow and install")
    form = {"grant_type": "authorization_code", "code": found["code"], "redirect_uri": BACK}
    token = exchange(pipedrive, **form).json()["access_token"]
    me = httpx.get(f"{pipedrive.url}/v1/users/me", headers={"Authorization": f"Bearer {token}"}).json()[
        "data"
    ]
    assert (me["company_id"], me["id"], me["is_admin"]) == (777, 2, 0)


@pytest.mark.parametrize("wish", ["999:1", "12345:9", "nonsense", ":"])
def test_nobody_unknown_can_be_chosen(pipedrive: FakePipedrive, wish: str) -> None:
    pipedrive.oauth.interactive = True
    assert "Acme as Ada Lovelace" in ask(pipedrive, **{"as": wish}).text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": ""},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": "http://evil.example/callback"},
        {"code_challenge": "x", "code_challenge_method": "plain"},
        {"code_challenge": "x"},
    ],
)
def test_a_wrong_request_goes_nowhere(pipedrive: FakePipedrive, changes: dict[str, str]) -> None:
    pipedrive.oauth.callback = BACK
    assert ask(pipedrive).status_code == 302
    assert ask(pipedrive, **changes).status_code == 400

"""The whole simulated Google: sign-in with the chooser or at once, and its start and stop."""

import re
from html import unescape

import httpx
import pytest

from tests.web.playground.google_talk import ask, told
from web.playground.faults import Fault
from web.playground.google.server import FakeGoogle
from web.playground.people import Person


def test_somebody_signed_in_comes_back_at_once(google: FakeGoogle) -> None:
    google.auto = "ben@example.com"
    found = told(ask(google))
    assert found["state"] == "s1"
    assert found["code"]


def test_the_chooser_shows_everybody_and_a_way_out(google: FakeGoogle) -> None:
    page = ask(google, login_hint="ben@example.com")
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page.text)]
    assert page.status_code == 200
    assert page.text.index("Ben Okafor") < page.text.index("Ada Lovelace")
    outcomes = [told(httpx.get(f"{google.url}{link}")) for link in links]
    assert [min(found) for found in outcomes] == ["authuser", "authuser", "error"]
    assert outcomes[2] == {"error": "access_denied", "state": "s1"}


def test_names_are_text_to_the_chooser(google: FakeGoogle) -> None:
    google.people = {"users/9": Person("users/9", "<script>alert(1)</script>", '"><b>@example.com')}
    page = ask(google).text
    assert "<script>" not in page
    assert '"><b>' not in page


def test_a_person_may_cancel(google: FakeGoogle) -> None:
    google.denies = True
    assert told(ask(google)) == {"error": "access_denied", "state": "s1"}


def test_discovery_names_doors_that_answer(google: FakeGoogle) -> None:
    about = httpx.get(f"{google.url}/.well-known/openid-configuration")
    assert about.headers["cache-control"] == "public, max-age=3600"
    assert about.json()["issuer"] == google.url
    assert httpx.get(about.json()["jwks_uri"]).json()["keys"][0]["alg"] == "RS256"
    assert httpx.get(f"{google.url}/nowhere").status_code == 404


@pytest.mark.parametrize("status", [500, 503])
def test_google_can_be_down(google: FakeGoogle, status: int) -> None:
    google.faults.order(Fault(where="/token", status=status))
    assert httpx.post(f"{google.url}/token").status_code == status
    assert httpx.post(f"{google.url}/token").status_code == 401


def test_a_reply_can_be_lost(google: FakeGoogle) -> None:
    google.faults.order(Fault(drop=True))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{google.url}/oauth2/v3/certs")

"""People sign in over real HTTP, each browser separately; requests from other sites are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from models.accounts.connect_links import issue
from models.tables.accounts import CONNECT
from tests.customers import Customer, new_customer
from tests.stack import Stack

ADA, BEN = "ada@example.com", "ben@example.com"
HTML = {"Accept": "text/html"}


class Browser(httpx.Client):
    """Follows redirects and keeps its cookies, per host."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(base_url=stack.url, follow_redirects=True, trust_env=False, headers=HTML, timeout=15)

    def signs_in_as(self, stack: Stack, email: str) -> httpx.Response:
        stack.play.google.auto = email
        return self.get("/sign-in?next=/setup")

    def press(self, path: str, page: httpx.Response, **form: str) -> httpx.Response:
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token, page.text[:500]
        origin = {"Origin": str(self.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        return self.post(path, data=form | {"csrf": token[1]}, headers=origin)


@pytest.fixture
def browsers(stack: Stack) -> Iterator[tuple[Browser, Browser]]:
    with Browser(stack) as one, Browser(stack) as other:
        yield one, other
    stack.play.google.auto = None


@pytest.fixture
def teams(stack: Stack) -> Iterator[dict[str, Customer]]:
    """A tenant for each of the two; afterwards they are in none, because other tests know them, too."""
    made = {email: new_customer(stack) for email in (ADA, BEN)}
    for email, team in made.items():
        team.load([], users=[{"email": email, "role": "admin"}])
    yield made
    for team in made.values():
        team.load([], users=[])


def test_two_people_sign_in_to_their_own_teams(
    stack: Stack, browsers: tuple[Browser, Browser], teams: dict[str, Customer]
) -> None:
    for browser, (email, team) in zip(browsers, teams.items(), strict=True):
        page = browser.signs_in_as(stack, email)
        assert page.status_code == 200
        assert urlsplit(str(page.url)).path == "/setup"
        assert email in page.text
        others = [each.name for each in teams.values() if each is not team]
        assert not [name for name in others if name in page.text]

    ada, ben = browsers
    ada.press("/sign-out", ada.get("/setup"))
    assert ADA not in ada.get("/setup").text
    assert BEN in ben.get("/setup").text


def test_an_attackers_answer_signs_no_victim_in(stack: Stack, browsers: tuple[Browser, Browser]) -> None:
    attacker, victim = browsers
    stack.play.google.auto = BEN
    there = attacker.get("/sign-in", follow_redirects=False).headers["location"]
    back = httpx.get(there, trust_env=False).headers["location"]
    victim.get("/sign-in", follow_redirects=False)

    said = victim.get(back)

    assert said.status_code == 400
    assert "session" not in victim.cookies
    assert attacker.get(back).status_code == 200
    assert "session" in attacker.cookies


def test_other_sites_and_names_are_turned_away(stack: Stack, browsers: tuple[Browser, Browser]) -> None:
    browser, _ = browsers
    browser.signs_in_as(stack, ADA)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert browser.post("/sign-out", headers=foreign).status_code == 403
    assert browser.get("/setup", headers={"Host": "evil.example"}).status_code == 400
    assert browser.get("/health/live", headers={"Host": "10.0.0.7"}).status_code == 200
    assert ADA in browser.get("/setup").text
    browser.press("/sign-out", browser.get("/setup"))


def test_a_link_out_of_chat_is_used_once_and_logged_nowhere(
    stack: Stack, browsers: tuple[Browser, Browser]
) -> None:
    with stack.database.writing_all() as session:
        secret = issue(
            session,
            purpose=CONNECT,
            email=ADA,
            chat_name=None,
            tenant_id=None,
            space="spaces/A",
            space_title="Deals",
        )
    for browser in browsers:
        assert "Is this you?" in browser.get(f"/connect/{secret}").text
    ada, ben = browsers
    stack.play.google.auto = BEN
    assert ben.get(f"/connect/{secret}/google").status_code == 403
    stack.play.google.auto = ADA
    page = ada.get(f"/connect/{secret}/google")

    assert urlsplit(str(page.url)).path == "/setup"
    assert ADA in page.text
    assert ben.get(f"/connect/{secret}").status_code == 410
    assert secret not in stack.logs()
    ada.press("/sign-out", ada.get("/setup"))

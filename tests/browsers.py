"""Browsers of people using a running stack, and companies at its Pipedrive, one for each test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from sqlalchemy import select

from models.accounts.sessions import Origin, open_session
from models.tables import Connection, Tenant
from tests.stack import Stack
from web.playground.pipedrive.company import CrmCompany

START: Final = "/api/v1/oauth/pipedrive"
CALLBACK: Final = "/api/v1/oauth/callback"
CONFIRM: Final = "/api/v1/oauth/confirm"
PAGE: Final = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')


class Browser(httpx.Client):
    """One browser with its own cookies; it follows redirects only if a test tells it to."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(base_url=stack.url, headers=PAGE, trust_env=False, timeout=30)
        self._stack = stack

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def sign_in(self, email: str, **origin: Any) -> None:
        """Sign somebody in here, as after a sign-in with Google."""
        with self._stack.database.writing_all() as session:
            secret = open_session(session, email, email.partition("@")[0].title(), "test", Origin(**origin))
        self.cookies.set("session", secret, domain="127.0.0.1")

    def sign_out(self) -> None:
        self.cookies.delete("session", domain="127.0.0.1")

    def ask(self, path: str = START, **changes: str) -> str:
        """Press "Connect" and return Pipedrive's URL; an empty change removes a parameter."""
        answer = self.get(path)
        assert answer.status_code == 302, answer.text
        return altered(answer.headers["location"], **changes)

    def press(self, path: str, on: str, **form: str) -> httpx.Response:
        """Press the button of a form on the page `on`."""
        found = _CSRF.search(self.get(on).text)
        assert found
        return self.post(path, data={"csrf": found[1]} | form, headers={"Sec-Fetch-Site": "same-origin"})


@dataclass(frozen=True, slots=True)
class Firm:
    """A company at Pipedrive: user 1 is its admin `boss`, user 2 its seller `rep`."""

    stack: Stack
    crm: CrmCompany
    name: str
    boss: str
    rep: str

    def allows(self, address: str, user: int = 1) -> str:
        """Consent at Pipedrive as a user of this company; return the URL it redirects to."""
        wish = {"as": f"{self.crm.id}:{user}", "answer": "allow"}
        answer = httpx.get(altered(address, **wish), trust_env=False, follow_redirects=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def connect(self, browser: Browser, user: int = 1) -> httpx.Response:
        return browser.get(self.allows(browser.ask(), user))

    def connection(self) -> Connection | None:
        with self.stack.database.reading_all() as session:
            return session.scalar(select(Connection).where(Connection.company_id == str(self.crm.id)))

    def state(self) -> str | None:
        row = self.connection()
        return row.state if row else None

    def tenants(self) -> list[str]:
        """The tenants named after this company."""
        with self.stack.database.reading_all() as session:
            return list(session.scalars(select(Tenant.name).where(Tenant.name.startswith(self.name))))


def new_firm(stack: Stack) -> Firm:
    """Create a company that no other test uses."""
    number = next(stack.numbers)
    boss, rep = f"boss{number}@example.com", f"rep{number}@example.com"
    name = f"Firm {number} of {stack.port}"
    crm = stack.play.pipedrive.add_company(90_000 + number, name, people=[("Boss", boss), ("Rep", rep)])
    return Firm(stack, crm, name, boss, rep)


def altered(address: str, **changes: str) -> str:
    """The same URL with other parameters; an empty one is removed."""
    parts = urlsplit(address)
    said = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    query = urlencode({name: value for name, value in said.items() if value})
    return parts._replace(query=query).geturl()


def said_in(address: str, name: str) -> str:
    return parse_qs(urlsplit(address).query)[name][0]

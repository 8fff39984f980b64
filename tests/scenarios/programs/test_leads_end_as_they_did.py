"""A lead ends as what became of it, whoever ended it and where, in its history and the cards."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.customers import ADA
from tests.scenarios.acme import Acme
from tests.scenarios.acting.pressing import connect
from tests.stack import the_vault, wait_until

ADMIN = "ada@example.com"
UNCONNECTED = "uma@example.com"  # an admin, too, who never connected
WITHIN_S = 30.0


class Leads:
    """The leads of Acme, as an admin reads and changes them by REST."""

    def __init__(self, acme: Acme) -> None:
        self.acme = acme
        rule = {"name": "Conversions", "on": "lead.converted", "to": acme.spaces}
        acme.load([rule], users=[{"email": each, "role": "admin"} for each in (ADMIN, UNCONNECTED)])
        self.api, self.unconnected = self._client(ADMIN), self._client(UNCONNECTED)
        self.ask("PUT", "/admin/lead-pipelines", {"chosen": []})  # else such a deal goes on as the lead

    def _client(self, email: str) -> httpx.Client:
        token = self.acme.stack.run("-m", "models", "token", self.acme.name, email).stdout.strip()
        head = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.acme.stack.url}/api/v1", headers=head, timeout=WITHIN_S)

    def ask(self, method: str, path: str, body: Any = None, *, by: httpx.Client | None = None) -> Any:
        answer = (by or self.api).request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def make(self, title: str) -> str:
        key = str(self.acme.crm.do("create_lead", title=title, person_name=f"Buyer of {title}")["id"])
        wait_until(lambda: self.api.get(f"/leads/{key}").is_success, WITHIN_S, f"the lead {title}")
        return key

    def history(self, key: str) -> list[tuple[str, str]]:
        lines = self.ask("GET", f"/leads/{key}/history")
        return [(each["what"], each["who"]) for each in lines][::-1]

    def _has_status(self, key: str, status: str) -> bool:
        time.sleep(0.5)  # REST answers a hundred requests a minute
        return str(self.ask("GET", f"/leads/{key}")["status"]) == status

    def end(self, key: str, status: str) -> list[tuple[str, str]]:
        wait_until(lambda: self._has_status(key, status), WITHIN_S, f"{status} {key}")
        return self.history(key)


@pytest.fixture
def leads(acme: Acme) -> Leads:
    return Leads(acme)


def test_each_end_is_told_as_what_it_was(leads: Leads) -> None:
    acme = leads.acme
    converted, ours, given_up = (leads.make(title) for title in ("Alpha", "Beta", "Gamma"))
    (noted,) = leads.ask("PUT", f"/leads/{ours}", {"note": "Hi"}, by=leads.unconnected)["written"]
    assert noted["outcome"] == "waits"
    connect(acme.stack.database, the_vault(), acme.crm, acme.name, ADA)

    acme.crm.do("convert_lead", id=converted)
    (written,) = leads.ask("PUT", f"/leads/{ours}", {"status": "converted"})["written"]
    assert written["outcome"] == "recorded"
    leads.ask("DELETE", f"/leads/{given_up}")

    assert leads.end(converted, "converted") == [("created", ""), ("converted", "")]
    assert leads.end(ours, "converted") == [("created", ""), ("converted", "Ada Lovelace")]
    assert leads.end(given_up, "lost") == [("created", ""), ("lost", "Ada Lovelace")]
    said = str(acme.cards())
    assert "Alpha" in said
    assert "Gamma" not in said

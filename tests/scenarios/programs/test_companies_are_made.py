"""A program makes an organization in a connected Pipedrive, once; it is shown once Pipedrive told of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.browsers import Browser, new_firm
from tests.stack import Stack, wait_until

WITHIN_S = 40.0


def test_of_many_at_once_one_makes_it_and_a_later_one_is_told_its_id(stack: Stack) -> None:
    firm = new_firm(stack)
    with Browser(stack) as boss:
        boss.sign_in(firm.boss)
        assert firm.connect(boss).status_code == 303
        wait_until(lambda: len(firm.crm.subscriptions.all) > 5, WITHIN_S, "the webhooks")
    token = stack.run("-m", "models", "token", firm.name, firm.boss).stdout.strip()
    bearer = {"Authorization": f"Bearer {token}"}

    def call(method: str, path: str = "/companies", **what: Any) -> httpx.Response:
        return httpx.request(
            method, f"{stack.url}/api/v1{path}", headers=bearer, timeout=30, trust_env=False, **what
        )

    with ThreadPoolExecutor(4) as pool:
        tries = [
            pool.submit(call, "POST", json={"name": name}) for name in ("Wayne", "WAYNE ", "wayne", "Wayne")
        ]
        answers = [each.result() for each in tries]
    settled = [each for each in answers if each.status_code != 201 or each.json()["data"]["id"]]
    last = call("POST", json={"name": "wayne"})

    there = [each for each in firm.crm.store.all("organization") if each["name"].casefold() == "wayne"]
    assert [str(each["id"]) for each in there] == [last.json()["details"]["id"]]
    made = [each for each in settled if each.status_code == 201]
    assert len(made) <= 1
    assert {each.status_code for each in settled if each not in made} <= {409}
    path = f"/companies/{there[0]['id']}"
    wait_until(lambda: call("GET", path).status_code == 200, WITHIN_S, "Pipedrive's webhook")
    assert call("GET", path).json()["data"]["name"] == there[0]["name"]

"""Acme: the customer whose Pipedrive is the simulation, so that names are known."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.customers import DOOR, PASSWORD, Customer, new_customer
from tests.stack import HOLDS_AFTER_S, Stack
from web.playground.pipedrive.server import FakePipedrive
from web.playground.play import REFRESH_TOKEN

NAME, KEY = "Acme", "key-of-acme"


@dataclass
class Acme(Customer):
    """A customer that is connected to the simulated Pipedrive, which sends it webhooks."""

    @property
    def crm(self) -> FakePipedrive:
        return self.stack.play.pipedrive

    def load(self, rules: Sequence[Mapping[str, Any]], **sections: Any) -> None:
        connection = {"refresh_token": REFRESH_TOKEN, "api_domain": "https://acme.pipedrive.com"}
        super().load(rules, pipedrive={"connection": connection}, **sections)
        time.sleep(HOLDS_AFTER_S)


def acme_of(stack: Stack) -> Acme:
    """Return the one tenant of the simulation's company, with a new space; its rules are of earlier tests."""
    company = stack.play.pipedrive.store.company.id
    door = f"{stack.url}{DOOR}/{KEY}"
    if door not in [webhook.url for webhook in stack.play.pipedrive.subscriptions.all.values()]:
        stack.play.pipedrive.register(door, "pd", PASSWORD)
    return Acme(stack, NAME, KEY, company, new_customer(stack).spaces)

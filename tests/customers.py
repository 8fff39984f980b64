"""A customer of a running stack: a tenant with spaces of its own, whose webhooks a test posts."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.models.pipedrive.webhook import v2
from tests.stack import Stack, wait_until
from web.playground.chat.store import StoredSpace

ADA, BEN = "users/1001", "users/1002"
DOOR = "/api/v1/webhook/pipedrive"
PASSWORD = "pass:wörd-of-the-door"
WITHIN_S = 20.0


@dataclass
class Customer:
    """A tenant; `accepted` are the ids of events that the webhook endpoint answered with a 2xx."""

    stack: Stack
    name: str
    key: str
    company_id: int
    spaces: Sequence[str]
    accepted: list[str] = field(default_factory=list)

    def load(self, rules: Sequence[Mapping[str, Any]], **sections: Any) -> None:
        self.stack.load(self.document(rules, **sections))

    def document(self, rules: Sequence[Mapping[str, Any]], **sections: Any) -> dict[str, Any]:
        webhook = {"key": self.key, "user": "pd", "password": PASSWORD}
        pipedrive = {"company_id": self.company_id, "domain": "acme.pipedrive.com", "webhook": webhook}
        pipedrive |= sections.pop("pipedrive", {})
        spaces = [{"name": name, "title": f"Deals of {self.name}"} for name in self.spaces]
        return {"tenant": self.name, "pipedrive": pipedrive, "spaces": spaces, "rules": rules, **sections}

    def post(self, body: Mapping[str, Any], http: httpx.Client | None = None) -> httpx.Response:
        """Send a webhook as Pipedrive does, without its retries."""
        answer = (http or self.stack.http).post(
            f"{DOOR}/{self.key}",
            content=json.dumps(body),
            headers={"Content-Type": "application/json", "User-Agent": "Pipedrive Webhooks"},
            auth=("pd", PASSWORD),
        )
        if answer.is_success:
            self.accepted.append(body.get("meta", {}).get("id", ""))
        return answer

    def won(self, title: str = "Big deal", number: int = 8, **data: Any) -> dict[str, Any]:
        """A v2 body of this company: the deal `number` became won."""
        data |= {"id": number, "title": title, "status": "won"}
        return self.body(previous={"status": "open"}, data=data)

    def body(self, action: str = "change", entity: str = "deal", **more: Any) -> dict[str, Any]:
        """A v2 body of this company with an id of its own."""
        meta = {"id": str(uuid.uuid4()), "company_id": str(self.company_id)}
        return v2(action, entity, **meta | more)

    def cards(self, *spaces: str) -> list[dict[str, Any]]:
        """The messages in these spaces, or in all of the customer's, oldest first."""
        return [card for space in spaces or self.spaces for card in self.stack.play.chat.cards(space)]

    def wait_for_cards(self, count: int, *spaces: str, seconds: float = WITHIN_S) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.cards(*spaces)) >= count, seconds, f"{count} cards for {self.name}")
        return self.cards(*spaces)


def new_customer(stack: Stack, spaces: int = 1, *, company_id: int | None = None) -> Customer:
    """Choose an unused tenant name, and create so many spaces in Chat; nothing is loaded yet."""
    number = next(stack.numbers)
    names = [f"spaces/S{number}N{one}" for one in range(spaces)]
    for name in names:
        secret = name.removeprefix("spaces/").lower()
        webhooks = {f"key-{secret}": f"token-{secret}"}
        stack.play.chat.store.add_space(StoredSpace(name, name, members={ADA, BEN}, webhooks=webhooks))
    return Customer(stack, f"Customer {number}", f"key-{number}", company_id or 70_000 + number, names)


def facts_of(message: Mapping[str, Any]) -> dict[str, str]:
    """The labelled rows of a card: the label above a text, and the text."""
    widgets = [one for section in message["cardsV2"][0]["card"]["sections"] for one in section["widgets"]]
    columns = [column for one in widgets for column in one.get("columns", {}).get("columnItems", ())]
    widgets += [one for column in columns for one in column["widgets"]]
    rows = [one["decoratedText"] for one in widgets if "decoratedText" in one]
    return {row.get("topLabel", ""): row["text"] for row in rows}


def headings(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(one["cardsV2"][0]["card"]["header"]["title"]) for one in messages]


def told_by(message: Mapping[str, Any]) -> int:
    """How many events a message reports: one, or the number in a summary's heading."""
    title = message["cardsV2"][0]["card"]["header"]["title"]
    found = re.match(r"([\d,]+) events in Pipedrive", title)
    return int(found[1].replace(",", "")) if found else 1

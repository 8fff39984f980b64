"""A Playground without servers: fixed cards and a small board, for tests of the page alone."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from playwright.sync_api import Page

from tests.browser.stub_cards import (
    ADA,
    APP,
    BEN,
    FIRST_DEALS,
    RULE_DIALOG,
    STAGES,
    STATUS_AFTER,
    Json,
    deal_card,
    row,
)
from web.playground.chat.store import viewer_in
from web.playground.inspector import DIALOG, MESSAGE, report
from web.playground.play import Playground
from web.playground.ticker import Ticker


class StubPlayground(Playground):
    """Answers at once and records the page's calls in `asked`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.version, self.ticker = 1, Ticker()
        self.moved = threading.Condition()
        self.numbers = count(1)
        self.heard: dict[str, list[Json]] = {"spaces/AAAA": [], "spaces/BBBB": [], "spaces/DM": []}
        self.dialogs: dict[str, Json] = {}
        self.deliveries: list[Json] = []
        self.steps: dict[str, bool] = {}
        self.roles: dict[str, str] | None = None
        self.spoken = "classic"
        self.failing: list[str] = []
        self.backlog: Json = {}
        self.deals: list[Json] = []
        for place, (title, org, value) in enumerate(FIRST_DEALS):
            self.add_deal(title=title, org_name=org, value=value, stage_id=place + 1)

    def changed(self) -> None:
        with self.moved:
            self.version += 1
            self.moved.notify_all()

    def people(self) -> list[Json]:
        return [ADA, BEN]

    def commands(self) -> list[Json]:
        slash = {
            "id": 1,
            "name": "/pipenotify",
            "description": "Rules and spaces",
            "type": "SLASH_COMMAND",
        }
        quick = {"id": 3, "name": "New rule", "description": "Make a rule", "type": "QUICK_COMMAND"}
        action = {"id": 8, "name": "Write to Pipedrive", "description": "", "type": "MESSAGE_ACTION"}
        return [slash, quick, action]

    def spaces(self, viewer: str) -> list[Json]:  # noqa: ARG002 - everybody is everywhere here
        kinds = (("spaces/AAAA", "Deals", "SPACE"), ("spaces/BBBB", "Wins wall", "SPACE"))
        rooms = [
            {"name": name, "displayName": title, "spaceType": kind, "appIsMember": name != "spaces/BBBB"}
            for name, title, kind in kinds
        ]
        direct = {"name": "spaces/DM", "spaceType": "DIRECT_MESSAGE", "appIsMember": True, "displayName": ""}
        return [*rooms, direct]

    def messages(self, space: str, viewer: str) -> list[Json]:
        seen = self.heard[space]
        return [each for each in seen if each.get("privateMessageViewer", {"name": viewer})["name"] == viewer]

    def post(self, space: str, sender: Json, **more: Any) -> Json:
        name = f"{space}/messages/{next(self.numbers)}"
        thread = {"name": more.pop("thread", None) or name.replace("messages", "threads")}
        made = {
            "name": name,
            "sender": sender,
            "thread": thread,
            "createTime": datetime.now(UTC).isoformat(),
            **more,
        }
        self.heard[space].append(made)
        self.changed()
        return made

    def say(self, space: str, user: str, text: str, thread: str | None = None, *, window: str = "") -> Json:
        self.asked.append(("say", space, user, text, thread))
        self.post(space, ADA if user == ADA["name"] else BEN, text=text, thread=thread)
        if "rule new" in text:
            self.dialogs[viewer_in(user, window)] = {"space": space, "message": None, "card": RULE_DIALOG}
            self.changed()
            return {"kind": "dialog", "problems": []}
        if "break" in text:
            self.post(space, APP, text="Pipenotify is unable to process your request", error=True)
            return {"kind": "refused", "problems": ["cardsV2[0].card.header: title is missing"]}
        help_card = {"header": {"title": "Help"}, "sections": [{"widgets": [row("Try", text, "help")]}]}
        private = {"privateMessageViewer": {"name": user}}
        self.post(space, APP, cardsV2=[{"cardId": "help", "card": help_card}], fallbackText="Help", **private)
        return {"kind": "message", "problems": []}

    def quick_command(self, space: str, user: str, command_id: int, *, window: str = "") -> Json:
        self.asked.append(("quick", space, user, command_id))
        self.dialogs[viewer_in(user, window)] = {"space": space, "message": None, "card": RULE_DIALOG}
        self.changed()
        return {"kind": "dialog", "problems": []}

    def message_action(
        self, space: str, user: str, message: str, command_id: int, *, window: str = ""
    ) -> Json:
        self.asked.append(("message-action", space, user, message, command_id, window))
        return {"kind": "message", "problems": []}

    def click(
        self,
        space: str,
        user: str,
        message: str,
        parameters: Mapping[str, str],
        inputs: Mapping[str, Any] | None = None,
        *,
        window: str = "",  # noqa: ARG002 - the interface
    ) -> Json:
        self.asked.append(("click", space, user, message, dict(parameters), dict(inputs or {})))
        return {"kind": "nothing", "problems": [], "notification": "Muted for an hour"}

    def dialog(self, user: str, *, window: str = "") -> Json | None:
        return self.dialogs.get(viewer_in(user, window))

    def submit_dialog(
        self,
        user: str,
        parameters: Mapping[str, str],
        inputs: Mapping[str, Any] | None = None,
        *,
        window: str = "",
    ) -> Json:
        self.asked.append(("submit", user, dict(parameters), dict(inputs or {})))
        self.close_dialog(user, window=window)
        return {"kind": "closed", "problems": [], "notification": "Saved"}

    def close_dialog(self, user: str, *, window: str = "") -> None:
        self.dialogs.pop(viewer_in(user, window), None)
        self.changed()

    def autocomplete(
        self,
        space: str,
        user: str,
        parameters: Mapping[str, str],
        query: str,
        *,
        window: str = "",  # noqa: ARG002 - the interface
    ) -> Json:
        self.asked.append(("autocomplete", space, user, dict(parameters), query))
        found = [name for name in STAGES if query.lower() in name.lower()]
        return {
            "kind": "options",
            "problems": [],
            "options": [{"text": each, "value": each} for each in found],
        }

    def dialect(self) -> str:
        return self.spoken

    def speak(self, dialect: str) -> None:
        self.asked.append(("dialect", dialect))
        self.spoken = dialect
        self.changed()

    def outages(self) -> Json:
        return {"offered": ["chat-hangs", "chat-429", "chat-403", "worker"], "active": list(self.failing)}

    def switch_outage(self, name: str, *, on: bool) -> None:
        self.asked.append(("outage", name, on))
        self.failing = [name] if on else []
        self.changed()

    def inspect(self, user: str, message: str | None, *, window: str = "") -> Json:
        if message is None:
            return report(self.dialogs[viewer_in(user, window)]["card"], DIALOG)
        found = next(each for space in self.heard.values() for each in space if each["name"] == message)
        return report(
            {key: found[key] for key in ("text", "cardsV2", "fallbackText") if key in found}, MESSAGE
        )

    def add_app(self, space: str, user: str) -> Json:
        self.asked.append(("add", space, user))
        return {"kind": "nothing", "problems": []}

    def remove_app(self, space: str, user: str) -> Json:
        self.asked.append(("remove", space, user))
        return {"kind": "nothing", "problems": []}

    def pipedrive_record(self, entity: str, key: str) -> Json:
        self.asked.append(("record", entity, key))
        deal = next((each for each in self.deals if str(each["id"]) == key), None)
        if entity != "deal" or deal is None:
            raise ValueError("There is no such page in this Pipedrive.")
        rows = [["Value", f"{deal['value']} {deal['currency']}"], ["Owner", deal["owner_name"]]]
        return {"entity": entity, "id": deal["id"], "title": deal["title"], "rows": rows, "parts": []}

    def pipedrive_state(self) -> Json:
        stages = [
            {"id": place, "name": name, "order_nr": place} for place, name in enumerate(STAGES, start=1)
        ]
        return {
            "company": {"id": 1, "name": "Acme", "domain": "acme.pipedrive.com"},
            "users": [
                {"id": 11, "name": ADA["displayName"], "email": ADA["email"]},
                {"id": 12, "name": BEN["displayName"], "email": BEN["email"]},
            ],
            "pipelines": [{"id": 1, "name": "Sales", "stages": stages}],
            "deals": [dict(each) for each in self.deals],
            "leads": [],
            "persons": [{"id": 1, "name": "Mia"}],
            "organizations": [{"id": 1, "name": "Northwind"}],
            "currencies": ["EUR", "USD"],
            "webhooks": [{"id": 1, "name": "Pipenotify", "url": "http://127.0.0.1", "event": "*.*"}],
            "deliveries": self.deliveries,
        }

    def add_deal(self, **fields: Any) -> Json:
        plain = {"currency": "EUR", "status": "open", "stage_id": 1, "pipeline_id": 1, "owner_id": 11}
        deal = {**plain, "owner_name": ADA["displayName"], "value": 0, **fields, "id": next(self.numbers)}
        self.deals.append(deal)
        self.changed()
        return deal

    def pipedrive_do(self, action: str, **arguments: Any) -> Json:
        self.asked.append((action, dict(arguments)))
        arguments.pop("user_id", None)
        if action == "create_deal":
            return self.add_deal(**arguments)
        if action == "bulk_import":
            for place in range(arguments["count"]):
                self.add_deal(title=f"Imported {place}", value=100)
            return {"count": arguments["count"]}
        if action in ("create_activity", "create_note", "create_product", "create_organization"):
            return {"id": next(self.numbers)}
        deal = next((each for each in self.deals if each["id"] == arguments["id"]), None)
        if deal is None:
            raise ValueError("There is no such deal")
        deal.update(arguments)
        deal["status"] = STATUS_AFTER.get(action, deal["status"])
        if action == "win_deal":
            card = deal_card("Deal won: 40 licences", "€48,000")
            self.post("spaces/AAAA", APP, cardsV2=[{"cardId": "deal", "card": card}], fallbackText="Won")
        self.changed()
        return deal

    def wait_for_change(self, since: int, timeout: float = 25.0) -> int:
        with self.moved:
            self.moved.wait_for(lambda: self.version > since, min(timeout, 2.0))
            return self.version


def say(page: Page, text: str) -> None:
    page.fill("#composer-box", text)
    page.keyboard.press("Enter")


def asked(play: StubPlayground, kind: str) -> list[tuple[Any, ...]]:
    return [each for each in play.asked if each[0] == kind]

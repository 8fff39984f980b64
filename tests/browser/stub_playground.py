"""A Playground without servers: fixed cards and a small board, for tests of the page alone."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from web.playground.play import Playground

ADA = {"name": "users/1001", "displayName": "Ada Lovelace", "email": "ada@example.com"}
BEN = {"name": "users/1002", "displayName": "Ben Okafor", "email": "ben@example.com"}
APP = {"name": "users/app", "displayName": "Pipenotify", "type": "BOT"}
STAGES = ("Qualified", "Contact made", "Demo scheduled", "Proposal made", "Negotiations")
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>Kestrel</b> & Sons'
STATUS_AFTER = {"win_deal": "won", "lose_deal": "lost", "reopen_deal": "open"}
FIRST_DEALS = (
    ("40 licences", "Northwind", 48000),
    (HOSTILE, HOSTILE, 9500.5),
    ("Pilot in Lyon", "Atelier", 1200),
)

Json = dict[str, Any]


def press(action: str, text: str, **more: Any) -> Json:
    """A button of a card, in Chat's JSON."""
    parameters = [{"key": "do", "value": action}]
    function = "http://127.0.0.1/chat/events"
    return {"text": text, "onClick": {"action": {"function": function, "parameters": parameters}}, **more}


def row(label: str, text: str, icon: str) -> Json:
    shown = {"topLabel": label, "text": text, "startIcon": {"materialIcon": {"name": icon}}}
    return {"decoratedText": shown}


def deal_card(title: str, value: str) -> Json:
    facts = [
        row("Value", f"<b>{value}</b>", "payments"),
        row("Organization", "Kestrel &amp; Sons", "domain"),
        row("Owner", "Ada Lovelace", "person"),
    ]
    more = [row("Stage", "Negotiations → Won", "trending_up"), row("Open for", "23 days", "schedule")]
    buttons = [
        {"text": "Open in Pipedrive", "onClick": {"openLink": {"url": "https://acme.pipedrive.com/deal/7"}}},
        press("note.new", "Add note"),
        press("rule.mute", "Mute", type="BORDERLESS"),
    ]
    header = {"title": title, "subtitle": "Deal won by Ada Lovelace", "imageUrl": "https://example.com/i.png"}
    sections = [
        {"widgets": facts + more, "collapsible": True, "uncollapsibleWidgetsCount": 3},
        {"widgets": [{"buttonList": {"buttons": buttons}}]},
    ]
    return {"header": header, "sections": sections}


def chosen(*items: str) -> list[Json]:
    return [{"text": each, "value": each, "selected": not place} for place, each in enumerate(items)]


RULE_DIALOG: Json = {
    "header": {"title": "New rule", "subtitle": "Say what should become a card, and where"},
    "sections": [
        {
            "widgets": [
                {"textInput": {"name": "name", "label": "Name", "hintText": "People see it on the card"}},
                {
                    "selectionInput": {
                        "name": "on",
                        "label": "When",
                        "type": "DROPDOWN",
                        "items": chosen("A deal is won", "A deal moves", "A lead is made"),
                    }
                },
                {
                    "selectionInput": {
                        "name": "spaces",
                        "label": "To",
                        "type": "MULTI_SELECT",
                        "items": chosen("Deals", "Wins wall", "Management"),
                    }
                },
                {
                    "selectionInput": {
                        "name": "template",
                        "label": "Card",
                        "type": "RADIO_BUTTON",
                        "items": chosen("Compact", "Detailed"),
                    }
                },
                {
                    "selectionInput": {
                        "name": "flags",
                        "type": "SWITCH",
                        "items": [{"text": "Urgent: also in quiet hours", "value": "urgent"}],
                    }
                },
                {"dateTimePicker": {"name": "from", "label": "From", "type": "DATE_ONLY"}},
            ]
        }
    ],
    "fixedFooter": {
        "primaryButton": {
            "text": "Save rule",
            "onClick": {
                "action": {
                    "function": "http://127.0.0.1/chat/events",
                    "requiredWidgets": ["name"],
                    "parameters": [{"key": "do", "value": "rule.save"}],
                }
            },
        },
        "secondaryButton": press("dialog.cancel", "Cancel"),
    },
}


class StubPlayground(Playground):
    """Answers at once and records the page's calls in `asked`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.version = 1
        self.moved = threading.Condition()
        self.numbers = count(1)
        self.heard: dict[str, list[Json]] = {"spaces/AAAA": [], "spaces/BBBB": [], "spaces/DM": []}
        self.dialogs: dict[str, Json] = {}
        self.deals: list[Json] = []
        for place, (title, org, value) in enumerate(
            (
                ("40 licences", "Northwind", 48000),
                (HOSTILE, HOSTILE, 9500.5),
                ("Pilot in Lyon", "Atelier", 1200),
            )
        ):
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
        return [slash, quick]

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

    def say(self, space: str, user: str, text: str, thread: str | None = None) -> Json:
        self.asked.append(("say", space, user, text, thread))
        self.post(space, ADA if user == ADA["name"] else BEN, text=text, thread=thread)
        if "rule new" in text:
            self.dialogs[user] = {"space": space, "message": None, "card": RULE_DIALOG}
            self.changed()
            return {"kind": "dialog", "problems": []}
        if "break" in text:
            self.post(space, APP, text="Pipenotify is unable to process your request", error=True)
            return {"kind": "refused", "problems": ["cardsV2[0].card.header: title is missing"]}
        help_card = {"header": {"title": "Help"}, "sections": [{"widgets": [row("Try", text, "help")]}]}
        private = {"privateMessageViewer": {"name": user}}
        self.post(space, APP, cardsV2=[{"cardId": "help", "card": help_card}], fallbackText="Help", **private)
        return {"kind": "message", "problems": []}

    def quick_command(self, space: str, user: str, command_id: int) -> Json:
        self.asked.append(("quick", space, user, command_id))
        self.dialogs[user] = {"space": space, "message": None, "card": RULE_DIALOG}
        self.changed()
        return {"kind": "dialog", "problems": []}

    def click(
        self,
        space: str,
        user: str,
        message: str,
        parameters: Mapping[str, str],
        inputs: Mapping[str, Any] | None = None,
    ) -> Json:
        self.asked.append(("click", space, user, message, dict(parameters), dict(inputs or {})))
        return {"kind": "nothing", "problems": [], "notification": "Muted for an hour"}

    def dialog(self, user: str) -> Json | None:
        return self.dialogs.get(user)

    def submit_dialog(
        self, user: str, parameters: Mapping[str, str], inputs: Mapping[str, Any] | None = None
    ) -> Json:
        self.asked.append(("submit", user, dict(parameters), dict(inputs or {})))
        self.close_dialog(user)
        return {"kind": "closed", "problems": [], "notification": "Saved"}

    def close_dialog(self, user: str) -> None:
        self.dialogs.pop(user, None)
        self.changed()

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
            "deliveries": [],
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

"""A conversation with Pipenotify as Chat would have it: request bodies, and checked responses."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from bot.chat.parse import parse_interaction
from bot.context import BotDeps
from bot.dispatch import Response, dispatch
from models.database.engine import Database
from models.security.contents import note_content_keys
from models.security.keys import KeyRing
from models.security.vault import Vault
from models.tables import AuditEntry, Connection, Destination, Rule, RuleDestination, Space, Tenant, User
from web.playground.chat.card_rules import problems

BASE_URL = "https://pipenotify.example.com"
ADA = {"name": "users/1", "email": "ada@acme.test", "displayName": "Ada Lovelace", "type": "HUMAN"}
BOB = {"name": "users/2", "email": "bob@bolt.test", "displayName": "Bob", "type": "HUMAN"}
EVE = {"name": "users/3", "email": "eve@nowhere.test", "displayName": "Eve", "type": "HUMAN"}
CLEO = {"name": "users/4", "email": "cleo@acme.test", "displayName": "Cleo", "type": "HUMAN"}
DEALS = {"name": "spaces/ACME", "displayName": "Deals", "spaceType": "SPACE", "type": "ROOM"}
BOLTS = {"name": "spaces/BOLT", "displayName": "Bolts", "spaceType": "SPACE", "type": "ROOM"}
NEW = {"name": "spaces/NEW", "displayName": "Nobody's", "spaceType": "SPACE", "type": "ROOM"}
_clock = itertools.count(1)


def bot_deps(database: Database) -> BotDeps:
    ring = KeyRing({"test": b"k" * 32})
    note_content_keys(database, ring)
    return BotDeps(database, Vault(ring), BASE_URL)


def two_tenants(database: Database) -> tuple[int, int]:
    """Acme with Ada and the space Deals, Bolt with Bob and the space Bolts; each with one rule."""
    with database.writing_all() as session:
        made = []
        for name, person, space in (("Acme", ADA, DEALS), ("Bolt", BOB, BOLTS)):
            tenant = Tenant(name=name)
            session.add(tenant)
            session.flush()
            session.add(User(tenant_id=tenant.id, email=person["email"], role="admin"))
            linked = Space(tenant_id=tenant.id, name=space["name"], title=space["displayName"])
            session.add_all([linked, Connection(tenant_id=tenant.id, company_id=name, state="connected")])
            session.flush()
            place = Destination(tenant_id=tenant.id, kind="chat_space", name=space["name"])
            place.space_id, place.address, place.lane = linked.id, space["name"], space["name"]
            rule = Rule(tenant_id=tenant.id, name=f"Wins of {name}", event_types=["deal.won"])
            session.add_all([place, rule])
            session.flush()
            session.add(RuleDestination(tenant_id=tenant.id, rule_id=rule.id, destination_id=place.id))
            made.append(tenant.id)
    return made[0], made[1]


def add_sales_rep(
    database: Database, tenant_id: int, person: dict[str, str] = CLEO, role: str = "sales_rep"
) -> None:
    """Make a person a user of a tenant, without being an admin."""
    with database.writing_all() as session:
        session.add(User(tenant_id=tenant_id, email=person["email"], role=role))


def rule_of(database: Database, tenant_id: int, name: str | None = None) -> Rule:
    with database.reading(tenant_id) as session:
        query = select(Rule).where(Rule.tenant_id == tenant_id).order_by(Rule.id)
        return session.scalars(query.where(Rule.name == name) if name else query).first()  # type: ignore[return-value]


def audit_of(database: Database, tenant_id: int) -> list[tuple[str, str, str]]:
    with database.reading(tenant_id) as session:
        query = select(AuditEntry.actor, AuditEntry.action, AuditEntry.object)
        rows = session.execute(query.where(AuditEntry.tenant_id == tenant_id).order_by(AuditEntry.number))
        return [(actor, action, what) for actor, action, what in rows]


@dataclass(frozen=True)
class ParsedReply:
    """The parsed reply: `how` is message, update, dialog, close, options or nothing."""

    how: str
    card: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    notification: str = ""
    wake_worker: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        return str(self.card.get("header", {}).get("title", ""))

    @property
    def viewer(self) -> str | None:
        found: str | None = self.body.get("privateMessageViewer", {}).get("name")
        return found

    def has(self, text: str) -> bool:
        return text in str(self.card)

    def buttons(self) -> dict[str, dict[str, Any]]:
        """The parameters of each button by its text; fixed footers and single buttons too."""
        return {
            text: {one["key"]: one["value"] for one in click["action"].get("parameters", [])}
            for text, click in _find_clicks(self.card)
            if "action" in click
        }

    def values(self) -> dict[str, list[str]]:
        """The present values of a form."""
        found: dict[str, list[str]] = {}
        for widget in (one for section in self.card["sections"] for one in section["widgets"]):
            if "textInput" in widget:
                value = widget["textInput"].get("value", "")
                found[widget["textInput"]["name"]] = [value] if value else []
            if "selectionInput" in widget:
                items = widget["selectionInput"]["items"]
                chosen = [item["value"] for item in items if item.get("selected")]
                found[widget["selectionInput"]["name"]] = chosen
            if (picker := widget.get("dateTimePicker", {})).get("type") == "TIME_ONLY":
                minutes = int(picker["valueMsEpoch"]) // 60_000 if "valueMsEpoch" in picker else None
                found[picker["name"]] = [] if minutes is None else [f"{minutes // 60:02}:{minutes % 60:02}"]
        return found


def _find_clicks(node: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        return [found for one in node for found in _find_clicks(one)]
    if not isinstance(node, dict):
        return []
    own = [(str(node.get("text", node.get("name", ""))), node["onClick"])] if "onClick" in node else []
    if "onChangeAction" in node:
        own.append((str(node.get("name", "")), {"action": node["onChangeAction"]}))
    return own + [found for one in node.values() for found in _find_clicks(one)]


def parse_reply(response: Response, dialect: str) -> ParsedReply:
    """Parse a reply of one dialect; any card in it must be valid in Chat."""
    found = _parse_classic(response.body) if dialect == "classic" else _parse_addon(response.body)
    if found.how == "dialog":
        assert problems(found.card, place="dialog") == []
    elif found.card:
        assert problems(found.body) == []
    return replace(found, wake_worker=response.wake_worker)


def _parse_options(items: list[dict[str, Any]]) -> ParsedReply:
    return ParsedReply("options", options=tuple((each["value"], each["text"]) for each in items))


def _parse_classic(body: dict[str, Any]) -> ParsedReply:
    message = {key: value for key, value in body.items() if key != "actionResponse"}
    action = body.get("actionResponse", {})
    if action.get("type") == "DIALOG":
        status = action["dialogAction"].get("actionStatus")
        if status:
            assert status["statusCode"] == "OK"
            return ParsedReply("close", notification=status["userFacingMessage"])
        return ParsedReply("dialog", action["dialogAction"]["dialog"]["body"])
    if action.get("type") == "UPDATE_WIDGET":
        return _parse_options(action["updatedWidget"]["suggestions"]["items"])
    if not message:
        return ParsedReply("nothing")
    how = "update" if action.get("type", "").startswith("UPDATE") else "message"
    return ParsedReply(how, message["cardsV2"][0]["card"], message)


def _parse_addon(body: dict[str, Any]) -> ParsedReply:
    for step in body.get("action", {}).get("modifyOperations", []):
        widget = step["updateWidget"]["selectionInputWidgetSuggestions"]
        return _parse_options(widget["suggestions"])
    for step in body.get("action", {}).get("navigations", []):
        if "endNavigation" in step:
            assert step["endNavigation"] == {"action": "CLOSE_DIALOG"}
            return ParsedReply("close", notification=body["action"].get("notification", {}).get("text", ""))
        return ParsedReply("dialog", step["pushCard"])
    data = body.get("hostAppDataAction", {}).get("chatDataAction", {})
    for name, action in data.items():
        message = action["message"]
        how = "update" if name == "updateMessageAction" else "message"
        return ParsedReply(how, message["cardsV2"][0]["card"], message)
    assert body == {}
    return ParsedReply("nothing")


@dataclass
class Chat:
    """One person's side of the conversation, in one space and one dialect."""

    deps: BotDeps
    dialect: str = "classic"
    user: dict[str, Any] = field(default_factory=lambda: ADA)
    space: dict[str, Any] = field(default_factory=lambda: DEALS)
    locale: str = "en"

    def say(self, text: str = "", **more: Any) -> ParsedReply:
        """Type `/pipenotify text`."""
        number = next(_clock)
        message = {"name": f"{self.space['name']}/messages/{number}", "sender": self.user}
        message |= {"text": f"/pipenotify {text}".strip(), "slashCommand": {"commandId": "1"}}
        if text:
            message["argumentText"] = f" {text}"
        metadata = {"appCommandId": 1, "appCommandType": "SLASH_COMMAND"}
        return self.send("MESSAGE", "appCommandPayload", message=message, appCommandMetadata=metadata, **more)

    def mention(self, text: str, **more: Any) -> ParsedReply:
        """Write to the app without a command."""
        message = {"name": f"{self.space['name']}/messages/{next(_clock)}", "sender": self.user}
        message |= {"text": f"@Pipenotify {text}", "argumentText": f" {text}"}
        return self.send("MESSAGE", "messagePayload", message=message, **more)

    def quick(self, command_id: int, *, opens_dialog: bool = False) -> ParsedReply:
        more: dict[str, Any] = {"appCommandMetadata": {"appCommandId": command_id}}
        if opens_dialog:
            more |= {"isDialogEvent": True, "dialogEventType": "REQUEST_DIALOG"}
        return self.send("APP_COMMAND", "appCommandPayload", **more)

    def choose(self, message: dict[str, Any], command_id: int = 8, *, at: str = "") -> ParsedReply:
        """Choose a message action in the menu of a message."""
        called = {"appCommandId": command_id, "appCommandType": "MESSAGE_ACTION"}
        more = {"message": message, "appCommandMetadata": called, "at": at}
        return self.send("APP_COMMAND", "appCommandPayload", **more)

    def click(self, do: str, *, on_private: bool = True, at: str = "", **parameters: str) -> ParsedReply:
        return self._press(do, parameters, {}, {}, on_private=on_private, at=at)

    def open(self, do: str, *, on_private: bool = True, **parameters: str) -> ParsedReply:
        """Press a button that asks for a dialog."""
        more = {"isDialogEvent": True, "dialogEventType": "REQUEST_DIALOG"}
        return self._press(do, parameters, {}, more, on_private=on_private)

    def submit(
        self,
        do: str,
        inputs: dict[str, list[str]],
        *,
        on_private: bool = True,
        at: str = "",
        **parameters: str,
    ) -> ParsedReply:
        more = {"isDialogEvent": True, "dialogEventType": "SUBMIT_DIALOG"}
        return self._press(do, parameters, inputs, more, on_private=on_private, at=at)

    def _press(
        self,
        do: str,
        parameters: dict[str, str],
        inputs: dict[str, list[str]],
        more: dict[str, Any],
        *,
        on_private: bool,
        at: str = "",
    ) -> ParsedReply:
        card = {"name": f"{self.space['name']}/messages/CARD", "sender": {"name": "users/app", "type": "BOT"}}
        if on_private:
            card["privateMessageViewer"] = {"name": self.user["name"]}
        form = {name: {"stringInputs": {"value": value or [""]}} for name, value in inputs.items()}
        return self.send(
            "CARD_CLICKED",
            "buttonClickedPayload",
            message=card,
            parameters={"do": do, **parameters},
            form=form,
            at=at,
            **more,
        )

    def search(self, query: str, **parameters: str) -> ParsedReply:
        """Type into a choice that searches; `parameters` are those of its source."""
        asked = {**parameters, "autocomplete_widget_query": query}
        return self.send("WIDGET_UPDATED", "widgetUpdatedPayload", parameters=asked)

    def added(self) -> ParsedReply:
        return self.send("ADDED_TO_SPACE", "addedToSpacePayload")

    def removed(self) -> ParsedReply:
        return self.send("REMOVED_FROM_SPACE", "removedFromSpacePayload")

    def send(self, type_: str, payload: str, **what: Any) -> ParsedReply:
        parameters, form = what.pop("parameters", {}), what.pop("form", {})
        at = what.pop("at", "") or f"2026-11-20T10:00:00.{next(_clock):06}Z"
        common: dict[str, Any] = {
            "userLocale": self.locale,
            "timeZone": {"id": "Europe/Prague", "offset": 3_600_000},
        }
        common |= {"parameters": parameters, "formInputs": form}
        body: dict[str, Any]
        if self.dialect == "classic":
            body = {"type": type_, "eventTime": at, "user": self.user, "space": self.space, "common": common}
            body |= what
        else:
            chat = {"user": self.user, "eventTime": at, payload: {"space": self.space, **what}}
            body = {"commonEventObject": common, "chat": chat}
        return parse_reply(dispatch(parse_interaction(body), self.deps), self.dialect)

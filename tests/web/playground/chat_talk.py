"""Shared by tests of the simulated Chat: tokens, cards, and replies in both dialects."""

from typing import Any

import httpx
import pytest
from google.auth.transport.requests import Request as AuthRequest
from google.oauth2 import service_account

from web.playground.chat.server import FakeChat
from web.playground.google.tokens import CHAT_SCOPE

PLACE, DIRECT, ADA, BEN = "spaces/AAAA", "spaces/DM1001", "users/1001", "users/1002"
SPACE = "/v1/spaces/AAAA/messages"
DIALECTS = pytest.mark.parametrize("dialect", ["classic", "addon"])
FALL_BACK = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"


def token_of(chat: FakeChat) -> str:
    account = service_account.Credentials.from_service_account_info(
        chat.service_account_info(), scopes=[CHAT_SCOPE]
    )
    account.refresh(AuthRequest())
    return str(account.token)


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return answer.status_code, error["status"], error["message"]


def a_card(**widget: Any) -> dict[str, Any]:
    widgets = [widget or {"textParagraph": {"text": "hello"}}]
    return {
        "cardsV2": [{"cardId": "c", "card": {"header": {"title": "T"}, "sections": [{"widgets": widgets}]}}]
    }


def button_card(
    function: str, label: str = "Mute", *, opens: bool = False, **parameters: str
) -> dict[str, Any]:
    pairs = [{"key": key, "value": value} for key, value in parameters.items()]
    action: dict[str, Any] = {"function": function, "parameters": pairs}
    if opens:
        action["interaction"] = "OPEN_DIALOG"
    button = {"text": label, "onClick": {"action": action}}
    sections = [{"widgets": [{"buttonList": {"buttons": [button]}}]}]
    return {"header": {"title": "A card"}, "sections": sections}


def message_with(card: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"cardsV2": [{"cardId": "c", "card": card}], "fallbackText": "A card", **more}


def new_reply(dialect: str, message: dict[str, Any]) -> dict[str, Any]:
    if dialect == "classic":
        return message
    return {"hostAppDataAction": {"chatDataAction": {"createMessageAction": {"message": message}}}}


def update_reply(dialect: str, message: dict[str, Any]) -> dict[str, Any]:
    if dialect == "classic":
        return {"actionResponse": {"type": "UPDATE_MESSAGE"}, **message}
    return {"hostAppDataAction": {"chatDataAction": {"updateMessageAction": {"message": message}}}}


def dialog_reply(dialect: str, card: dict[str, Any]) -> dict[str, Any]:
    if dialect == "classic":
        return {"actionResponse": {"type": "DIALOG", "dialogAction": {"dialog": {"body": card}}}}
    return {"action": {"navigations": [{"pushCard": card}]}}


def closing_reply(dialect: str) -> dict[str, Any]:
    if dialect == "classic":
        status = {"statusCode": "OK", "userFacingMessage": "Saved"}
        return {"actionResponse": {"type": "DIALOG", "dialogAction": {"actionStatus": status}}}
    end = {"endNavigation": {"action": "CLOSE_DIALOG"}}
    return {"action": {"navigations": [end], "notification": {"text": "Saved"}}}

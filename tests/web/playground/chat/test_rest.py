"""The Chat REST API refuses and returns what Google's does."""

from typing import Any

import httpx
import pytest

from tests.web.playground.chat_talk import SPACE, a_card, error_of
from web.playground.chat.server import FakeChat


@pytest.mark.parametrize(
    ("path", "headers", "code", "status"),
    [
        (SPACE, {}, 401, "UNAUTHENTICATED"),
        (SPACE, {"Authorization": "Bearer ya29.wrong"}, 401, "UNAUTHENTICATED"),
        (f"{SPACE}?key=key-aaaa&token=wrong", {}, 401, "UNAUTHENTICATED"),
        ("/v1/spaces/BBBB/messages?key=key-aaaa&token=token-aaaa", {}, 401, "UNAUTHENTICATED"),
    ],
)
def test_a_stranger_may_not_write(
    chat: FakeChat, path: str, headers: dict[str, str], code: int, status: str
) -> None:
    answer = httpx.post(chat.url + path, json={"text": "x"}, headers=headers)
    assert error_of(answer)[:2] == (code, status)
    assert chat.cards() == []


def test_an_unknown_space_is_404_and_one_without_the_app_403(chat: FakeChat, chat_api: httpx.Client) -> None:
    assert error_of(chat_api.post("/v1/spaces/ZZZZ/messages", json={"text": "x"}))[:2] == (404, "NOT_FOUND")
    chat.store.spaces["spaces/AAAA"].app_is_member = False
    assert error_of(chat_api.post(SPACE, json={"text": "x"}))[:2] == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"text": "x" * 32_001}, "bytes"),
        ({"cardsV2": [{"card": {"header": {"titel": "T"}}}]}, "titel"),
        (a_card(buttonList={"buttons": [{"text": "Go", "onClick": {}}]}), "onClick"),
        ({"text": "x", "actionResponse": {"type": "NEW_MESSAGE"}}, "actionResponse"),
        ([], "object"),
    ],
)
def test_a_body_that_breaks_the_rules_is_400_and_names_why(
    chat_api: httpx.Client, body: Any, named: str
) -> None:
    code, status, message = error_of(chat_api.post(SPACE, json=body))
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert named in message


@pytest.mark.parametrize("wrong", ["abc", "client-", "client-ABC", "client-a_b", "client-" + "a" * 57])
def test_a_message_id_has_googles_form(chat_api: httpx.Client, wrong: str) -> None:
    code, _, message = error_of(chat_api.post(SPACE, params={"messageId": wrong}, json={"text": "x"}))
    assert code == 400
    assert "messageId" in message


def test_the_same_request_id_gives_the_first_message_and_posts_no_second(
    chat: FakeChat, chat_api: httpx.Client
) -> None:
    ids = {"messageId": "client-1", "requestId": "r1"}
    first = chat_api.post(SPACE, params=ids, json={"text": "one"}).json()
    again = chat_api.post(SPACE, params=ids, json={"text": "two"}).json()
    assert again == first
    assert [card["text"] for card in chat.cards()] == ["one"]


def test_a_used_message_id_with_another_request_id_is_409(chat_api: httpx.Client) -> None:
    chat_api.post(SPACE, params={"messageId": "client-1", "requestId": "r1"}, json={"text": "one"})
    taken = chat_api.post(SPACE, params={"messageId": "client-1", "requestId": "r2"}, json={"text": "two"})
    assert error_of(taken)[:2] == (409, "ALREADY_EXISTS")


def test_a_message_is_found_by_the_id_that_its_app_chose(chat_api: httpx.Client) -> None:
    missing = chat_api.get(f"{SPACE}/client-1")
    made = chat_api.post(SPACE, params={"messageId": "client-1"}, json={"text": "one"}).json()

    found = chat_api.get(f"{SPACE}/client-1")

    assert error_of(missing)[:2] == (404, "NOT_FOUND")
    assert found.json() == made
    assert found.json()["clientAssignedMessageId"] == "client-1"


def test_an_update_changes_what_its_mask_names(chat_api: httpx.Client) -> None:
    chat_api.post(SPACE, params={"messageId": "client-1"}, json={"text": "kept", **a_card()})
    card = a_card(textParagraph={"text": "new"})
    changed = chat_api.patch(
        f"{SPACE}/client-1", params={"updateMask": "cardsV2"}, json={"text": "no", **card}
    ).json()
    assert changed["text"] == "kept"
    assert changed["cardsV2"] == card["cardsV2"]
    assert changed["lastUpdateTime"] >= changed["createTime"]


@pytest.mark.parametrize(
    ("item", "params", "code"),
    [
        ("client-1", {}, 400),
        ("client-1", {"updateMask": "cards"}, 400),
        ("client-none", {"updateMask": "text"}, 404),
        ("client-none", {"updateMask": "text", "allowMissing": "true"}, 200),
        ("none", {"updateMask": "text", "allowMissing": "true"}, 404),
    ],
)
def test_updates_are_refused_as_google_refuses_them(
    chat_api: httpx.Client, item: str, params: dict[str, str], code: int
) -> None:
    chat_api.post(SPACE, params={"messageId": "client-1"}, json={"text": "x"})
    assert chat_api.patch(f"{SPACE}/{item}", params=params, json={"text": "y"}).status_code == code


def test_the_app_may_change_its_own_messages_only(chat: FakeChat, chat_api: httpx.Client) -> None:
    chat.client.say("spaces/AAAA", "users/1001", "lunch?")
    name = chat.store.messages("spaces/AAAA")[0].name
    assert error_of(chat_api.delete(f"/v1/{name}"))[:2] == (403, "PERMISSION_DENIED")


def test_a_deleted_message_is_gone_and_its_id_free(chat: FakeChat, chat_api: httpx.Client) -> None:
    ids = {"messageId": "client-1", "requestId": "r"}
    chat_api.post(SPACE, params=ids, json={"text": "x"})
    assert chat_api.delete(f"{SPACE}/client-1").json() == {}
    assert chat_api.get(f"{SPACE}/client-1").status_code == 404
    assert chat_api.post(SPACE, params=ids, json={"text": "y"}).json()["text"] == "y"
    assert len(chat.cards()) == 1


def test_an_incoming_webhook_learns_the_name_and_thread_alone(chat: FakeChat) -> None:
    url = chat.webhook_url("spaces/BBBB").replace("https://chat.googleapis.com", chat.url)
    assert httpx.post(url, json={"text": "x"}).json().keys() == {"name", "thread"}


def test_spaces_and_direct_messages_are_listed(chat_api: httpx.Client) -> None:
    names = [space["name"] for space in chat_api.get("/v1/spaces").json()["spaces"]]
    assert "spaces/AAAA" in names
    assert chat_api.get("/v1/spaces/AAAA").json()["displayName"] == "Deals"
    found = chat_api.get("/v1/spaces:findDirectMessage", params={"name": "users/1002"}).json()
    assert found["name"] == "spaces/DM1002"
    assert chat_api.get("/v1/spaces:findDirectMessage", params={"name": "users/9"}).status_code == 404

"""The whole simulated Chat: Google's client, injected faults, and its state."""

from pathlib import Path

import httpx
from google.oauth2 import service_account

from tests.web.playground.chat_talk import SPACE, a_card
from web.playground.chat.server import FakeChat
from web.playground.google.tokens import CHAT_SCOPE


def test_the_official_client_writes_through_a_key_file(chat: FakeChat, tmp_path: Path) -> None:
    import google_auth_httplib2
    import httplib2
    from googleapiclient.discovery import build

    file = str(chat.write_credentials(tmp_path / "key.json"))
    load = service_account.Credentials.from_service_account_file
    account = load(file, scopes=[CHAT_SCOPE])  # type: ignore[no-untyped-call]
    wire = httplib2.Http()
    options = {"api_endpoint": chat.url}
    service = build(
        "chat",
        "v1",
        http=google_auth_httplib2.AuthorizedHttp(account, http=wire),
        static_discovery=True,
        client_options=options,
    )
    made = (
        service.spaces()
        .messages()
        .create(parent="spaces/AAAA", body=a_card(), messageId="client-a-1")
        .execute()
    )
    assert made["clientAssignedMessageId"] == "client-a-1"
    assert [card["name"] for card in chat.cards("spaces/AAAA")] == [made["name"]]
    service.close()
    wire.close()


def test_faults_are_ordered_for_one_space_and_a_number_of_times(
    chat: FakeChat, chat_api: httpx.Client
) -> None:
    order = {"times": 2, "where": "spaces/AAAA", "status": 429, "headers": {"Retry-After": "7"}}
    assert httpx.post(f"{chat.url}/_control", json={"fault": order}).status_code == 200
    other = chat_api.post("/v1/spaces/BBBB/messages", json={"text": "x"})
    answers = [chat_api.post(SPACE, json={"text": "x"}) for _ in range(3)]
    assert other.status_code == 200
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"


def test_an_unknown_order_is_refused(chat: FakeChat) -> None:
    assert httpx.post(f"{chat.url}/_control", json={"fault": {"explode": True}}).status_code == 400


def test_the_state_is_there_for_other_processes(chat: FakeChat, chat_api: httpx.Client) -> None:
    chat_api.post(SPACE, json={"text": "x"})
    httpx.post(f"{chat.url}/_control", json={"space": {"name": "spaces/NEW", "title": "New"}})
    state = httpx.get(f"{chat.url}/_state").json()
    assert [message["text"] for message in state["messages"]] == ["x"]
    assert "spaces/NEW" in [space["name"] for space in state["spaces"]]

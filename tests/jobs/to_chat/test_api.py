"""The Chat API client against the stand-in for Chat."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jobs.to_chat import api as api_module
from jobs.to_chat.api import ChatApi
from models.errors import AppError, BadMessage, DestinationGone, RateLimited, TemporaryFailure
from models.settings import Settings
from tests.engine import SPACE
from tests.jobs.to_servers.dripping import BODY as BODY_DRIPS
from tests.jobs.to_servers.dripping import HEADERS, LIMIT_S, MOST_S, dripping
from web.playground.chat.server import FakeChat
from web.playground.faults import Fault

BODY = {"text": "hello"}
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def api(clients: Any) -> ChatApi:
    found: ChatApi = clients.chat
    return found


def _create(api: ChatApi, unique: str = "a", **body: Any) -> str:
    return api.create(SPACE, BODY | body, message_id=f"client-{unique}", request_id=f"request-{unique}")


def test_a_message_gets_the_name_that_chat_gave_it(api: ChatApi, fake_chat: FakeChat) -> None:
    assert _create(api) == fake_chat.cards(SPACE)[0]["name"]


def test_the_same_request_again_finds_the_same_message(api: ChatApi, fake_chat: FakeChat) -> None:
    assert _create(api) == _create(api)
    assert len(fake_chat.cards(SPACE)) == 1


def test_a_taken_message_id_is_our_own_message(api: ChatApi, fake_chat: FakeChat) -> None:
    _create(api)
    fake_chat.store.requests.clear()

    assert _create(api) == fake_chat.cards(SPACE)[0]["name"]
    assert len(fake_chat.cards(SPACE)) == 1
    assert (fake_chat.requests[-1].method, fake_chat.requests[-1].status) == ("GET", 200)


@pytest.mark.parametrize(
    "body",
    [
        None,  # ALREADY_EXISTS, and the message is not there
        {"error": {"code": 409, "message": "The operation was aborted.", "status": "ABORTED"}},
        {"error": {"code": 409}},
        {"error": "taken"},
        "<html>Conflict</html>",
    ],
)
def test_a_409_without_our_message_in_chat_is_tried_again(
    api: ChatApi, fake_chat: FakeChat, body: object
) -> None:
    fake_chat.faults.order(Fault(status=409, body=body))

    with pytest.raises(TemporaryFailure, match="409"):
        _create(api)

    assert fake_chat.cards(SPACE) == []


@pytest.mark.parametrize(("status", "kind"), [(403, TemporaryFailure), (429, RateLimited)])
def test_a_look_for_our_message_that_is_refused_closes_no_space(
    api: ChatApi, fake_chat: FakeChat, status: int, kind: type[AppError]
) -> None:
    _create(api)
    fake_chat.store.requests.clear()
    fake_chat.faults.order(Fault(status=status, where="/messages/client-a"))

    with pytest.raises(kind):
        _create(api)


def test_a_401_refreshes_the_token_once(api: ChatApi, fake_chat: FakeChat) -> None:
    _create(api)
    fake_chat.faults.order(Fault(status=401))

    _create(api, "b")

    assert [seen.status for seen in fake_chat.writes()] == [200, 401, 200]
    assert sum(seen.path == "/token" for seen in fake_chat.requests) <= 2
    assert fake_chat.requests[-2].path == "/token"


def test_a_second_401_is_tried_again_later(api: ChatApi, fake_chat: FakeChat) -> None:
    fake_chat.faults.order(Fault(times=9, status=401))

    with pytest.raises(TemporaryFailure, match="401"):
        _create(api)

    assert [seen.status for seen in fake_chat.writes()] == [401, 401]


def test_many_threads_ask_for_one_token(fake_chat: FakeChat, engine_settings: Settings) -> None:
    api = ChatApi(engine_settings)
    together = threading.Barrier(6)

    def post(number: int) -> str:
        together.wait()
        return _create(api, f"n{number}", text=f"message {number}")

    with ThreadPoolExecutor(6) as pool:
        names = list(pool.map(post, range(6)))

    assert sum(seen.path == "/token" for seen in fake_chat.requests) == 1
    found = {card["name"]: card["text"] for card in fake_chat.cards(SPACE)}
    assert [found[name] for name in names] == [f"message {number}" for number in range(6)]
    api._messages._http.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadMessage),
        (403, DestinationGone),
        (404, DestinationGone),
        (429, RateLimited),
        (500, TemporaryFailure),
        (503, TemporaryFailure),
    ],
)
def test_error_responses_become_errors(
    api: ChatApi, fake_chat: FakeChat, status: int, kind: type[AppError]
) -> None:
    fake_chat.faults.order(Fault(status=status, headers={"Retry-After": "9"}))

    with pytest.raises(kind) as raised:
        _create(api)

    assert raised.value.http_status == status  # type: ignore[attr-defined]
    assert getattr(raised.value, "retry_after", 9.0) == 9.0


def test_a_chat_that_is_not_there_is_tried_again_later(
    fake_chat: FakeChat, engine_settings: Settings
) -> None:
    api = ChatApi(engine_settings.model_copy(update={"chat_api_url": "http://127.0.0.1:9"}))

    with pytest.raises(TemporaryFailure, match="Refused"):
        _create(api)
    api._messages._http.close()


def test_a_missing_key_file_is_said(engine_settings: Settings, tmp_path: Path) -> None:
    api = ChatApi(
        engine_settings.model_copy(update={"google_application_credentials": str(tmp_path / "none.json")})
    )

    with pytest.raises(TemporaryFailure, match="FileNotFoundError"):
        _create(api)
    api._messages._http.close()


def test_a_redirect_is_not_followed(api: ChatApi, fake_chat: FakeChat) -> None:
    fake_chat.faults.order(Fault(status=308, headers={"Location": "http://127.0.0.1:9/"}))

    with pytest.raises(TemporaryFailure, match="308"):
        _create(api)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_person_whom_chat_does_not_know_can_not_be_written_to(
    api: ChatApi, fake_chat: FakeChat, status: int
) -> None:
    """Another form of the card would help nobody: the direct message is paused with its reason."""
    fake_chat.faults.order(Fault(status=status))

    with pytest.raises(DestinationGone):
        api.direct_space("not-an-account@example.com")


@pytest.mark.parametrize("beginning", [HEADERS, BODY_DRIPS])
def test_a_chat_that_drips_is_left_in_time(
    fake_chat: FakeChat, engine_settings: Settings, beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "TIMEOUT_S", LIMIT_S)
    with dripping(beginning) as url:
        api = ChatApi(engine_settings.model_copy(update={"chat_api_url": url}))
        _fails_in_time(api)


@pytest.mark.parametrize("beginning", [HEADERS, BODY_DRIPS])
def test_a_token_that_drips_holds_up_no_thread_for_long(
    engine_settings: Settings, tmp_path: Path, beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "TIMEOUT_S", LIMIT_S)
    key = json.loads(Path(str(engine_settings.google_application_credentials)).read_text())
    with dripping(beginning) as url, ThreadPoolExecutor(6) as pool:
        (tmp_path / "key.json").write_text(json.dumps(key | {"token_uri": f"{url}/token"}))
        other = {"google_application_credentials": str(tmp_path / "key.json")}
        list(pool.map(_fails_in_time, [ChatApi(engine_settings.model_copy(update=other))] * 6))


def _fails_in_time(api: ChatApi) -> None:
    began = time.monotonic()
    with pytest.raises(TemporaryFailure, match="TimeoutError"):
        _create(api)
    assert time.monotonic() - began < MOST_S
    api._messages._http.close()

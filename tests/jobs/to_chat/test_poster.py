"""Posting from an event loop: what the client of the other calls promises, and a hundred at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
import pytest

from jobs.to_chat.api import ChatApi
from jobs.to_chat.poster import Poster
from models.errors import AppError, BadMessage, DestinationGone, RateLimited, TemporaryFailure
from models.settings import Settings
from tests.engine import SPACE
from tests.jobs.closing import close_api
from tests.jobs.loops import run_alone
from tests.stack import free_port
from web.playground.chat.server import FakeChat
from web.playground.faults import Fault

Post = Callable[..., Coroutine[Any, Any, str]]
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


def posting(api: ChatApi, work: Callable[[Post], Coroutine[Any, Any, Any]]) -> Any:
    """Do some work with a poster, in a loop of its own."""

    async def run() -> Any:
        poster = Poster(api)

        async def post(unique: str = "a", space: str = SPACE, *, is_silent: bool = False, **body: Any) -> str:
            ids = {"message_id": f"client-{unique}", "request_id": f"request-{unique}"}
            return await poster.create(space, {"text": "hello"} | body, **ids, is_silent=is_silent)

        try:
            return await work(post)
        finally:
            await poster.close()

    return run_alone(run())


def post_once(api: ChatApi, *args: Any, **body: Any) -> str:
    return str(posting(api, lambda post: post(*args, **body)))


@pytest.fixture
def api(clients: Any) -> ChatApi:
    found: ChatApi = clients.chat
    return found


def test_a_message_gets_the_name_that_chat_gave_it(api: ChatApi, fake_chat: FakeChat) -> None:
    assert post_once(api) == fake_chat.cards(SPACE)[0]["name"]


def test_it_asks_for_the_same_as_the_other_client(api: ChatApi, fake_chat: FakeChat) -> None:
    body = {"text": "Žofie & <b>", "thread": {"threadKey": "deal-1"}}
    api.create(SPACE, body, message_id="client-a", request_id="request-a", is_silent=True)
    fake_chat.store.requests.clear()
    post_once(api, "b", is_silent=True, **body)
    theirs, ours = fake_chat.writes()
    query = {key: value.replace("-a", "-b") for key, value in theirs.query.items() if key != "alt"}
    assert ours.query == query
    assert (ours.path, orjson.loads(ours.body)) == (theirs.path, orjson.loads(theirs.body))


def test_a_hundred_are_under_way_at_once(api: ChatApi, fake_chat: FakeChat) -> None:
    fake_chat.latency = 0.3
    started = time.monotonic()

    async def all_of(post: Post) -> list[str]:
        return list(await asyncio.gather(*(post(f"n{number}") for number in range(100))))

    names = posting(api, all_of)

    assert len(set(names)) == 100
    assert time.monotonic() - started < 100 * 0.3 / 2, "one after the other they take 30 s"
    assert sum(seen.path == "/token" for seen in fake_chat.requests) <= 1 + 100


def test_a_taken_message_id_is_our_own_message(api: ChatApi, fake_chat: FakeChat) -> None:
    first = post_once(api)
    fake_chat.store.requests.clear()
    assert post_once(api) == first == fake_chat.cards(SPACE)[0]["name"]
    assert len(fake_chat.cards(SPACE)) == 1


@pytest.mark.parametrize(
    "body", [None, {"error": {"code": 409, "status": "ABORTED"}}, {"error": "taken"}, "<html>Conflict</html>"]
)
def test_a_409_without_our_message_in_chat_is_tried_again(
    api: ChatApi, fake_chat: FakeChat, body: object
) -> None:
    fake_chat.faults.order(Fault(status=409, body=body))
    with pytest.raises(TemporaryFailure, match="409"):
        post_once(api)


def test_a_401_refreshes_the_token_once_and_a_second_one_waits(api: ChatApi, fake_chat: FakeChat) -> None:
    post_once(api)
    fake_chat.faults.order(Fault(status=401))
    post_once(api, "b")
    assert [seen.status for seen in fake_chat.writes()] == [200, 401, 200]
    fake_chat.faults.order(Fault(times=9, status=401))
    with pytest.raises(TemporaryFailure, match="401"):
        post_once(api, "c")
    assert [seen.status for seen in fake_chat.writes()][3:] == [401, 401]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (308, TemporaryFailure),
        (400, BadMessage),
        (403, DestinationGone),
        (404, DestinationGone),
        (429, RateLimited),
        (503, TemporaryFailure),
    ],
)
def test_error_responses_become_errors(
    api: ChatApi, fake_chat: FakeChat, status: int, kind: type[AppError]
) -> None:
    headers = {"Retry-After": "9", "Location": "http://127.0.0.1:9/"}
    fake_chat.faults.order(Fault(status=status, headers=headers))
    with pytest.raises(kind) as raised:
        post_once(api)
    assert getattr(raised.value, "http_status", status) == status
    assert getattr(raised.value, "retry_after", 9.0) == 9.0


def test_a_dropped_answer_is_tried_again_later_and_sent_once_now(api: ChatApi, fake_chat: FakeChat) -> None:
    fake_chat.faults.order(Fault(drop=True))
    with pytest.raises(TemporaryFailure):
        post_once(api)
    assert len(fake_chat.writes()) == 1


def test_an_answer_that_never_comes_ends_in_time(
    api: ChatApi, fake_chat: FakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.to_chat.poster.TIMEOUT_S", 0.2)
    fake_chat.faults.order(Fault(hang=True))
    with pytest.raises(TemporaryFailure, match="Timeout"):
        post_once(api)


def test_a_chat_that_is_not_there_is_tried_again_later(
    fake_chat: FakeChat, engine_settings: Settings
) -> None:
    api = ChatApi(engine_settings.model_copy(update={"chat_api_url": "http://127.0.0.1:9"}))
    with pytest.raises(TemporaryFailure, match="Connect"):
        post_once(api)
    close_api(api)


@pytest.mark.parametrize("space", ["", "spaces/", "spaces/A/members", "users/1", "spaces/A?x=1", "../token"])
def test_nothing_is_posted_to_what_is_no_space(api: ChatApi, fake_chat: FakeChat, space: str) -> None:
    with pytest.raises(ValueError, match="no name of a space"):
        post_once(api, "a", space)
    assert fake_chat.writes() == []


def test_proxy_variables_are_ignored_by_cards_tokens_and_all_other_calls(
    fake_chat: FakeChat, engine_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    api = ChatApi(engine_settings)
    try:
        name = post_once(api)
        api.update(name, {"text": "changed"})
    finally:
        close_api(api)
    assert [each["text"] for each in fake_chat.cards(SPACE)] == ["changed"]


def test_the_first_message_waits_for_no_token(api: ChatApi, fake_chat: FakeChat) -> None:
    run_alone(Poster(api).open())
    assert api.live_token() is not None
    assert not fake_chat.writes()


@pytest.mark.parametrize("key_file", [None, "/nowhere/key.json"], ids=["no key", "a key that is gone"])
def test_opening_without_a_token_is_no_failure(engine_settings: Settings, key_file: str | None) -> None:
    settings = engine_settings.model_copy(update={"google_application_credentials": key_file})
    google = ChatApi(settings)
    run_alone(Poster(google).open())
    assert google.live_token() is None

"""The waker: few calls for many requests; Redis being down costs one warning and blocks nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from structlog.testing import capture_logs

from jobs.process.embedded_redis import EmbeddedRedis
from models.settings import Settings
from tests.crm import settings_for
from web import waiting
from web import waker as waker_module
from web.waiting import wait_for
from web.waker import Waker


class Engine:
    """What the waker calls: may be down, may be slow."""

    def __init__(self) -> None:
        self.calls = self.ended = 0
        self.is_away = False
        self.may_end = threading.Event()
        self.may_end.set()

    def wake(self, _client: object, _connection: object) -> None:
        self.calls += 1
        is_away = self.is_away
        self.may_end.wait(60)
        self.ended += 1
        if is_away:
            raise redis.ConnectionError("connection refused")


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.002)
    return condition()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for("http://127.0.0.1:9", tmp_path).model_copy(
        update={"redis_url": "redis://127.0.0.1:9/0"}
    )


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    made = Engine()
    monkeypatch.setattr("jobs.queue.wake", made.wake)
    monkeypatch.setattr(waker_module, "REST_S", 0.01)
    yield made
    made.is_away = False


@pytest.fixture
def waker(settings: Settings, engine: Engine) -> Iterator[Waker]:
    made = Waker(settings)
    made.start()
    yield made
    assert until(lambda: not made._wanted.is_set() and engine.ended == engine.calls)


def test_a_wish_becomes_a_call(waker: Waker, engine: Engine) -> None:
    assert engine.calls == 0
    waker.wake()
    assert until(lambda: engine.calls == 1)
    waker.wake()
    assert until(lambda: engine.calls == 2)


def test_it_connects_before_the_first_wish_as_soon_as_redis_is_there(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waker_module, "REST_S", 0.01)
    server = EmbeddedRedis(tmp_path / "redis")
    (tmp_path / "redis").mkdir()
    waker = Waker(settings.model_copy(update={"redis_url": server.url}))
    waker.start()
    time.sleep(0.05)  # some tries without a Redis
    server.ensure()
    try:
        client = redis.Redis.from_url(server.url)
        assert until(lambda: len(client.client_list()) == 2)
        assert client.llen("pipenotify:wake") == 0
        client.close()
    finally:
        server.stop()


def test_many_wishes_become_few_calls_and_the_last_is_heard(waker: Waker, engine: Engine) -> None:
    engine.may_end.clear()
    waker.wake()
    assert until(lambda: engine.calls == 1)
    for _ in range(1000):
        waker.wake()
    engine.may_end.set()
    assert until(lambda: engine.ended == 2)
    time.sleep(0.05)
    assert engine.calls == 2


def test_nobody_waits_for_a_redis_that_is_slow(waker: Waker, engine: Engine) -> None:
    engine.may_end.clear()
    for _ in range(100):
        waker.wake()
    assert engine.ended == 0
    engine.may_end.set()


def test_redis_away_is_one_warning_until_it_was_back(waker: Waker, engine: Engine) -> None:
    def ask(times: int) -> None:
        for _ in range(times):
            seen = engine.ended
            waker.wake()
            assert until(lambda seen=seen: engine.ended > seen)  # type: ignore[misc]

    with capture_logs() as said:
        engine.is_away = True
        ask(4)
        engine.is_away = False
        ask(1)
        engine.is_away = True
        ask(2)
        assert until(lambda: len(said) == 2)

    assert waker.is_alive()
    assert [(each["event"], each["why"]) for each in said] == [("waker.redis_away", "ConnectionError")] * 2


def test_a_redis_that_is_really_away_ends_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waker_module, "REST_S", 0.01)
    waker = Waker(settings)
    with capture_logs() as said:
        waker.start()
        waker.wake()
        assert until(lambda: len(said) == 1)
        waker.wake()
        time.sleep(0.05)
    assert waker.is_alive()
    assert [each["event"] for each in said] == ["waker.redis_away"]


def test_it_never_holds_up_the_end_of_its_process(settings: Settings) -> None:
    assert Waker(settings).daemon is True


def test_it_looks_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_S", 20.0)
    seen = iter(range(100))
    assert wait_for(lambda: next(seen), lambda number: number == 3) == 3


def test_what_is_not_over_in_time_is_answered_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_S", 0.0)
    assert wait_for(lambda: "pending", lambda _: False) == "pending"


def test_who_asks_while_others_wait_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_S", 20.0)
    monkeypatch.setattr(waiting, "_waiting", threading.BoundedSemaphore(1))
    waiting._waiting.acquire()
    looks = iter([1])

    assert wait_for(lambda: next(looks), lambda _: False) == 1


def test_a_place_is_free_again_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_waiting", threading.BoundedSemaphore(1))

    def fail() -> int:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            wait_for(fail, lambda _: True)
        assert waiting._waiting.acquire(blocking=False)
        waiting._waiting.release()

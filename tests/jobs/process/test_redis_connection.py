"""A thread's own connection to Redis: answers belong to their commands, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis, RedisError, ResponseError

from jobs.process.embedded_redis import EmbeddedRedis
from jobs.process.redis_connection import OwnConnection, ask, packed
from jobs.queue import connect
from tests.stack import wait_until

PING = packed((b"PING",))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    made = EmbeddedRedis(tmp_path)
    made.ensure()
    yield made
    made.stop()


@pytest.fixture
def client(server: EmbeddedRedis) -> Redis:
    return connect(server.url)


@pytest.mark.parametrize(
    "words", [(b"PING",), (b"SET", b"key", b"a b\r\n"), (b"SET", b"", "\u00e9".encode())]
)
def test_commands_are_written_as_the_client_writes_them(client: Redis, words: tuple[bytes, ...]) -> None:
    connection = client.connection_pool.get_connection()
    by_client = connection.pack_command(*words)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    assert packed(words) == b"".join(by_client)
    assert packed(words, words) == packed(words) * 2


def test_each_command_has_its_answer_and_an_error_is_one(client: Redis) -> None:
    asked = packed((b"SET", b"text", b"1"), (b"LPUSH", b"text", b"2"), (b"EXISTS", b"text"))
    done, refused, exists = OwnConnection(client).ask(asked, 3)
    assert (done, exists) == (b"OK", 1)
    assert isinstance(refused, ResponseError)


def test_a_connection_is_open_before_its_first_use(client: Redis) -> None:
    own = OwnConnection(client)
    before = len(client.client_list())
    own.open()
    own.open()
    assert len(client.client_list()) == before + 1
    assert own.ask(PING, 1) == [b"PONG"]
    assert len(client.client_list()) == before + 1


def test_a_server_that_was_started_again_is_asked_again(server: EmbeddedRedis, client: Redis) -> None:
    own = OwnConnection(client)
    assert own.ask(PING, 1) == [b"PONG"]
    server.stop()
    server.ensure()
    assert own.ask(PING, 1) == [b"PONG"]


def test_a_server_that_is_away_is_named_as_that_and_found_when_it_is_back(
    server: EmbeddedRedis, client: Redis
) -> None:
    own = OwnConnection(client)
    own.ask(PING, 1)
    server.stop()
    for _ in range(2):
        with pytest.raises(RedisError):
            own.ask(PING, 1)
    server.ensure()
    assert own.ask(PING, 1) == [b"PONG"]


def test_an_answer_that_comes_too_late_answers_no_other_command(client: Redis) -> None:
    client.connection_pool.connection_kwargs["socket_timeout"] = 0.05
    own = OwnConnection(client)
    with pytest.raises(RedisError):
        own.ask(packed((b"BLPOP", b"list", b"5")), 1)
    client.lpush("list", "late")
    assert own.ask(PING, 1) == [b"PONG"]


def test_who_asks_seldom_shares_the_connections_of_the_client(client: Redis) -> None:
    client.ping()
    for _ in range(5):
        assert ask(client, PING, 1) == [b"PONG"]
    assert len(client.client_list()) == 1


def test_a_connection_of_its_own_is_opened_by_its_use_and_can_be_closed(client: Redis) -> None:
    own = OwnConnection(client)
    own.close()
    assert len(client.client_list()) == 1
    own.ask(PING, 1)
    assert len(client.client_list()) == 2
    own.close()
    wait_until(lambda: len(client.client_list()) == 1, 50)

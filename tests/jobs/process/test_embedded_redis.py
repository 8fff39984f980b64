"""The embedded Redis: one server for a folder, shared by all, started again, ended with its starter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.process.embedded_redis import SOCKET_PATH_LIMIT, EmbeddedRedis, redis_url
from jobs.queue import connect
from tests.crm import settings_for

STARTER = """
import sys, time
from pathlib import Path
from jobs.process.embedded_redis import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]))
server.ensure()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def embedded_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path)
    assert server.ensure()
    yield server
    server.stop()


def _wait_until_gone(pid: int, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_the_redis_that_was_named_is_meant_else_the_embedded_one(tmp_path: Path) -> None:
    settings, named = settings_for("http://127.0.0.1:9", tmp_path), "redis://127.0.0.1:6379/3"
    assert redis_url(settings.model_copy(update={"redis_url": named})) == named
    embedded = redis_url(settings)
    assert embedded.startswith("unix://")
    assert redis_url(settings) == embedded
    assert redis_url(settings.model_copy(update={"pipenotify_data": tmp_path / "other"})) != embedded


def test_later_ones_join_the_server_that_answers(embedded_redis: EmbeddedRedis, tmp_path: Path) -> None:
    second = EmbeddedRedis(tmp_path)

    assert not second.ensure()
    assert (second.pid, second.url) == (None, embedded_redis.url)
    second.stop()
    assert embedded_redis.answers()


def test_a_killed_server_is_started_again_with_what_it_held(embedded_redis: EmbeddedRedis) -> None:
    with connect(embedded_redis.url) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 1000)
    assert embedded_redis.pid is not None
    os.kill(embedded_redis.pid, signal.SIGKILL)
    started = time.monotonic()

    while embedded_redis.answers():
        time.sleep(0.01)
    assert embedded_redis.ensure()

    assert time.monotonic() - started < 5
    with connect(embedded_redis.url) as client:
        assert client.get("kept") == b"yes"


def test_whoever_finds_it_dead_starts_it(embedded_redis: EmbeddedRedis, tmp_path: Path) -> None:
    assert embedded_redis.pid is not None
    os.kill(embedded_redis.pid, signal.SIGKILL)
    assert _wait_until_gone(embedded_redis.pid)
    other = EmbeddedRedis(tmp_path)

    assert other.ensure()
    assert not embedded_redis.ensure()
    other.stop()


def test_a_server_that_hangs_is_replaced_and_stops_in_time(embedded_redis: EmbeddedRedis) -> None:
    first = embedded_redis.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)

    assert embedded_redis.ensure()

    assert embedded_redis.pid != first
    assert _wait_until_gone(first)
    second = embedded_redis.pid
    assert second is not None
    os.kill(second, signal.SIGSTOP)
    started = time.monotonic()
    embedded_redis.stop()
    assert time.monotonic() - started < 5
    assert _wait_until_gone(second)


def test_it_ends_with_its_starter(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    assert EmbeddedRedis(tmp_path).answers()

    starter.kill()
    starter.wait()
    starter.stdout.close()

    assert _wait_until_gone(pid)
    assert not EmbeddedRedis(tmp_path).answers()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    server = EmbeddedRedis(deep)

    assert server.ensure()
    assert len(server.url.removeprefix("unix://")) <= SOCKET_PATH_LIMIT
    assert (deep / "redis").is_dir()
    assert not EmbeddedRedis(deep).ensure()
    assert EmbeddedRedis(tmp_path / "other" / ("d" * 180)).url != server.url
    server.stop()


def test_nobody_else_may_read_the_socket(embedded_redis: EmbeddedRedis) -> None:
    socket = Path(embedded_redis.url.removeprefix("unix://"))

    assert socket.stat().st_mode & 0o077 == 0
    assert socket.parent.stat().st_mode & 0o077 == 0

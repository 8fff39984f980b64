"""An embedded Redis that died is started again; one that runs elsewhere is left alone."""

from __future__ import annotations

from pathlib import Path

from jobs.process.embedded_redis import EmbeddedRedis
from jobs.scheduled.restart_redis import restart_redis


def test_a_dead_embedded_redis_is_started_again(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    assert not server.answers()

    restart_redis(server)

    try:
        assert server.answers()
        pid = server.pid
        restart_redis(server)
        assert server.pid == pid
    finally:
        server.stop()


def test_another_redis_is_not_ours_to_start() -> None:
    restart_redis(None)

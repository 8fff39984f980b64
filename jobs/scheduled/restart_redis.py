"""Starts the embedded Redis again after it died."""

from __future__ import annotations

import structlog

from jobs.process.embedded_redis import EmbeddedRedis

log = structlog.get_logger()


def restart_redis(embedded: EmbeddedRedis | None) -> None:
    """Start it unless it answers; do nothing where Redis is another server (None). Raises TimeoutError."""
    if embedded is not None and embedded.ensure():
        log.warning("redis.restarted")

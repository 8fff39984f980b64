"""What reaches Sentry: each error once, and no secret of its line, its text or its variables."""

from __future__ import annotations

import gzip
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog

from models.error_reports import error_reporter
from models.errors import InvalidSettings
from models.logs import set_up
from models.settings import from_env
from tests.jobs.to_webhook.receiver import Receiver
from tests.stack import KEYS

CANARY = "s3cr3t4f9a7c"


@pytest.fixture
def sentry() -> Iterator[Receiver]:
    """A Sentry that this process reports to."""
    structlog.contextvars.clear_contextvars()  # what other tests have left there is in every line
    server = Receiver()
    server.status = 200
    set_up("info", error_reporter(f"http://public@127.0.0.1:{server.port}/42"), service="worker")
    structlog.configure(cache_logger_on_first_use=False)
    yield server
    sentry_sdk.init()  # reports nothing any more
    set_up("info", service="worker")
    server.close()


def events(server: Receiver) -> list[dict[str, Any]]:
    sentry_sdk.flush(5)
    lines = [line for call in server.calls for line in gzip.decompress(call.body).splitlines()]
    return [each for each in map(json.loads, lines) if "exception" in each]


def fail(text: str) -> None:
    hidden = CANARY  # a variable of the frame that fails
    raise ValueError(f"{text} {len(hidden)}")


def test_a_logged_exception_is_one_event_without_secrets(sentry: Receiver) -> None:
    log = structlog.get_logger()
    try:
        fail(f"Authorization: Bearer {CANARY}")
    except ValueError as error:
        log.exception("delivery.failed", tenant_id=7, authorization=CANARY, url=f"https://a/?token={CANARY}")
        log.exception("once more", exc_info=error, cookie=f"session token={CANARY}")
        log.warning("no error", exc_info=error)
    log.error("no exception")

    (event,) = events(sentry)
    assert event["tags"] == {"event": "delivery.failed", "tenant_id": "7"}
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert CANARY not in json.dumps(event)
    assert all(CANARY not in gzip.decompress(call.body).decode() for call in sentry.calls)


def test_an_exception_that_a_library_logs_is_reported(sentry: Receiver) -> None:
    try:
        fail("key=" + CANARY)
    except ValueError:
        logging.getLogger("library").exception("theirs")
    (event,) = events(sentry)
    assert event["tags"]["event"] == "theirs"
    assert CANARY not in json.dumps(event)


def test_without_an_address_nothing_of_it_is_loaded() -> None:
    code = "import sys, jobs.wiring, web.server; sys.exit('sentry_sdk' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert error_reporter(None) is None


@pytest.mark.parametrize("dsn", ["x", "https://sentry.example.com/42", "https://key@sentry.example.com/name"])
def test_another_address_is_refused_at_start_without_being_repeated(dsn: str, tmp_path: Any) -> None:
    with pytest.raises(InvalidSettings, match="SENTRY_DSN should be https://KEY@HOST/PROJECT"):
        from_env({"ENCRYPTION_KEYS": KEYS, "PIPENOTIFY_DATA": str(tmp_path), "SENTRY_DSN": dsn})

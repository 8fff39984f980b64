"""Logs are JSON lines without secrets, whichever library writes them."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
import structlog

from models.logs import _SECRETS_IN_TEXT, LONGEST_STACK, LONGEST_TEXT, SECRET_KEYS, redact, set_up

CANARY = "c4n4ry-0f-s3cr3ts"


pytestmark = pytest.mark.usefixtures("logs_as_before")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("key", sorted(SECRET_KEYS))
def test_a_secret_is_known_by_its_key(key: str) -> None:
    line = redact(None, "info", {key: CANARY, key.upper(): CANARY, "more": {"deep": [{key: CANARY}]}})

    assert CANARY not in str(line)


@pytest.mark.parametrize(
    "text",
    [
        f"https://chat.googleapis.com/v1/spaces/A/messages?key={CANARY}&token={CANARY}",
        f"POST /oauth/token refresh_token={CANARY}",
        f"client_secret={CANARY}&access_token={CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"authorization: basic {CANARY}",
        f"/api/v1/webhook/pipedrive/{CANARY}",
        f"GET /api/v1/oauth/callback?code={CANARY}&state=x",
        f"postgresql+psycopg://pn:{CANARY}@db:5432/pn refused",
        f"redis://:{CANARY}@cache:6379/0",
        f'{{"refresh_token": "{CANARY}", "x": 1}}',
        f"{{'access_token': '{CANARY}'}}",
    ],
)
def test_a_secret_is_known_by_its_look(text: str) -> None:
    line = redact(None, "info", {"event": text, "problems": [("a", text)], "more": {"why": text}})

    assert CANARY not in str(line)
    assert "[redacted]" in line["event"]


@pytest.mark.parametrize("text", ["the keys of the house", "token", "https://example.com/a?b=c", "12:30"])
def test_other_text_stays(text: str) -> None:
    assert redact(None, "info", {"event": text}) == {"event": text}


def test_our_lines_and_those_of_libraries_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", service="web")
    structlog.get_logger().warning("ours", tenant_id=1, password=CANARY)
    logging.getLogger("library").error("theirs: token=%s", CANARY)
    logging.getLogger("httpx").info("POST https://x?token=%s", CANARY)
    structlog.get_logger().debug("too quiet")

    ours, theirs = _lines(capsys)

    assert (ours["event"], ours["tenant_id"], ours["severity"]) == ("ours", 1, "WARNING")
    assert (theirs["event"], theirs["severity"]) == ("theirs: token=[redacted]", "ERROR")
    assert "timestamp" in ours
    assert ours["service"] == theirs["service"] == "web"


def test_a_traceback_is_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", service="web")
    try:
        int(f"token={CANARY}")
    except ValueError:
        structlog.get_logger().exception("ours")
        logging.getLogger("library").exception("theirs")

    out = capsys.readouterr().out
    assert out.count("ValueError") >= 2
    assert CANARY not in out


def test_an_error_is_one_line_with_its_stack_and_whose_request_it_was(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up("info", service="web")
    structlog.contextvars.clear_contextvars()
    with structlog.contextvars.bound_contextvars(request_id="r1", endpoint="GET /rules", tenant_id=7):
        structlog.get_logger().info("usual")
        try:
            int(f"token={CANARY}")
        except ValueError:
            structlog.get_logger().exception("request.unexpected")

    usual, error = _lines(capsys)
    assert not {"message", "stack", "context"} & usual.keys()
    assert (error["message"], error["level"]) == ("request.unexpected", "error")
    assert "ValueError" in error["stack"]
    assert CANARY not in str(error)
    assert error["context"] == {"tenantId": 7, "userId": None, "endpoint": "GET /rules", "requestId": "r1"}


@pytest.mark.parametrize("key", ["event", "path", "why"])
def test_text_is_cut_before_it_is_searched_for_secrets(key: str) -> None:
    line = redact(None, "info", {key: f"key={CANARY} " + "x" * 64_000, "more": {"deep": ["y" * 64_000]}})

    assert line[key].startswith("key=[redacted] xxx")
    assert line[key].endswith("... (64022 characters)")
    assert max(len(line[key]), len(line["more"]["deep"][0])) < LONGEST_TEXT + 40


def test_a_stack_is_kept_longer_and_bytes_not_at_all() -> None:
    line = redact(None, "error", {"exception": "x" * 64_000, "raw": b"key=" + CANARY.encode()})

    assert LONGEST_STACK < len(line["exception"]) < LONGEST_STACK + 40
    assert line["raw"] == "[21 bytes]"


PIECES = [
    "a",
    "a-",
    "key",
    "key-",
    "key ",
    "key=",
    'token"',
    "code:",
    " ",
    "=",
    "-",
    "://",
    "://a:",
    ":",
    "@",
    "/",
]
PIECES += ["Basic ", "bearer", "/connect/", "/webhook/pipedrive/", "_", "é", "0", "'", "\n"]


def _seconds(text: str) -> float:
    """Return the shortest of three times of this thread: others only make it longer."""
    took = []
    for _ in range(3):
        started = time.thread_time()
        _SECRETS_IN_TEXT.sub("", text)
        took.append(time.thread_time() - started)
    return min(took)


@pytest.mark.parametrize("piece", PIECES)
def test_the_time_to_find_secrets_grows_with_the_length_of_a_text_not_its_square(piece: str) -> None:
    """Of 64 kB each: 16 times the length may take 16 times as long; a quadratic search takes 256 times."""
    short, long = (_seconds((piece * size)[:size]) for size in (4_000, 64_000))

    assert long < max(0.01, 64 * short)

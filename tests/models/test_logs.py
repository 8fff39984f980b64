"""Logs are JSON lines without secrets, whatever is logged and by whom."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from models.logs import SECRET_KEYS, redact, set_up

CANARY = "c4n4ry-0f-s3cr3ts"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("key", sorted(SECRET_KEYS))
def test_a_secret_is_known_by_its_key(key: str) -> None:
    said = redact(None, "info", {key: CANARY, key.upper(): CANARY, "more": {"deep": [{key: CANARY}]}})

    assert CANARY not in str(said)


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
    said = redact(None, "info", {"event": text, "problems": [("a", text)], "told": {"why": text}})

    assert CANARY not in str(said)
    assert "[redacted]" in said["event"]


@pytest.mark.parametrize("text", ["the keys of the house", "token", "https://example.com/a?b=c", "12:30"])
def test_other_text_stays(text: str) -> None:
    assert redact(None, "info", {"event": text}) == {"event": text}


def test_our_lines_and_those_of_libraries_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info")
    structlog.get_logger().warning("ours", tenant_id=1, password=CANARY)
    logging.getLogger("library").error("theirs: token=%s", CANARY)
    logging.getLogger("httpx").info("POST https://x?token=%s", CANARY)
    structlog.get_logger().debug("too quiet")

    ours, theirs = _lines(capsys)

    assert (ours["event"], ours["tenant_id"], ours["severity"]) == ("ours", 1, "WARNING")
    assert (theirs["event"], theirs["severity"]) == ("theirs: token=[redacted]", "ERROR")
    assert "timestamp" in ours


def test_a_traceback_is_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info")
    try:
        int(f"token={CANARY}")
    except ValueError:
        structlog.get_logger().exception("ours")
        logging.getLogger("library").exception("theirs")

    out = capsys.readouterr().out
    assert out.count("ValueError") >= 2
    assert CANARY not in out

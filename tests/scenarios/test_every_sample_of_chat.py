"""Every published interaction of Google Chat is answered in its own dialect or refused, never with a 500."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.models.pipedrive.webhook import SAMPLES
from tests.stack import Stack
from web.playground.chat.card_rules import problems

CHAT_SAMPLES = SAMPLES.parent / "chat_events"


def samples() -> list[Path]:
    return sorted(CHAT_SAMPLES.glob("*.json"))


def posted(stack: Stack, body: Any) -> httpx.Response:
    chat = stack.play.chat
    token = chat.signer.chat_token(f"{stack.url}/chat/events")
    return stack.http.post("/chat/events", json=body, headers={"Authorization": f"Bearer {token}"})


def addon_posted(stack: Stack, body: Any) -> httpx.Response:
    chat = stack.play.chat
    token = chat.signer.endpoint_token(f"{stack.url}/chat/events", chat.app.addon_email)
    return stack.http.post("/chat/events", json=body, headers={"Authorization": f"Bearer {token}"})


def messages_in(answer: Any) -> list[dict[str, Any]]:
    """Every message of an answer, of whichever dialect."""
    if not isinstance(answer, dict):
        return []
    own = [answer] if "cardsV2" in answer else []
    inner = [one for value in answer.values() for one in messages_in(value)]
    return own + inner


@pytest.mark.skipif(not CHAT_SAMPLES.is_dir(), reason="NO SAMPLES: the published interactions are absent")
def test_the_samples_are_there() -> None:
    assert len(samples()) > 50


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.stem)
def test_a_published_interaction_is_answered_in_its_own_dialect(sqlite_stack: Stack, sample: Path) -> None:
    body = json.loads(sample.read_text())
    is_addon = "chat" in body and "type" not in body
    answer = (addon_posted if is_addon else posted)(sqlite_stack, body)

    assert answer.status_code == 200 or 400 <= answer.status_code < 500, answer.text
    said = answer.json()
    if answer.status_code != 200:
        assert said["error"]
        return
    if is_addon:
        assert set(said) <= {"hostAppDataAction", "action", "renderActions"}
    elif body.get("type") != "SUBMIT_FORM":  # App Home answers with navigations in both dialects
        assert not {"hostAppDataAction", "action", "renderActions"} & set(said)
    for message in messages_in(said):
        content = {key: value for key, value in message.items() if key != "actionResponse"}
        assert problems(content) == []


@pytest.mark.parametrize("sample", samples()[::8], ids=lambda path: path.stem)
def test_an_unsigned_interaction_is_nobodys(sqlite_stack: Stack, sample: Path) -> None:
    body = json.loads(sample.read_text())
    assert sqlite_stack.http.post("/chat/events", json=body).status_code == 401


def test_none_of_them_left_a_trace_on_stderr_or_an_error_in_the_log(stack: Stack) -> None:
    assert (stack.stderr(), stack.errors()) == ("", [])

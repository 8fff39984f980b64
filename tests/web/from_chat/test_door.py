from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from models.database.engine import Database
from models.security.audit import Auditor
from models.security.vault import Vault
from models.settings import from_env
from models.tables import Delivery
from tests.chat import ADA, DEALS, Chat, bot_deps, rule_of, two_tenants
from tests.conftest import AUDIT_KEY
from web.from_chat.door import chat_blueprint
from web.from_chat.google_token import ChatTokenVerifier
from web.playground.chat.card_rules import problems

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "chat_events"
PASS = {"Authorization": "Bearer of Google"}


class OpenGate(ChatTokenVerifier):
    """Lets in who says the word."""

    def __init__(self) -> None: ...

    def admits(self, authorization: str | None) -> bool:
        return authorization == PASS["Authorization"]


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


@pytest.fixture
def door(database: Database, tenants: tuple[int, int], woken: list[int]) -> Iterator[FlaskClient]:
    with door_of(database, woken) as client:
        yield client


@contextmanager
def door_of(database: Database, woken: list[int], **variables: str) -> Iterator[FlaskClient]:
    keys = "k:" + base64.b64encode(bytes(32)).decode()
    given = {"ENCRYPTION_KEYS": keys, "BASE_URL": "https://pipenotify.example.com"} | variables
    settings = from_env(given)
    vault = Vault(settings.encryption_keys)
    app = Flask("door")
    app.register_blueprint(chat_blueprint(database, settings, vault, OpenGate(), lambda: woken.append(1)))
    with app.test_client() as client:
        yield client


def click(do: str, **parameters: str) -> dict[str, Any]:
    card = {"name": "spaces/ACME/messages/1", "sender": {"name": "users/app", "type": "BOT"}}
    common = {"parameters": {"do": do, **parameters}}
    when = "2026-11-20T10:00:00Z"
    body = {"type": "CARD_CLICKED", "eventTime": when, "user": ADA, "space": DEALS}
    return {**body, "message": card, "common": common}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer other"}])
def test_only_google_may_speak(door: FlaskClient, headers: dict[str, str]) -> None:
    reply = door.post("/chat/events", json={"type": "MESSAGE"}, headers=headers)
    assert reply.status_code == 401


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"', b"7", b"\xff", b"null", b"[" * 5000])
def test_what_is_no_object_is_answered_400(door: FlaskClient, raw: bytes) -> None:
    assert door.post("/chat/events", data=raw, headers=PASS).status_code == 400


def test_only_posts_are_taken(door: FlaskClient) -> None:
    assert door.get("/chat/events", headers=PASS).status_code == 405


def test_every_sample_is_answered_in_its_own_dialect(door: FlaskClient) -> None:
    paths = sorted(SAMPLES.glob("*.json"))
    if not paths:
        pytest.skip("the samples are not on this machine")
    for path in paths:
        body = json.loads(path.read_text())
        reply = door.post("/chat/events", data=path.read_bytes(), headers=PASS)
        assert reply.status_code == 200, path.name
        said = reply.get_json()
        assert [problem for message in messages(said) for problem in problems(message)] == [], path.name
        if "chat" in body and "type" not in body:
            assert set(said) <= {"action", "hostAppDataAction"}, path.name
            assert said or "buttonClickedPayload" not in body["chat"], path.name
        elif body.get("type") != "SUBMIT_FORM":  # the home tab speaks the other way
            assert not set(said) & {"action", "hostAppDataAction"}, path.name


def messages(said: dict[str, Any]) -> list[dict[str, Any]]:
    if "cardsV2" in said:
        return [{key: value for key, value in said.items() if key != "actionResponse"}]
    data = said.get("hostAppDataAction", {}).get("chatDataAction", {})
    return [action["message"] for action in data.values()]


def test_a_repeat_acts_once_and_is_answered_the_same(
    door: FlaskClient, database: Database, tenants: tuple[int, int], woken: list[int]
) -> None:
    body = click("rule.test", rule=str(rule_of(database, tenants[0]).id))
    first = door.post("/chat/events", json=body, headers=PASS)
    again = door.post("/chat/events", json=body, headers=PASS)
    assert first.get_json() == again.get_json()
    assert woken == [1]
    with database.reading_all() as session:
        assert len(session.scalars(select(Delivery)).all()) == 1


@pytest.mark.parametrize("dialect", ["classic", "addon"])
def test_a_whole_conversation_holds_on_either_database(
    database: Database, tenants: tuple[int, int], dialect: str
) -> None:
    chat = Chat(bot_deps(database), dialect)
    saved = chat.submit("rule.save", {"on": ["deal.won"], "name": ["New"], "to": ["spaces/ACME"]}, test="yes")
    assert (saved.title, saved.wake_worker) == ("Rule “New” saved", True)
    shown = chat.click(**saved.buttons()["Show"])
    off = chat.click(**shown.buttons()["on"])
    assert off.has("Off: nothing is sent")
    edit = chat.open(**off.buttons()["Edit"])
    assert chat.submit(**edit.buttons()["Save"], inputs={**edit.values(), "name": ["Newer"]}).how == "update"
    deleted = chat.click(**chat.say("rule delete Newer").buttons()["Delete"])
    assert chat.click(**deleted.buttons()["Undo"]).title == "Newer"
    url = "https://chat.googleapis.com/v1/spaces/W/messages?key=k&token=t"
    wall = {"kind": ["webhook"], "name": ["Wall"], "url": [url]}
    assert chat.submit("space.save", wall).title == "Wall"
    assert chat.say("space pause Wall").has("Paused")
    assert chat.click(**chat.say("space remove Wall").buttons()["Remove"]).title == "Wall is removed"
    assert chat.say("").title == "Pipenotify"
    assert chat.say("status").title == "Status"
    assert chat.removed().how == "nothing"
    with database.reading(tenants[0]) as session:
        assert Auditor(AUDIT_KEY).first_broken(session, tenants[0]) is None


def test_the_same_click_at_the_same_moment_acts_once(
    door: FlaskClient, database: Database, tenants: tuple[int, int]
) -> None:
    body = click("rule.test", rule=str(rule_of(database, tenants[0]).id))
    with ThreadPoolExecutor(4) as threads:
        clients = [door.application.test_client() for _ in range(4)]
        replies = list(threads.map(lambda one: one.post("/chat/events", json=body, headers=PASS), clients))
    assert {json.dumps(reply.get_json(), sort_keys=True) for reply in replies} == {
        json.dumps(replies[0].get_json(), sort_keys=True)
    }
    with database.reading_all() as session:
        assert len(session.scalars(select(Delivery)).all()) == 1


def test_looking_wakes_nobody(door: FlaskClient, woken: list[int]) -> None:
    assert door.post("/chat/events", json=click("rule.list"), headers=PASS).status_code == 200
    assert woken == []


def test_no_token_of_a_body_is_logged(door: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {
        "authorizationEventObject": {"userOAuthToken": "ya29.secret", "systemIdToken": "eyJ.secret"},
        "commonEventObject": {"parameters": {"do": "rule.show", "rule": "x"}},
        "chat": {"user": ADA, "buttonClickedPayload": {"space": DEALS}},
    }

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.dispatch.actor_of", broken)
    with capture_logs() as logs:
        assert door.post("/chat/events", json=body, headers=PASS).status_code == 200
    assert [log["event"] for log in logs] == ["interaction.failed"]
    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    ("app_env", "listed", "is_answered"),
    [
        ("staging", "spaces/ACME", True),
        ("staging", "spaces/TEST", False),
        ("staging", "", False),
        ("production", "spaces/TEST", True),
    ],
)
def test_in_staging_only_listed_spaces_are_answered(
    database: Database, tenants: tuple[int, int], app_env: str, listed: str, *, is_answered: bool
) -> None:
    with door_of(database, [], APP_ENV=app_env, STAGING_SPACES=listed) as door:
        reply = door.post("/chat/events", json=click("rule.pause", id="1"), headers=PASS).get_json()
    is_refused = "This is a staging installation" in str(reply)
    assert is_refused is not is_answered

"""The page answers only its own requests on this machine."""

from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browser.stub_cards import ADA
from tests.browser.stub_playground import StubPlayground
from web.playground.page import LONGEST_BODY, playground_page

SAID = {"space": "spaces/AAAA", "user": ADA["name"], "text": "hello"}


@pytest.fixture
def play() -> StubPlayground:
    return StubPlayground()


@pytest.fixture
def client(play: StubPlayground) -> FlaskClient:
    app = Flask("stub")
    app.register_blueprint(playground_page(play, [{"words": "help", "description": "What I can do"}]))
    return app.test_client()


@pytest.mark.parametrize("path", ["/playground", "/playground/"])
def test_the_page_holds_nothing_inline_and_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text
    assert "<script>" not in answer.text
    assert "http" not in answer.text.replace('http-equiv="', "")


def test_scripts_are_asked_for_again_after_an_update(client: FlaskClient) -> None:
    with client.get("/playground/static/playground.js") as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
    ],
)
def test_only_the_own_page_may_act(
    client: FlaskClient, play: StubPlayground, headers: Mapping[str, str], status: int
) -> None:
    assert client.post("/playground/api/say", json=SAID, headers=headers).status_code == status
    assert bool(play.asked) is (status == 200)


def test_a_form_of_another_site_does_not_pass_for_json(client: FlaskClient, play: StubPlayground) -> None:
    assert client.post("/playground/api/say", data=SAID).status_code == 415
    assert play.asked == []


def test_a_name_that_was_led_here_reads_nothing(client: FlaskClient) -> None:
    assert client.get("/playground/api/state", headers={"Host": "rebound.example"}).status_code == 403


@pytest.mark.parametrize(
    ("door", "body", "status", "words"),
    [
        ("nowhere", {}, 404, "no such door"),
        ("say", [], 400, "JSON object"),
        ("say", {**SAID, "text": "  "}, 400, "text is missing"),
        ("say", {**SAID, "text": "x" * 9000}, 400, "longer than"),
        ("say", {**SAID, "text": "x" * LONGEST_BODY}, 413, ""),
        ("say", {**SAID, "space": "spaces/NONE"}, 404, "Unknown"),
        ("quick-command", {**SAID, "command": "3"}, 400, "a number"),
        ("message-action", {**SAID, "message": "m", "command": "8"}, 400, "a number"),
        ("message-action", {**SAID, "command": 8}, 400, "message is missing"),
        ("message-action", {**SAID, "message": "m", "command": 8}, 200, ""),
        ("click", {**SAID, "message": "m", "parameters": []}, 200, ""),
        ("click", {**SAID, "message": "m", "parameters": "do"}, 400, "an object"),
        ("pipedrive", {"action": "win_deal", "arguments": {"id": 99}}, 400, "no such deal"),
        ("pipedrive", {"action": "_store", "arguments": {}}, 400, "no action"),
        ("pipedrive", {"action": "win_deal", "arguments": {"id": 1, "actor": 1}}, 400, "does not take actor"),
    ],
)
def test_a_refusal_is_a_sentence(
    client: FlaskClient, door: str, body: object, status: int, words: str
) -> None:
    answer = client.post(f"/playground/api/{door}", json=body)
    assert answer.status_code == status
    assert words in answer.get_json().get("error", "")


def test_the_box_needs_notice_the_commands_and_their_words(client: FlaskClient) -> None:
    told = client.get("/playground/api/commands").get_json()
    assert told["commands"][0]["name"] == "/pipenotify"
    assert told["subcommands"] == [{"words": "help", "description": "What I can do"}]


def test_a_wait_ends_with_the_first_change(client: FlaskClient, play: StubPlayground) -> None:
    before = play.version
    play.changed()
    told = client.get("/playground/api/changes", query_string={"since": before}).get_json()
    assert told == {"version": before + 1}

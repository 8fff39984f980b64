"""The demo's web part: its processes find each other, and the simulated Pipedrive knows the endpoint."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.test import Client

from bot.context import COMMANDS
from models.accounts.rights import Action
from models.database import migrate
from models.database.engine import Database
from models.settings import Settings, from_env
from tests.crm import environment as crm_environment
from tests.stack import free_port
from tests.web.rsgi import as_wsgi
from web.playground import serve
from web.playground.play import Playground
from web.playground.saved.state_file import NAME
from web.playground.serve import DOCUMENT, KEY, PASSWORD, TENANT, USER, environment, rsgi

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # what is built lives as long as its process


def settings_at(data: Path, port: int) -> Settings:
    base = {"BASE_URL": f"http://127.0.0.1:{port}", "REDIS_URL": "redis://127.0.0.1:9/0"}
    return from_env(crm_environment("http://127.0.0.1:9", data) | base)


def test_the_variables_lead_the_parts_to_each_other_on_this_machine(tmp_path: Path) -> None:
    settings = settings_at(tmp_path, 8080)
    told = environment(settings, 5001, 5002, 5003)
    assert told["CHAT_API_URL"] == "http://127.0.0.1:5001"
    assert told["CHAT_CERTS_URL"] == "http://127.0.0.1:5001/certs"
    assert told["PIPEDRIVE_API_URL"] == told["PIPEDRIVE_OAUTH_URL"] == "http://127.0.0.1:5002"
    assert told["GOOGLE_OAUTH_URL"] == "http://127.0.0.1:5003"
    assert told["CHAT_AUDIENCE"] == "http://127.0.0.1:8080/chat/events"
    read = from_env(crm_environment("http://127.0.0.1:9", tmp_path) | told)
    assert (read.chat_api_url, read.pipedrive_api_url) == (told["CHAT_API_URL"], told["PIPEDRIVE_API_URL"])


def test_the_first_win_of_a_fresh_demo_has_a_rule() -> None:
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    linked = {each["name"] for each in document["spaces"]}
    wins = [rule for rule in document["rules"] if "deal.won" in rule.values()]
    assert [set(rule["to"]) <= linked and "when" not in rule for rule in wins] == [True]


def test_the_document_and_the_door_have_the_same_key() -> None:
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    assert document["tenant"] == TENANT
    assert document["pipedrive"]["webhook"] == {"key": KEY, "user": USER, "password": PASSWORD}


class Played:
    """Records the playgrounds that were opened, and closes them."""

    def __init__(self) -> None:
        self.all: list[Playground] = []

    def __call__(self, app_url: str, **ports: Any) -> Playground:
        self.all.append(Playground(app_url, **ports))
        return self.all[-1]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    made = Played()
    monkeypatch.setattr(serve, "Playground", made)
    yield made
    for each in made.all:
        each.close()


def test_one_process_serves_the_page_the_product_and_both_stand_ins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, played: Played
) -> None:
    settings = settings_at(tmp_path, free_port())
    ended: list[signal.Signals] = []
    database = Database(settings.database_url)
    migrate.upgrade(database)
    database.close()
    told = environment(settings, free_port(), free_port(), free_port())
    monkeypatch.setattr(serve, "from_env", lambda: settings)
    monkeypatch.setattr(serve, "environment_with", lambda _changes: told)
    monkeypatch.setattr(serve, "set_up", lambda *_, **_more: None)
    monkeypatch.setattr(serve, "end_with_parent", ended.append)
    monkeypatch.setattr(serve, "_end_waits_with_the_process", lambda _ticker: None)  # pytest has signals too
    at_exit: list[Callable[[], None]] = []
    monkeypatch.setattr(serve, "Finalize", lambda _, end, **_more: at_exit.append(end))

    client = Client(as_wsgi(rsgi()))

    assert ended == [signal.SIGKILL]
    assert client.get("/playground").status_code == 200
    assert client.get("/health/live").status_code == 200
    (play,) = played.all
    assert (play.chat.url, play.pipedrive.url) == (told["CHAT_API_URL"], told["PIPEDRIVE_API_URL"])
    assert Path(told["GOOGLE_APPLICATION_CREDENTIALS"]).exists()
    (tmp_path / NAME).unlink()
    play.ticker.tick()
    for end in at_exit:
        end()
    assert (tmp_path / NAME).exists(), "the last change is written as the process ends"


def test_the_page_offers_every_command_of_teams_in_words() -> None:
    offered = serve._subcommands()
    named = [each.name.split()[0] for each in COMMANDS if each.right is not Action.OPERATE]
    assert [each["words"].split()[0] for each in offered] == named
    assert all(each["description"] for each in offered)

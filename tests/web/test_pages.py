"""The public pages: true statements about this service, nobody's data, and clear errors."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from bot.context import COMMANDS
from models.accounts.rights import Action
from models.database.engine import Database
from models.errors import InvalidRulesFile
from models.rules_file import load
from models.security.vault import Vault
from models.tables import Base, Connection, Delivery, Event, KnownName, Tenant, User, WebhookCredential
from tests.conftest import TwoTenants
from tests.rules.house import ROOT
from tests.web.visitor import BROWSER, NOBODY, PUBLIC, visitor
from web.api.blueprint import all_routes
from web.api.openapi.document import path_of

PATHS = ("/", "/docs", "/setup", "/privacy")
DOCUMENT = (ROOT / "docs/connecting.md").read_text().partition("```yaml\n")[2].partition("```")[0]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return visitor(tmp_path)


@pytest.fixture
def without_database(tmp_path: Path) -> FlaskClient:
    return visitor(tmp_path, DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:9/none")


def _text(client: FlaskClient, path: str) -> str:
    """Return what a person reads, without tags, in one line."""
    said = client.get(path, headers=BROWSER)
    assert said.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", said.text)))


def _value(client: FlaskClient, id: str) -> str:
    found = re.search(rf'id="{id}"[^>]*>([^<]*)<', client.get("/setup").text)
    assert found, id
    return unescape(found[1])


def test_the_start_says_whether_events_are_taken_in(
    client: FlaskClient, without_database: FlaskClient
) -> None:
    assert "Ready: this service takes events in." in _text(client, "/")
    assert "Not ready: the database does not answer." in _text(without_database, "/")


def test_setup_and_privacy_need_no_database(without_database: FlaskClient) -> None:
    assert [without_database.get(path).status_code for path in PATHS] == [200] * len(PATHS)


def test_the_page_behind_documentation_has_every_command_and_no_promise(client: FlaskClient) -> None:
    text = _text(client, "/docs")
    for each in COMMANDS:
        assert (each.summary in text) is (each.right is not Action.OPERATE)
    assert "own name" not in text


def test_the_page_behind_documentation_has_every_route_of_rest_and_asks_nobody_else(
    client: FlaskClient,
) -> None:
    text, source = _text(client, "/docs"), client.get("/docs").text
    for route in all_routes():
        assert f"{route.method} {path_of(route)}" in text
        assert route.summary in text
    assert "src=" not in source.replace('src="/static/', "")
    assert 'href="http' not in source


def test_privacy_speaks_to_visitors(client: FlaskClient) -> None:
    text = _text(client, "/privacy")
    assert "An admin presses “Erase the team” on the admin page" in text
    assert [word for word in ("PRAGMA", "python -m", "docs/", "table") if word in text] == []


def test_only_the_demo_offers_the_playground(client: FlaskClient, tmp_path: Path) -> None:
    demo = visitor(tmp_path, Blueprint("playground", __name__))

    assert 'href="/playground"' not in client.get("/").text
    assert 'href="/playground"' in demo.get("/").text


@pytest.mark.parametrize(
    ("id", "value"),
    [
        ("endpoint", f"{PUBLIC}/chat/events"),
        ("app-avatar", f"{PUBLIC}/static/avatar.png"),
        ("google-callback", f"{PUBLIC}/oauth/google/callback"),
        ("command-1-name", "/pipenotify"),
        ("command-2-name", "/pn"),
        ("command-3-name", "New rule"),
        ("connect", "/pipenotify connect"),
    ],
)
def test_setup_has_the_exact_values_to_paste(client: FlaskClient, id: str, value: str) -> None:
    assert _value(client, id).strip() == value


@pytest.mark.parametrize(("id", "most"), [("app-name", 25), ("app-description", 40)])
def test_values_for_google_are_within_its_limits(client: FlaskClient, id: str, most: int) -> None:
    assert 3 <= len(_value(client, id)) <= most


def test_setup_warns_of_an_audience_that_refuses_what_google_sends(tmp_path: Path) -> None:
    text = _text(visitor(tmp_path, CHAT_AUDIENCE="https://elsewhere.example/chat/events"), "/setup")

    assert "The audience differs." in text
    assert "elsewhere.example" not in text


@pytest.mark.parametrize(
    ("base_url", "warned"), [(PUBLIC, False), ("http://127.0.0.1:8080", True), ("http://example.com", True)]
)
def test_setup_warns_of_an_address_that_nobody_reaches(
    tmp_path: Path, base_url: str, *, warned: bool
) -> None:
    text = _text(visitor(tmp_path, BASE_URL=base_url), "/setup")

    assert ("Not reachable yet." in text) is warned


def test_a_hostile_base_url_stays_text(tmp_path: Path) -> None:
    said = visitor(tmp_path, BASE_URL="https://a<script>alert(1)<.example").get("/setup")

    assert "<script>alert" not in said.text
    assert "a&lt;script&gt;alert(1)" in said.text


def test_the_document_as_copied_is_refused_for_every_placeholder(database: Database, vault: Vault) -> None:
    with pytest.raises(InvalidRulesFile) as refused:
        load(database, vault, [("team.yaml", DOCUMENT)], dry_run=False)

    lines = "\n".join(refused.value.problems)
    inner = ("company_id", "domain", "webhook.key", "webhook.user", "webhook.password")
    for path in ("tenant", *(f"pipedrive.{each}" for each in inner), "users[0].email"):
        assert f"{path}: must be text" in lines


def test_the_document_filled_in_is_what_load_takes(database: Database, vault: Vault) -> None:
    values = [
        "Initech",
        "77",
        "initech.pipedrive.com",
        "k-initech",
        "pd",
        "s3cret-of-initech",
        "bo@example.com",
    ]
    filled = re.sub(r"\[[^]]+\]", lambda _found: values.pop(0), DOCUMENT)

    load(database, vault, [("team.yaml", filled)], dry_run=False)

    assert values == []
    with database.reading_all() as session:
        assert session.scalars(select(WebhookCredential.key)).all() == ["k-initech"]
        assert session.scalars(select(User.email)).all() == ["bo@example.com"]


def test_no_page_shows_a_secret_or_a_place(tmp_path: Path) -> None:
    secrets = {
        "SECRET_KEY": "signing-5ecret",
        "PIPEDRIVE_CLIENT_ID": "client-1d",
        "PIPEDRIVE_CLIENT_SECRET": "client-5ecret",
        "GOOGLE_CLIENT_SECRET": "google-5ecret",
        "GOOGLE_APPLICATION_CREDENTIALS": "/etc/place-of-key.json",
        "METRICS_TOKEN": "metrics-t0ken",
    }
    client = visitor(tmp_path, **secrets)
    hidden = [*secrets.values(), str(tmp_path), "sqlite", "postgresql", NOBODY]

    for path in (*PATHS, "/nothing-here"):
        text = client.get(path, headers=BROWSER).text
        assert [word for word in hidden if word in text] == []


@pytest.mark.parametrize("path", [*PATHS, "/nothing-here"])
def test_every_page_is_whole_by_itself(client: FlaskClient, path: str) -> None:
    said = client.get(path, headers=BROWSER)

    assert said.content_type == "text/html; charset=utf-8"
    assert said.headers["Content-Security-Policy"].startswith("default-src 'self'; object-src 'none'")
    assert said.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in said.headers
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=[^>]*\snonce=)", said.text)
    assert [level for level in re.findall(r"<h([1-6])", said.text) if level == "1"] == ["1"]
    assert '<html lang="en">' in said.text


@pytest.mark.parametrize("path", [*PATHS, "/nothing-here"])
def test_every_link_of_our_own_leads_somewhere(client: FlaskClient, path: str) -> None:
    text = client.get(path, headers=BROWSER).text
    ours = set(re.findall(r'(?:href|src)="(/[^"]*)"', text))
    jumps = re.findall(r'href="#([^"]+)"', text)

    assert {"/", "/setup", "/privacy"} <= ours
    assert any(each.startswith("/static/pages.css?v=") for each in ours)
    for each in ours:
        with client.get(each) as said:
            assert (each, said.status_code) == (each, 401 if each.startswith("/admin") else 200)
    assert all(f'id="{each}"' in text for each in jumps)


def test_ids_are_there_once_and_buttons_copy_one_of_them(client: FlaskClient) -> None:
    text = client.get("/setup").text
    ids = re.findall(r'\sid="([^"]+)"', text)
    copied = re.findall(r'data-copies="([^"]+)"', text)

    assert len(ids) == len(set(ids))
    assert len(copied) > 10
    assert set(copied) <= set(ids)


@pytest.mark.parametrize(
    ("keep", "events", "answers"),
    [("", "90 days", "7 days"), ("3", "3 days", "3 days"), ("1", "1 day", "1 day")],
)
def test_privacy_says_for_how_long_this_service_keeps_things(
    tmp_path: Path, keep: str, events: str, answers: str
) -> None:
    text = _text(visitor(tmp_path, KEEP_DAYS=keep), "/privacy")

    assert f"deleted after {events}, answers given in Chat after {answers};" in text


def test_deleting_a_tenant_removes_all_it_owns(database: Database, tenants: TwoTenants) -> None:
    """What /privacy promises to those who ask to be erased."""

    def owned(each: int) -> list[Any]:
        return [
            Event(tenant_id=each, source_key="a", raw=b"{}"),
            Delivery(tenant_id=each, lane="spaces/A"),
            Connection(tenant_id=each, company_id=str(each)),
            KnownName(tenant_id=each, kind="user", key="1", text="Ada"),
            User(tenant_id=each, email="ada@example.com"),
        ]

    with database.writing_all() as session:
        session.add_all(row for each in tenants for row in owned(each))
    with database.writing_all() as session:
        session.execute(delete(Tenant).where(Tenant.id == tenants.ours))

    tables = [table for table in Base.metadata.sorted_tables if "tenant_id" in table.c]
    with database.reading_all() as session:
        left = {table.name: set(session.scalars(select(table.c.tenant_id))) for table in tables}
    filled = ("events", "deliveries", "delivery_counts", "connections", "names", "users")
    assert {name: owners for name, owners in left.items() if owners} == {
        name: {tenants.theirs} for name in filled
    }

"""Two teams whose people call REST with tokens, on SQLite, with Redis away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from limits import RateLimitItemPerMinute

from models.accounts.actor import system
from models.accounts.queries import tenant_id_of
from models.accounts.tokens import create_token
from models.database.engine import Database
from models.rules_file import load
from models.security.audit import Auditor
from models.security.vault import Vault
from models.tables.accounts import ROLES
from models.tables.connections import Connection
from tests.crm import settings_for
from web import waiting
from web.api import gate
from web.app import create_app
from web.waker import Waker

PEOPLE = "".join(f"  - {{email: {role}@%s.test, role: {role}}}\n" for role in ROLES)
COMPANY = f"""
tenant: %s
users:
{PEOPLE}spaces: [{{name: spaces/%s, title: Deals}}]
destinations:
  - {{name: Wall, incoming_webhook: "https://chat.googleapis.com/v1/spaces/W%s/messages?key=k&token=secret1234"}}
templates: [{{name: Look, liquid: "{{{{ title }}}}"}}]
rules:
  - {{name: Wins, on: deal.won, to: [spaces/%s, Wall]}}
"""
ACME, BOLT = "acme", "bolt"


@dataclass
class Api:
    """What a program does: it calls with the token of one person. `tokens` are kept by team and role."""

    client: FlaskClient
    database: Database
    tenants: dict[str, int]
    tokens: dict[tuple[str, str, tuple[str, ...]], str] = field(default_factory=dict)

    def token(self, role: str = "admin", team: str = ACME, *scopes: str) -> str:
        key = (team, role, scopes)
        if key not in self.tokens:
            tenant_id = self.tenants[team]
            with self.database.writing(tenant_id) as session:
                actor, email = system(tenant_id, "test"), f"{role}@{team}.test"
                self.tokens[key] = create_token(session, actor, email, scopes=scopes or None)[1]
        return self.tokens[key]

    def call(self, method: str, path: str, json: Any = None, *, token: str | None = None, **what: Any) -> Any:
        """Return the answer to a call; as an admin of Acme unless another token is given."""
        headers = {"Authorization": f"Bearer {token or self.token()}"} | what.pop("headers", {})
        return self.client.open(f"/api/v1{path}", method=method, json=json, headers=headers, **what)

    def connect_admin(self, team: str = ACME) -> None:
        """Let the admin of a team be whoever connected it, to a Pipedrive that is away."""
        with self.database.writing(self.tenants[team]) as session:
            row = Connection(tenant_id=self.tenants[team], company_id=f"company of {team}")
            row.state, row.user_id, row.connected_by = "connected", "1", f"admin@{team}.test"
            session.add(row)

    def data(self, method: str, path: str, json: Any = None, **what: Any) -> Any:
        """Return the data of an answer that has to be a success."""
        answer = self.call(method, path, json, **what)
        assert answer.status_code < 300, answer.get_json()
        return answer.get_json()["data"]


@pytest.fixture
def api(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Api]:
    shutil.copyfile(migrated_sqlite, tmp_path / "pipenotify.db")
    base = {"BASE_URL": "https://pipenotify.example.com", "REDIS_URL": "redis://127.0.0.1:9/0"}
    base["MAIL_FROM"] = "app@example.com"
    settings = settings_for("http://127.0.0.1:9", tmp_path, **base)
    database = Database(settings.database_url, Auditor(settings.secret_key))
    vault = Vault(settings.encryption_keys)
    texts = [(name, COMPANY % tuple(name for _ in range(COMPANY.count("%s")))) for name in (ACME, BOLT)]
    load(database, vault, texts, dry_run=False)
    with database.reading_all() as session:
        tenants = {name: tenant_id_of(session, name) for name in (ACME, BOLT)}
    app = create_app(settings, database, Waker(settings))
    yield Api(app.test_client(), database, tenants)
    database.close()


@pytest.fixture(autouse=True)
def no_wait_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer at once what a worker would have to do: there is none here."""
    monkeypatch.setattr(waiting, "MOST_S", 0.0)


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test call as often as it likes."""
    much = RateLimitItemPerMinute(1_000_000)
    monkeypatch.setattr(gate, "UNKNOWN", much)
    monkeypatch.setattr(gate.Gate, "count_tenant", lambda *_: None)

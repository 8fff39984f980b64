"""`export` and `erase` show what is kept and erase what was confirmed; `admin-link` is for admins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from models.__main__ import main
from models.database.engine import Database
from models.security.audit import Auditor
from models.settings import from_env
from models.tables import Connection, ConnectLink, Tenant, User
from tests.models.rows import add


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Two tenants, each with Ada as admin and Ben."""
    monkeypatch.setenv("PIPENOTIFY_DATA", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    main(("prepare",))
    settings = from_env()
    database = Database(settings.database_url, Auditor(settings.secret_key))
    for name in ("Acme", "Bolt"):
        tenant = Tenant(name=name)
        add(database, tenant)
        add(database, User(tenant_id=tenant.id, email="ada@example.com", role="admin"))
        add(database, User(tenant_id=tenant.id, email="ben@example.com"))
    return database


def _people(database: Database) -> int:
    with database.reading_all() as session:
        return len(session.scalars(select(User.id)).all())


def test_a_person_is_exported(installed: Database, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(("export", "Acme", "Ben@Example.com")) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["person"] == "ben@example.com"
    assert len(found["rows"]["user"]) == 1
    assert _people(installed) == 4


def test_a_whole_team_is_exported_with_nothing_of_another(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(("export", "Acme")) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["team"] == "Acme"
    assert len(found["rows"]["users"]) == 2
    assert "Bolt" not in str(found)


def test_a_person_goes_only_when_it_is_confirmed(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    erase = ("erase", "Acme", "ben@example.com")
    assert main(erase) == 0
    assert "Nothing was erased" in capsys.readouterr().out
    assert main((*erase, "--confirm", "ada@example.com")) != 0
    assert _people(installed) == 4
    assert main((*erase, "--confirm", "ben@example.com")) == 0
    assert _people(installed) == 3


def test_only_an_admin_gets_a_link(installed: Database, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(("admin-link", "Acme", "ben@example.com")) != 0
    assert main(("admin-link", "Acme", "Ada@example.com")) == 0

    assert "/connect/" in capsys.readouterr().out
    with installed.reading_all() as session:
        assert session.scalars(select(ConnectLink.email)).all() == ["ada@example.com"]


def test_a_tenant_is_marked_only_by_its_name(installed: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("erase", "Acme")) == 0
    assert "users: 2" in capsys.readouterr().out
    assert main(("erase", "Acme", "--confirm", "Bolt")) != 0
    assert main(("erase", "Acme", "--confirm", "Acme")) == 0

    with installed.reading_all() as session:
        marked = session.scalars(select(Tenant.name).where(Tenant.status == "erasing")).all()
    assert list(marked) == ["Acme"]
    assert main(("export", "Acme", "nobody@example.com")) != 0


def test_in_staging_a_team_of_a_customer_is_not_erased(
    installed: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with installed.reading_all() as session:
        ids = dict(session.execute(select(Tenant.name, Tenant.id)).all())
    for name, company in (("Acme", "1"), ("Bolt", "2")):
        add(installed, Connection(tenant_id=ids[name], company_id=company, state="connected"))
    monkeypatch.setenv("APP_ENV", "staging")
    monkeypatch.setenv("STAGING_COMPANIES", "2")
    assert main(("erase", "Acme", "--confirm", "Acme")) != 0
    assert "not in STAGING_COMPANIES" in capsys.readouterr().err
    assert main(("erase", "Bolt", "--confirm", "Bolt")) == 0
